//! The running server: puts store, telephony and HTTP together.

use crate::config::Config;
use crate::fault::{Exit, Fault, Outcome};

/// Runs the server until it is told to stop.
pub(crate) fn run(config: Config, json: bool) -> Outcome {
    let _ = (config, json);
    Err(Fault::new(Exit::Software, "this build has no server yet"))
}
