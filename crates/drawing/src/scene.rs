//! What is shown, in words and in order, without any size or place.
//!
//! A scene is a tree in pre-order: node 0 is where the call comes in, every other node has exactly one edge leading to
//! it, and edges stand in drawing order. Ways that would close a circle or join another branch end in a node of shape
//! [`Shape::Link`]. Not here: places (`layout`), marks (`svg`, `mermaid`, `outline`, `json`).

use crate::catalogue::{Group, Icon};
use crate::options::{Header, Theme};

/// What a node looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A box with caption, title and detail lines.
    Box,
    /// Where the call comes in.
    Start,
    /// A chip that points at a step drawn elsewhere.
    Link {
        /// The scene node it points at.
        target: usize,
        /// The target is above: following the chip goes round again.
        back: bool,
    },
    /// A chip for the end written as `{}`.
    End,
    /// A chip for what is not drawn because of [`crate::DrawOptions::max_depth`] or `max_nodes`.
    More,
}

/// One mark of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneNode {
    /// Stable element id, made from the node's JSON pointer: a change elsewhere in the flow leaves it alone.
    pub id: String,
    /// `start`, `end`, `link`, `more`, or the module's own name.
    pub kind: String,
    /// JSON pointer of the node in its document; empty for marks that stand for no node.
    pub pointer: String,
    /// Document id of the callflow the node belongs to, for nodes drawn through a `callflow` reference.
    pub flow_id: Option<String>,
    /// What the module does, in two or three words; empty when the title says it.
    pub caption: String,
    /// What it does it to: `Front desk phone`.
    pub title: String,
    /// Telephone number or extension, where there is one.
    pub number: Option<String>,
    /// Details, most important first.
    pub lines: Vec<String>,
    /// Step number; only steps that a chip points at have one.
    pub step: Option<u32>,
    /// Colour group.
    pub group: Group,
    /// Picture.
    pub icon: Icon,
    /// What it looks like.
    pub shape: Shape,
    /// The node is passed over (`skip_module`, or a module nobody knows): drawn dashed.
    pub passed_over: bool,
    /// Something it names is not there: drawn as a fault.
    pub faulty: bool,
}

impl SceneNode {
    /// Caption and title as one phrase: `Ring user: Ann Lee`.
    pub fn phrase(&self) -> String {
        if self.caption.is_empty() { self.title.clone() } else { format!("{}: {}", self.caption, self.title) }
    }
}

/// What an edge means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// An exit of the node.
    Exit,
    /// From a `callflow` node into the callflow it runs.
    Calls,
}

/// The words of one exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Exit key as the document writes it.
    pub key: String,
    /// Plain words: `1`, `no answer`; empty when the wire needs none.
    pub text: String,
    /// Drawn as a telephone key.
    pub keycap: bool,
}

/// One wire, from a node to a node with a higher index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneEdge {
    /// Index of the node it leaves.
    pub from: usize,
    /// Index of the node it reaches.
    pub to: usize,
    /// Words of all exits that go this way, in exit order.
    pub labels: Vec<Label>,
    /// What it means.
    pub kind: EdgeKind,
}

impl SceneEdge {
    /// The words that are shown, without the silent ones.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(|label| !label.text.is_empty())
    }
}

/// A drawing before it has places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Nodes in pre-order; the first is where the call comes in.
    pub nodes: Vec<SceneNode>,
    /// `edges[i]` leads to `nodes[i + 1]`; siblings stand in exit order.
    pub edges: Vec<SceneEdge>,
    /// What is wrong or left out, one sentence each.
    pub warnings: Vec<String>,
    /// Name of the flow.
    pub title: String,
    /// Numbers that lead to the flow.
    pub numbers: Vec<String>,
    /// What stands above the picture.
    pub header: Header,
    /// Colours.
    pub theme: Theme,
    /// Whether the key of colours is drawn.
    pub legend: bool,
}

impl Scene {
    /// The children of every node, in drawing order.
    pub(crate) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            if let Some(list) = children.get_mut(edge.from) {
                list.push(edge.to);
            }
        }
        children
    }

    /// A self-contained SVG document.
    pub fn to_svg(&self) -> String {
        crate::svg::render(self)
    }

    /// A Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        crate::mermaid::render(self)
    }

    /// Indented plain text for terminals and screen readers.
    pub fn to_outline(&self) -> String {
        crate::outline::render(self)
    }

    /// The scene as JSON: `{"entry", "nodes", "edges", "warnings"}`.
    pub fn to_json(&self) -> serde_json::Value {
        crate::json::render(self)
    }
}
