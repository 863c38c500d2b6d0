//! What stands around the drawing: title and facts above it, warnings and the keys below. Not here: the drawing itself
//! (`marks`), what the keys say (`legend`).

use std::borrow::Cow;

use super::legend::Legend;
use super::{Mark, TextStyle, marks};
use crate::layout::Layout;
use crate::scene::Scene;
use crate::text::{Font, clean};

/// Empty rim around everything.
pub(super) const MARGIN: f64 = 28.0;
const HEAD: Font = Font::bold(20.0);
const META: Font = Font::regular(12.0);
const STRONG: Font = Font::bold(12.0);
/// A page is at least this wide, so that a small flow keeps a readable header.
const PAGE_MIN_WIDTH: f64 = 520.0;
/// From the sign of a warning to its words.
const ALERT_LEAD: f64 = marks::ALERT_SIZE + 5.0;
const WARNINGS_SHOWN: usize = 6;

/// What stands around the drawing, fitted to its width.
pub(super) struct Page {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Where the drawing begins.
    pub(super) top: f64,
    title: String,
    meta: Vec<String>,
    /// What is pointed out, and that there are warnings.
    notes: Vec<(TextStyle, String)>,
    legend: Legend,
    legend_top: f64,
    warnings: Vec<String>,
}

impl Page {
    pub(super) fn new(scene: &Scene, layout: &Layout) -> Self {
        let inner = layout.width.max(PAGE_MIN_WIDTH - 2.0 * MARGIN);
        let title = HEAD.fit(&scene.title, inner);
        let meta = meta_lines(scene, inner);
        let mut top = MARGIN;
        top += if title.is_empty() { 0.0 } else { 24.0 };
        let notes = notes(scene, inner);
        top += 17.0 * (meta.len() + notes.len()) as f64;
        top += if top > MARGIN { 18.0 } else { 0.0 };

        let mut below = top + layout.height;
        let mut warnings: Vec<String> = Vec::new();
        for warning in scene.warnings.iter().take(WARNINGS_SHOWN) {
            warnings.push(STRONG.fit(warning, inner - ALERT_LEAD));
        }
        if scene.warnings.len() > WARNINGS_SHOWN {
            warnings.push(format!("and {} more warnings", scene.warnings.len() - WARNINGS_SHOWN));
        }
        below += if warnings.is_empty() { 0.0 } else { 22.0 + 17.0 * warnings.len() as f64 };

        let legend = if scene.legend { Legend::new(scene, inner) } else { Legend::default() };
        let legend_top = below + 26.0;
        if legend.height > 0.0 {
            below = legend_top + legend.height;
        }
        let (width, height) = (inner + 2.0 * MARGIN, below + MARGIN);
        Page {
            width: width.ceil(),
            height: height.ceil(),
            top,
            title,
            meta,
            notes,
            legend,
            legend_top,
            warnings,
        }
    }

    /// Title and facts.
    pub(super) fn head(&self, marks: &mut Vec<Mark<'_>>) {
        let mut y = MARGIN;
        if !self.title.is_empty() {
            y += 16.0;
            marks.push(line(TextStyle::Head, y, &self.title));
            y += 8.0;
        }
        for words in &self.meta {
            y += 17.0;
            marks.push(line(TextStyle::Meta, y - 3.0, words));
        }
        for (style, words) in &self.notes {
            y += 17.0;
            noted(marks, *style, y - 3.0, words);
        }
    }

    /// Warnings and the keys.
    pub(super) fn foot(&self, marks: &mut Vec<Mark<'_>>) {
        let mut y = self.legend_top - 26.0 - 17.0 * self.warnings.len() as f64;
        for warning in &self.warnings {
            y += 17.0;
            noted(marks, TextStyle::Warning, y - 4.0, warning);
        }
        self.legend.paint(marks, MARGIN, self.legend_top);
    }
}

/// Lines below the facts: what is pointed out, and that there are warnings, which stand far below in a tall picture.
fn notes(scene: &Scene, room: f64) -> Vec<(TextStyle, String)> {
    let about = clean(&scene.header.about);
    let mut notes = Vec::new();
    if !about.is_empty() {
        notes.push((TextStyle::Strong, STRONG.fit(&about, room)));
    }
    match scene.warnings.len() {
        0 => {}
        1 => notes.push((TextStyle::Warning, "one warning below".to_owned())),
        count => notes.push((TextStyle::Warning, format!("{count} warnings below"))),
    }
    notes
}

/// A line, with the sign of something wrong before a warning.
fn noted(marks: &mut Vec<Mark<'_>>, style: TextStyle, y: f64, words: &str) {
    let lead = if style == TextStyle::Warning { ALERT_LEAD } else { 0.0 };
    if lead > 0.0 {
        marks.push(marks::alert(MARGIN, y - 11.0));
    }
    marks.push(Mark::Text { style, x: MARGIN + lead, y, words: Cow::Owned(words.to_owned()) });
}

fn line<'a>(style: TextStyle, y: f64, words: &str) -> Mark<'a> {
    Mark::Text { style, x: MARGIN, y, words: Cow::Owned(words.to_owned()) }
}

/// Numbers, account, version, source, date and time zone, on as many lines as they need.
fn meta_lines(scene: &Scene, room: f64) -> Vec<String> {
    let header = &scene.header;
    let numbers = match scene.numbers.len() {
        0 => String::new(),
        count if count > 6 => {
            let first: Vec<&str> = scene.numbers.iter().take(5).map(String::as_str).collect();
            format!("{} and {} more numbers", first.join(", "), count - 5)
        }
        _ => scene.numbers.join(", "),
    };
    let facts = [numbers, header.account.clone(), header.version.clone(), header.source.clone()];
    let when = [header.date.clone(), header.timezone.clone()];
    let all = facts.into_iter().chain(when).map(|fact| clean(&fact)).filter(|fact| !fact.is_empty());
    let mut lines: Vec<String> = Vec::new();
    for fact in all {
        match lines.last_mut() {
            Some(line) if META.width(line) + META.width(&fact) + 24.0 <= room => {
                line.push_str("  \u{b7}  ");
                line.push_str(&fact);
            }
            _ => lines.push(META.fit(&fact, room)),
        }
    }
    lines
}
