//! Flows that come as JSON while a call runs: from a web server (`pivot`), from a script (`function`).
//!
//! Not here: how they are had; flows of documents (the account's index).

use flow::graph::Flow;
use flow::issue::Level;
use flow::schema::Registry;
use serde_json::Value;

use crate::cx::Cx;

/// The flow in a node, which is completed with the defaults of the schemas like a saved one. `whose` names where it
/// comes from in notes.
///
/// # Errors
/// There is no flow in it, in words. Faults of single nodes are noted and do not refuse the flow.
pub(crate) fn read(cx: &Cx, node: &mut Value, whose: &str) -> Result<Flow, String> {
    if !node.is_object() {
        return Err(format!("{whose} is no JSON object"));
    }
    for violation in flow::schema::validate(Registry::shipped(), "callflows.action", node) {
        let issue = violation.to_issue();
        cx.note("EN3003", format!("{whose} at {}: {}", issue.place.pointer, issue.message));
    }
    let (flow, issues) = flow::kazoo::read_flow(node);
    for issue in issues.iter().filter(|issue| issue.level == Level::Error) {
        cx.note("EN3003", format!("{whose} at {}: {}", issue.place.pointer, issue.message));
    }
    match flow.entry_node() {
        Some(entry) if !entry.is_empty() => Ok(flow),
        _ => Err(format!("{whose} has no module to run")),
    }
}
