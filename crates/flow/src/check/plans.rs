//! What control plans refer to and the account does not have.

use serde_json::Value;

use crate::account::AccountIndex;
use crate::issue::Issue;
use crate::n2fe::references::references;
use crate::n2fe::{Fault, service};

/// What a plan refers to and the account does not have: announcements, sets, tables and counters.
pub fn missing(index: &AccountIndex, plan: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    for reference in references(plan) {
        let what = reference.kind.trim_start_matches("n2fe_").replace('_', " ");
        let sentence = match (index.named(reference.kind, &reference.name), &reference.entry) {
            (None, _) => format!("There is no {what} {}.", reference.name),
            (Some(set), Some(entry)) if !has_entry(&set.body, entry) => {
                format!("There is no {entry} in the {what} {}.", reference.name)
            }
            _ => continue,
        };
        faults.push(Fault::error("NF3002", Some(&reference.node), reference.pointer, sentence));
    }
    faults
}

pub(super) fn check(index: &AccountIndex, issues: &mut Vec<Issue>) {
    for document in index.of_type(service::PLAN) {
        for fault in missing(index, service::plan_of(&document.body)) {
            let mut issue = fault.to_issue();
            issue.code = "CK1001".into();
            issues.push(issue.with_help("make it, or name one that exists").in_document(&document.id));
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
