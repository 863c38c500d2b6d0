//! `strowger report`: how calls flow in another system, as a picture.

mod odin;
mod page;
mod session;

use clap::{Args, Subcommand};

use crate::fault::Outcome;

/// Arguments of `report`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    system: System,
}

/// Systems that can be reported on.
#[derive(Clone, Debug, Subcommand)]
enum System {
    /// A BroadWorks group behind an Odin API
    Odin(Box<odin::OdinArgs>),
}

/// Makes the report.
pub(crate) fn run(args: &ReportArgs, json: bool) -> Outcome {
    match &args.system {
        System::Odin(args) => odin::run(args, json),
    }
}
