//! The scene as JSON, for programs: chips are resolved into edges to the step they point at.
//!
//! Not here: sizes and places; a program that wants those takes the SVG.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::key;
use crate::scene::{EdgeKind, Label, Scene, Shape};

pub(crate) fn render(scene: &Scene) -> Value {
    let nodes: Vec<Value> = scene
        .nodes
        .iter()
        .filter(|node| !matches!(node.shape, Shape::Link { .. }))
        .map(|node| {
            json!({
                "id": node.id,
                "kind": node.kind,
                "number": node.number,
                "title": node.title,
                "lines": node.lines,
                "caption": node.caption,
                "step": node.step,
                "pointer": node.pointer,
                "flow": node.flow_id,
                "ways_in": node.ways_in,
                "disabled": node.disabled,
                "passed_over": node.passed_over,
                "faulty": node.faulty,
                "dimmed": node.dimmed,
                "change": node.change.map(key::word),
            })
        })
        .collect();
    let edges: Vec<Value> = scene
        .edges
        .iter()
        .filter_map(|edge| {
            let from = scene.nodes.get(edge.from)?;
            let reached = scene.nodes.get(edge.to)?;
            let (to, kind) = match (reached.shape, edge.kind) {
                (Shape::Link { target, back }, _) => {
                    (scene.nodes.get(target)?, if back { "loop" } else { "link" })
                }
                (_, EdgeKind::Calls) => (reached, "calls"),
                (_, EdgeKind::Exit) => (reached, "exit"),
            };
            let labels: Vec<_> = edge.shown().map(Label::phrase).collect();
            let keys: Vec<&str> = edge.labels.iter().map(|label| label.key.as_str()).collect();
            let changes: Map<String, Value> = edge
                .labels
                .iter()
                .filter_map(|label| Some((label.key.clone(), label.change.map(key::word)?.into())))
                .collect();
            Some(json!({
                "from": from.id,
                "to": to.id,
                "labels": labels,
                "kind": kind,
                "keys": keys,
                "dimmed": edge.dimmed,
                "changes": changes,
            }))
        })
        .collect();
    json!({
        "entry": scene.nodes.first().map(|node| node.id.as_str()),
        "nodes": nodes,
        "edges": edges,
        "warnings": scene.warnings,
        "abbreviations": scene.abbreviations().into_iter().collect::<BTreeMap<_, _>>(),
    })
}
