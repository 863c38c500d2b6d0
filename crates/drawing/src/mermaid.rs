//! The scene as a Mermaid flowchart, for wikis and pull requests; chips become dotted arrows.
//!
//! Mermaid lays out by itself, so order is only as good as its input: nodes and edges are written in exit order.
//! Not here: colours per theme; the group colours are the light theme's.

use std::fmt::Write as _;

use crate::catalogue::Group;
use crate::key;
use crate::options::Theme;
use crate::paint::theme::band_colour;
use crate::scene::{EdgeKind, Scene, Shape};

pub(crate) fn render(scene: &Scene) -> String {
    let mut out = String::from("flowchart LR\n");
    for (place, node) in scene.nodes.iter().enumerate() {
        if matches!(node.shape, Shape::Link { .. }) {
            continue;
        }
        let mut text = String::new();
        if let Some(change) = node.change {
            text.push_str(&escape(key::sign(change)));
            text.push(' ');
        }
        text.push_str(&escape(&node.phrase()));
        let state = node.state();
        for line in state.into_iter().chain(node.number.iter().chain(&node.lines).map(String::as_str)) {
            text.push_str("<br/>");
            text.push_str(&escape(line));
        }
        let (open, close) = match node.shape {
            Shape::Start | Shape::End | Shape::More => ("([", "])"),
            _ if node.group == Group::Route => ("{{", "}}"),
            _ => ("[", "]"),
        };
        let _ = writeln!(out, "    n{place}{open}\"{text}\"{close}:::{}", class(node.group));
    }
    for edge in &scene.edges {
        let Some(reached) = scene.nodes.get(edge.to) else { continue };
        let (to, arrow) = match reached.shape {
            Shape::Link { target, .. } => (target, "-.->"),
            _ if edge.kind == EdgeKind::Calls => (edge.to, "==>"),
            _ => (edge.to, "-->"),
        };
        let words: Vec<String> = edge.shown().map(|label| escape(&label.phrase())).collect();
        let label = if words.is_empty() { String::new() } else { format!("|\"{}\"|", words.join(", ")) };
        let _ = writeln!(out, "    n{} {arrow}{label} n{to}", edge.from);
    }
    for group in Group::ALL {
        if scene.nodes.iter().any(|node| node.group == group) {
            let colour = band_colour(group, Theme::Light);
            let _ = writeln!(out, "    classDef {} stroke:{colour},stroke-width:2px", class(group));
        }
    }
    out
}

fn class(group: Group) -> &'static str {
    match group {
        Group::Start => "startGroup",
        Group::Media => "mediaGroup",
        Group::Menu => "menuGroup",
        Group::Ring => "ringGroup",
        Group::Route => "routeGroup",
        Group::Voicemail => "voicemailGroup",
        Group::Service => "serviceGroup",
        Group::Web => "webGroup",
        Group::Feature => "featureGroup",
        Group::End => "endGroup",
        Group::Unknown => "unknownGroup",
    }
}

/// Everything that means something to Mermaid or HTML becomes an entity code.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '|' | '{' | '}' | '[' | ']' | ';' | '%' | '*'
            | '_' | '~' => {
                let _ = write!(out, "#{};", sign as u32);
            }
            _ => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_that_means_something_survives() {
        assert_eq!(escape("a\"]; click <b>"), "a#34;#93;#59; click #60;b#62;");
        assert_eq!(escape("#"), "#35;");
    }
}
