//! Reads a control plan into the graph. Never fails, never recurses, never drops.
//!
//! A node's `extra` holds the whole operation as it came, with `null` where its `config` object stood (which is the
//! node's data), so that writing finds every member in its place. What is wrong is told by `validate`.

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    ALWAYS_PRESENT_CALLING, MAX_EXITS, MAX_OPERATIONS, OPERATIONS, Plan, Shape, id_text, module_of, words,
    wrapped,
};
use crate::graph::{Flow, Node, NodeId, Object, Written};
use crate::pointer;

/// Reads a plan: the bare hash of operations, or an object with `operations`.
pub fn read(document: &Value) -> Plan {
    let Some(object) = document.as_object() else {
        return Plan { shape: Shape::Nothing(document.clone()), ..Plan::default() };
    };
    let mut plan = Plan::default();
    let (operations, base) = match wrapped(object) {
        Some(operations) => {
            let mut members = object.clone();
            members.insert(OPERATIONS.to_owned(), Value::Object(Object::new()));
            plan.shape = Shape::Wrapped(members);
            (operations, "/operations")
        }
        None => (object, ""),
    };
    let always = object.get(ALWAYS_PRESENT_CALLING);
    if always.and_then(id_text).is_some_and(|flag| flag != "0") || always == Some(&Value::Bool(true)) {
        plan.flow.members.insert(ALWAYS_PRESENT_CALLING.to_owned(), Value::Bool(true));
    }
    let ids = identify(operations, &mut plan.rest);
    for (key, id) in &ids {
        if let Some(Value::Object(operation)) = operations.get(*key) {
            plan.flow.nodes.push(read_node(operation, *id, pointer::join(base, key), &ids));
        }
    }
    plan.flow.entry = entry_of(&plan.flow);
    plan
}

/// The places of the operations in the graph; members that are none go to `rest`.
fn identify<'a>(operations: &'a Object, rest: &mut Vec<(usize, String, Value)>) -> IndexMap<&'a str, NodeId> {
    let mut ids = IndexMap::new();
    for (place, (key, value)) in operations.iter().enumerate() {
        if value.is_object() && ids.len() < MAX_OPERATIONS {
            let id = NodeId(u32::try_from(ids.len()).unwrap_or(u32::MAX));
            ids.insert(key.as_str(), id);
        } else {
            rest.push((place, key.clone(), value.clone()));
        }
    }
    ids
}

fn read_node(operation: &Object, id: NodeId, pointer: String, ids: &IndexMap<&str, NodeId>) -> Node {
    let kind = operation.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut extra = operation.clone();
    let config = match extra.get_mut("config") {
        Some(Value::Object(config)) => Some(std::mem::take(config)),
        _ => None,
    };
    if config.is_some() {
        extra.insert("config".to_owned(), Value::Null);
    }
    let mut node = Node {
        id,
        pointer,
        module: if kind.is_empty() { String::new() } else { module_of(kind) },
        written: Written { data: config.is_some(), children: operation.contains_key("exits") },
        data: config.unwrap_or_default(),
        exits: exits_of(operation.get("exits"), ids),
        extra,
        words: None,
    };
    node.words = Some(Box::new(words::of(&node, kind)));
    node
}

/// The exits that lead to operations of the plan.
pub(super) fn exits_of(written: Option<&Value>, ids: &IndexMap<&str, NodeId>) -> IndexMap<String, NodeId> {
    let written = written.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let to = |exit: &Value| ids.get(id_text(exit)?.as_str()).copied();
    let exits = written.iter().take(MAX_EXITS).enumerate();
    exits.filter_map(|(index, exit)| Some((index.to_string(), to(exit)?))).collect()
}

/// The first operation of type `Start`.
fn entry_of(flow: &Flow) -> Option<NodeId> {
    flow.nodes.iter().find(|node| node.module == "n2fe.Start").map(|node| node.id)
}
