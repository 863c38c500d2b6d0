//! Boxes, chips, wires, labels: how each mark is written. Not here: the page around them.

use std::fmt::Write as _;

use super::xml::{Escaped, Px};
use super::{icons, theme};
use crate::catalogue::{Group, Icon};
use crate::layout::{
    CHIP_LINK_LEFT, ICON_SIZE, LINE_HEIGHT, PAD_TOP, Placed, Rect, TEXT_LEFT, TITLE_HEIGHT, Wire,
};
use crate::scene::{Label, Scene, SceneEdge, SceneNode, Shape};

/// Radius of a wire's bends.
const BEND: f64 = 7.0;
const CORNER: f64 = 8.0;
const BAND: f64 = 6.0;

/// A wire with its arrow head.
pub(super) fn wire(out: &mut String, wire: &Wire) {
    let (sx, sy, ex, ey) = (Px(wire.x), Px(wire.y), Px(wire.end_x - 5.0), Px(wire.end_y));
    let drop = wire.end_y - wire.y;
    if drop.abs() < 0.5 {
        let _ = write!(out, "\n<path class=\"wire\" d=\"M{sx} {sy}H{ex}\"/>");
    } else {
        let bend = BEND.min(drop.abs() / 2.0);
        let down = if drop > 0.0 { bend } else { -bend };
        let _ = write!(
            out,
            "\n<path class=\"wire\" d=\"M{sx} {sy}H{}q{b} 0 {b} {d}V{}q0 {d} {b} {d}H{ex}\"/>",
            Px(wire.trunk - bend),
            Px(wire.end_y - down),
            b = Px(bend),
            d = Px(down),
        );
    }
    let _ = write!(out, "<path class=\"tip\" d=\"M{} {ey}l-7 -4v8z\"/>", Px(wire.end_x - 0.5));
}

/// The labels of a wire: keys as keycaps, words on the page's ground.
pub(super) fn labels(out: &mut String, edge: &SceneEdge, wire: &Wire) {
    if wire.labels.is_empty() {
        return;
    }
    let shown: Vec<&Label> = edge.shown().collect();
    let shortened = wire.labels.len() != shown.len()
        || wire.labels.iter().zip(&shown).any(|(placed, label)| placed.text != label.text);
    out.push_str("\n<g>");
    if shortened {
        let words: Vec<&str> = shown.iter().map(|label| label.text.as_str()).collect();
        let _ = write!(out, "<title>{}</title>", Escaped(&words.join(", ")));
    }
    for label in &wire.labels {
        let r = label.rect;
        if label.keycap {
            let _ = write!(
                out,
                "<rect class=\"key\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>\
                 <text class=\"keyt\" x=\"{}\" y=\"{}\">{}</text>",
                Px(r.x),
                Px(r.y),
                Px(r.width),
                Px(r.height),
                Px(r.x + r.width / 2.0),
                Px(r.y + 13.0),
                Escaped(&label.text),
            );
        } else {
            let _ = write!(
                out,
                "<rect class=\"ground\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\
                 <text class=\"word\" x=\"{}\" y=\"{}\">{}</text>",
                Px(r.x),
                Px(r.y),
                Px(r.width),
                Px(r.height),
                Px(r.x + 5.0),
                Px(r.y + 13.0),
                Escaped(&label.text),
            );
        }
    }
    out.push_str("</g>");
}

/// A box or chip.
pub(super) fn node(out: &mut String, node: &SceneNode, placed: &Placed, scene: &Scene) {
    let _ = write!(
        out,
        "\n<g id=\"{}\" role=\"group\" aria-label=\"{}\"><title>{}</title>",
        Escaped(&node.id),
        Escaped(&spoken(node, scene)),
        Escaped(&tooltip(node, scene)),
    );
    match node.shape {
        Shape::Box | Shape::Start => card(out, node, placed),
        Shape::Link { target, back } => {
            let step = scene.nodes.get(target).and_then(|target| target.step).unwrap_or(0);
            link(out, placed, step, back);
        }
        Shape::End | Shape::More => small(out, node, placed),
    }
    out.push_str("</g>");
}

/// One entry of the key of colours.
pub(super) fn legend_entry(out: &mut String, group: Group, icon: Icon, x: f64, y: f64) {
    let class = theme::class(group);
    let _ = write!(
        out,
        "<rect class=\"b-{class}\" x=\"{}\" y=\"{}\" width=\"5\" height=\"16\" rx=\"2\"/>",
        Px(x),
        Px(y - 4.0)
    );
    icon_at(out, icon, group, x + 9.0, y - 4.0, 16.0);
    let _ = write!(
        out,
        "<text class=\"word\" x=\"{}\" y=\"{}\">{}</text>",
        Px(x + 30.0),
        Px(y + 8.0),
        group.title()
    );
}

fn card(out: &mut String, node: &SceneNode, placed: &Placed) {
    let (r, words) = (&placed.rect, &placed.words);
    let class = theme::class(node.group);
    let start = node.shape == Shape::Start;
    let corner = if start { (r.height / 2.0).min(22.0) } else { CORNER };
    let extra = match (node.faulty, node.passed_over) {
        (true, true) => " bad dash",
        (true, false) => " bad",
        (false, true) => " dash",
        (false, false) => "",
    };
    rect(out, &format!("card{extra}"), r, corner);
    // The band follows the box's round corners on the left and is straight on the right.
    let _ = write!(
        out,
        "<path class=\"b-{class}\" d=\"M{x} {y}a{c} {c} 0 0 0 -{c} {c}v{side}a{c} {c} 0 0 0 {c} {c}\
         a{i} {c} 0 0 1 -{i} -{c}v-{side}a{i} {c} 0 0 1 {i} -{c}z\"/>",
        x = Px(r.x + corner),
        y = Px(r.y),
        c = Px(corner),
        i = Px((corner - BAND).max(0.5)),
        side = Px(r.height - 2.0 * corner),
    );
    let icon_y = r.y + (r.height / 2.0).round() - ICON_SIZE / 2.0;
    let _ = write!(
        out,
        "<circle class=\"b-{class} tint\" cx=\"{}\" cy=\"{}\" r=\"13\"/>",
        Px(r.x + 24.0),
        Px(icon_y + ICON_SIZE / 2.0)
    );
    icon_at(out, node.icon, node.group, r.x + 24.0 - ICON_SIZE / 2.0, icon_y, ICON_SIZE);
    let x = r.x + TEXT_LEFT;
    let mut y = r.y + PAD_TOP;
    if !words.caption.is_empty() {
        text(out, &format!("cap t-{class}"), x, y + 9.0, &words.caption);
        if !words.number.is_empty() {
            let end = r.right() - if node.step.is_some() { 18.0 } else { 12.0 };
            let _ = write!(
                out,
                "<text class=\"num\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{}</text>",
                Px(end),
                Px(y + 9.0),
                Escaped(&words.number)
            );
        }
        y += 13.0;
    }
    for line in &words.title {
        text(out, "title", x, y + 12.0, line);
        y += TITLE_HEIGHT;
    }
    let last = words.lines.len().saturating_sub(1);
    for (place, line) in words.lines.iter().enumerate() {
        let class = if node.faulty && place == last { "fact badt" } else { "fact" };
        text(out, class, x, y + 10.0, line);
        y += LINE_HEIGHT;
    }
    if let Some(step) = node.step {
        badge(out, step, r.right() - 6.0, r.y + 2.0);
    }
}

fn link(out: &mut String, placed: &Placed, step: u32, back: bool) {
    let r = &placed.rect;
    rect(out, "card dash", r, r.height / 2.0);
    let arrow = if back {
        // Round again: a turn to the left.
        "M12 9.5H6.500a3.500 3.500 0 0 0 0 7H12M8.500 6.500l-3 3 3 3"
    } else {
        "M4.500 13h8M9.500 9.500l3.500 3.500-3.500 3.500"
    };
    let _ = write!(
        out,
        "<path class=\"ico i-start\" transform=\"translate({} {})\" d=\"{}\"/>",
        Px(r.x + 6.0),
        Px(r.y + 1.0),
        arrow.replace("500", "5")
    );
    badge(out, step, r.x + 36.0, r.middle());
    if let Some(title) = placed.words.title.first() {
        text(out, "chip", r.x + CHIP_LINK_LEFT, r.middle() + 4.0, title);
    }
}

fn small(out: &mut String, node: &SceneNode, placed: &Placed) {
    let r = &placed.rect;
    rect(out, if node.shape == Shape::More { "card dash" } else { "card" }, r, r.height / 2.0);
    icon_at(out, node.icon, node.group, r.x + 9.0, r.middle() - 7.0, 14.0);
    if let Some(title) = placed.words.title.first() {
        text(out, "chip", r.x + 28.0, r.middle() + 4.0, title);
    }
}

/// A step number in a filled circle.
fn badge(out: &mut String, step: u32, x: f64, y: f64) {
    let half = if step > 99 { 13.0 } else { 9.0 };
    let _ = write!(
        out,
        "<rect class=\"step\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"18\" rx=\"9\"/>\
         <text class=\"stept\" x=\"{}\" y=\"{}\">{step}</text>",
        Px(x - half),
        Px(y - 9.0),
        Px(half * 2.0),
        Px(x),
        Px(y + 3.5),
    );
}

fn rect(out: &mut String, class: &str, r: &Rect, corner: f64) {
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        Px(r.x),
        Px(r.y),
        Px(r.width),
        Px(r.height),
        Px(corner),
    );
}

fn text(out: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let _ = write!(out, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", Px(x), Px(y), Escaped(words));
}

fn icon_at(out: &mut String, icon: Icon, group: Group, x: f64, y: f64, size: f64) {
    let scale = if size == 18.0 { String::new() } else { format!(" scale({:.3})", size / 18.0) };
    let _ = write!(
        out,
        "<path class=\"ico i-{}\" transform=\"translate({} {}){scale}\" d=\"{}\"/>",
        theme::class(group),
        Px(x),
        Px(y),
        icons::path(icon)
    );
}

/// The node in one phrase, for screen readers.
fn spoken(node: &SceneNode, scene: &Scene) -> String {
    match node.shape {
        Shape::Link { target, back } => {
            let step = scene.nodes.get(target).and_then(|target| target.step).unwrap_or(0);
            format!("{} step {step}, {}", if back { "back to" } else { "continues at" }, node.title)
        }
        _ => match node.step {
            Some(step) => format!("Step {step}, {}", node.phrase()),
            None => node.phrase(),
        },
    }
}

/// Everything about the node, for the pointer resting on it.
fn tooltip(node: &SceneNode, scene: &Scene) -> String {
    let mut lines = vec![spoken(node, scene)];
    lines.extend(node.number.clone());
    lines.extend(node.lines.iter().cloned());
    if node.passed_over {
        lines.push("passed over".to_owned());
    }
    if node.shape == Shape::Box {
        lines.push(format!("module {}", node.kind));
    }
    lines.join("\n")
}
