//! The scene as a Graphviz graph, for those who lay out or edit it with other tools. Not here: places; Graphviz finds its
//! own.

use std::fmt::Write as _;

use crate::catalogue::Group;
use crate::options::Theme;
use crate::paint::theme::{band_colour, change_colour};
use crate::scene::{EdgeKind, Scene, Shape};

pub(crate) fn render(scene: &Scene) -> String {
    let mut out = String::from("digraph callflow {\n");
    let name = if scene.title.is_empty() { "Call flow" } else { scene.title.as_str() };
    let _ = writeln!(
        out,
        "  graph [rankdir=LR, ordering=out, label={}, labelloc=t, fontname=Helvetica];",
        quoted(&[name])
    );
    out.push_str("  node [shape=box, style=\"rounded\", fontname=Helvetica, fontsize=11, margin=0.15];\n");
    out.push_str("  edge [fontname=Helvetica, fontsize=10, color=\"#5b6675\"];\n");
    for node in scene.nodes.iter().filter(|node| !matches!(node.shape, Shape::Link { .. })) {
        let mut lines: Vec<&str> = vec![&node.caption, &node.title];
        lines.extend(node.number.as_deref());
        lines.extend(node.lines.iter().map(String::as_str));
        lines.retain(|line| !line.is_empty());
        let shape = match node.shape {
            Shape::Start | Shape::End | Shape::More => ", shape=oval, style=solid",
            _ if node.group == Group::Route => ", shape=diamond, style=solid, margin=0.02",
            _ if node.state().is_some() => ", style=\"rounded,dashed\"",
            _ => "",
        };
        let wrong = match (node.faulty, node.dimmed) {
            (true, _) => ", penwidth=2, fontcolor=\"#b3261e\"",
            (false, true) => ", fontcolor=\"#9aa3af\"",
            (false, false) => "",
        };
        let colour = match node.change {
            Some(change) => change_colour(change, Theme::Light),
            None if node.faulty => "#b3261e",
            None if node.dimmed => "#c9d0da",
            None => band_colour(node.group, Theme::Light),
        };
        let _ = writeln!(
            out,
            "  {} [label={}, color=\"{colour}\", tooltip={}{shape}{wrong}];",
            quoted(&[&node.id]),
            quoted(&lines),
            quoted(&[&node.phrase()]),
        );
    }
    for edge in &scene.edges {
        let (Some(from), Some(reached)) = (scene.nodes.get(edge.from), scene.nodes.get(edge.to)) else {
            continue;
        };
        // An arrow that goes back must not pull the ranks with it.
        let (to, more) = match reached.shape {
            Shape::Link { target, back } => match scene.nodes.get(target) {
                Some(target) => {
                    (target, if back { ", style=dashed, constraint=false" } else { ", style=dashed" })
                }
                None => continue,
            },
            _ if edge.kind == EdgeKind::Calls => (reached, ", style=bold"),
            _ => (reached, ""),
        };
        let words: Vec<_> = edge.shown().map(|label| label.phrase()).collect();
        let words = words.join(", ");
        let label = if words.is_empty() { String::new() } else { format!("label={}", quoted(&[&words])) };
        let colour = match (edge.change, edge.dimmed) {
            (Some(change), _) => format!(", penwidth=2, color=\"{}\"", change_colour(change, Theme::Light)),
            (None, true) => ", color=\"#c9d0da\", fontcolor=\"#9aa3af\"".to_owned(),
            (None, false) => String::new(),
        };
        let attributes = format!("{label}{more}{colour}");
        let attributes = attributes.trim_start_matches(", ");
        let _ = writeln!(out, "  {} -> {} [{attributes}];", quoted(&[&from.id]), quoted(&[&to.id]));
    }
    out.push_str("}\n");
    out
}

/// Lines as one quoted string. In it `\` begins an escape and `"` ends it; Graphviz reads HTML entities too, so `&` is
/// written as one.
fn quoted(lines: &[&str]) -> String {
    let mut out = String::from("\"");
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            out.push_str("\\n");
        }
        for sign in line.chars() {
            match sign {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '&' => out.push_str("&amp;"),
                '\n' | '\r' => out.push_str("\\n"),
                '\0' => out.push('\u{fffd}'),
                _ => out.push(sign),
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_ends_the_string_early() {
        assert_eq!(quoted(&["a\"]; b\\", "c&d\ne"]), r#""a\"]; b\\\nc&amp;d\ne""#);
        assert_eq!(quoted(&["{|<>}"]), r#""{|<>}""#);
    }
}
