//! What the program prints: standard output for results, standard error for faults.
//!
//! A reader that has gone away (`strowger modules | head -1`) ends the program quietly. Not here: what is printed.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::fault::{Exit, Fault};

/// Prints text as it is.
pub(crate) fn text(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints what is no text, such as a picture, as it is.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Prints a line.
pub(crate) fn line(line: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    written(out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()))
}

/// Prints a JSON document, indented.
pub(crate) fn json(value: &Value) -> Result<(), Fault> {
    line(&format!("{value:#}"))
}

/// Tells a person something beside the result.
pub(crate) fn note(text: &str) {
    // Nobody may be reading it; that is no reason to fail.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells why the program failed: on standard error, as JSON where JSON is asked for.
pub(crate) fn fault(fault: &Fault, as_json: bool) {
    if as_json {
        let value = json!({"error": fault.message, "help": fault.help, "exit_code": fault.code as u8});
        note(&value.to_string());
    } else {
        note(&fault.to_string());
    }
}

fn written(result: io::Result<()>) -> Result<(), Fault> {
    match result {
        Ok(()) => Ok(()),
        // As a program that the signal had ended; there is nobody to tell anything to.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            Err(Fault::new(Exit::CannotCreate, format!("cannot write to standard output: {error}")))
        }
    }
}
