//! The command line and the wiring of the server.
//!
//! * [`cli`]: what can be typed. * [`commands`]: one file for each verb. * [`config`]: file, environment and flags.
//! * [`accounts`]: the accounts that ship with the program. Not here: anything the other crates can do without it.

mod accounts;
mod cli;
mod commands;
mod config;
mod dial;
mod disk;
mod fault;
mod logging;
mod output;
mod serve;
mod suggest;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let json = cli.json;
    match commands::run(cli) {
        Ok(code) => ExitCode::from(code as u8),
        Err(fault) => {
            output::fault(&fault, json);
            ExitCode::from(fault.code as u8)
        }
    }
}
