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
/// There is no flow in it, in words. Faults of single nodes are noted and do not refuse the flow; they come with it.
pub(crate) fn read(cx: &Cx, node: &mut Value, whose: &str) -> Result<(Flow, Vec<String>), String> {
    if !node.is_object() {
        return Err(format!("{whose} is no JSON object"));
    }
    let violations = flow::schema::validate(Registry::shipped(), "callflows.action", node);
    let (flow, issues) = flow::kazoo::read_flow(node);
    let faults: Vec<String> = violations
        .iter()
        .map(flow::schema::Violation::to_issue)
        .chain(issues.into_iter().filter(|issue| issue.level == Level::Error))
        .map(|issue| format!("{whose} at {}: {}", issue.place.pointer, issue.message))
        .collect();
    for fault in &faults {
        cx.note("EN3003", fault.clone());
    }
    match flow.entry_node() {
        Some(entry) if !entry.is_empty() => Ok((flow, faults)),
        _ => Err(format!("{whose} has no module to run")),
    }
}
