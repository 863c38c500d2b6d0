//! `strowger serve`: reads the configuration and starts the server.

use clap::Args;

use crate::config::{self, Settings};
use crate::fault::Outcome;
use crate::output;

/// Arguments of `serve`.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServeArgs {
    /// Flags that set something.
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// Runs until it is told to stop.
pub(crate) fn run(args: &ServeArgs, json: bool) -> Outcome {
    let loaded = config::load(&args.settings)?;
    for warning in &loaded.warnings {
        output::note(&format!("warning: {warning}"));
    }
    crate::serve::run(loaded.config, json)
}
