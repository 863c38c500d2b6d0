//! The built-in test caller.

use clap::Args;

use crate::fault::{Exit, Fault, Outcome};

/// Arguments of `dial`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DialArgs {
    /// The number to dial.
    pub(crate) number: String,
}

/// Places a call.
pub(crate) fn run(args: &DialArgs, json: bool) -> Outcome {
    let _ = (args, json);
    Err(Fault::new(Exit::Software, "this build has no test caller yet"))
}
