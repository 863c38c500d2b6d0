//! What is shown, in words and in order, without any size or place.
//!
//! A scene is a tree in pre-order: node 0 is where the call comes in, every other node has exactly one edge leading to
//! it, and edges stand in drawing order. Ways that would close a circle or join another branch end in a node of shape
//! [`Shape::Link`]. Not here: places (`layout`), marks (`svg`, `mermaid`, `outline`, `json`).

use std::borrow::Cow;

use flow::diff::Mark;

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
    /// Stable element id, a digest of the node's JSON pointer: a change elsewhere in the flow leaves it alone, and it
    /// tells nothing.
    pub id: String,
    /// `start`, `end`, `link`, `more`, the node's own kind ([`flow::graph::Words::kind`]) or its module's name.
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
    /// The thing is switched off: drawn dashed, with these words.
    pub disabled: bool,
    /// Something it names is not there: drawn as a fault.
    pub faulty: bool,
    /// Not on the highlighted way.
    pub dimmed: bool,
    /// What became of it since the version compared with.
    pub change: Option<Mark>,
    /// Wires and chips that lead here.
    pub ways_in: u32,
}

impl SceneNode {
    /// What state it is in, where that is not plain: `switched off`.
    pub fn state(&self) -> Option<&'static str> {
        match (self.disabled, self.passed_over) {
            (true, _) => Some("switched off"),
            (false, true) => Some("passed over"),
            (false, false) => None,
        }
    }

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// Exit key as the document writes it.
    pub key: String,
    /// Plain words: `1`, `no answer`; empty when the wire needs none.
    pub text: String,
    /// Drawn as a telephone key.
    pub keycap: bool,
    /// Drawn as a tag: an abbreviation that engineers know a setting by, `CFNA`.
    pub code: bool,
    /// Words beside a key or tag: `Sales`, `no answer, 4 rings`; mostly empty.
    pub note: String,
    /// Not on the highlighted way.
    pub dimmed: bool,
    /// What became of the exit since the version compared with.
    pub change: Option<Mark>,
}

impl Label {
    /// Key and words in one phrase; empty when the wire needs none.
    pub fn phrase(&self) -> Cow<'_, str> {
        if self.note.is_empty() {
            Cow::Borrowed(&self.text)
        } else {
            Cow::Owned(format!("{} {}", self.text, self.note))
        }
    }
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
    /// Not on the highlighted way.
    pub dimmed: bool,
    /// What became of all its exits since the version compared with.
    pub change: Option<Mark>,
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
    /// Whether the keys are drawn.
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

    /// Whether anything is marked as different from another version.
    pub fn has_changes(&self) -> bool {
        self.nodes.iter().any(|node| node.change.is_some())
            || self.edges.iter().flat_map(|edge| &edge.labels).any(|label| label.change.is_some())
    }

    /// Whether anything is off the highlighted way.
    pub fn has_dimmed(&self) -> bool {
        self.nodes.iter().any(|node| node.dimmed) || self.edges.iter().any(|edge| edge.dimmed)
    }

    /// Abbreviations that occur in the picture, such as `CFNA`, with what they stand for, by name.
    pub fn abbreviations(&self) -> Vec<(&'static str, &'static str)> {
        crate::key::abbreviations(self)
    }

    /// A self-contained SVG document.
    pub fn to_svg(&self) -> String {
        crate::svg::render(self)
    }

    /// A PNG picture with `scale` pixels for each unit of the drawing (0.2 to 8), or fewer when it would have more than
    /// [`crate::PIXELS_MAX`]; an error when nobody could read what fits.
    pub fn to_png(&self, scale: f64) -> Result<Vec<u8>, crate::DrawError> {
        crate::raster::render(self, scale)
    }

    /// A PDF with one page of the picture's size.
    pub fn to_pdf(&self) -> Vec<u8> {
        crate::pdf::render(self, crate::PageSize::Picture)
    }

    /// A PDF with one page of a chosen size.
    pub fn to_pdf_on(&self, size: crate::PageSize) -> Vec<u8> {
        crate::pdf::render(self, size)
    }

    /// One interactive page: it can be searched, folded and moved about in, and needs no network.
    pub fn to_html(&self) -> String {
        crate::html::render(self)
    }

    /// A Graphviz graph.
    pub fn to_dot(&self) -> String {
        crate::dot::render(self)
    }

    /// A draw.io (diagrams.net) drawing.
    pub fn to_drawio(&self) -> String {
        crate::drawio::render(self)
    }

    /// A Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        crate::mermaid::render(self)
    }

    /// Indented plain text for terminals and screen readers.
    pub fn to_outline(&self) -> String {
        crate::outline::render(self)
    }

    /// The scene as JSON: `{"entry", "nodes", "edges", "warnings", "abbreviations"}`.
    pub fn to_json(&self) -> serde_json::Value {
        crate::json::render(self)
    }
}
