//! Why a command failed: one line, help, and the exit code that `docs/cli.md` lists.
//!
//! Not here: faults found *in* documents and flows (`flow::issue`); a command that finds some has not failed.

use std::fmt;
use std::path::Path;

use store::StoreError;

/// How a command ends. The numbers are part of the interface; those from 64 on are the ones of `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All is well.
    Ok = 0,
    /// The command worked and found faults, or tests that fail.
    Found = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The command worked, with part of its data missing.
    Partial = 3,
    /// An input is not what it must be.
    Data = 65,
    /// An input is not there or cannot be read.
    NoInput = 66,
    /// Something this command needs cannot be used (a port, a text-to-speech engine, a server).
    Unavailable = 69,
    /// Our own fault.
    Software = 70,
    /// An output cannot be written.
    CannotCreate = 73,
    /// Reading or writing failed on the way.
    Io = 74,
    /// The configuration makes no sense.
    Config = 78,
}

/// A command's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What the program exits with.
    pub(crate) code: Exit,
    /// What is wrong, one sentence without a full stop.
    pub(crate) message: String,
    /// What to do about it; empty when the message says it all.
    pub(crate) help: String,
}

impl Fault {
    /// A failure without help.
    pub(crate) fn new(code: Exit, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), help: String::new() }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Fault {
        self.help = help.into();
        self
    }

    /// A file or folder that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
        Fault::new(Exit::NoInput, format!("cannot read {}: {}", path.display(), reason(error)))
    }

    /// A file or folder that cannot be written.
    pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
        Fault::new(Exit::CannotCreate, format!("cannot write {}: {}", path.display(), reason(error)))
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let (code, help) = match &error {
            StoreError::NotFound { .. }
            | StoreError::Conflict { .. }
            | StoreError::Exists { .. }
            | StoreError::TooLarge { .. }
            | StoreError::Invalid(_) => (Exit::Data, ""),
            StoreError::Locked(_) => (Exit::Unavailable, "stop the server that uses it first"),
            StoreError::Busy(_) | StoreError::Closed | StoreError::Newer { .. } => (Exit::Unavailable, ""),
            StoreError::Corrupt { .. } => (Exit::Data, "put a copy of the data directory in its place"),
            StoreError::Io { .. } => (Exit::Io, ""),
            StoreError::Database(_) => (Exit::Software, ""),
        };
        Fault::new(code, format!("{error} ({})", error.code())).with_help(help)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error: {}", self.message)?;
        if !self.help.is_empty() {
            write!(out, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}

/// What a command gives.
pub(crate) type Outcome = Result<Exit, Fault>;

/// An I/O error in words, without the number of the system.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_told_in_words() {
        let error = std::fs::read("/nonexistent-folder/x").unwrap_err();
        let fault = Fault::unreadable(Path::new("x.json"), &error).with_help("mind the spelling");
        assert_eq!(
            fault.to_string(),
            "error: cannot read x.json: no such file or directory\n  help: mind the spelling"
        );
        assert_eq!(fault.code as u8, 66);
    }
}
