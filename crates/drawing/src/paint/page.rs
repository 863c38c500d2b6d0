//! What stands around the drawing: title and facts above it, warnings and the key of colours below. Not here: the
//! drawing itself (`marks`).

use std::borrow::Cow;

use super::{Mark, Part, TextStyle, marks};
use crate::catalogue::{Group, Icon};
use crate::layout::Layout;
use crate::scene::{Scene, Shape};
use crate::text::{Font, clean};

/// Empty rim around everything.
pub(super) const MARGIN: f64 = 28.0;
const HEAD: Font = Font::bold(20.0);
const META: Font = Font::regular(12.0);
/// A page is at least this wide, so that a small flow keeps a readable header.
const PAGE_MIN_WIDTH: f64 = 520.0;
const LEGEND_ROW: f64 = 20.0;
const WARNINGS_SHOWN: usize = 6;

/// What stands around the drawing, fitted to its width.
pub(super) struct Page<'a> {
    scene: &'a Scene,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Where the drawing begins.
    pub(super) top: f64,
    title: String,
    meta: Vec<String>,
    legend: Vec<(Group, f64, f64)>,
    legend_top: f64,
    warnings: Vec<String>,
}

impl<'a> Page<'a> {
    pub(super) fn new(scene: &'a Scene, layout: &Layout) -> Self {
        let inner = layout.width.max(PAGE_MIN_WIDTH - 2.0 * MARGIN);
        let title = HEAD.fit(&scene.title, inner);
        let meta = meta_lines(scene, inner);
        let mut top = MARGIN;
        top += if title.is_empty() { 0.0 } else { 24.0 };
        top += 17.0 * meta.len() as f64;
        top += if top > MARGIN { 18.0 } else { 0.0 };

        let mut below = top + layout.height;
        let mut warnings: Vec<String> = Vec::new();
        for warning in scene.warnings.iter().take(WARNINGS_SHOWN) {
            warnings.push(META.fit(&format!("\u{26a0} {warning}"), inner));
        }
        if scene.warnings.len() > WARNINGS_SHOWN {
            warnings.push(format!("and {} more warnings", scene.warnings.len() - WARNINGS_SHOWN));
        }
        below += if warnings.is_empty() { 0.0 } else { 22.0 + 17.0 * warnings.len() as f64 };

        let legend = if scene.legend { legend(scene, inner) } else { Vec::new() };
        let legend_top = below + 26.0;
        if let Some((_, _, y)) = legend.last() {
            below = legend_top + y + 12.0;
        }
        let (width, height) = (inner + 2.0 * MARGIN, below + MARGIN);
        Page {
            scene,
            width: width.ceil(),
            height: height.ceil(),
            top,
            title,
            meta,
            legend,
            legend_top,
            warnings,
        }
    }

    /// Title and facts.
    pub(super) fn head(&self, marks: &mut Vec<Mark<'a>>) {
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
    }

    /// Warnings and the key of colours.
    pub(super) fn foot(&self, marks: &mut Vec<Mark<'a>>) {
        let mut y = self.legend_top - 26.0 - 17.0 * self.warnings.len() as f64;
        for warning in &self.warnings {
            y += 17.0;
            marks.push(line(TextStyle::Warning, y - 4.0, warning));
        }
        if self.legend.is_empty() {
            return;
        }
        marks.push(Mark::Open(Part::Key { x: MARGIN, y: self.legend_top }));
        for (group, x, y) in &self.legend {
            let used = self.scene.nodes.iter().find(|node| node.group == *group && node.shape == Shape::Box);
            marks::legend_entry(marks, *group, used.map_or(Icon::Phone, |node| node.icon), *x, *y);
        }
        marks.push(Mark::Close);
    }
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

/// The groups in use with their places.
fn legend(scene: &Scene, room: f64) -> Vec<(Group, f64, f64)> {
    let (mut x, mut y) = (0.0, 0.0);
    let mut entries = Vec::new();
    for group in Group::ALL {
        if !scene
            .nodes
            .iter()
            .any(|node| node.group == group && matches!(node.shape, Shape::Box | Shape::Start))
        {
            continue;
        }
        let width = 30.0 + Font::regular(11.0).width(group.title()) + 20.0;
        if x > 0.0 && x + width > room {
            x = 0.0;
            y += LEGEND_ROW + 4.0;
        }
        entries.push((group, x, y));
        x += width.ceil();
    }
    entries
}
