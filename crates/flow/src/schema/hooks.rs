//! The checks Kazoo adds to JSON Schema under the keywords `kazoo-validation` and `kazoo-regexp`.
//!
//! Source: reference "Crossbar v2", section 1.6.

use serde_json::{Map, Value};

use super::registry::Registry;
use super::strings::is_web_address;
use crate::numbers;

/// The kinds of node whose `data` is checked by module name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// A node of a callflow (`callflows.action`).
    Callflow,
    /// An in-call feature (`metaflow`).
    Metaflow,
}

impl NodeKind {
    /// The kind a schema describes, when it describes a node.
    pub(super) fn of(schema: &Map<String, Value>) -> Option<Self> {
        match schema.get("_id").and_then(Value::as_str)? {
            "callflows.action" => Some(NodeKind::Callflow),
            "metaflow" => Some(NodeKind::Metaflow),
            _ => None,
        }
    }

    /// The schema of a module's data. Sub-schemas (`callflows.action`, `callflows.audio_macro.say`) are no modules.
    pub(super) fn module_schema<'r>(self, registry: &'r Registry, module: &str) -> Option<&'r Value> {
        if module == "action" || module.contains('.') {
            return None;
        }
        match self {
            NodeKind::Callflow => registry.get(&format!("callflows.{module}")),
            NodeKind::Metaflow => registry.get(&format!("metaflows.{module}")),
        }
    }

    /// What is said of a module without schema; the first wording is Kazoo's.
    pub(super) fn unknown_module(self, module: &str) -> String {
        match self {
            NodeKind::Callflow => format!("unable to find callflow schema for module {module}"),
            NodeKind::Metaflow => format!("unable to find metaflow schema for module {module}"),
        }
    }
}

/// Whether a schema marks its strings as addresses that we will fetch.
pub(super) fn is_address(schema: &Map<String, Value>) -> bool {
    flag(schema, "kazoo-validation") && schema.get("type").and_then(Value::as_str) == Some("string")
}

/// Whether an address may be stored; an empty one counts as none.
pub(super) fn is_good_address(text: &str) -> bool {
    text.is_empty() || is_web_address(text)
}

/// Why a string marked `kazoo-regexp` is no regular expression that number plans and menus can run; `None` when it is
/// one or is not marked.
pub(super) fn regexp_fault(schema: &Map<String, Value>, text: &str) -> Option<String> {
    if !flag(schema, "kazoo-regexp") {
        return None;
    }
    numbers::compile(text, "").err().map(|issue| issue.message)
}

fn flag(schema: &Map<String, Value>, keyword: &str) -> bool {
    schema.get(keyword) == Some(&Value::Bool(true))
}
