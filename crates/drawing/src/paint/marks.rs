//! Boxes, chips, wires, labels: which marks each is made of. Not here: the page around them.

use std::borrow::Cow;

use flow::diff::Mark as Change;

use super::{Mark, Part, Style, TextStyle, icons};
use crate::catalogue::{Group, Icon};
use crate::key;
use crate::layout::{
    CHIP_LINK_LEFT, ICON_SIZE, LINE_HEIGHT, PAD_TOP, Placed, Rect, TEXT_LEFT, TITLE_HEIGHT, Tone, Wire,
};
use crate::scene::{Scene, SceneEdge, SceneNode, Shape};

const CORNER: f64 = 8.0;
/// Width and height of the sign of something wrong.
pub(super) const ALERT_SIZE: f64 = 14.0;
const BAND: f64 = 6.0;

/// A wire with its arrow head.
pub(super) fn wire(marks: &mut Vec<Mark<'_>>, place: usize, edge: &SceneEdge, wire: &Wire) {
    let Wire { x, y, trunk, end_x, end_y, .. } = *wire;
    dim(marks, edge.dimmed, |marks| {
        let style = Style::Wire(edge.change);
        marks.push(Mark::Wire { style, edge: place, x, y, trunk, end_x: end_x - 5.0, end_y });
        marks.push(Mark::Tip { style: Style::Tip(edge.change), x: end_x - 0.5, y: end_y });
    });
}

/// What the closure draws, dimmed or not.
fn dim<'a>(marks: &mut Vec<Mark<'a>>, dimmed: bool, draw: impl FnOnce(&mut Vec<Mark<'a>>)) {
    if dimmed {
        marks.push(Mark::Dim(true));
    }
    draw(marks);
    if dimmed {
        marks.push(Mark::Dim(false));
    }
}

/// The labels of a wire: keys as keycaps, words on the page's ground.
pub(super) fn labels<'a>(marks: &mut Vec<Mark<'a>>, place: usize, edge: &SceneEdge, wire: &'a Wire) {
    if wire.labels.is_empty() {
        return;
    }
    // Compared as they stand: signs, then keys and words, in the order of the exits.
    let whole = edge.shown().flat_map(|label| [label.text.as_str(), label.note.as_str()]);
    let shown = wire.labels.iter().filter(|label| !label.sign).map(|label| label.text.as_str());
    let shortened = !whole.filter(|words| !words.is_empty()).eq(shown);
    marks.push(Mark::Open(Part::Labels { edge: place, shortened }));
    for label in &wire.labels {
        let r = label.rect;
        dim(marks, label.dimmed, |marks| match (label.change.filter(|_| label.sign), label.keycap) {
            (Some(change), _) => sign(marks, change, r.x + r.width / 2.0, r.middle()),
            (None, true) => {
                marks.push(Mark::Rect { style: Style::Key, rect: r, corner: 4.0 });
                marks.push(text(TextStyle::Key, r.x + r.width / 2.0, r.y + 13.0, &label.text));
            }
            (None, false) => {
                marks.push(Mark::Rect { style: Style::Ground, rect: r, corner: 0.0 });
                marks.push(text(TextStyle::Word, r.x + 5.0, r.y + 13.0, &label.text));
            }
        });
    }
    marks.push(Mark::Close);
}

/// A box or chip.
pub(super) fn node<'a>(
    marks: &mut Vec<Mark<'a>>,
    place: usize,
    node: &SceneNode,
    placed: &'a Placed,
    scene: &Scene,
) {
    marks.push(Mark::Open(Part::Node(place)));
    dim(marks, node.dimmed, |marks| {
        match node.shape {
            Shape::Box | Shape::Start => card(marks, node, placed),
            Shape::Link { target, back } => {
                let step = scene.nodes.get(target).and_then(|target| target.step).unwrap_or(0);
                link(marks, node, placed, step, back);
            }
            Shape::End | Shape::More => small(marks, node, placed),
        }
        if let Some(change) = node.change {
            sign(marks, change, placed.rect.x + 2.0, placed.rect.y + 2.0);
        }
    });
    marks.push(Mark::Close);
}

fn card<'a>(marks: &mut Vec<Mark<'a>>, node: &SceneNode, placed: &'a Placed) {
    let (r, words, group) = (placed.rect, &placed.words, node.group);
    let corner = if node.shape == Shape::Start { (r.height / 2.0).min(22.0) } else { CORNER };
    let dashed = node.passed_over || node.disabled;
    let style = Style::Card { faulty: node.faulty, dashed, change: node.change };
    marks.push(Mark::Rect { style, rect: r, corner });
    marks.push(Mark::Band { style: Style::Band(group), rect: r, corner, width: BAND });
    let icon_y = r.port() - ICON_SIZE / 2.0;
    let style = Style::Tint(group);
    marks.push(Mark::Disc { style, x: r.x + 24.0, y: icon_y + ICON_SIZE / 2.0, radius: 13.0 });
    marks.push(picture(node.icon, group, r.x + 24.0 - ICON_SIZE / 2.0, icon_y, ICON_SIZE));
    let x = r.x + TEXT_LEFT;
    let mut y = r.y + PAD_TOP;
    if !words.caption.is_empty() {
        marks.push(text(TextStyle::Caption(group), x, y + 9.0, &words.caption));
        if !words.number.is_empty() {
            let end = r.right() - if node.step.is_some() { 18.0 } else { 12.0 };
            marks.push(text(TextStyle::Number, end, y + 9.0, &words.number));
        }
        y += 13.0;
    }
    for line in &words.title {
        marks.push(text(TextStyle::Title, x, y + 12.0, line));
        y += TITLE_HEIGHT;
    }
    let mut warned = false;
    for line in &words.lines {
        let style = match line.tone {
            Tone::Plain => TextStyle::Fact,
            Tone::State => TextStyle::State,
            Tone::Fault => TextStyle::Fault,
        };
        if line.tone == Tone::Fault && !warned {
            warned = true;
            marks.push(alert(r.x + 24.0 - ALERT_SIZE / 2.0, y - 1.0));
        }
        marks.push(text(style, x, y + 10.0, &line.text));
        y += LINE_HEIGHT;
    }
    if let Some(step) = node.step {
        badge(marks, step, r.right() - 6.0, r.y + 2.0);
    }
}

fn link<'a>(marks: &mut Vec<Mark<'a>>, node: &SceneNode, placed: &'a Placed, step: u32, back: bool) {
    let r = placed.rect;
    let style = Style::Card { faulty: false, dashed: true, change: node.change };
    marks.push(Mark::Rect { style, rect: r, corner: r.height / 2.0 });
    let data = if back { icons::AGAIN } else { icons::ONWARD };
    let style = Style::Icon(Group::Start);
    marks.push(Mark::Icon { style, data, x: r.x + 6.0, y: r.y + 1.0, size: icons::GRID });
    badge(marks, step, r.x + 36.0, r.middle());
    if let Some(title) = placed.words.title.first() {
        marks.push(text(TextStyle::Chip, r.x + CHIP_LINK_LEFT, r.middle() + 4.0, title));
    }
}

fn small<'a>(marks: &mut Vec<Mark<'a>>, node: &SceneNode, placed: &'a Placed) {
    let r = placed.rect;
    let style = Style::Card { faulty: false, dashed: node.shape == Shape::More, change: node.change };
    marks.push(Mark::Rect { style, rect: r, corner: r.height / 2.0 });
    marks.push(picture(node.icon, node.group, r.x + 9.0, r.middle() - 7.0, 14.0));
    if let Some(title) = placed.words.title.first() {
        marks.push(text(TextStyle::Chip, r.x + 28.0, r.middle() + 4.0, title));
    }
}

/// A step number in a filled circle.
pub(super) fn badge(marks: &mut Vec<Mark<'_>>, step: u32, x: f64, y: f64) {
    let half = if step > 99 { 13.0 } else { 9.0 };
    let rect = Rect { x: x - half, y: y - 9.0, width: half * 2.0, height: 18.0 };
    marks.push(Mark::Rect { style: Style::Step, rect, corner: 9.0 });
    marks.push(Mark::Text { style: TextStyle::Step, x, y: y + 3.5, words: Cow::Owned(step.to_string()) });
}

/// The sign of a change in a filled circle.
pub(super) fn sign(marks: &mut Vec<Mark<'_>>, change: Change, x: f64, y: f64) {
    let rect = Rect { x: x - 9.0, y: y - 9.0, width: 18.0, height: 18.0 };
    marks.push(Mark::Rect { style: Style::Sign(change), rect, corner: 9.0 });
    marks.push(text(TextStyle::Sign, x, y + 4.5, key::sign(change)));
}

/// The sign of something wrong.
pub(super) fn alert<'a>(x: f64, y: f64) -> Mark<'a> {
    Mark::Icon { style: Style::Alert, data: icons::ALERT, x, y, size: ALERT_SIZE }
}

pub(super) fn text(style: TextStyle, x: f64, y: f64, words: &str) -> Mark<'_> {
    Mark::Text { style, x, y, words: Cow::Borrowed(words) }
}

pub(super) fn picture<'a>(icon: Icon, group: Group, x: f64, y: f64, size: f64) -> Mark<'a> {
    Mark::Icon { style: Style::Icon(group), data: icons::path(icon), x, y, size }
}
