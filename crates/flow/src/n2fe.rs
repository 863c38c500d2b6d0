//! The N2FE control plan language: a hash of numbered operations with ordered exits, as the N-Squared flow editor saves
//! it for a toll-free service number.
//!
//! ```json
//! {"1": {"id": "1", "type": "AttemptTerminate", "base_node": "4", "exits": [null],
//!        "config": {"destinations": [{"address": "6463581140", "timeout_seconds": 15}]}},
//!  "2": {"id": "2", "type": "Start", "base_node": "1", "exits": [1]}}
//! ```
//!
//! Reading never fails and never drops anything; what [`read`] took, [`write()`] gives back. [`validate()`] tells all
//! faults of a plan, [`stored`] gives the form the HTTP interface returns. Operations of a type that is not ours are
//! black boxes: kept, drawn, not run. What the public guides leave open is decided in `docs/n2fe.md`.
//!
//! Not here: what an operation does (crate `engine`, `operations`), names, versions and schedules of plans (`store`,
//! `api`).

pub mod config;
pub mod fault;
pub mod fields;
pub mod geography;
pub mod hours;
pub mod pattern;
pub mod prefixes;
mod read;
pub mod references;
pub mod service;
pub mod types;
mod validate;
mod words;
mod write;

pub use fault::Fault;
pub use read::read;
pub use validate::validate;
pub use write::{stored, write};

use serde_json::Value;

use crate::graph::{Flow, Node, Object};

/// Most operations of one plan; the rest is kept as it came and is not run.
pub const MAX_OPERATIONS: usize = 5_000;

/// Most exits of one operation.
pub const MAX_EXITS: usize = 100;

/// What module names of operations begin with: `n2fe.Menu`.
pub const MODULE_PREFIX: &str = "n2fe.";

/// The member of a wrapped plan that makes every termination present the caller's number; also in
/// [`Flow::members`] as a truth value.
pub const ALWAYS_PRESENT_CALLING: &str = "always_present_calling";

/// The member of a wrapped plan that holds the operations.
pub const OPERATIONS: &str = "operations";

/// The operations of a plan that is written as an object with `operations`; `None` for a bare hash. An operation that
/// itself has that name is told apart by its own members.
pub(crate) fn wrapped(document: &Object) -> Option<&Object> {
    let operations = document.get(OPERATIONS)?.as_object()?;
    let is_operation = operations.contains_key("exits") || operations.contains_key("type");
    (!is_operation).then_some(operations)
}

/// A control plan: its operations as a graph, and everything else as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The operations. Exits are keyed by their place, `0` the first.
    pub flow: Flow,
    /// How the operations were wrapped.
    pub shape: Shape,
    /// Members of the hash that are no operations: their place, name and value.
    pub rest: Vec<(usize, String, Value)>,
}

/// How the operations of a plan were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Shape {
    /// The hash itself.
    #[default]
    Bare,
    /// In a member `operations`; the members with an empty `operations` in its place.
    Wrapped(Object),
    /// Not at all: the document is no object.
    Nothing(Value),
}

/// The module that runs operations of a type; aliases of a type share one.
pub fn module_of(kind: &str) -> String {
    format!("{MODULE_PREFIX}{}", types::find(kind).map_or(kind, |known| known.name))
}

/// The type of the operation that a module runs.
pub fn type_of(node: &Node) -> Option<&'static types::Type> {
    types::find(node.module.strip_prefix(MODULE_PREFIX)?)
}

/// The number of an operation in its plan, as text.
pub fn number_of(node: &Node) -> String {
    match node.pointer.rsplit_once('/') {
        Some((_, last)) => last.replace("~1", "/").replace("~0", "~"),
        None => (node.id.0 + 1).to_string(),
    }
}

/// How many exits an operation has: those written, and those its type always has.
pub fn exit_count(kind: Option<&types::Type>, exits: Option<&Value>) -> usize {
    let written = exits.and_then(Value::as_array).map_or(0, Vec::len);
    written.max(kind.map_or(0, |kind| kind.exits.least()))
}

/// A reference to an operation or an id: a whole number or its digits.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        Value::String(text) => {
            let text = text.trim();
            (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
