//! A reader for test flows whose nodes carry their own words, as readers of other languages than Kazoo's give them.

use drawing::Highlight;
use flow::graph::{Flow, Node, NodeId, Words};
use serde_json::Value;

use super::{string, strings};

/// The flow of `{"entry", "nodes": {name: {"kind", "caption", "title", "number", "lines", "exits": {key: [words, name]}}}}`.
pub(crate) fn flow(document: &Value) -> Flow {
    let rows = document["nodes"].as_object().unwrap();
    let id_of = |name: &Value| {
        let place = rows.keys().position(|key| name == key.as_str()).unwrap();
        NodeId(place as u32)
    };
    let nodes = rows.iter().enumerate().map(|(place, (name, row))| {
        let mut words = Words {
            kind: string(&row["kind"]),
            caption: string(&row["caption"]),
            title: string(&row["title"]),
            number: row["number"].as_str().map(str::to_owned),
            lines: strings(&row["lines"]),
            disabled: row["disabled"] == true,
            faulty: row["faulty"] == true,
            ..Words::default()
        };
        let mut node = Node {
            id: NodeId(place as u32),
            pointer: format!("/group/{name}"),
            module: format!("bw.{}", words.kind),
            ..Node::default()
        };
        for (key, exit) in row["exits"].as_object().into_iter().flatten() {
            node.exits.insert(key.clone(), id_of(&exit[1]));
            if exit[0] != "" {
                words.exits.insert(key.clone(), string(&exit[0]));
            }
        }
        node.words = Some(Box::new(words));
        node
    });
    Flow { entry: Some(id_of(&document["entry"])), nodes: nodes.collect(), ..Flow::default() }
}

/// The way of `{"at": {name: [key, ...]}}`.
pub(crate) fn way(document: &Value, flow: &Flow) -> Highlight {
    let mut way = Highlight::default();
    for (name, keys) in document["at"].as_object().unwrap() {
        let node = flow.nodes.iter().find(|node| node.pointer == format!("/group/{name}")).unwrap();
        keys.as_array().unwrap().iter().for_each(|key| way.take(node.id, key.as_str().unwrap()));
    }
    way
}

/// The document as `{"later": {"nodes": {name: node, ...}, "exits": {name: {key: [words, name]}}}}` changes it, without
/// the nodes that `gone` names.
pub(crate) fn later(document: &Value) -> Value {
    let mut later = document.clone();
    for (name, node) in document["later"]["nodes"].as_object().unwrap() {
        later["nodes"][name] = node.clone();
    }
    for (name, exits) in document["later"]["exits"].as_object().unwrap() {
        later["nodes"][name]["exits"] = exits.clone();
    }
    for name in strings(&document["later"]["gone"]) {
        later["nodes"].as_object_mut().unwrap().shift_remove(&name);
    }
    later
}
