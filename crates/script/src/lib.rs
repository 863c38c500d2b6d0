//! Runs the JavaScript of function documents: one fresh interpreter for each run, with a bound on steps, memory and
//! stack, and nothing to reach outside with.
//!
//! A run is a function of its [`Script`] alone: no clock, no files, no network, random numbers from a seed, and fuel
//! counted in steps, not in time. So the simulator and a server come to the same end, and the end is what a call's
//! journal keeps. One step of the interpreter can still be long (a search in a long text): a server
//! therefore runs scripts in processes that it can end ([`worker`]). Not here: which scripts run and what becomes of
//! their result (`engine`).

mod bounds;
mod fault;
mod sandbox;
pub mod worker;

use engine::script::{Script, ScriptEnd, ScriptError};

pub use bounds::{FUEL, LOG_LINES_MAX, MEMORY_BYTES, RESULT_BYTES_MAX, SOURCE_BYTES_MAX, VARIABLES_MAX};

/// Runs a script to its end. Never fails: what goes wrong is in the end's `result`.
pub fn run(script: &Script) -> ScriptEnd {
    sandbox::run(script)
}

/// Reads a source without running it.
///
/// # Errors
/// It is no JavaScript; the error tells line and column.
pub fn check(source: &str) -> Result<(), ScriptError> {
    sandbox::check(source)
}
