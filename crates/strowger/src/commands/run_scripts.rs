//! `strowger run-scripts`: what the server starts for the scripts of function documents. Not for people: it reads
//! scripts from its input and writes their ends (`script::worker`).
//!
//! Before the first one the process gives up what a script could misuse if the interpreter had a hole: it can open no
//! file and no socket, start no process, write no file, and has a bound on its memory.

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::fault::{Exit, Fault, Outcome};

/// How the command is called.
pub(crate) const VERB: &str = "run-scripts";

/// Memory of the process, the program itself included.
const ADDRESS_SPACE_BYTES: u64 = 1 << 30;

/// Answers scripts until the server closes the pipe.
pub(crate) fn run() -> Outcome {
    let failed = |what: &str, error: std::io::Error| Fault::new(Exit::Software, format!("{what}: {error}"));
    let limits = [
        (Resource::As, ADDRESS_SPACE_BYTES),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 3),
        (Resource::Nproc, 0),
    ];
    for (resource, limit) in limits {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        setrlimit(resource, limit).map_err(|error| failed("a limit could not be set", error.into()))?;
    }
    script::worker::serve(std::io::stdin().lock(), std::io::stdout().lock())
        .map_err(|error| failed("scripts", error))?;
    Ok(Exit::Ok)
}
