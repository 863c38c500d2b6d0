//! What is wrong with a document: a stable code, a place, a sentence, and help.
//!
//! Every reader, validator and check of the project speaks in issues; each interface renders them its own way
//! (Crossbar's validation tree, N2FE's `[Node-1] ...`, the command line's annotated source).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Works, but probably not as meant.
    Warning,
    /// Cannot be accepted.
    Error,
}

/// Whose fault an error is (design section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Whoever wrote the flow or document.
    Author,
    /// The person or system calling.
    Caller,
    /// The customer's web server.
    Web,
    /// A trunk or the network behind it.
    Carrier,
    /// Whoever runs this server.
    Operator,
    /// Ourselves.
    Bug,
}

/// Where in a document an issue is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// File name or document id, when known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// JSON pointer inside the document: `/flow/children/1/data/id`. Empty for the whole document.
    pub pointer: String,
    /// The module of the node it belongs to, when it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub module: Option<String>,
}

/// One fault found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Stable code, listed in `docs/error-codes.md`: `KZ1001`.
    pub code: Cow<'static, str>,
    /// How bad it is.
    pub level: Level,
    /// Whose fault it is.
    pub fault: Fault,
    /// Where.
    pub place: Place,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What to do about it, one sentence; empty when the message says it all.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub help: String,
}

impl Issue {
    /// An error of the document's author at a JSON pointer.
    pub fn error(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Issue {
            code: Cow::Borrowed(code),
            level: Level::Error,
            fault: Fault::Author,
            place: Place { pointer: pointer.into(), ..Place::default() },
            message: message.into(),
            help: String::new(),
        }
    }

    /// The same as [`Issue::error`], as a warning.
    pub fn warning(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Issue { level: Level::Warning, ..Issue::error(code, pointer, message) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds the module of the node the issue belongs to.
    #[must_use]
    pub fn in_module(mut self, module: impl Into<String>) -> Self {
        self.place.module = Some(module.into());
        self
    }

    /// Adds the document (file name or id) the issue is in.
    #[must_use]
    pub fn in_document(mut self, document: impl Into<String>) -> Self {
        self.place.document = Some(document.into());
        self
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        write!(out, "{level}[{}]: {}", self.code, self.message)?;
        if let Some(document) = &self.place.document {
            write!(out, "\n  --> {document}")?;
            if !self.place.pointer.is_empty() {
                write!(out, " at {}", self.place.pointer)?;
            }
        } else if !self.place.pointer.is_empty() {
            write!(out, "\n  --> {}", self.place.pointer)?;
        }
        if let Some(module) = &self.place.module {
            write!(out, " (module {module})")?;
        }
        if !self.help.is_empty() {
            write!(out, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}
