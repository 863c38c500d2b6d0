//! The scene as a draw.io (diagrams.net) drawing: every box and wire at its place, with its colour, to be edited further.
//!
//! Chips stay chips, as in the picture, and link to the step they name. Not here: icons and keycaps.

use std::fmt::Write as _;

use crate::catalogue::Group;
use crate::layout::{Layout, Placed, Wire, place};
use crate::options::Theme;
use crate::paint::theme::{Palette, band_colour, change_colour};
use crate::scene::{EdgeKind, Scene, SceneEdge, SceneNode, Shape};
use crate::svg::Writer;

/// Opacity in percent of what is not on the highlighted way.
const DIMMED: u8 = 35;

pub(crate) fn render(scene: &Scene) -> String {
    let Layout { boxes, wires, .. } = place(scene);
    // draw.io has its own dark mode, which turns these colours.
    let palette = Palette::of(Theme::Light);
    let name = if scene.title.is_empty() { "Call flow" } else { scene.title.as_str() };
    let mut out = Writer::with_capacity(1024 + scene.nodes.len() * 700);
    out.raw("<mxfile host=\"strowger\" type=\"device\"><diagram id=\"callflow\" name=\"").text(name);
    out.raw("\"><mxGraphModel grid=\"1\" gridSize=\"10\" page=\"0\" tooltips=\"1\" connect=\"1\" arrows=\"1\"><root>");
    out.raw("\n<mxCell id=\"0\"/><mxCell id=\"1\" parent=\"0\"/>");
    for (node, placed) in scene.nodes.iter().zip(&boxes) {
        vertex(&mut out, scene, node, placed, &palette);
    }
    for (number, (edge, wire)) in scene.edges.iter().zip(&wires).enumerate() {
        connection(&mut out, scene, number, edge, wire, &palette);
    }
    out.raw("\n</root></mxGraphModel></diagram></mxfile>\n");
    out.done()
}

fn vertex(out: &mut Writer, scene: &Scene, node: &SceneNode, placed: &Placed, palette: &Palette) {
    let mut label = String::new();
    let mut line = |text: &str, bold: bool| {
        let (open, close) = if bold { ("<b>", "</b>") } else { ("", "") };
        let gap = if label.is_empty() { "" } else { "<br>" };
        let _ = write!(label, "{gap}{open}{}{close}", html(text));
    };
    let target = match node.shape {
        Shape::Link { target, .. } => scene.nodes.get(target),
        _ => None,
    };
    if let Some(target) = target {
        line(&format!("\u{2192} {}  {}", target.step.unwrap_or(0), target.title), false);
    } else {
        if !node.caption.is_empty() {
            line(&node.caption, false);
        }
        line(&node.title, true);
        node.number.iter().chain(&node.lines).for_each(|text| line(text, false));
        if let Some(step) = node.step {
            line(&format!("[{step}]"), false);
        }
    }
    out.raw("\n<UserObject id=\"").text(&node.id).raw("\" label=\"").text(&label).raw("\" tooltip=\"");
    out.text(&node.phrase()).raw("\"");
    if let Some(target) = target {
        // `data:action` is how draw.io writes a jump to another cell.
        out.raw(" link=\"").text(&jump(&target.id)).raw("\"");
    }
    let opacity = if node.dimmed { DIMMED } else { 100 };
    let round = if node.shape == Shape::Box { 8 } else { 40 };
    let stroke = match node.change {
        Some(change) => change_colour(change, Theme::Light),
        None if node.faulty => palette.fault,
        None => band_colour(node.group, Theme::Light),
    };
    let ink = if node.faulty { palette.fault } else { palette.ink };
    let dashed = node.state().is_some() || matches!(node.shape, Shape::Link { .. } | Shape::More);
    let shape = if node.group == Group::Route && node.shape == Shape::Box {
        "hexagon;size=8;fixedSize=1"
    } else {
        "rounded=1;absoluteArcSize=1"
    };
    let style = format!(
        "{shape};arcSize={round};whiteSpace=wrap;html=1;overflow=hidden;align=left;spacingLeft=12;fontSize=11;\
         fillColor={};strokeColor={stroke};fontColor={ink};strokeWidth={};dashed={};opacity={opacity};textOpacity={opacity};",
        palette.card,
        if node.faulty || node.change.is_some() { 2.5 } else { 1.5 },
        u8::from(dashed),
    );
    out.raw("><mxCell style=\"").text(&style).raw("\" vertex=\"1\" parent=\"1\"><mxGeometry");
    let rect = placed.rect;
    out.at("x", rect.x).at("y", rect.y).at("width", rect.width).at("height", rect.height);
    out.raw(" as=\"geometry\"/></mxCell></UserObject>");
}

fn connection(
    out: &mut Writer,
    scene: &Scene,
    number: usize,
    edge: &SceneEdge,
    wire: &Wire,
    palette: &Palette,
) {
    let (Some(from), Some(to)) = (scene.nodes.get(edge.from), scene.nodes.get(edge.to)) else { return };
    let words: Vec<String> = edge.shown().map(|label| html(&label.phrase())).collect();
    let width = if edge.kind == EdgeKind::Calls || edge.change.is_some() { 2.5 } else { 1.5 };
    let stroke = edge.change.map_or(palette.wire, |change| change_colour(change, Theme::Light));
    let opacity = if edge.dimmed { DIMMED } else { 100 };
    let style = format!(
        "edgeStyle=orthogonalEdgeStyle;rounded=1;html=1;exitX=1;exitY=0.5;entryX=0;entryY=0.5;endArrow=block;\
         strokeColor={};strokeWidth={width};fontSize=11;fontColor={};labelBackgroundColor={};align=right;\
         opacity={opacity};textOpacity={opacity};",
        stroke, palette.ink, palette.page
    );
    out.raw("\n<mxCell id=\"edge-").text(&number.to_string()).raw("\" value=\"").text(&words.join(", "));
    out.raw("\" style=\"").text(&style).raw("\" edge=\"1\" parent=\"1\" source=\"").text(&from.id);
    out.raw("\" target=\"")
        .text(&to.id)
        .raw("\"><mxGeometry x=\"0.5\" relative=\"1\" as=\"geometry\"><Array as=\"points\">");
    out.raw("<mxPoint").at("x", wire.trunk).at("y", wire.y).raw("/>");
    out.raw("<mxPoint").at("x", wire.trunk).at("y", wire.end_y).raw("/></Array></mxGeometry></mxCell>");
}

/// Text within a label, which draw.io reads as HTML (its attribute is escaped once more).
fn html(text: &str) -> String {
    let mut out = Writer::default();
    out.text(text);
    out.done()
}

fn jump(id: &str) -> String {
    let action =
        serde_json::json!({ "actions": [{ "select": { "cells": [id] } }, { "scroll": { "cells": [id] } }] });
    format!("data:action/json,{action}")
}
