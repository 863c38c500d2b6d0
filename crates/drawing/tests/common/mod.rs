//! A small reader for test flows written the Kazoo way, and names for their ids. Not a Kazoo reader: it checks nothing.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read is a failed test")]
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::sync::Arc;

use drawing::{
    CalledFlow, Context, DrawOptions, FlowSource, Header, Reference, Resolver, Scene, Theme, draw,
};
use flow::graph::{Flow, Node, NodeId};
use serde_json::Value;

/// One fixture: a flow, its names, the flows it calls, and how it is drawn.
pub(crate) struct Fixture {
    pub(crate) flow: Flow,
    pub(crate) document: Value,
    pub(crate) options: DrawOptions,
    names: BTreeMap<String, Reference>,
    flows: BTreeMap<String, CalledFlow>,
}

impl Fixture {
    pub(crate) fn read(text: &str) -> Fixture {
        let document: Value = serde_json::from_str(text).unwrap();
        let names = document["names"].as_object().into_iter().flatten();
        let names = names.map(|(id, name)| (id.clone(), reference(name))).collect();
        let flows = document["flows"].as_object().into_iter().flatten();
        let flows = flows
            .map(|(id, called)| {
                let flow = Arc::new(graph(&called["flow"]));
                let called =
                    CalledFlow { flow, name: string(&called["name"]), numbers: strings(&called["numbers"]) };
                (id.clone(), called)
            })
            .collect();
        let theme = match document["theme"].as_str() {
            Some("dark") => Theme::Dark,
            Some("print") => Theme::Print,
            _ => Theme::Light,
        };
        let options = DrawOptions {
            title: string(&document["title"]),
            numbers: strings(&document["numbers"]),
            expand_callflows: document["expand"].as_u64().unwrap_or(0) as u32,
            theme,
            header: Header {
                account: "Wimpole Street Dental".to_owned(),
                version: "version 12".to_owned(),
                date: "2026-03-02 09:15".to_owned(),
                timezone: "Europe/London".to_owned(),
                ..Header::default()
            },
            ..DrawOptions::default()
        };
        Fixture { flow: graph(&document["flow"]), options, names, flows, document }
    }

    pub(crate) fn scene(&self) -> Scene {
        self.scene_with(&self.options)
    }

    pub(crate) fn scene_with(&self, options: &DrawOptions) -> Scene {
        let context = Context { names: Some(self), flows: Some(self), flow_id: self.document["id"].as_str() };
        draw(&self.flow, &context, options)
    }
}

impl Resolver for Fixture {
    fn resolve(&self, id: &str) -> Option<Reference> {
        self.names.get(id).cloned()
    }
}

impl FlowSource for Fixture {
    fn flow(&self, id: &str) -> Option<CalledFlow> {
        self.flows.get(id).cloned()
    }
}

/// Callflow documents as Kazoo writes them.
pub(crate) struct Flows(BTreeMap<String, CalledFlow>);

impl Flows {
    pub(crate) fn of(documents: &BTreeMap<String, Value>) -> Flows {
        let callflows = documents.iter().filter(|(_, document)| document["flow"].is_object());
        Flows(
            callflows
                .map(|(id, document)| {
                    let (callflow, _) = flow::kazoo::read(document);
                    let name = callflow.name().to_owned();
                    let numbers = callflow.numbers().map(str::to_owned).collect();
                    (id.clone(), CalledFlow { flow: Arc::new(callflow.flow), name, numbers })
                })
                .collect(),
        )
    }
}

impl FlowSource for Flows {
    fn flow(&self, id: &str) -> Option<CalledFlow> {
        self.0.get(id).cloned()
    }
}

/// `"Ann Lee"` or `{"name", "number", "lines"}`.
fn reference(value: &Value) -> Reference {
    let name = value.as_str().map_or_else(|| string(&value["name"]), str::to_owned);
    let number = value["number"].as_str().map(str::to_owned);
    Reference { kind: String::new(), name, number, lines: strings(&value["lines"]) }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(string).collect()
}

/// A Kazoo tree as a graph, in document order.
pub(crate) fn graph(value: &Value) -> Flow {
    let mut flow = Flow::default();
    flow.entry = Some(add(&mut flow, value, "/flow".to_owned()));
    flow
}

fn add(flow: &mut Flow, value: &Value, pointer: String) -> NodeId {
    let id = NodeId(flow.nodes.len() as u32);
    flow.nodes.push(Node {
        id,
        pointer: pointer.clone(),
        module: string(&value["module"]),
        data: value["data"].as_object().cloned().unwrap_or_default(),
        ..Node::default()
    });
    for (key, child) in value["children"].as_object().into_iter().flatten() {
        let child = add(flow, child, format!("{pointer}/children/{key}"));
        flow.nodes[id.0 as usize].exits.insert(key.clone(), child);
    }
    id
}
