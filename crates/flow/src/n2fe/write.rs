//! Writes a plan back, as it came or in the form the HTTP interface returns.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::read::exits_of;
use super::{OPERATIONS, Plan, Shape, exit_count, id_text, number_of, types, wrapped};
use crate::graph::{Node, NodeId, Object};

/// Writes a plan. What [`read`](super::read()) took comes out as it went in; where the graph has been changed since, the
/// changes are written, and a graph from elsewhere becomes a bare hash.
pub fn write(plan: &Plan) -> Value {
    if let Shape::Nothing(value) = &plan.shape
        && plan.flow.nodes.is_empty()
    {
        return value.clone();
    }
    let keys = keys_of(plan);
    let ids: IndexMap<&str, NodeId> =
        keys.iter().map(String::as_str).zip(plan.flow.nodes.iter().map(|node| node.id)).collect();
    let mut members: Vec<(String, Value)> = plan
        .flow
        .nodes
        .iter()
        .zip(&keys)
        .map(|(node, key)| (key.clone(), Value::Object(write_node(node, key, &keys, &ids))))
        .collect();
    for (place, key, value) in &plan.rest {
        members.insert((*place).min(members.len()), (key.clone(), value.clone()));
    }
    let operations = Value::Object(members.into_iter().collect());
    match &plan.shape {
        Shape::Wrapped(wrapper) => {
            let mut wrapper = wrapper.clone();
            wrapper.insert(OPERATIONS.to_owned(), operations);
            Value::Object(wrapper)
        }
        Shape::Bare | Shape::Nothing(_) => operations,
    }
}

/// The operations' numbers; nodes of other languages whose places do not tell them apart get numbers that are free.
fn keys_of(plan: &Plan) -> Vec<String> {
    let mut taken: BTreeSet<String> = plan.rest.iter().map(|(_, key, _)| key.clone()).collect();
    let mut keys = Vec::new();
    let mut free = 0_u32;
    for node in &plan.flow.nodes {
        let mut key = number_of(node);
        while !taken.insert(key.clone()) {
            free += 1;
            key = free.to_string();
        }
        keys.push(key);
    }
    keys
}

fn write_node(node: &Node, key: &str, keys: &[String], ids: &IndexMap<&str, NodeId>) -> Object {
    let mut operation = node.extra.clone();
    let kind = operation.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
    if kind.map(super::module_of).unwrap_or_default() != node.module {
        operation.entry("id").or_insert_with(|| json!(key));
        let name = node.module.strip_prefix(super::MODULE_PREFIX).unwrap_or(&node.module);
        operation.insert("type".to_owned(), json!(name));
    }
    if node.written.data || !node.data.is_empty() {
        operation.insert("config".to_owned(), Value::Object(node.data.clone()));
    }
    if exits_of(operation.get("exits"), ids) != node.exits {
        operation.insert("exits".to_owned(), exits(node, keys));
    }
    operation
}

/// Exits as a list of operation numbers and nulls.
fn exits(node: &Node, keys: &[String]) -> Value {
    let mut list: Vec<Value> = Vec::new();
    for (index, to) in &node.exits {
        let Some(index) = index.parse::<usize>().ok().filter(|index| *index < super::MAX_EXITS) else {
            continue;
        };
        if list.len() <= index {
            list.resize(index + 1, Value::Null);
        }
        if let (Some(slot), Some(key)) = (list.get_mut(index), keys.get(to.0 as usize)) {
            *slot = number(key);
        }
    }
    Value::Array(list)
}

/// An operation's number as JSON number, as exits have it.
fn number(key: &str) -> Value {
    key.parse::<u64>().map_or_else(|_| json!(key), |number| json!(number))
}

/// A plan as the HTTP interface returns it: the bare hash, `id` and `base_node` as texts, exits as numbers and nulls, as
/// many as the type has. Everything else is left as it came. `always_present_calling` is not part of it.
pub fn stored(document: &Value) -> Value {
    let Some(object) = document.as_object() else { return document.clone() };
    let operations = wrapped(object).unwrap_or(object);
    let one = |value: &Value| match value {
        Value::Object(operation) => Value::Object(stored_operation(operation)),
        other => other.clone(),
    };
    Value::Object(operations.iter().map(|(key, value)| (key.clone(), one(value))).collect())
}

fn stored_operation(operation: &Object) -> Object {
    let mut stored = operation.clone();
    for name in ["id", "base_node"] {
        if let Some(text) = operation.get(name).and_then(id_text) {
            stored.insert(name.to_owned(), json!(text));
        }
    }
    let kind = operation.get("type").and_then(Value::as_str).and_then(types::find);
    let exits = operation.get("exits").filter(|exits| exits.is_array() || exits.is_null());
    if exits.is_some() || !operation.contains_key("exits") {
        let given = exits.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut list: Vec<Value> =
            given.iter().map(|exit| id_text(exit).map_or_else(|| exit.clone(), |id| number(&id))).collect();
        list.resize(exit_count(kind, exits), Value::Null);
        stored.insert("exits".to_owned(), Value::Array(list));
    }
    stored
}
