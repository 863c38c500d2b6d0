//! The display list: everything a picture shows, as marks with styles, made once from a placed scene by [`paint`].
//!
//! Every renderer that shows the drawing as drawn (SVG, HTML, PNG, PDF) writes this list, so they cannot disagree. A mark
//! borrows its words from the scene and the layout; it has a *style* (what it is), never a colour. Not here: places
//! (`layout`), file formats.

mod icons;
mod legend;
mod marks;
mod page;
pub(crate) mod path;
mod style;
pub(crate) mod theme;

use std::borrow::Cow;

use crate::layout::{Layout, Rect};
use crate::scene::{Scene, SceneEdge, Shape};

pub(crate) use icons::GRID;
pub(crate) use style::{Anchor, Style, TextStyle};
#[cfg(test)]
pub(crate) use style::{CHANGE_LINE, FAULT_LINE, ICON_LINE, WIRE_LINE};

/// One thing that is drawn. Later marks cover earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark<'a> {
    /// Begins a part; places until its [`Mark::Close`] count from the part's origin. Parts do not nest deeper than two.
    Open(Part),
    /// Ends the part begun last.
    Close,
    /// What follows is dimmed, or no longer: [`style::Look::dimmed`], [`theme::Rgb::dimmed`]. Always switched off again
    /// within the same part, and never on when it is on.
    Dim(bool),
    /// A rectangle with round corners.
    Rect {
        style: Style,
        rect: Rect,
        /// Radius of its corners; 0 for none.
        corner: f64,
    },
    /// The coloured edge on the left of a box: round outside, straight inside.
    Band { style: Style, rect: Rect, corner: f64, width: f64 },
    /// A filled circle.
    Disc { style: Style, x: f64, y: f64, radius: f64 },
    /// A wire with two bends: right to `trunk`, up or down to `end_y`, right to `end_x`.
    Wire {
        style: Style,
        /// `scene.edges[..]`.
        edge: usize,
        x: f64,
        y: f64,
        trunk: f64,
        end_x: f64,
        end_y: f64,
    },
    /// The arrow head of a wire, pointing right at `(x, y)`.
    Tip { style: Style, x: f64, y: f64 },
    /// A small picture of strokes, as SVG path data on a grid of 18 by 18.
    Icon { style: Style, data: &'static str, x: f64, y: f64, size: f64 },
    /// One line of text; `y` is its base line.
    Text { style: TextStyle, x: f64, y: f64, words: Cow<'a, str> },
}

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    /// All boxes, wires and labels.
    Drawing {
        /// Its origin on the page.
        x: f64,
        /// Its origin on the page.
        y: f64,
    },
    /// The keys: colours, signs, abbreviations.
    Key {
        /// Its origin on the page.
        x: f64,
        /// Its origin on the page.
        y: f64,
    },
    /// A box or chip: `scene.nodes[..]`.
    Node(usize),
    /// The labels of a wire.
    Labels {
        /// `scene.edges[..]`.
        edge: usize,
        /// Not all its words are shown, or not in full.
        shortened: bool,
    },
}

/// A picture as marks, in painting order; the ground is not among them.
#[derive(Clone, Debug)]
pub(crate) struct Painting<'a> {
    /// What is drawn.
    pub(crate) scene: &'a Scene,
    /// The marks.
    pub(crate) marks: Vec<Mark<'a>>,
    /// Width of the page in pixels.
    pub(crate) width: f64,
    /// Height of the page in pixels.
    pub(crate) height: f64,
}

/// Draws a scene at its places.
pub(crate) fn paint<'a>(scene: &'a Scene, layout: &'a Layout) -> Painting<'a> {
    let page = page::Page::new(scene, layout);
    // Eight marks make an ordinary box, two its wire, four its labels.
    let mut marks = Vec::with_capacity(64 + scene.nodes.len() * 16);
    page.head(&mut marks);
    marks.push(Mark::Open(Part::Drawing { x: page::MARGIN, y: page.top }));
    // What is pointed out covers what is not where wires share a stretch.
    let dims = |edge: &SceneEdge| (edge.dimmed, edge.change.is_some());
    for turn in [(true, false), (true, true), (false, false), (false, true)] {
        let all = scene.edges.iter().zip(&layout.wires).enumerate();
        for (place, (edge, wire)) in all.filter(|(_, (edge, _))| dims(edge) == turn) {
            marks::wire(&mut marks, place, edge, wire);
        }
    }
    for (place, (node, placed)) in scene.nodes.iter().zip(&layout.boxes).enumerate() {
        marks::node(&mut marks, place, node, placed, scene);
    }
    for (place, (edge, wire)) in scene.edges.iter().zip(&layout.wires).enumerate() {
        marks::labels(&mut marks, place, edge, wire);
    }
    marks.push(Mark::Close);
    page.foot(&mut marks);
    Painting { scene, marks, width: page.width, height: page.height }
}

impl Painting<'_> {
    /// The picture's name, for titles.
    pub(crate) fn name(&self) -> &str {
        if self.scene.title.is_empty() { "Call flow" } else { self.scene.title.as_str() }
    }

    /// One sentence for those who hear the picture.
    pub(crate) fn description(&self) -> String {
        let scene = self.scene;
        let steps = scene.nodes.iter().filter(|node| node.shape == Shape::Box).count();
        let numbers = if scene.numbers.is_empty() {
            String::new()
        } else {
            format!(" for {}", scene.numbers.join(", "))
        };
        let unit = if steps == 1 { "step" } else { "steps" };
        format!(
            "Call flow{numbers}, drawn left to right as a tree of {steps} {unit}; exits stand in key order."
        )
    }
}
