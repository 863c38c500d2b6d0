//! Names of the documents a callflow refers to, for editors (reference "Crossbar" 3, "GET item").
//!
//! Not here: whether a reference must exist (nothing checks that on save).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use store::Document;

use crate::crossbar::context::{Cx, pick, text};
use crate::crossbar::data;
use crate::crossbar::error::Failure;

/// The most references looked up for one callflow.
const REFERENCES_MAX: usize = 1_000;

/// `id` to `{name?, numbers?, pvt_type}` of every referenced document that exists.
pub(crate) fn of_flow(cx: &Cx<'_>, flow: Option<&Value>) -> Result<Map<String, Value>, Failure> {
    let mut ids = BTreeSet::new();
    if let Some(flow) = flow {
        collect(flow, &mut ids);
    }
    let mut metadata = Map::new();
    for id in ids.into_iter().take(REFERENCES_MAX) {
        if let Some(document) = data::find(cx.state, &cx.account, id)? {
            metadata.insert(id.to_owned(), describe(&document));
        }
    }
    Ok(metadata)
}

/// Any `data.id`, any `data.*_id`, and every child's key that can be the id of a temporal rule.
fn collect<'a>(node: &'a Value, ids: &mut BTreeSet<&'a str>) {
    for (name, value) in node.get("data").and_then(Value::as_object).into_iter().flatten() {
        if name == "id" || name.ends_with("_id") {
            ids.extend(value.as_str().filter(|id| !id.is_empty()));
        }
    }
    for (key, child) in node.get("children").and_then(Value::as_object).into_iter().flatten() {
        if key.len() >= 2 {
            ids.insert(key);
        }
        collect(child, ids);
    }
}

fn describe(document: &Document) -> Value {
    let mut entry = pick(&document.body, &["name", "numbers"]);
    if document.kind == "user" {
        let part = |name| text(&document.body, name).unwrap_or_default();
        let name = format!("{} {}", part("first_name"), part("last_name"));
        entry.insert("name".to_owned(), name.trim().into());
    }
    entry.insert("pvt_type".to_owned(), json!(document.kind));
    Value::Object(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_ids_in_data_and_rules_among_the_children() {
        let flow = json!({"module": "temporal_route", "data": {"id": "a", "x_id": "b", "n_id": 3, "name": "no"},
            "children": {"_": {"module": "user", "data": {"id": "c", "endpoints": [{"id": "inner"}]}}, "rule": {}}});
        let mut ids = BTreeSet::new();
        collect(&flow, &mut ids);
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["a", "b", "c", "rule"]);
    }
}
