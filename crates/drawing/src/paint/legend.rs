//! The keys below a drawing: what its colours, signs and abbreviations mean. Only what occurs in it.
//!
//! Not here: the words of abbreviations (`key`).

use flow::diff::Mark as Change;

use super::marks::{badge, picture, sign, text};
use super::{Mark, Part, Style, TextStyle, icons};
use crate::catalogue::Group;
use crate::key;
use crate::layout::Rect;
use crate::scene::{Scene, Shape};

const ROW: f64 = 24.0;
/// From a sign's left edge to its words.
const LEAD: f64 = 30.0;
const CHIP_LEAD: f64 = 60.0;
/// From one entry to the next.
const APART: f64 = 20.0;

/// The entries with their places.
#[derive(Default)]
pub(super) struct Legend {
    rows: Vec<(Entry, f64, f64)>,
    /// Height of all of them; 0 when there is none.
    pub(super) height: f64,
}

/// One thing that is explained.
#[derive(Clone, Copy)]
enum Entry {
    /// A colour, with the picture most of its boxes have.
    Group(Group),
    /// A chip that points at a step.
    Link { back: bool },
    /// A dashed box.
    Dashed,
    /// A box with a fault.
    Faulty,
    /// What is dimmed.
    Dimmed,
    /// The sign of a change.
    Change(Change),
    /// An abbreviation and its words.
    Abbreviation(&'static str, &'static str),
}

impl Entry {
    fn words(self) -> &'static str {
        match self {
            Entry::Group(group) => group.title(),
            Entry::Link { back: false } => "continues at that step",
            Entry::Link { back: true } => "goes round again to that step",
            Entry::Dashed => "switched off or passed over",
            Entry::Faulty => "something is missing",
            Entry::Dimmed => "not on the way",
            Entry::Change(change) => key::word(change),
            Entry::Abbreviation(_, words) => words,
        }
    }

    /// Where its words begin.
    fn lead(self) -> f64 {
        match self {
            Entry::Abbreviation(name, _) => (TextStyle::State.font().width(name) + 8.0).ceil(),
            Entry::Link { .. } => CHIP_LEAD,
            _ => LEAD,
        }
    }
}

impl Legend {
    /// The entries a scene needs, in rows no longer than `room`.
    pub(super) fn new(scene: &Scene, room: f64) -> Self {
        let mut legend = Legend::default();
        let mut y = 0.0;
        for entries in [boxes(scene), signs(scene), abbreviations(scene)] {
            let mut x = 0.0;
            for entry in entries {
                let width = (entry.lead() + TextStyle::Word.font().width(entry.words())).ceil();
                if x > 0.0 && x + width > room {
                    x = 0.0;
                    y += ROW;
                }
                legend.rows.push((entry, x, y));
                x += width + APART;
            }
            y += if x > 0.0 { ROW } else { 0.0 };
        }
        legend.height = (y - ROW / 2.0).max(0.0);
        legend
    }

    /// Draws them; the first row's middle is a little below `top`.
    pub(super) fn paint(&self, marks: &mut Vec<Mark<'_>>, left: f64, top: f64) {
        if self.rows.is_empty() {
            return;
        }
        marks.push(Mark::Open(Part::Key { x: left, y: top }));
        for (entry, x, y) in &self.rows {
            specimen(marks, *entry, *x, *y);
            marks.push(text(TextStyle::Word, x + entry.lead(), y + 8.0, entry.words()));
        }
        marks.push(Mark::Close);
    }
}

/// The colours of boxes, in their own order.
fn boxes(scene: &Scene) -> Vec<Entry> {
    let mut used = [false; Group::ALL.len()];
    for node in scene.nodes.iter().filter(|node| matches!(node.shape, Shape::Box | Shape::Start)) {
        if let Some(used) = used.get_mut(node.group as usize) {
            *used = true;
        }
    }
    Group::ALL.into_iter().zip(used).filter(|(_, used)| *used).map(|(group, _)| Entry::Group(group)).collect()
}

fn signs(scene: &Scene) -> Vec<Entry> {
    let any = |is: &dyn Fn(&crate::SceneNode) -> bool| scene.nodes.iter().any(is);
    let mut entries = Vec::new();
    for back in [false, true] {
        if any(&|node| matches!(node.shape, Shape::Link { back: its, .. } if its == back)) {
            entries.push(Entry::Link { back });
        }
    }
    if any(&|node| node.state().is_some()) {
        entries.push(Entry::Dashed);
    }
    if any(&|node| node.faulty) {
        entries.push(Entry::Faulty);
    }
    if scene.has_dimmed() {
        entries.push(Entry::Dimmed);
    }
    for change in [Change::Added, Change::Removed, Change::Changed] {
        let exits = || scene.edges.iter().flat_map(|edge| &edge.labels);
        if any(&|node| node.change == Some(change)) || exits().any(|label| label.change == Some(change)) {
            entries.push(Entry::Change(change));
        }
    }
    entries
}

fn abbreviations(scene: &Scene) -> Vec<Entry> {
    scene.abbreviations().into_iter().map(|(name, words)| Entry::Abbreviation(name, words)).collect()
}

/// The thing itself, small, before its words.
fn specimen(marks: &mut Vec<Mark<'_>>, entry: Entry, x: f64, y: f64) {
    let card = |width: f64| Rect { x, y: y - 5.0, width, height: 18.0 };
    let boxed = |faulty, dashed| Style::Card { faulty, dashed, change: None };
    match entry {
        Entry::Group(group) => {
            let rect = Rect { x, y: y - 4.0, width: 5.0, height: 16.0 };
            marks.push(Mark::Rect { style: Style::Band(group), rect, corner: 2.0 });
            marks.push(picture(group.icon(), group, x + 9.0, y - 4.0, 16.0));
        }
        Entry::Link { back } => {
            marks.push(Mark::Rect { style: boxed(false, true), rect: card(52.0), corner: 9.0 });
            let data = if back { icons::AGAIN } else { icons::ONWARD };
            marks.push(Mark::Icon {
                style: Style::Icon(Group::Start),
                data,
                x: x + 6.0,
                y: y - 6.0,
                size: 14.0,
            });
            badge(marks, 1, x + 36.0, y + 4.0);
        }
        Entry::Dashed => marks.push(Mark::Rect { style: boxed(false, true), rect: card(24.0), corner: 4.0 }),
        Entry::Faulty => marks.push(Mark::Rect { style: boxed(true, false), rect: card(24.0), corner: 4.0 }),
        Entry::Dimmed => {
            marks.push(Mark::Dim(true));
            marks.push(Mark::Rect { style: boxed(false, false), rect: card(24.0), corner: 4.0 });
            marks.push(Mark::Rect {
                style: Style::Band(Group::Ring),
                rect: Rect { width: 5.0, ..card(5.0) },
                corner: 2.0,
            });
            marks.push(Mark::Dim(false));
        }
        Entry::Change(change) => sign(marks, change, x + 12.0, y + 4.0),
        Entry::Abbreviation(name, _) => marks.push(text(TextStyle::State, x, y + 8.0, name)),
    }
}
