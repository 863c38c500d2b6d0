//! Reads callflow documents and bare node trees (what a pivot web server answers) into the graph.
//!
//! Never fails, never recurses, never drops: a member of an odd shape stays in [`Node::extra`] under its own name, so
//! that writing gives the very same document back.

use serde_json::Value;

use super::{Callflow, MAX_DEPTH, MAX_NODES};
use crate::graph::{Flow, Node, NodeId, Object, Written};
use crate::issue::Issue;
use crate::pointer;

/// Reads a whole callflow document. Nodes carry pointers from the document's root (`/flow/children/1`).
pub fn read(document: &Value) -> (Callflow, Vec<Issue>) {
    let mut issues = Vec::new();
    let Some(object) = document.as_object() else {
        issues.push(Issue::error("KZ1001", "", "a callflow document is a JSON object"));
        return (Callflow::default(), issues);
    };
    let mut callflow = Callflow::default();
    for (at, (name, value)) in object.iter().enumerate() {
        if name == "flow" && value.is_object() {
            callflow.flow_at = Some(at);
            callflow.flow = read_tree(value, "/flow", &mut issues);
        } else {
            callflow.members.insert(name.clone(), value.clone());
        }
    }
    if callflow.flow_at.is_none() {
        let (pointer, message) = match object.get("flow") {
            Some(_) => ("/flow", "`flow` is not an object"),
            None => ("", "the callflow has no `flow`"),
        };
        issues
            .push(Issue::error("KZ1002", pointer, message).with_help(
                "give it its first node: {\"module\": ..., \"data\": {...}, \"children\": {...}}",
            ));
    }
    let claims = text_list(object, "numbers", &mut issues) + text_list(object, "patterns", &mut issues);
    if claims == 0 {
        issues.push(
            Issue::warning("KZ1012", "", "the callflow has neither numbers nor patterns")
                .with_help("without them it runs only when another flow names its id"),
        );
    }
    (callflow, issues)
}

/// Reads a bare node tree. Nodes carry pointers from that node (the entry's is empty).
pub fn read_flow(node: &Value) -> (Flow, Vec<Issue>) {
    let mut issues = Vec::new();
    if !node.is_object() {
        issues.push(Issue::error("KZ1003", "", "a node is a JSON object").with_help(NODE_HELP));
        return (Flow::default(), issues);
    }
    (read_tree(node, "", &mut issues), issues)
}

const NODE_HELP: &str = "write {\"module\": \"...\", \"data\": {...}, \"children\": {\"_\": {...}}}";

/// A node still to be read: where it is, and the exit that leads to it.
struct Waiting<'a> {
    object: &'a Object,
    pointer: String,
    parent: Option<(NodeId, &'a str)>,
    depth: usize,
}

fn read_tree(root: &Value, at: &str, issues: &mut Vec<Issue>) -> Flow {
    let mut flow = Flow::default();
    let mut odd_limit_reported = false;
    let mut waiting = Vec::new();
    if let Some(object) = root.as_object() {
        waiting.push(Waiting { object, pointer: at.to_owned(), parent: None, depth: 1 });
    }
    while let Some(next) = waiting.pop() {
        if flow.nodes.len() >= MAX_NODES {
            if !odd_limit_reported {
                odd_limit_reported = true;
                issues.push(
                    Issue::error(
                        "KZ1010",
                        &next.pointer,
                        format!("the flow has more than {MAX_NODES} nodes"),
                    )
                    .with_help("move a part of it into a callflow of its own and enter it with `callflow`"),
                );
            }
            keep_raw(&mut flow, next.parent, &Value::Object(next.object.clone()));
            continue;
        }
        let id = NodeId(u32::try_from(flow.nodes.len()).unwrap_or(u32::MAX));
        match next.parent {
            Some((parent, key)) => {
                if let Some(parent) = flow.nodes.get_mut(parent.0 as usize) {
                    parent.exits.insert(key.to_owned(), id);
                }
            }
            None => flow.entry = Some(id),
        }
        let (node, children) = read_node(&next, id, issues);
        flow.nodes.push(node);
        let Some(children) = children else { continue };
        let base = pointer::join(&next.pointer, "children");
        for (key, child) in children {
            let pointer = pointer::join(&base, key);
            let told = match child {
                Value::Object(_) if next.depth < MAX_DEPTH => continue,
                Value::Object(_) => {
                    Issue::error("KZ1009", &pointer, format!("the flow is more than {MAX_DEPTH} nodes deep"))
                        .with_help(
                            "move a part of it into a callflow of its own and enter it with `callflow`",
                        )
                }
                _ => Issue::error("KZ1003", &pointer, format!("the child `{key}` is not an object"))
                    .with_help(NODE_HELP),
            };
            issues.push(told);
            keep_raw(&mut flow, Some((id, key)), child);
        }
        // Last child first, so that the stack gives the first child first: nodes stand in document order.
        for (key, child) in children.iter().rev().filter(|_| next.depth < MAX_DEPTH) {
            if let Some(object) = child.as_object() {
                let pointer = pointer::join(&base, key);
                waiting.push(Waiting { object, pointer, parent: Some((id, key)), depth: next.depth + 1 });
            }
        }
    }
    flow
}

/// Takes the members of one node apart; gives back the children still to be read.
fn read_node<'a>(next: &Waiting<'a>, id: NodeId, issues: &mut Vec<Issue>) -> (Node, Option<&'a Object>) {
    let mut node = Node { id, pointer: next.pointer.clone(), ..Node::default() };
    let mut children = None;
    if let Some(Value::String(module)) = next.object.get("module") {
        node.module.clone_from(module);
    }
    let at = |member: &str| pointer::join(&next.pointer, member);
    for (name, value) in next.object {
        match (name.as_str(), value) {
            ("module", Value::String(module)) if !module.is_empty() => {}
            ("module", other) => {
                let wrong = if other.is_string() { "`module` is empty" } else { "`module` is not a text" };
                issues.push(Issue::error("KZ1005", at(name), wrong).with_help(NODE_HELP));
                node.extra.insert(name.clone(), other.clone());
            }
            ("data", Value::Object(data)) => {
                node.data = data.clone();
                node.written.data = true;
            }
            ("data", other) => {
                issues.push(
                    Issue::error("KZ1006", at(name), "`data` is not an object; the module is run as with {}")
                        .in_module(node.module.clone()),
                );
                node.extra.insert(name.clone(), other.clone());
            }
            ("children", Value::Object(object)) if object.get("module").is_some_and(Value::is_string) => {
                issues.push(
                    Issue::error(
                        "KZ1008",
                        at(name),
                        "`children` holds a node instead of exits; it is never reached",
                    )
                    .with_help("put the node behind an exit key: \"children\": {\"_\": {\"module\": ...}}")
                    .in_module(node.module.clone()),
                );
                node.extra.insert(name.clone(), value.clone());
            }
            ("children", Value::Object(object)) => {
                node.written.children = true;
                children = Some(object);
            }
            ("children", other) => {
                issues.push(
                    Issue::error("KZ1007", at(name), "`children` is not an object")
                        .with_help("write exits as members: {\"_\": {...}, \"1\": {...}}")
                        .in_module(node.module.clone()),
                );
                node.extra.insert(name.clone(), other.clone());
            }
            (_, other) => {
                node.extra.insert(name.clone(), other.clone());
            }
        }
    }
    if !next.object.is_empty() && !next.object.contains_key("module") {
        issues.push(
            Issue::error(
                "KZ1004",
                &next.pointer,
                "the node has no `module`; a call that reaches it is hung up",
            )
            .with_help("name a module, or write {} for \"nothing left to do\""),
        );
    }
    (node, children)
}

/// Keeps a child that is no node of the graph in the `children` of its parent's `extra`, where the writer merges it.
fn keep_raw(flow: &mut Flow, parent: Option<(NodeId, &str)>, child: &Value) {
    let Some((parent, key)) = parent else { return };
    let Some(node) = flow.nodes.get_mut(parent.0 as usize) else { return };
    node.written = Written { children: true, ..node.written };
    let kept = node.extra.entry("children").or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(kept) = kept {
        kept.insert(key.to_owned(), child.clone());
    }
}

/// Checks a list of texts and counts its elements.
fn text_list(object: &Object, member: &str, issues: &mut Vec<Issue>) -> usize {
    let at = pointer::join("", member);
    match object.get(member) {
        None => 0,
        Some(Value::Array(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                if !element.is_string() {
                    let at = pointer::join(&at, &index.to_string());
                    issues.push(
                        Issue::error("KZ1011", at, format!("an element of `{member}` is not a text"))
                            .with_help("put it in quotes"),
                    );
                }
            }
            elements.len()
        }
        Some(_) => {
            issues.push(
                Issue::error("KZ1011", at, format!("`{member}` is not a list"))
                    .with_help(format!("write \"{member}\": [\"...\"]")),
            );
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(issues: &[Issue]) -> Vec<&str> {
        issues.iter().map(|issue| issue.code.as_ref()).collect()
    }

    #[test]
    fn a_tree_becomes_nodes_in_document_order_with_pointers() {
        let (callflow, issues) = read(&json!({
            "id": "main", "name": "Main", "numbers": ["1000"],
            "flow": {"module": "menu", "data": {"id": "m"}, "children": {
                "1": {"module": "user", "data": {"id": "u"}, "children": {"_": {"module": "voicemail"}}},
                "a/b": {"module": "hangup"},
                "_": {}
            }}
        }));
        assert_eq!(codes(&issues), Vec::<&str>::new());
        let seen: Vec<_> =
            callflow.flow.nodes.iter().map(|node| (node.pointer.as_str(), node.module.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("/flow", "menu"),
                ("/flow/children/1", "user"),
                ("/flow/children/1/children/_", "voicemail"),
                ("/flow/children/a~1b", "hangup"),
                ("/flow/children/_", ""),
            ]
        );
        let menu = callflow.flow.entry_node().unwrap();
        assert_eq!(menu.exits.keys().collect::<Vec<_>>(), ["1", "a/b", "_"]);
        assert_eq!(menu.exit("_"), Some(NodeId(4)));
        assert_eq!((callflow.id(), callflow.name()), ("main", "Main"));
    }

    #[test]
    fn every_odd_shape_is_told_with_its_place() {
        let table = [
            (json!([]), "KZ1001", ""),
            (json!({"numbers": ["1"]}), "KZ1002", ""),
            (json!({"numbers": ["1"], "flow": "x"}), "KZ1002", "/flow"),
            (
                json!({"numbers": ["1"], "flow": {"module": "a", "children": {"_": 7}}}),
                "KZ1003",
                "/flow/children/_",
            ),
            (json!({"numbers": ["1"], "flow": {"data": {}}}), "KZ1004", "/flow"),
            (json!({"numbers": ["1"], "flow": {"module": 5}}), "KZ1005", "/flow/module"),
            (json!({"numbers": ["1"], "flow": {"module": ""}}), "KZ1005", "/flow/module"),
            (json!({"numbers": ["1"], "flow": {"module": "a", "data": []}}), "KZ1006", "/flow/data"),
            (
                json!({"numbers": ["1"], "flow": {"module": "a", "children": null}}),
                "KZ1007",
                "/flow/children",
            ),
            (
                json!({"numbers": ["1"], "flow": {"module": "a", "children": {"module": "b", "data": {}}}}),
                "KZ1008",
                "/flow/children",
            ),
            (json!({"numbers": [1], "flow": {}}), "KZ1011", "/numbers/0"),
            (json!({"patterns": "x", "flow": {}}), "KZ1011", "/patterns"),
            (json!({"flow": {}}), "KZ1012", ""),
        ];
        for (document, code, pointer) in table {
            let (_, issues) = read(&document);
            assert_eq!(codes(&issues), [code], "{document}");
            assert_eq!(issues[0].place.pointer, pointer, "{document}");
        }
    }

    #[test]
    fn a_flow_deeper_than_the_bound_is_cut_and_kept() {
        let mut node = json!({"module": "leaf"});
        for _ in 0..MAX_DEPTH {
            node = json!({"module": "noop", "children": {"_": node}});
        }
        let (flow, issues) = read_flow(&node);
        assert_eq!(codes(&issues), ["KZ1009"]);
        assert_eq!(flow.nodes.len(), MAX_DEPTH);
        assert_eq!(crate::kazoo::write_flow(&flow).0, node);
    }

    #[test]
    fn a_flow_with_more_nodes_than_the_bound_is_cut_and_kept() {
        let children: Object =
            (0..MAX_NODES + 5).map(|key| (key.to_string(), json!({"module": "noop"}))).collect();
        let node = json!({"module": "menu", "children": children});
        let (flow, issues) = read_flow(&node);
        assert_eq!(codes(&issues), ["KZ1010"]);
        assert_eq!(flow.nodes.len(), MAX_NODES);
        assert_eq!(crate::kazoo::write_flow(&flow).0["children"].as_object().unwrap().len(), MAX_NODES + 5);
    }
}
