//! The display list as one self-contained SVG: nothing is fetched, nothing runs.
//!
//! For people who do not see it, the root has a title and a description and every box is a labelled group; for the rest,
//! tooltips hold what did not fit. Not here: places (`layout`), words (`scene`), which marks there are (`paint`).

pub(crate) mod sheet;
mod writer;

use crate::key;
use crate::layout::{Rect, place};
use crate::paint::path::BEND;
use crate::paint::{Anchor, GRID, Mark, Painting, Part, Style, paint};
use crate::scene::{Scene, SceneEdge, SceneNode, Shape};

pub(crate) use writer::Writer;

/// The scene as an SVG document.
pub(crate) fn render(scene: &Scene) -> String {
    let layout = place(scene);
    let painting = paint(scene, &layout);
    let mut out = Writer::with_capacity(4096 + painting.marks.len() * 110);
    let root = sheet::root(scene.theme);
    let style = sheet::rules_for(scene, &format!(".{root}"));
    open(&mut out, &painting, root, &style);
    marks(&mut out, &painting, None);
    out.raw("\n</svg>\n");
    out.done()
}

/// The root element with title, description, style sheet and ground; an empty style sheet is left out.
pub(crate) fn open(out: &mut Writer, painting: &Painting<'_>, class: &str, style: &str) {
    out.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"").raw(class);
    out.raw("\" role=\"img\" aria-label=\"").text(painting.name());
    out.raw("\"").at("width", painting.width).at("height", painting.height);
    out.raw(" viewBox=\"0 0 ").px(painting.width).raw(" ").px(painting.height).raw("\"><title>");
    out.text(painting.name()).raw("</title><desc>").text(&painting.description()).raw("</desc>");
    if !style.is_empty() {
        out.raw("<style>").raw(style).raw("</style>");
    }
    out.raw("<rect class=\"ground\"").at("width", painting.width).at("height", painting.height).raw("/>");
}

/// Places in the scene are written beside the marks, for scripts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbering<'a> {
    /// Stands before every element id, for pages with several pictures.
    pub(crate) prefix: &'a str,
}

/// All marks. With `numbering`, boxes carry `data-n`, labels `data-e` and wires `data-w`: their places in the scene, for
/// scripts. A wire's arrow head follows it.
pub(crate) fn marks(out: &mut Writer, painting: &Painting<'_>, numbering: Option<Numbering<'_>>) {
    let numbered = numbering.is_some();
    let scene = painting.scene;
    let (mut depth, mut drawing) = (0_u32, false);
    for mark in &painting.marks {
        match mark {
            Mark::Open(part) => {
                depth += 1;
                drawing = matches!(part, Part::Drawing { .. }) || (drawing && depth > 1);
                begin(out, *part, scene, numbering);
            }
            Mark::Dim(dimmed) => {
                out.raw(if *dimmed { "<g class=\"dim\">" } else { "</g>" });
            }
            Mark::Close => {
                depth = depth.saturating_sub(1);
                out.raw(if depth == 0 && drawing { "\n</g>" } else { "</g>" });
            }
            Mark::Rect { style, rect, corner } => {
                rectangle(out, *style, rect, *corner);
            }
            Mark::Band { style, rect, corner, width } => {
                band(out, *style, rect, *corner, *width);
            }
            Mark::Disc { style, x, y, radius } => {
                class(out.raw("<circle"), *style);
                out.at("cx", *x).at("cy", *y).at("r", *radius).raw("/>");
            }
            Mark::Wire { style, edge, x, y, trunk, end_x, end_y } => {
                class(out.raw("\n<path"), *style);
                if numbered {
                    out.at("data-w", *edge as f64);
                }
                wire(out, *x, *y, *trunk, *end_x, *end_y);
            }
            Mark::Tip { style, x, y } => {
                class(out.raw("<path"), *style);
                out.raw(" d=\"M").px(*x).raw(" ").px(*y).raw("l-7 -4v8z\"/>");
            }
            Mark::Icon { style, data, x, y, size } => {
                class(out.raw("<path"), *style);
                out.raw(" transform=\"translate(").px(*x).raw(" ").px(*y).raw(")");
                if *size != GRID {
                    out.raw(&format!(" scale({:.3})", size / GRID));
                }
                out.raw("\" d=\"").raw(data).raw("\"/>");
            }
            Mark::Text { style, x, y, words } => {
                if depth == 0 {
                    out.raw("\n");
                }
                let (name, group) = sheet::text_class(*style);
                out.raw("<text class=\"").raw(name).raw(group.map_or("", sheet::group)).raw("\"");
                if style.anchor() == Anchor::End {
                    out.raw(" text-anchor=\"end\"");
                }
                out.at("x", *x).at("y", *y).raw(">").text(words).raw("</text>");
            }
        }
    }
}

/// ` class="..."` of a shape.
fn class(out: &mut Writer, style: Style) {
    let (before, group, after) = sheet::class(style);
    out.raw(" class=\"").raw(before).raw(group.map_or("", sheet::group)).raw(after);
    out.raw(sheet::change(style)).raw("\"");
}

fn begin(out: &mut Writer, part: Part, scene: &Scene, numbering: Option<Numbering<'_>>) {
    let numbered = numbering.is_some();
    match part {
        Part::Drawing { x, y } => {
            out.raw("\n<g transform=\"translate(").px(x).raw(" ").px(y).raw(")\">");
        }
        Part::Key { x, y } => {
            out.raw("\n<g role=\"group\" aria-label=\"Key\" transform=\"translate(");
            out.px(x).raw(" ").px(y).raw(")\">");
        }
        Part::Node(place) => {
            let Some(node) = scene.nodes.get(place) else { return };
            out.raw("\n<g id=\"").text(numbering.map_or("", |own| own.prefix)).text(&node.id).raw("\"");
            if numbered {
                out.at("data-n", place as f64);
            }
            out.raw(" role=\"group\" aria-label=\"");
            spoken(out, node, scene);
            out.raw("\"><title>");
            tooltip(out, node, scene);
            out.raw("</title>");
        }
        Part::Labels { edge: place, shortened } => {
            out.raw("\n<g");
            if numbered {
                out.at("data-e", place as f64);
            }
            out.raw(">");
            if let Some(edge) = scene.edges.get(place).filter(|_| shortened) {
                out.raw("<title>");
                words(out, edge);
                out.raw("</title>");
            }
        }
    }
}

fn words(out: &mut Writer, edge: &SceneEdge) {
    for (place, label) in edge.shown().enumerate() {
        out.raw(if place == 0 { "" } else { ", " }).text(&label.phrase());
    }
}

fn rectangle(out: &mut Writer, style: Style, rect: &Rect, corner: f64) {
    class(out.raw("<rect"), style);
    out.at("x", rect.x).at("y", rect.y).at("width", rect.width).at("height", rect.height);
    if corner > 0.0 {
        out.at("rx", corner);
    }
    out.raw("/>");
}

fn band(out: &mut Writer, style: Style, rect: &Rect, corner: f64, width: f64) {
    let (inner, side) = ((corner - width).max(0.5), rect.height - 2.0 * corner);
    class(out.raw("<path"), style);
    out.raw(" d=\"M").px(rect.x + corner).raw(" ").px(rect.y);
    out.raw("a").px(corner).raw(" ").px(corner).raw(" 0 0 0 -").px(corner).raw(" ").px(corner);
    out.raw("v").px(side);
    out.raw("a").px(corner).raw(" ").px(corner).raw(" 0 0 0 ").px(corner).raw(" ").px(corner);
    out.raw("a").px(inner).raw(" ").px(corner).raw(" 0 0 1 -").px(inner).raw(" -").px(corner);
    out.raw("v-").px(side);
    out.raw("a").px(inner).raw(" ").px(corner).raw(" 0 0 1 ").px(inner).raw(" -").px(corner).raw("z\"/>");
}

fn wire(out: &mut Writer, x: f64, y: f64, trunk: f64, end_x: f64, end_y: f64) {
    out.raw(" d=\"M").px(x).raw(" ").px(y).raw("H");
    let drop = end_y - y;
    if drop.abs() >= 0.5 {
        let bend = BEND.min(drop.abs() / 2.0);
        let down = if drop > 0.0 { bend } else { -bend };
        out.px(trunk - bend).raw("q").px(bend).raw(" 0 ").px(bend).raw(" ").px(down);
        out.raw("V").px(end_y - down).raw("q0 ").px(down).raw(" ").px(bend).raw(" ").px(down).raw("H");
    }
    out.px(end_x).raw("\"/>");
}

/// The node in one phrase, for screen readers.
fn spoken(out: &mut Writer, node: &SceneNode, scene: &Scene) {
    match node.shape {
        Shape::Link { target, back } => {
            let step = scene.nodes.get(target).and_then(|target| target.step).unwrap_or(0);
            out.raw(if back { "back to" } else { "continues at" });
            out.raw(" step ").px(f64::from(step)).raw(", ").text(&node.title);
        }
        _ => {
            if let Some(step) = node.step {
                out.raw("Step ").px(f64::from(step)).raw(", ");
            }
            if !node.caption.is_empty() {
                out.text(&node.caption).raw(": ");
            }
            out.text(&node.title);
            if let Some(state) = node.state() {
                out.raw(", ").raw(state);
            }
        }
    }
    if let Some(change) = node.change {
        out.raw(", ").raw(key::word(change));
    }
    if node.dimmed {
        out.raw(", not on the way");
    }
}

/// Everything about the node, for the pointer resting on it.
fn tooltip(out: &mut Writer, node: &SceneNode, scene: &Scene) {
    spoken(out, node, scene);
    for line in node.number.iter().chain(&node.lines) {
        out.raw("\n").text(line);
    }
    if node.ways_in > 1 {
        out.raw("\nreached from ").px(f64::from(node.ways_in)).raw(" places");
    }
    if node.shape == Shape::Box {
        out.raw("\nkind: ").text(&node.kind);
    }
}
