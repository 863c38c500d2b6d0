//! The first pages of a booklet: what is on the others, with links. Not here: those others.

use std::borrow::Cow;

use pdf_writer::Ref;

use super::page::{A4, Sheet, content};
use super::{Document, Link, Target};
use crate::booklet::{Booklet, entry};
use crate::layout::Rect;
use crate::options::Theme;
use crate::paint::{Mark, Style, TextStyle};
use crate::scene::Scene;

/// Name of the index among the bookmarks.
pub(super) const TITLE: &str = "Index";

const MARGIN: f64 = 64.0;
const ROW: f64 = 34.0;
/// Where rows begin.
const TOP: f64 = 140.0;
const ROWS: usize = 26;

/// How many pages the index takes; one even when there is nothing in it.
pub(super) fn pages(booklet: &Booklet) -> usize {
    booklet.pages.len().div_ceil(ROWS).max(1)
}

/// Writes the index to its pages.
pub(super) fn write(document: &mut Document, booklet: &Booklet, own: &[Ref], pages: &[Ref]) {
    let sheet = Sheet::upright();
    let pages_before = own.len();
    let right = A4.0 / 0.75 - MARGIN;
    let room = right - MARGIN - 60.0;
    let theme = booklet.pages.first().map_or(Theme::Light, |scene| scene.theme);
    let count = booklet.pages.len();
    let summary = format!("{count} call {}", if count == 1 { "flow" } else { "flows" });
    let rows: Vec<(usize, &Scene)> = booklet.pages.iter().enumerate().collect();
    for (number, own) in own.iter().enumerate() {
        let mut marks: Vec<Mark<'_>> = Vec::new();
        let mut links: Vec<Link> = Vec::new();
        let mut text = |style: TextStyle, x: f64, y: f64, words: &str| {
            let words = style.font().fit(words, room);
            marks.push(Mark::Text { style, x, y, words: Cow::Owned(words) });
        };
        text(TextStyle::Head, MARGIN, 84.0, &booklet.title);
        text(TextStyle::Meta, MARGIN, 106.0, &summary);
        let shown = rows.iter().skip(number * ROWS).take(ROWS).zip(pages.iter().skip(number * ROWS));
        for (row, ((place, scene), page)) in shown.enumerate() {
            let y = TOP + row as f64 * ROW;
            let (name, numbers) = entry(*place, scene);
            text(TextStyle::Title, MARGIN, y + 16.0, &name);
            text(TextStyle::Fact, MARGIN, y + 29.0, &numbers);
            let sheet_number = pages_before + place + 1;
            text(TextStyle::Number, right, y + 20.0, &sheet_number.to_string());
            let from = Rect { x: MARGIN, y, width: right - MARGIN, height: ROW };
            links.push(Link { from, to: Target::Page(*page) });
        }
        let mut ruled: Vec<Mark<'_>> = links
            .iter()
            .map(|link| {
                let rect = Rect { y: link.from.bottom() - 0.25, height: 0.5, ..link.from };
                Mark::Rect { style: Style::Tip(None), rect, corner: 0.0 }
            })
            .collect();
        ruled.append(&mut marks);
        document.page(*own, &sheet, &content(&ruled, theme, &sheet), &links);
    }
}
