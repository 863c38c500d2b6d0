//! What is wrong with a control plan: an operation's number, a sentence, a code and a place.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::issue::{Issue, Level};

/// One fault. [`Display`](fmt::Display) gives it as the N2FE interface does: `[Node-1] No destination number defined at
/// position 1.`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The number of the operation; `None` for the plan as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node: Option<String>,
    /// What is wrong, one sentence with a full stop. Positions count from 1.
    pub sentence: String,
    /// Stable code (`docs/error-codes.md`): `NF2001`.
    pub code: Cow<'static, str>,
    /// JSON pointer into the document as it was given: `/1/config/destinations/0/address`.
    pub pointer: String,
    /// Errors keep a plan from being saved, warnings do not.
    pub level: Level,
}

impl Fault {
    /// An error.
    pub fn error(
        code: &'static str,
        node: Option<&str>,
        pointer: impl Into<String>,
        sentence: impl Into<String>,
    ) -> Fault {
        Fault {
            node: node.map(str::to_owned),
            sentence: sentence.into(),
            code: Cow::Borrowed(code),
            pointer: pointer.into(),
            level: Level::Error,
        }
    }

    /// A warning.
    pub fn warning(
        code: &'static str,
        node: Option<&str>,
        pointer: impl Into<String>,
        sentence: impl Into<String>,
    ) -> Fault {
        Fault { level: Level::Warning, ..Fault::error(code, node, pointer, sentence) }
    }

    /// It keeps the plan from being saved.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// The same as an issue, for interfaces that speak in those.
    pub fn to_issue(&self) -> Issue {
        let told = self.to_string();
        let message = told.strip_suffix('.').unwrap_or(&told).to_owned();
        let mut issue = Issue::error("", self.pointer.clone(), message);
        issue.code = self.code.clone();
        issue.level = self.level;
        issue
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Some(node) => write!(out, "[Node-{node}] {}", self.sentence),
            None => out.write_str(&self.sentence),
        }
    }
}
