//! What a script of the account's is given and what it says (`function`): the engine names the facts, whoever runs it
//! answers with what it set and returned.
//!
//! Not here: running it (crate `script`), choosing the exit (`modules::function`).

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A script to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// JavaScript.
    pub source: String,
    /// What it knows of the call: its object `call` (docs/functions.md).
    pub call: Value,
    /// The members of `req.query` for functions in the style of CouchDB: names and texts.
    pub query: Value,
    /// Seeds its `Math.random`.
    pub seed: u64,
}

/// What became of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptEnd {
    /// What it returned, `null` for nothing; or why it came to no end.
    pub result: Result<Value, ScriptError>,
    /// Application variables it set, in order.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub variables: IndexMap<String, Value>,
    /// Channel variables it set, in order.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub channel: IndexMap<String, Value>,
    /// What it wrote for whoever reads the trace, also when it failed afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
}

impl ScriptEnd {
    /// The end of a script that failed before it did anything.
    pub fn failed(error: ScriptError) -> ScriptEnd {
        ScriptEnd {
            result: Err(error),
            variables: IndexMap::new(),
            channel: IndexMap::new(),
            log: Vec::new(),
        }
    }
}

/// Why a script came to no end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptError {
    /// What kind of fault it is.
    pub fault: ScriptFault,
    /// In words.
    pub message: String,
    /// Where in the source, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Which character of the line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl ScriptError {
    /// A fault without a place.
    pub fn new(fault: ScriptFault, message: impl Into<String>) -> ScriptError {
        ScriptError { fault, message: message.into(), line: None, column: None }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(out, "line {line}, column {column}: ")?,
            (Some(line), None) => write!(out, "line {line}: ")?,
            _ => {}
        }
        out.write_str(&self.message)
    }
}

/// Kinds of faults of scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptFault {
    /// The source is no JavaScript, or no function.
    Syntax,
    /// It threw an error and did not catch it.
    Thrown,
    /// It took too many steps.
    Fuel,
    /// It wanted too much memory.
    Memory,
    /// Its functions call each other too deeply.
    Stack,
    /// It took too long, although it had steps left.
    Time,
    /// What it returned is too large, or no JSON.
    Result,
    /// Whoever ran it failed.
    Runner,
}

impl ScriptFault {
    /// The script reached one of its bounds.
    pub fn is_bound(self) -> bool {
        matches!(self, ScriptFault::Fuel | ScriptFault::Memory | ScriptFault::Stack | ScriptFault::Time)
    }
}
