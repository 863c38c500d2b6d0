//! What control plans refer to and the account does not have.

use serde_json::Value;

use crate::account::AccountIndex;
use crate::issue::Issue;
use crate::n2fe::references::references;
use crate::n2fe::service;

pub(super) fn check(index: &AccountIndex, issues: &mut Vec<Issue>) {
    for document in index.of_type(service::PLAN) {
        for reference in references(service::plan_of(&document.body)) {
            let found = index.named(reference.kind, &reference.name);
            let what = reference.kind.trim_start_matches("n2fe_").replace('_', " ");
            let message = match (found, &reference.entry) {
                (None, _) => format!("[Node-{}] there is no {what} `{}`", reference.node, reference.name),
                (Some(set), Some(entry)) if !has_entry(&set.body, entry) => {
                    format!("[Node-{}] the {what} `{}` has no `{entry}`", reference.node, reference.name)
                }
                _ => continue,
            };
            issues.push(
                Issue::error("CK1001", reference.pointer, message)
                    .with_help("make it, or name one that exists")
                    .in_document(&document.id),
            );
        }
    }
    for document in index.of_type(service::SERVICE_NUMBER) {
        let flows = crate::account::schedule::schedules(&document.body);
        for schedule in flows {
            let exists = index
                .document(&schedule.flow)
                .is_some_and(|flow| flow.kind == service::PLAN || flow.kind == "callflow");
            if !exists {
                let message = format!("there is no control plan or callflow `{}`", schedule.flow);
                issues.push(
                    Issue::error("CK1001", "", message)
                        .with_help("make it, or name one that exists")
                        .in_document(&document.id),
                );
            }
        }
    }
}

/// A set has an entry with this name or id.
fn has_entry(set: &Value, wanted: &str) -> bool {
    let is = |entry: &Value, member: &str| match entry.get(member) {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Number(number)) => number.to_string() == wanted,
        _ => false,
    };
    let entries = set.get("entries").and_then(Value::as_array);
    entries.into_iter().flatten().any(|entry| is(entry, "name") || is(entry, "id"))
}
