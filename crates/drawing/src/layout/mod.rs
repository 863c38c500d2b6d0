//! A place for every box, chip, wire and label: [`place`].
//!
//! Calls run left to right. Every depth is one column, all boxes are equally wide, and siblings stand below each other
//! in exit order (`tree` packs them by their contours), so no two wires cross. A menu with more than eight exits is
//! folded: exits without steps of their own stand in two columns, by turns, and slide between their neighbours.
//!
//! A picture should still be known after a change, so a new step behind others moves only what comes after it: parents
//! are level with their first child, wires meet a box near its top, the key decides the column of a folded exit, and gaps
//! grow in steps.
//!
//! Not here: words and order (`scene`), colours and marks (`svg`).

mod size;
mod tree;

use flow::diff::Mark;

use crate::scene::{Scene, Shape};

use size::{CAP_GAP, CAP_HEIGHT, CAP_ROW};
pub(crate) use size::{CHIP_LINK_LEFT, ICON_SIZE, LINE_HEIGHT, PAD_TOP, TEXT_LEFT, TITLE_HEIGHT};

/// Width of every box, in pixels.
pub const BOX_WIDTH: f64 = 224.0;
/// From a box to the point where its wires part.
pub(crate) const TRUNK: f64 = 16.0;
/// From there to the first label.
pub(crate) const LABEL_LEAD: f64 = 10.0;
/// From the last label to the next column: room for the arrow head.
const ARROW_ROOM: f64 = 20.0;
/// Exits from which a menu is folded.
const FOLD_FROM: usize = 9;
/// Gaps between columns are multiples of this, so that a longer word rarely moves all that is right of it.
const GAP_STEP: f64 = 20.0;
/// Where wires meet a box, from its top: beside its title however many lines follow.
const PORT: f64 = 24.0;

/// A rectangle; `y` grows downwards, all numbers are pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Where wires arrive and leave, vertically: the middle of a small box, beside the title of a tall one.
    pub fn port(&self) -> f64 {
        self.y + (self.height / 2.0).round().min(PORT)
    }

    /// Half-way down.
    pub fn middle(&self) -> f64 {
        self.y + (self.height / 2.0).round()
    }

    /// Whether the two share an inner point.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// Words fitted into a box, with nothing longer than its room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// The small line above the title; may be empty.
    pub caption: String,
    /// Title in one or two lines.
    pub title: Vec<String>,
    /// Number beside the caption; empty when there is none.
    pub number: String,
    /// Detail lines.
    pub lines: Vec<Fact>,
    /// Something was shortened: the tooltip has the whole.
    pub shortened: bool,
}

/// One detail line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fact {
    /// Words that fit the box.
    pub text: String,
    /// What kind of detail it is.
    pub tone: Tone,
}

/// How a detail line is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// A detail.
    #[default]
    Plain,
    /// In which state the thing is: switched off, passed over.
    State,
    /// What is wrong.
    Fault,
}

/// One node with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed {
    /// Where.
    pub rect: Rect,
    /// What stands in it.
    pub words: Words,
}

/// One wire: from `(x, y)` right to `trunk`, up or down to `end_y`, right to `end_x`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wire {
    /// Start, at the right side of a box.
    pub x: f64,
    /// Its height.
    pub y: f64,
    /// Where it turns.
    pub trunk: f64,
    /// Where its arrow ends.
    pub end_x: f64,
    /// Height of the arrow.
    pub end_y: f64,
    /// Its labels, left to right: the first row on the last stretch, further rows below it.
    pub labels: Vec<PlacedLabel>,
}

/// A label on a wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacedLabel {
    /// Where.
    pub rect: Rect,
    /// Fitted words.
    pub text: String,
    /// Drawn as a telephone key or tag.
    pub keycap: bool,
    /// It is the sign of a change.
    pub sign: bool,
    /// Not on the highlighted way.
    pub dimmed: bool,
    /// What became of the exit it belongs to.
    pub change: Option<Mark>,
}

/// A scene with places: `boxes[i]` is `scene.nodes[i]`, `wires[i]` is `scene.edges[i]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Every node.
    pub boxes: Vec<Placed>,
    /// Every edge.
    pub wires: Vec<Wire>,
    /// Width of everything, from 0.
    pub width: f64,
    /// Height of everything, from 0.
    pub height: f64,
}

/// Places a scene. Time and memory grow with the number of nodes, and no recursion limits its depth.
pub fn place(scene: &Scene) -> Layout {
    let children = scene.children();
    let mut boxes: Vec<Placed> = scene.nodes.iter().map(|node| size::fit(node, scene)).collect();
    let caps: Vec<Vec<size::Cap>> = scene.edges.iter().map(size::labels).collect();
    let columns = columns(scene, &children);
    let heights: Vec<f64> = boxes.iter().map(|placed| placed.rect.height).collect();
    let ports: Vec<f64> = boxes.iter().map(|placed| placed.rect.port()).collect();
    // How far the labels of the wire to each node reach below it.
    let labels: Vec<f64> = std::iter::once(0.0).chain(caps.iter().map(|caps| size::depth(caps))).collect();
    let places = tree::pack(
        &children,
        &tree::Sizes { columns: &columns, ports: &ports, heights: &heights, labels: &labels },
    );
    let lefts = column_lefts(scene, &columns, &caps);

    let (mut width, mut height) = (0.0_f64, 0.0_f64);
    for (((placed, place), port), column) in boxes.iter_mut().zip(&places).zip(&ports).zip(&columns) {
        placed.rect.x = lefts.get(*column as usize).copied().unwrap_or(0.0);
        placed.rect.y = place - port;
        width = width.max(placed.rect.right());
        height = height.max(placed.rect.bottom());
    }
    let wires: Vec<Wire> = scene
        .edges
        .iter()
        .zip(caps)
        .map(|(edge, caps)| match (boxes.get(edge.from), boxes.get(edge.to)) {
            (Some(from), Some(to)) => wire(&from.rect, &to.rect, caps),
            _ => Wire::default(),
        })
        .collect();
    let labels = wires.iter().filter_map(|wire| wire.labels.last());
    height = labels.map(|label| label.rect.bottom()).fold(height, f64::max);
    Layout { boxes, wires, width, height }
}

fn wire(from: &Rect, to: &Rect, caps: Vec<size::Cap>) -> Wire {
    let trunk = from.right() + TRUNK;
    let (mut x, mut row) = (trunk + LABEL_LEAD, 0);
    let labels = caps
        .into_iter()
        .map(|cap| {
            if cap.row != row {
                (x, row) = (trunk + LABEL_LEAD, cap.row);
            }
            let y = to.port() - CAP_HEIGHT / 2.0 + f64::from(row) * CAP_ROW;
            let rect = Rect { x, y, width: cap.width, height: CAP_HEIGHT };
            x += cap.width + CAP_GAP;
            let size::Cap { text, keycap, sign, dimmed, change, .. } = cap;
            PlacedLabel { rect, text, keycap, sign, dimmed, change }
        })
        .collect();
    Wire { x: from.right(), y: from.port(), trunk, end_x: to.x, end_y: to.port(), labels }
}

/// The column of every node: one right of its parent, two for the folded ones.
fn columns(scene: &Scene, children: &[Vec<usize>]) -> Vec<u32> {
    let mut columns = vec![0_u32; scene.nodes.len()];
    for (parent, list) in children.iter().enumerate() {
        let column = columns.get(parent).copied().unwrap_or(0);
        let folds = list.len() >= FOLD_FROM;
        for (turn, child) in list.iter().enumerate() {
            let leaf = children.get(*child).is_none_or(Vec::is_empty);
            let moves = turn > 0 && folds && leaf && is_second(scene, *child, turn);
            if let Some(own) = columns.get_mut(*child) {
                *own = column + if moves { 2 } else { 1 };
            }
        }
    }
    columns
}

/// Whether a folded exit goes to the second column: by its telephone key, so that a new key moves no other, else by turns.
fn is_second(scene: &Scene, child: usize, turn: usize) -> bool {
    let edge = child.checked_sub(1).and_then(|edge| scene.edges.get(edge));
    let label =
        edge.and_then(|edge| edge.labels.first()).filter(|label| label.keycap && label.text.len() == 1);
    let place = label.and_then(|label| "1234567890*#".find(&label.text)).unwrap_or(turn);
    place % 2 == 1
}

/// Left edge of every column: the gap before it is as wide as the widest labels that stand there.
fn column_lefts(scene: &Scene, columns: &[u32], caps: &[Vec<size::Cap>]) -> Vec<f64> {
    let last = columns.iter().copied().max().unwrap_or(0) as usize;
    let mut gaps = vec![TRUNK + ARROW_ROOM; last + 1];
    for (edge, caps) in scene.edges.iter().zip(caps) {
        let needed = size::widest_row(caps);
        let column = columns.get(edge.from).copied().unwrap_or(0) as usize;
        if let Some(gap) = gaps.get_mut(column).filter(|_| needed > 0.0) {
            *gap = gap.max(TRUNK + LABEL_LEAD + needed + ARROW_ROOM);
        }
    }
    let mut lefts = Vec::with_capacity(last + 1);
    let mut left = 0.0;
    for gap in gaps {
        lefts.push(left);
        left += BOX_WIDTH + (gap / GAP_STEP).ceil() * GAP_STEP;
    }
    lefts
}

/// Whether a node is drawn as a one-line chip.
pub(crate) fn is_chip(shape: Shape) -> bool {
    matches!(shape, Shape::Link { .. } | Shape::End | Shape::More)
}
