//! The scene as JSON, for programs: chips are resolved into edges to the step they point at.
//!
//! Not here: sizes and places; a program that wants those takes the SVG.

use serde_json::{Value, json};

use crate::scene::{EdgeKind, Scene, Shape};

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
            let labels: Vec<&str> = edge.shown().map(|label| label.text.as_str()).collect();
            let keys: Vec<&str> = edge.labels.iter().map(|label| label.key.as_str()).collect();
            Some(json!({ "from": from.id, "to": to.id, "labels": labels, "kind": kind, "keys": keys }))
        })
        .collect();
    json!({
        "entry": scene.nodes.first().map(|node| node.id.as_str()),
        "nodes": nodes,
        "edges": edges,
        "warnings": scene.warnings,
    })
}
