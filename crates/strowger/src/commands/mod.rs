//! The verbs of the command line, one file each: its arguments and a `run` that prints and gives the exit code.
//!
//! Not here: logic of their own; they read files, call the other crates, and print.

pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod convert;
pub(crate) mod draw;
pub(crate) mod explore;
pub(crate) mod export;
pub(crate) mod feature_codes;
pub(crate) mod import;
pub(crate) mod modules;
mod moment;
mod picture;
pub(crate) mod report;
pub(crate) mod run_scripts;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod simulate;
mod snapshot;
pub(crate) mod test;
pub(crate) mod why;

use crate::cli::{Cli, Command};
use crate::fault::{Exit, Fault, Outcome};

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> Outcome {
    let json = cli.json;
    if cli.command.is_some() && cli.serve != serve::ServeArgs::default() {
        return Err(Fault::new(Exit::Usage, "settings of `serve` stand before another command")
            .with_help("write flags behind the command that they are for"));
    }
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(&args, json),
        Command::Dial(args) => crate::dial::run(&args, json),
        Command::Check(args) => check::run(&args, json),
        Command::Draw(args) => draw::run(&args, json),
        Command::Report(args) => report::run(&args, json),
        Command::Why(args) => why::run(&args, json),
        Command::Convert(args) => convert::run(&args, json),
        Command::Simulate(args) => simulate::run(&args, json),
        Command::Test(args) => test::run(&args, json),
        Command::Explore(args) => explore::run(&args, json),
        Command::Import(args) => import::run(&args, json),
        Command::Export(args) => export::run(&args, json),
        Command::FeatureCodes(args) => feature_codes::run(&args, json),
        Command::Modules(args) => modules::run(&args, json),
        Command::Schema(args) => schema::run(&args),
        Command::Config(args) => config::run(&args, json),
        Command::RunScripts => run_scripts::run(),
    }
}
