//! Writes the graph back as a Kazoo callflow document or a bare node tree.
//!
//! What [`read`](super::read) gave comes out as it went in. A graph from another language may have joins and loops,
//! which a tree has not: a shared part is written once per exit that leads to it, an exit that leads back to a node on
//! its own path is left out and told.

use serde_json::Value;

use super::{Callflow, MAX_DEPTH, MAX_NODES};
use crate::graph::{Flow, Node, NodeId, Object};
use crate::issue::Issue;

/// Writes a whole callflow document.
pub fn write(callflow: &Callflow) -> Value {
    let mut document = Object::new();
    let has_flow = callflow.flow_at.is_some() || callflow.flow.entry.is_some();
    let flow_at = callflow.flow_at.unwrap_or(usize::MAX);
    let mut flow = has_flow.then(|| write_flow(&callflow.flow).0);
    for (at, (name, value)) in callflow.members.iter().enumerate() {
        if at == flow_at
            && let Some(flow) = flow.take()
        {
            document.insert("flow".to_owned(), flow);
        }
        if name != "flow" || !has_flow {
            document.insert(name.clone(), value.clone());
        }
    }
    if let Some(flow) = flow {
        document.insert("flow".to_owned(), flow);
    }
    Value::Object(document)
}

/// Writes a flow as a tree of nodes; `{}` for an empty flow. The issues (`KZ1101`, `KZ1102`) tell what a tree cannot
/// say; a flow that was read as Kazoo has none.
pub fn write_flow(flow: &Flow) -> (Value, Vec<Issue>) {
    let mut issues = Vec::new();
    let mut on_path = vec![false; flow.nodes.len()];
    let mut written = 0;
    let mut path: Vec<Open<'_>> = Vec::new();
    if let Some(entry) = flow.entry_node() {
        open(entry, "", &mut path, &mut on_path, &mut written);
    }
    loop {
        let depth = path.len();
        let Some(top) = path.last_mut() else { return (Value::Object(Object::new()), issues) };
        match top.node.exits.get_index(top.next_exit) {
            Some((key, id)) => {
                top.next_exit += 1;
                let (from, Some(child)) = (top.node, flow.node(*id)) else { continue };
                let is_loop = on_path.get(child.id.0 as usize).copied().unwrap_or(true);
                if is_loop || depth >= MAX_DEPTH || written >= MAX_NODES {
                    issues.push(left_out(from, key, is_loop));
                } else {
                    open(child, key, &mut path, &mut on_path, &mut written);
                }
            }
            None => {
                let Some(done) = path.pop() else { continue };
                if let Some(flag) = on_path.get_mut(done.node.id.0 as usize) {
                    *flag = false;
                }
                let (key, value) = (done.key, close(done.node, done.children));
                match path.last_mut() {
                    Some(parent) => parent.children.insert(key.to_owned(), value),
                    None => return (value, issues),
                };
            }
        }
    }
}

/// A node whose children are being written.
struct Open<'a> {
    node: &'a Node,
    /// The exit of its parent that leads to it.
    key: &'a str,
    next_exit: usize,
    children: Object,
}

fn open<'a>(
    node: &'a Node,
    key: &'a str,
    path: &mut Vec<Open<'a>>,
    on_path: &mut [bool],
    written: &mut usize,
) {
    let NodeId(index) = node.id;
    if let Some(flag) = on_path.get_mut(index as usize) {
        *flag = true;
    }
    *written += 1;
    path.push(Open { node, key, next_exit: 0, children: Object::new() });
}

fn close(node: &Node, mut children: Object) -> Value {
    let mut object = Object::new();
    if !node.module.is_empty() {
        object.insert("module".to_owned(), Value::String(node.module.clone()));
    }
    if node.written.data || !node.data.is_empty() {
        object.insert("data".to_owned(), Value::Object(node.data.clone()));
    }
    let kept = node.extra.get("children");
    if node.written.children || !children.is_empty() {
        if let Some(Value::Object(kept)) = kept {
            children.extend(kept.iter().map(|(key, child)| (key.clone(), child.clone())));
        }
        object.insert("children".to_owned(), Value::Object(children));
    }
    for (name, value) in &node.extra {
        if !object.contains_key(name) {
            object.insert(name.clone(), value.clone());
        }
    }
    Value::Object(object)
}

fn left_out(from: &Node, key: &str, is_loop: bool) -> Issue {
    let pointer = from.pointer.clone();
    if is_loop {
        Issue::error("KZ1101", pointer, format!("the exit `{key}` leads back to a node before it")).with_help(
            "a callflow is a tree: move the part to repeat into a callflow and enter it with `callflow`",
        )
    } else {
        Issue::error("KZ1102", pointer, format!("the exit `{key}` is left out: the tree grows too large"))
            .with_help(format!("a callflow has at most {MAX_NODES} nodes, {MAX_DEPTH} deep"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kazoo::{read, read_flow};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn member_order_and_presence_survive() {
        let text =
            r#"{"name":"x","flow":{"module":"menu","children":{},"vendor":1},"numbers":["1"],"pvt":null}"#;
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(write(&read(&document).0).to_string(), text);
    }

    #[test]
    fn children_that_are_no_nodes_stand_after_the_others_in_their_order() {
        let text = r#"{"numbers":["1"],"flow":{"module":"menu","children":{"1":7,"2":{},"3":null,"4":[]}}}"#;
        let once = write(&read(&serde_json::from_str(text).unwrap()).0).to_string();
        assert!(once.ends_with(r#""children":{"2":{},"1":7,"3":null,"4":[]}}}"#), "{once}");
        let twice = write(&read(&serde_json::from_str(&once).unwrap()).0).to_string();
        assert_eq!(twice, once, "each save would be a change");
    }

    #[test]
    fn joins_are_repeated_and_loops_are_told() {
        let (mut flow, _) = read_flow(&json!({"module": "menu", "children": {
            "1": {"module": "user"}, "2": {"module": "play"}}}));
        let user = flow.nodes[0].exits["1"];
        let play = flow.nodes[0].exits["2"];
        flow.nodes[play.0 as usize].exits.insert("_".into(), user);
        flow.nodes[user.0 as usize].exits.insert("again".into(), NodeId(0));
        let (written, issues) = write_flow(&flow);
        assert_eq!(
            written,
            json!({"module": "menu", "children": {
                "1": {"module": "user"},
                "2": {"module": "play", "children": {"_": {"module": "user"}}}}})
        );
        assert_eq!(issues.iter().map(|issue| issue.code.as_ref()).collect::<Vec<_>>(), ["KZ1101", "KZ1101"]);
    }

    #[test]
    fn a_lattice_of_joins_stays_within_the_bound() {
        let mut flow = Flow { entry: Some(NodeId(0)), ..Flow::default() };
        for id in 0..40u32 {
            let mut node = Node { id: NodeId(id), module: "menu".into(), ..Node::default() };
            if id < 39 {
                node.exits = [("1".to_owned(), NodeId(id + 1)), ("2".to_owned(), NodeId(id + 1))].into();
            }
            flow.nodes.push(node);
        }
        let (_, issues) = write_flow(&flow);
        assert!(issues.iter().any(|issue| issue.code == "KZ1102"));
    }

    /// Any JSON, with the members the reader cares about occurring often and in every shape.
    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z~/_0-9]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(7, 80, 5, |inner| {
            let name = prop_oneof![
                3 => Just("module".to_owned()),
                3 => Just("data".to_owned()),
                4 => Just("children".to_owned()),
                2 => Just("flow".to_owned()),
                1 => Just("numbers".to_owned()),
                3 => "[a-z_0-9~/]{0,3}",
            ];
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                5 => prop::collection::vec((name, inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_and_writing_a_document_changes_nothing(flow in anything(), rest in anything()) {
            let mut document = rest.as_object().cloned().unwrap_or_default();
            document.insert("flow".to_owned(), flow);
            let document = Value::Object(document);
            prop_assert_eq!(write(&read(&document).0), document);
        }

        #[test]
        fn reading_and_writing_a_node_tree_changes_nothing(node in anything()) {
            let (flow, issues) = read_flow(&node);
            if node.is_object() {
                prop_assert_eq!(write_flow(&flow).0, node);
            } else {
                prop_assert_eq!(issues.len(), 1);
            }
            for (index, read) in flow.nodes.iter().enumerate() {
                prop_assert_eq!(read.id.0 as usize, index);
            }
        }
    }
}
