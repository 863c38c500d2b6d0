//! A recording that goes on while the caller leaves or hears voicemail (reference section 3.2): the message is stored
//! twice, by another rule of who may hear it, and PINs that are keyed in are recorded too.

use crate::account::CallflowEntry;
use crate::graph::{Node, NodeId};
use crate::issue::Issue;

pub(super) fn of_callflow(entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    let mut told = vec![false; entry.flow.nodes.len()];
    for start in entry.flow.nodes.iter().filter(|node| begins(node)) {
        let mut seen = vec![false; entry.flow.nodes.len()];
        let mut waiting: Vec<NodeId> = start.exits.values().rev().copied().collect();
        while let Some(id) = waiting.pop() {
            let (Some(node), Some(seen)) = (entry.flow.node(id), seen.get_mut(id.0 as usize)) else {
                continue;
            };
            if std::mem::replace(seen, true) || ends(node) {
                continue;
            }
            waiting.extend(node.exits.values().rev());
            let Some(told) = told.get_mut(id.0 as usize).filter(|_| node.module == "voicemail") else {
                continue;
            };
            if node.is_skipped() || std::mem::replace(told, true) {
                continue;
            }
            let checks = node.data.get("action").and_then(|action| action.as_str()) == Some("check");
            let what =
                if checks { "messages that are heard and the PIN" } else { "the message that is left" };
            let message =
                format!("the recording begun at {} goes on here: it takes {what} too", start.pointer);
            issues.push(
                Issue::warning("CK1501", &node.pointer, message)
                    .with_help("stop it before with `record_call` and `\"action\": \"stop\"`, or begin it with `record_on_bridge`")
                    .in_module("voicemail"),
            );
        }
    }
}

fn begins(node: &Node) -> bool {
    let on_bridge = node.data.get("record_on_bridge").and_then(|value| value.as_bool()) == Some(true);
    node.module == "record_call" && !node.is_skipped() && !ends(node) && !on_bridge
}

fn ends(node: &Node) -> bool {
    node.module == "record_call"
        && !node.is_skipped()
        && node.data.get("action").and_then(|action| action.as_str()) == Some("stop")
}
