//! Which callflows a saved document concerns: those whose nodes name it, directly or as part of a rule set.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::graph::Node;

/// Most callflows looked at for one saved document.
const USERS_MAX: usize = 50;

/// The callflows that use a document, each with the pointers of the nodes that do.
pub(super) fn users_of(
    index: &AccountIndex,
    document: &Document,
) -> impl Iterator<Item = (Arc<CallflowEntry>, Vec<String>)> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    if matches!(document.kind.as_str(), "menu" | "temporal_rule" | "temporal_rule_set" | "vmbox") {
        ids.insert(document.id.clone());
    }
    if document.kind == "temporal_rule" {
        let names_it = |set: &&Arc<Document>| {
            let rules = set.body.get("temporal_rules").and_then(Value::as_array);
            rules.into_iter().flatten().any(|rule| rule.as_str() == Some(&document.id))
        };
        ids.extend(index.of_type("temporal_rule_set").filter(names_it).map(|set| set.id.clone()));
    }
    let callflows = if ids.is_empty() { None } else { Some(index.callflows()) };
    let using = move |entry: &Arc<CallflowEntry>| {
        let nodes = entry.flow.nodes.iter().filter(|node| names_any(node, &ids));
        let pointers: Vec<String> = nodes.map(|node| node.pointer.clone()).collect();
        (!pointers.is_empty()).then(|| (Arc::clone(entry), pointers))
    };
    callflows.into_iter().flatten().filter_map(using).take(USERS_MAX)
}

fn names_any(node: &Node, ids: &BTreeSet<String>) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|id| ids.contains(id));
    let by_data = ["id", "rule_set"].iter().any(|member| node.data.get(*member).is_some_and(named));
    let rules = node.data.get("rules").and_then(Value::as_array);
    by_data
        || rules.is_some_and(|rules| rules.iter().any(named))
        || (node.module == "temporal_route" && node.exits.keys().any(|key| ids.contains(key)))
}

/// Whether a pointer is of one of these nodes itself: the node, its data, or one of its exits, not what follows there.
pub(super) fn is_at(nodes: &[String], pointer: &str) -> bool {
    nodes.iter().any(|node| {
        let Some(rest) = pointer.strip_prefix(node.as_str()) else { return false };
        let exit = rest.strip_prefix("/children/");
        rest.is_empty() || rest.starts_with("/data") || exit.is_some_and(|exit| !exit.contains('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_owns_its_data_and_exits_and_not_what_follows() {
        let nodes = ["/flow/children/1".to_owned()];
        for (pointer, is) in [
            ("/flow/children/1", true),
            ("/flow/children/1/data/id", true),
            ("/flow/children/1/children/_", true),
            ("/flow/children/1/children/_/data/id", false),
            ("/flow", false),
            ("/flow/children/12", false),
        ] {
            assert_eq!(is_at(&nodes, pointer), is, "{pointer}");
        }
    }
}
