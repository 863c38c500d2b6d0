//! The scene as one self-contained SVG: nothing is fetched, nothing runs.
//!
//! For people who do not see it, the root has a title and a description and every box is a labelled group; for the rest,
//! tooltips hold what did not fit. Not here: places (`layout`), words (`scene`).

mod icons;
mod marks;
mod theme;
mod xml;

use std::fmt::Write as _;

use crate::catalogue::Group;
use crate::layout::{Layout, place};
use crate::scene::{Scene, Shape};
use crate::text::{Font, clean};

pub(crate) use theme::band_colour;
use xml::{Escaped, Px};

/// Empty rim around everything.
const MARGIN: f64 = 28.0;
const HEAD: Font = Font::bold(20.0);
const META: Font = Font::regular(12.0);
/// A page is at least this wide, so that a small flow keeps a readable header.
const PAGE_MIN_WIDTH: f64 = 520.0;
const LEGEND_ROW: f64 = 20.0;

pub(crate) fn render(scene: &Scene) -> String {
    let layout = place(scene);
    let palette = theme::palette(scene.theme);
    let page = Page::new(scene, &layout);
    let mut out = String::with_capacity(4096 + scene.nodes.len() * 1000);
    let name = if scene.title.is_empty() { "Call flow" } else { scene.title.as_str() };
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"sw-{theme}\" role=\"img\" aria-label=\"{name}\" \
         width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\"><title>{name}</title><desc>{desc}</desc>\
         <style>{style}</style><rect class=\"ground\" width=\"{w}\" height=\"{h}\"/>",
        theme = palette.name,
        name = Escaped(name),
        w = Px(page.width),
        h = Px(page.height),
        desc = Escaped(&description(scene)),
        style = theme::style(scene.theme),
    );
    page.head(&mut out);
    let _ = write!(out, "\n<g transform=\"translate({} {})\">", Px(MARGIN), Px(page.top));
    for wire in &layout.wires {
        marks::wire(&mut out, wire);
    }
    for (node, placed) in scene.nodes.iter().zip(&layout.boxes) {
        marks::node(&mut out, node, placed, scene);
    }
    for (edge, wire) in scene.edges.iter().zip(&layout.wires) {
        marks::labels(&mut out, edge, wire);
    }
    out.push_str("\n</g>");
    page.legend(&mut out);
    out.push_str("\n</svg>\n");
    out
}

/// One sentence for those who hear the picture.
fn description(scene: &Scene) -> String {
    let steps = scene.nodes.iter().filter(|node| node.shape == Shape::Box).count();
    let numbers =
        if scene.numbers.is_empty() { String::new() } else { format!(" for {}", scene.numbers.join(", ")) };
    let unit = if steps == 1 { "step" } else { "steps" };
    format!("Call flow{numbers}, drawn left to right as a tree of {steps} {unit}; exits stand in key order.")
}

/// What stands around the drawing.
struct Page<'a> {
    scene: &'a Scene,
    width: f64,
    height: f64,
    /// Where the drawing begins.
    top: f64,
    title: String,
    meta: Vec<String>,
    legend: Vec<(Group, f64, f64)>,
    legend_top: f64,
    warnings: Vec<String>,
}

impl<'a> Page<'a> {
    fn new(scene: &'a Scene, layout: &Layout) -> Self {
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

    fn head(&self, out: &mut String) {
        let mut y = MARGIN;
        if !self.title.is_empty() {
            y += 16.0;
            let _ = write!(
                out,
                "\n<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>",
                Px(MARGIN),
                Px(y),
                Escaped(&self.title)
            );
            y += 8.0;
        }
        for line in &self.meta {
            y += 17.0;
            let _ = write!(
                out,
                "\n<text class=\"meta\" x=\"{}\" y=\"{}\">{}</text>",
                Px(MARGIN),
                Px(y - 3.0),
                Escaped(line)
            );
        }
    }

    fn legend(&self, out: &mut String) {
        let mut y = self.legend_top - 26.0 - 17.0 * self.warnings.len() as f64;
        for warning in &self.warnings {
            y += 17.0;
            let _ = write!(
                out,
                "\n<text class=\"meta badt\" x=\"{}\" y=\"{}\">{}</text>",
                Px(MARGIN),
                Px(y - 4.0),
                Escaped(warning)
            );
        }
        if self.legend.is_empty() {
            return;
        }
        let _ = write!(
            out,
            "\n<g aria-label=\"Key of colours\" transform=\"translate({} {})\">",
            Px(MARGIN),
            Px(self.legend_top)
        );
        for (group, x, y) in &self.legend {
            let used = self.scene.nodes.iter().find(|node| node.group == *group && node.shape == Shape::Box);
            let icon = used.map_or(crate::catalogue::Icon::Phone, |node| node.icon);
            marks::legend_entry(out, *group, icon, *x, *y);
        }
        out.push_str("</g>");
    }
}

const WARNINGS_SHOWN: usize = 6;

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
