//! How large a box must be for its words, and which of its words fit.
//!
//! Not here: where the box goes.

use std::borrow::Cow;

use flow::diff::Mark;

use super::{BOX_WIDTH, Fact, Placed, Rect, Tone, Words, is_chip};
use crate::key;
use crate::scene::{Label, Scene, SceneEdge, SceneNode, Shape};
use crate::text::Font;

const CAPTION: Font = Font::bold(10.0);
const TITLE: Font = Font::bold(13.0);
const FACT: Font = Font::regular(11.0);
const STRONG: Font = Font::bold(11.0);
const NUMBER: Font = Font::bold(10.0);
const CHIP: Font = Font::regular(11.0);
const WORD: Font = Font::regular(11.0);
const KEY: Font = Font::bold(11.0);

pub(crate) const ICON_SIZE: f64 = 18.0;
pub(crate) const PAD_TOP: f64 = 10.0;
/// Where text begins, from the left edge of its box.
pub(crate) const TEXT_LEFT: f64 = 42.0;
const TEXT_RIGHT: f64 = 14.0;
const CAPTION_HEIGHT: f64 = 13.0;
pub(crate) const TITLE_HEIGHT: f64 = 16.0;
pub(crate) const LINE_HEIGHT: f64 = 14.0;
const PAD_BOTTOM: f64 = 10.0;
const TITLE_LINES_MAX: usize = 3;
/// Lines that one detail may take.
const FACT_LINES_MAX: usize = 2;
const CHIP_HEIGHT: f64 = 28.0;

pub(super) const CAP_HEIGHT: f64 = 18.0;
pub(super) const CAP_GAP: f64 = 4.0;
/// Room for the words of one exit.
const WORD_MAX_WIDTH: f64 = 180.0;
/// From one row of labels to the next.
pub(super) const CAP_ROW: f64 = 20.0;
/// Exits shown on one wire before "+n".
const CAPS_MAX: usize = 6;

/// Fits a node's words and gives its box the height they need.
pub(super) fn fit(node: &SceneNode, scene: &Scene) -> Placed {
    if is_chip(node.shape) {
        return chip(node, scene);
    }
    let room = BOX_WIDTH - TEXT_LEFT - TEXT_RIGHT;
    let upper = node.caption.to_uppercase();
    let badge = if node.step.is_some() { 8.0 } else { 0.0 };
    // A number that does not fit beside the caption is the first detail.
    let beside = |number: &str| CAPTION.width(&upper) + 8.0 + NUMBER.width(number) + badge <= room;
    let number =
        node.number.as_deref().filter(|number| !upper.is_empty() && beside(number)).unwrap_or_default();
    let (mut lines, mut whole) = (Vec::new(), true);
    for (text, tone) in facts(node, !number.is_empty()) {
        let font = if tone == Tone::Plain { FACT } else { STRONG };
        let wrapped = font.wrap(&text, room, FACT_LINES_MAX);
        whole &= same_but_for_spaces(&wrapped, &text);
        lines.extend(wrapped.into_iter().map(|text| Fact { text, tone }));
    }
    let title = TITLE.wrap(&node.title, room, TITLE_LINES_MAX);
    whole &= same_but_for_spaces(&title, &node.title);
    let caption = if number.is_empty() { CAPTION.fit(&upper, room - badge) } else { upper };
    let words = Words { caption, title, number: number.to_owned(), lines, shortened: !whole };
    let mut height = PAD_TOP + PAD_BOTTOM;
    height += if words.caption.is_empty() { 0.0 } else { CAPTION_HEIGHT };
    height += TITLE_HEIGHT * words.title.len().max(1) as f64;
    height += LINE_HEIGHT * words.lines.len() as f64;
    let rect = Rect { width: BOX_WIDTH, height, ..Rect::default() };
    Placed { rect, words }
}

/// The lines below a title: the state, the number unless it stands beside the caption, details, how often it is reached, and
/// what is wrong.
fn facts(node: &SceneNode, numbered: bool) -> Vec<(Cow<'_, str>, Tone)> {
    let mut facts: Vec<(Cow<'_, str>, Tone)> = Vec::with_capacity(node.lines.len() + 3);
    let mut lines = node.lines.as_slice();
    if let Some(state) = node.state() {
        // A reader may have said it better.
        let own = lines.split_first().filter(|(first, _)| first.to_lowercase().contains(state));
        facts.push((Cow::Borrowed(own.map_or(state, |(first, _)| first.as_str())), Tone::State));
        lines = own.map_or(lines, |(_, rest)| rest);
    }
    if !numbered {
        facts.extend(node.number.as_deref().map(|number| (Cow::Borrowed(number), Tone::Plain)));
    }
    let fault = if node.faulty { lines.split_last() } else { None };
    let plain = fault.map_or(lines, |(_, before)| before);
    facts.extend(plain.iter().map(|line| (Cow::Borrowed(line.as_str()), Tone::Plain)));
    if node.ways_in > 1 {
        facts.push((Cow::Owned(format!("reached from {} places", node.ways_in)), Tone::Plain));
    }
    facts.extend(fault.map(|(line, _)| (Cow::Borrowed(line.as_str()), Tone::Fault)));
    facts
}

/// Whether the lines together are the text, wherever it was broken.
fn same_but_for_spaces(lines: &[String], text: &str) -> bool {
    let solid = |sign: &char| *sign != ' ';
    lines.iter().flat_map(|line| line.chars()).filter(solid).eq(text.chars().filter(solid))
}

/// A chip is as wide as its words, at most as wide as a box.
fn chip(node: &SceneNode, scene: &Scene) -> Placed {
    let before = if matches!(node.shape, Shape::Link { .. }) { CHIP_LINK_LEFT } else { 28.0 };
    let target = match node.shape {
        Shape::Link { target, .. } => scene.nodes.get(target),
        _ => None,
    };
    let full = target.map_or(node.title.as_str(), |node| node.title.as_str());
    let title = CHIP.fit(full, BOX_WIDTH - before - 12.0);
    let width = (before + CHIP.width(&title) + 12.0).ceil().min(BOX_WIDTH);
    let shortened = title != full;
    Placed {
        rect: Rect { width, height: CHIP_HEIGHT, ..Rect::default() },
        words: Words { title: vec![title], shortened, ..Words::default() },
    }
}

/// Where a link chip's words begin: after its arrow and step number.
pub(crate) const CHIP_LINK_LEFT: f64 = 52.0;

/// One label with its room.
pub(super) struct Cap {
    pub(super) text: String,
    pub(super) width: f64,
    /// Which row of the wire's labels it stands in, from 0.
    pub(super) row: u32,
    pub(super) keycap: bool,
    pub(super) sign: bool,
    pub(super) dimmed: bool,
    pub(super) change: Option<Mark>,
}

/// The labels of an edge, fitted: for each exit the sign of its change, its key or words, and the words beside a key. Keys
/// stand side by side; an exit with words has a row of its own.
pub(super) fn labels(edge: &SceneEdge) -> Vec<Cap> {
    let shows = |label: &&Label| !label.text.is_empty() || label.change.is_some();
    let shown = edge.labels.iter().filter(shows).count();
    let kept = if shown > CAPS_MAX { CAPS_MAX - 1 } else { shown };
    let mut caps: Vec<Cap> = Vec::with_capacity(kept);
    let (mut row, mut worded) = (0, false);
    for label in edge.labels.iter().filter(shows).take(kept) {
        let Label { dimmed, change, .. } = *label;
        let plain_key = label.keycap && label.note.is_empty();
        if !caps.is_empty() && (worded || !plain_key) {
            row += 1;
        }
        worded = !plain_key;
        let mut push = |text: String, width: f64, keycap: bool, sign: bool| {
            caps.push(Cap { text, width, row, keycap, sign, dimmed, change });
        };
        if let Some(change) = change {
            push(key::sign(change).to_owned(), CAP_HEIGHT, false, true);
        }
        for (text, keycap) in [(&label.text, label.keycap || label.code), (&label.note, false)] {
            if !text.is_empty() {
                let text = cap_text(text, keycap);
                let width = cap_width(&text, keycap);
                push(text, width, keycap, false);
            }
        }
    }
    if shown > kept {
        let text = format!("+{}", shown - kept);
        let (width, dimmed) = (cap_width(&text, false), edge.dimmed);
        caps.push(Cap { text, width, row, keycap: false, sign: false, dimmed, change: None });
    }
    caps
}

/// Width of the longest row of labels.
pub(super) fn widest_row(caps: &[Cap]) -> f64 {
    caps.chunk_by(|left, right| left.row == right.row)
        .map(|row| row.iter().map(|cap| cap.width + CAP_GAP).sum())
        .fold(0.0, f64::max)
}

/// How far labels reach below their wire.
pub(super) fn depth(caps: &[Cap]) -> f64 {
    caps.last().map_or(0.0, |cap| f64::from(cap.row) * CAP_ROW + CAP_HEIGHT / 2.0)
}

/// A label's words, shortened to their room.
fn cap_text(text: &str, keycap: bool) -> String {
    if keycap { KEY.fit(text, WORD_MAX_WIDTH) } else { WORD.fit(text, WORD_MAX_WIDTH) }
}

/// Width of a label on its ground.
fn cap_width(text: &str, keycap: bool) -> f64 {
    if keycap { (KEY.width(text) + 10.0).ceil().max(CAP_HEIGHT) } else { (WORD.width(text) + 10.0).ceil() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Context, DrawOptions, draw};

    /// One box with the given words in every place that takes any.
    fn scene(title: &str, caption: &str, number: &str, lines: Vec<String>, step: Option<u32>) -> Scene {
        let options = DrawOptions { title: title.to_owned(), ..DrawOptions::default() };
        let mut scene = draw(&flow::graph::Flow::default(), &Context::default(), &options);
        let Some(node) = scene.nodes.first_mut() else { return scene };
        node.title = title.to_owned();
        node.caption = caption.to_owned();
        node.number = Some(number.to_owned());
        node.lines = lines;
        node.step = step;
        scene
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_text_stays_inside_its_box(
            title in "\\PC{0,80}", caption in "\\PC{0,30}", number in "\\PC{0,30}",
            lines in proptest::collection::vec("\\PC{0,60}", 0..5), step in proptest::option::of(1..500_u32),
        ) {
            let scene = scene(&title, &caption, &number, lines, step);
            let placed = fit(&scene.nodes[0], &scene);
            let (room, words) = (BOX_WIDTH - TEXT_LEFT - TEXT_RIGHT, &placed.words);
            prop_assert!(CAPTION.width(&words.caption) + NUMBER.width(&words.number) <= room);
            prop_assert!(words.title.len() <= TITLE_LINES_MAX);
            prop_assert!(words.title.iter().all(|line| TITLE.width(line) <= room));
            prop_assert!(words.lines.iter().all(|line| FACT.width(&line.text) <= room));
            let tall = PAD_TOP + TITLE_HEIGHT * words.title.len() as f64 + LINE_HEIGHT * words.lines.len() as f64;
            prop_assert!(tall <= placed.rect.height);

            let mut chip = scene.clone();
            chip.nodes[0].shape = Shape::More;
            let placed = fit(&chip.nodes[0], &chip);
            prop_assert!(placed.rect.width <= BOX_WIDTH);
            prop_assert!(placed.words.title.iter().all(|line| 28.0 + CHIP.width(line) <= placed.rect.width));
        }
    }
}
