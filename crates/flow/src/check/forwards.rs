//! Call forwards that lead to each other: a calls b, b calls a, and nobody's telephone rings for it (reference section
//! 7.3).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::subject::Subject;
use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::issue::Issue;

pub(super) fn check(subject: &Subject<'_>, issues: &mut Vec<Issue>) {
    let index = subject.index;
    let mut next: BTreeMap<&str, String> = BTreeMap::new();
    for document in index.of_type("user").chain(index.of_type("device")) {
        let rung = forwarded_to(document)
            .and_then(|number| index.lookup(&index.normalise(number)).ok())
            .and_then(|found| first_rung(index, &found.callflow));
        next.extend(rung.map(|id| (document.id.as_str(), id)));
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for &start in next.keys() {
        let mut path = vec![start];
        let mut at = start;
        while !done.contains(at) {
            let Some((&from, to)) = next.get_key_value(at) else { break };
            let Some((&to, _)) = next.get_key_value(to.as_str()) else { break };
            if let Some(begin) = path.iter().position(|id| *id == to) {
                let circle: Vec<&str> = path.iter().skip(begin).copied().chain([to]).collect();
                let message = format!("the forwards go round: {}", circle.join(" > "));
                issues.push(
                    Issue::warning("CK1203", "/call_forward/number", message)
                        .with_help("let one of them forward to somebody outside the circle, or to no one")
                        .in_document(from),
                );
                break;
            }
            path.push(to);
            at = to;
        }
        done.extend(path);
    }
}

/// The number that all calls are sent to.
fn forwarded_to(document: &Document) -> Option<&str> {
    let forward = document.body.get("call_forward")?;
    let is = |member: &str| forward.get(member) == Some(&Value::Bool(true));
    let number = forward.get("number").and_then(Value::as_str).filter(|number| !number.is_empty());
    number.filter(|_| is("enabled") && forward.get("substitute") != Some(&Value::Bool(false)))
}

/// The user or device that a callflow begins with.
fn first_rung(index: &AccountIndex, entry: &CallflowEntry) -> Option<String> {
    let node = entry.flow.entry_node().filter(|node| !node.is_skipped())?;
    let rings = matches!(node.module.as_str(), "user" | "device");
    let id = node.data.get("id").and_then(Value::as_str).filter(|_| rings)?;
    index.document(id).map(|document| document.id.clone())
}
