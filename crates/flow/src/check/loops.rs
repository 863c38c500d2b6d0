//! Callflows that enter each other in a circle without waiting for anything on the way: such a call goes round until
//! the bound on branches ends it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::account::{AccountIndex, CallflowEntry};
use crate::issue::Issue;

pub(super) fn check(index: &AccountIndex, issues: &mut Vec<Issue>) {
    let edges: BTreeMap<&str, Vec<Edge<'_>>> =
        index.callflows().map(|entry| (entry.id.as_str(), edges_of(entry))).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for &start in edges.keys() {
        // The path from `start`, and which edge of each callflow on it comes next. No recursion: accounts are large.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        let mut on_path: BTreeSet<&str> = [start].into();
        if done.contains(start) {
            continue;
        }
        while let Some(top) = path.last_mut() {
            let (from, next) = *top;
            top.1 += 1;
            let Some(edge) = edges.get(from).and_then(|edges| edges.get(next)) else {
                done.insert(from);
                on_path.remove(from);
                path.pop();
                continue;
            };
            if on_path.contains(edge.to) {
                let circle = path.iter().map(|(id, _)| *id).skip_while(|id| *id != edge.to);
                let circle: Vec<&str> = circle.chain([edge.to]).collect();
                issues.push(
                    Issue::error(
                        "CK1201",
                        edge.pointer,
                        format!("the callflows go round: {}", circle.join(" > ")),
                    )
                    .with_help("let the caller choose or wait on the way, for example in a `menu`")
                    .in_module("callflow")
                    .in_document(from),
                );
            } else if !done.contains(edge.to) && edges.contains_key(edge.to) {
                on_path.insert(edge.to);
                path.push((edge.to, 0));
            }
        }
    }
}

/// A `callflow` node that a call can reach without waiting.
struct Edge<'a> {
    to: &'a str,
    pointer: &'a str,
}

fn edges_of(entry: &CallflowEntry) -> Vec<Edge<'_>> {
    let mut edges = Vec::new();
    let mut seen = vec![false; entry.flow.nodes.len()];
    let mut waiting: Vec<_> = entry.flow.entry.into_iter().collect();
    while let Some(id) = waiting.pop() {
        let Some(node) = entry.flow.node(id) else { continue };
        match seen.get_mut(id.0 as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let target = node.data.get("id").and_then(Value::as_str);
        if let Some(to) = target.filter(|_| node.module == "callflow" && !node.is_skipped()) {
            edges.push(Edge { to, pointer: &node.pointer });
        }
        if node.is_skipped() || is_instant(&node.module) {
            waiting.extend(node.exits.values().rev());
        }
    }
    edges
}

/// Modules that go on by themselves at once.
fn is_instant(module: &str) -> bool {
    matches!(
        module,
        "acdc_wait_time"
            | "after_bridge"
            | "answer"
            | "branch_bnumber"
            | "branch_variable"
            | "callflow"
            | "check_cid"
            | "cidlistmatch"
            | "edr"
            | "flush_dtmf"
            | "language"
            | "lookupcidname"
            | "manual_presence"
            | "missed_call_alert"
            | "noop"
            | "notification"
            | "prepend_cid"
            | "record_call"
            | "record_caller"
            | "ring_group_toggle"
            | "set"
            | "set_alert_info"
            | "set_cid"
            | "set_variable"
            | "set_variables"
            | "skel"
            | "temporal_route"
            | "webhook"
    )
}
