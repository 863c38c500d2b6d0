//! `A/callflows` (reference "Crossbar" 3): numbers that are required, normalised, unique and ours.
//!
//! Not here: the metadata of referenced documents (`metadata`), what a module's data must be (schemas of `flow`).

use flow::numbers::NumberPlan;
use serde_json::{Map, Value, json};
use store::Document;

use super::plain::row;
use super::{Draft, Resource, metadata};
use crate::crossbar::context::{Cx, text};
use crate::crossbar::data;
use crate::crossbar::error::{Failure, Tree};
use crate::state::Shared;

/// `A/callflows`.
pub(crate) static CALLFLOWS: Resource =
    Resource { row: list_row, prepare, check, show, ..Resource::plain("callflows", "callflow", "callflows") };

fn list_row(_cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    let mut row = row(document, &["name", "type", "numbers", "patterns", "owner_id", "group_id"]);
    let feature_code = document.body.get("featurecode").filter(|code| code.is_object()).cloned();
    row.insert("featurecode".to_owned(), feature_code.unwrap_or(Value::Bool(false)));
    let mut modules = Vec::new();
    if let Some(flow) = document.body.get("flow") {
        collect_modules(flow, &mut modules);
    }
    row.insert("modules".to_owned(), Value::from(modules));
    row
}

/// Unique module names in tree order; nodes without `data` and skipped ones are left out, their children are not.
fn collect_modules<'a>(node: &'a Value, modules: &mut Vec<&'a str>) {
    let skipped = node.get("data").is_none_or(|data| data.get("skip_module") == Some(&Value::Bool(true)));
    if let Some(module) = node.get("module").and_then(Value::as_str)
        && !skipped
        && !modules.contains(&module)
    {
        modules.push(module);
    }
    for child in node.get("children").and_then(Value::as_object).into_iter().flat_map(Map::values) {
        collect_modules(child, modules);
    }
}

/// Checks 1 and 2 of the reference: something to dial, and numbers as they will be looked up.
fn prepare(_cx: &Cx<'_>, draft: &mut Draft<'_>) -> Result<(), Failure> {
    // `metadata` is computed for GET; editors send it back with the document.
    draft.body.shift_remove("metadata");
    for name in ["numbers", "patterns"] {
        match draft.body.get(name) {
            None | Some(Value::Array(_)) => {}
            Some(Value::Null) => {
                draft.body.shift_remove(name);
            }
            Some(other) => {
                let members = json!({"target": "array", "value": other});
                return Err(Failure::invalid(name, "type", "Value did not match type(s): array", members));
            }
        }
    }
    let has_some = |name: &str| {
        draft.body.get(name).and_then(Value::as_array).is_some_and(|numbers| !numbers.is_empty())
    };
    if !has_some("numbers") && !has_some("patterns") {
        let message = "Callflows must be assigned at least one number or pattern";
        return Err(Failure::invalid("numbers", "required", message, json!({})));
    }
    let plan = NumberPlan::default();
    for number in draft.body.get_mut("numbers").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Number(digits) = number {
            *number = Value::String(digits.to_string());
        }
        if let Value::String(text) = number {
            *text = plan.normalise(text.trim());
        }
    }
    Ok(())
}

/// Checks 4 and 5: nobody else in the account has the number or pattern, and no other account has the number.
fn check(cx: &Cx<'_>, draft: &mut Draft<'_>, tree: &mut Tree) -> Result<(), Failure> {
    check_dialled(cx.state, &cx.account, draft.id, &draft.body, tree)
}

/// The same for a body from elsewhere (an old version that is to live again).
pub(crate) fn check_dialled(
    state: &Shared,
    account: &str,
    own_id: Option<&str>,
    body: &Map<String, Value>,
    tree: &mut Tree,
) -> Result<(), Failure> {
    let numbers = texts(body, "numbers");
    let patterns = texts(body, "patterns");
    for other in data::all(state, account, "callflow")? {
        if own_id == Some(other.id.as_str()) {
            continue;
        }
        let name = text(&other.body, "name").unwrap_or_default();
        for (wanted, member, word) in [(&numbers, "numbers", "Number"), (&patterns, "patterns", "Pattern")] {
            let taken = texts(&other.body, member);
            for value in wanted.iter().filter(|value| taken.contains(value)) {
                let message = format!("{word} {value} exists in callflow {} {name}", other.id);
                tree.add(member, "unique", message.trim_end(), json!({"cause": value}));
            }
        }
    }
    let mut foreign: Vec<&str> = Vec::new();
    for number in numbers.into_iter().filter(|number| number.starts_with('+')) {
        if data::number_owner(state, number)?.is_some_and(|owner| owner != account) {
            foreign.push(number);
        }
    }
    if foreign.is_empty() {
        Ok(())
    } else {
        Err(Failure::Forbidden(format!("unauthorized to use {}", foreign.join(", "))))
    }
}

fn show(cx: &Cx<'_>, document: &Document, members: &mut Map<String, Value>) -> Result<(), Failure> {
    // The editor reads `flow.module` and `id in metadata` without asking whether they exist.
    members.entry("flow").or_insert_with(|| json!({}));
    let metadata = metadata::of_flow(cx, document.body.get("flow"))?;
    members.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(())
}

fn texts<'a>(body: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    body.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_unique_in_tree_order_and_skipped_ones_left_out() {
        let flow = json!({"module": "menu", "data": {}, "children": {
            "1": {"module": "play", "data": {"skip_module": true}, "children": {"_": {"module": "user", "data": {}}}},
            "2": {"module": "menu", "data": {}}, "3": {"module": "hangup"}}});
        let mut modules = Vec::new();
        collect_modules(&flow, &mut modules);
        assert_eq!(modules, ["menu", "user"]);
    }
}
