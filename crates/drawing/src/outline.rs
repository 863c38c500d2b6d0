//! The scene as indented plain text, for terminals and screen readers.
//!
//! Only choices indent: a chain of steps that follow without one stands at one depth, so it does not run off the right
//! edge. Not here: line drawing characters, which screen readers spell out.

use std::fmt::Write as _;

use crate::key;
use crate::scene::{Label, Scene, SceneNode, Shape};

/// Deepest indentation in levels; below it the level is written as a number.
const INDENT_MAX_LEVELS: usize = 30;

pub(crate) fn render(scene: &Scene) -> String {
    let mut out = String::new();
    let children = scene.children();
    let mut levels = vec![0_usize; scene.nodes.len()];
    let mut chained = vec![false; scene.nodes.len()];
    if let Some(start) = scene.nodes.first() {
        line(&mut out, 0, "", start, scene);
    }
    for edge in &scene.edges {
        let Some(node) = scene.nodes.get(edge.to) else { continue };
        let words: Vec<_> = edge.shown().map(Label::phrase).collect();
        let only = children.get(edge.from).is_some_and(|list| list.len() == 1);
        let parent = levels.get(edge.from).copied().unwrap_or(0);
        let follows = only && words.is_empty();
        let level = if follows && chained.get(edge.from) == Some(&true) { parent } else { parent + 1 };
        if let (Some(own), Some(chain)) = (levels.get_mut(edge.to), chained.get_mut(edge.to)) {
            (*own, *chain) = (level, follows);
        }
        let keys = edge.shown().any(|label| label.keycap);
        let lead = match (words.is_empty(), keys) {
            (true, _) => String::new(),
            (false, true) => format!("press {}: ", words.join(" or ")),
            (false, false) => format!("{}: ", words.join(" or ")),
        };
        let changed = edge.change.filter(|change| node.change != Some(*change));
        let sign = changed.map_or(String::new(), |change| format!("{} ", key::sign(change)));
        line(&mut out, level, &(sign + &lead), node, scene);
    }
    let abbreviations = scene.abbreviations();
    if !abbreviations.is_empty() {
        out.push_str("\nAbbreviations:\n");
        for (name, words) in abbreviations {
            let _ = writeln!(out, "  {name}: {words}");
        }
    }
    if !scene.warnings.is_empty() {
        out.push_str("\nWarnings:\n");
        for warning in &scene.warnings {
            let _ = writeln!(out, "  {warning}");
        }
    }
    out
}

fn line(out: &mut String, level: usize, lead: &str, node: &SceneNode, scene: &Scene) {
    for _ in 0..level.min(INDENT_MAX_LEVELS) {
        out.push_str("  ");
    }
    if level > INDENT_MAX_LEVELS {
        let _ = write!(out, "(level {level}) ");
    }
    if let Some(change) = node.change {
        let _ = write!(out, "{} ", key::sign(change));
    }
    out.push_str(lead);
    match node.shape {
        Shape::Link { target, back } => {
            let target = scene.nodes.get(target);
            let step = target.and_then(|node| node.step).unwrap_or(0);
            let name = target.map(SceneNode::phrase).unwrap_or_default();
            let _ = writeln!(out, "{} [{step}] {name}", if back { "back to" } else { "see" });
            return;
        }
        _ => out.push_str(&node.phrase()),
    }
    if let Some(number) = &node.number {
        let _ = write!(out, " ({number})");
    }
    if let Some(step) = node.step {
        let _ = write!(out, " [{step}]");
    }
    if let Some(state) = node.state() {
        let _ = write!(out, " ({state})");
    }
    if !node.lines.is_empty() {
        let _ = write!(out, " - {}", node.lines.join("; "));
    }
    out.push('\n');
}
