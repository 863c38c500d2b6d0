//! Laws of every drawing, on random graphs with joins, loops and long names; and the sizes that must not break it.

use std::collections::{BTreeMap, BTreeSet};

use drawing::layout::{Rect, place};
use drawing::{Context, DrawOptions, EdgeKind, Shape, Theme, draw, in_order};
use flow::graph::{Flow, Node, NodeId, Words};
use proptest::prelude::*;

const KEYS: [&str; 20] = [
    "_",
    "#",
    "*",
    "0",
    "9",
    "8",
    "7",
    "6",
    "5",
    "4",
    "3",
    "2",
    "1",
    "timeout",
    "12",
    "101",
    "USER_BUSY",
    "max_retries",
    "a rather long name of an exit that cannot fit",
    "sip:486",
];
const MODULES: [&str; 10] = [
    "menu",
    "user",
    "ring_group",
    "play",
    "temporal_route",
    "callflow",
    "voicemail",
    "",
    "unheard_of",
    "response",
];

fn node() -> impl Strategy<Value = (usize, String, Vec<(usize, usize)>)> {
    let exits = proptest::collection::vec((0..KEYS.len(), 0..60_usize), 0..14);
    (0..MODULES.len(), "\\PC{0,60}", exits)
}

/// Words of a node's own, with members enough to be cut and words for some exits.
fn words(place: usize, text: &str) -> Words {
    let kind = ["hunt_group", "menu", "end", "AttemptTerminate"][place / 3 % 4];
    let exits = [("1", "Sales"), ("USER_BUSY", text), ("_", "1: Accounts"), ("timeout", "")];
    Words {
        kind: kind.to_owned(),
        title: text.to_owned(),
        number: place.is_multiple_of(2).then(|| "4000, +44 20 7946 0140".to_owned()),
        lines: (0..place % 15).map(|line| format!("{line}. {text}")).collect(),
        exits: exits.map(|(key, text)| (key.to_owned(), text.to_owned())).into_iter().collect(),
        disabled: place.is_multiple_of(4),
        faulty: place.is_multiple_of(5),
        ..Words::default()
    }
}

/// Any graph: trees, joins, loops, nodes nobody reaches, exits to nowhere.
fn any_flow() -> impl Strategy<Value = Flow> {
    proptest::collection::vec(node(), 1..50).prop_map(|rows| {
        let nodes = rows.into_iter().enumerate().map(|(place, (module, text, exits))| {
            let mut node = Node {
                id: NodeId(place as u32),
                pointer: format!("/flow/{place}"),
                module: MODULES[module].to_owned(),
                ..Node::default()
            };
            if place % 3 == 1 {
                node.words = Some(Box::new(words(place, &text)));
            }
            node.data.insert("id".to_owned(), text.clone().into());
            node.data.insert("name".to_owned(), text.into());
            for (key, to) in exits {
                node.exits.insert(KEYS[key].to_owned(), NodeId(to as u32));
            }
            node
        });
        Flow { entry: Some(NodeId(0)), nodes: nodes.collect(), ..Flow::default() }
    })
}

fn inside(outer: &Rect, inner: &Rect) -> bool {
    inner.x >= outer.x
        && inner.right() <= outer.right() + 0.01
        && inner.y >= outer.y
        && inner.bottom() <= outer.bottom()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_and_siblings_stand_in_order(flow in any_flow()) {
        let scene = draw(&flow, &Context::default(), &DrawOptions::default());
        let layout = place(&scene);
        let page = Rect { width: layout.width, height: layout.height, ..Rect::default() };
        let labels = layout.wires.iter().flat_map(|wire| wire.labels.iter().map(|label| label.rect));
        let rects: Vec<Rect> = layout.boxes.iter().map(|placed| placed.rect).chain(labels).collect();
        for (place, rect) in rects.iter().enumerate() {
            prop_assert!(inside(&page, rect), "{rect:?} is off the page");
            for other in &rects[place + 1..] {
                prop_assert!(!rect.overlaps(other), "{rect:?} overlaps {other:?}");
            }
        }
        let mut last: BTreeMap<usize, f64> = BTreeMap::new();
        for edge in &scene.edges {
            let port = layout.boxes[edge.to].rect.port();
            prop_assert!(last.insert(edge.from, port).is_none_or(|above| above < port));
        }
    }

    #[test]
    fn no_wire_runs_through_a_box_or_across_another(flow in any_flow()) {
        let scene = draw(&flow, &Context::default(), &DrawOptions::default());
        let layout = place(&scene);
        let mut lanes: Vec<(usize, Rect)> = Vec::new();
        let mut trunks: Vec<(usize, Rect)> = Vec::new();
        for (edge, wire) in scene.edges.iter().zip(&layout.wires) {
            let (top, bottom) = (wire.y.min(wire.end_y), wire.y.max(wire.end_y));
            trunks.push((edge.from, Rect { x: wire.trunk, y: top, width: 0.5, height: bottom - top }));
            lanes.push((edge.from, Rect { x: wire.trunk, y: wire.end_y, width: wire.end_x - wire.trunk, height: 0.5 }));
        }
        for (from, line) in lanes.iter().chain(&trunks) {
            for (place, placed) in layout.boxes.iter().enumerate() {
                prop_assert!(!line.overlaps(&placed.rect), "a wire of {from} runs through {place}");
            }
        }
        for (from, lane) in &lanes {
            for (other, trunk) in &trunks {
                prop_assert!(from == other || !lane.overlaps(trunk), "wires of {from} and {other} cross");
            }
        }
    }

    #[test]
    fn every_exit_is_drawn_once_and_in_key_order(flow in any_flow()) {
        let scene = draw(&flow, &Context::default(), &DrawOptions::default());
        let drawn: BTreeMap<&str, usize> = scene.nodes.iter().enumerate()
            .filter(|(_, node)| !node.pointer.is_empty()).map(|(place, node)| (node.pointer.as_str(), place)).collect();
        let ids: BTreeSet<&str> = scene.nodes.iter().map(|node| node.id.as_str()).collect();
        prop_assert_eq!(ids.len(), scene.nodes.len(), "element ids are unique");
        for node in &flow.nodes {
            let Some(place) = drawn.get(node.pointer.as_str()) else { continue };
            let mut wanted: Vec<(NodeId, Vec<String>)> = Vec::new();
            for exit in in_order(node).into_iter().filter(|exit| flow.node(exit.to).is_some()) {
                match wanted.iter_mut().find(|(to, _)| *to == exit.to) {
                    Some((_, keys)) => keys.push(exit.key.to_owned()),
                    None => wanted.push((exit.to, vec![exit.key.to_owned()])),
                }
            }
            let got: Vec<Vec<String>> = scene.edges.iter()
                .filter(|edge| edge.from == *place && edge.kind == EdgeKind::Exit)
                .map(|edge| edge.labels.iter().map(|label| label.key.clone()).collect()).collect();
            prop_assert_eq!(got, wanted.into_iter().map(|(_, keys)| keys).collect::<Vec<_>>());
        }
        for node in &scene.nodes {
            if let Shape::Link { target, .. } = node.shape {
                prop_assert!(scene.nodes[target].step.is_some(), "a chip points at a numbered step");
            }
        }
    }

    #[test]
    fn the_svg_is_well_formed_and_always_the_same(flow in any_flow(), title in "\\PC{0,80}") {
        let options = DrawOptions { title, theme: Theme::Dark, ..DrawOptions::default() };
        let svg = draw(&flow, &Context::default(), &options).to_svg();
        prop_assert!(roxmltree::Document::parse(&svg).is_ok());
        prop_assert_eq!(svg, draw(&flow, &Context::default(), &options).to_svg());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_breaks_out_of_a_file(flow in any_flow(), title in "\\PC{0,80}") {
        let options = DrawOptions { title, ..DrawOptions::default() };
        let scene = draw(&flow, &Context::default(), &options);
        prop_assert!(roxmltree::Document::parse(&scene.to_drawio()).is_ok());
        let html = scene.to_html();
        prop_assert_eq!(html.matches("<script").count(), 2);
        prop_assert_eq!(html.matches("</script>").count(), 2);
        let data = html.split_once("id=\"data\">").and_then(|(_, rest)| rest.split_once("</script>"));
        let data: Option<serde_json::Value> = data.and_then(|(data, _)| serde_json::from_str(data).ok());
        let nodes = data.as_ref().and_then(|data| data[0]["nodes"].as_array()).map(Vec::len);
        prop_assert_eq!(nodes, Some(scene.nodes.len()));
        for line in scene.to_dot().lines() {
            // Quotes that are not escaped come in pairs.
            let bare = line.replace("\\\\", "").replace("\\\"", "");
            prop_assert!(bare.matches('"').count() % 2 == 0, "{}", line);
        }
    }
}

fn chain(count: u32) -> Flow {
    let nodes = (0..count).map(|id| {
        let mut node = Node {
            id: NodeId(id),
            pointer: format!("/n/{id}"),
            module: "play".to_owned(),
            ..Node::default()
        };
        if id + 1 < count {
            node.exits.insert("_".to_owned(), NodeId(id + 1));
        }
        node
    });
    Flow { entry: Some(NodeId(0)), nodes: nodes.collect(), ..Flow::default() }
}

#[test]
fn ten_thousand_steps_deep_fit_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
        let scene = draw(&chain(10_000), &Context::default(), &DrawOptions::default());
        let outline = scene.to_outline();
        assert!(scene.to_html().len() > 1_000_000 && scene.to_pdf().len() > 100_000);
        assert!(scene.to_dot().lines().count() > 20_000 && scene.to_drawio().len() > 1_000_000);
        assert!(matches!(scene.to_png(1.0), Err(drawing::DrawError::TooLarge { .. })));
        (scene.nodes.len(), scene.to_svg().len(), scene.to_mermaid().lines().count(), outline.len())
    });
    let (nodes, svg, mermaid, outline) = thread.unwrap().join().unwrap();
    assert_eq!(nodes, 10_001);
    assert_eq!(mermaid, 1 + 10_001 + 10_000 + 2);
    assert!(svg > 1_000_000 && outline < 1_000_000, "{svg} {outline}");
}

#[test]
fn limits_end_in_a_chip_and_a_warning() {
    let flow = chain(100);
    let deep =
        draw(&flow, &Context::default(), &DrawOptions { max_depth: Some(3), ..DrawOptions::default() });
    assert_eq!(deep.nodes.len(), 5);
    assert_eq!(deep.nodes[4].shape, Shape::More);
    let wide = draw(&flow, &Context::default(), &DrawOptions { max_nodes: 10, ..DrawOptions::default() });
    assert_eq!(wide.nodes.len(), 11);
    assert_eq!(wide.warnings, ["only the first 10 steps are drawn"]);
}

#[test]
fn a_change_below_one_exit_leaves_other_ids_alone() {
    let mut flow = chain(4);
    let before: Vec<String> = draw(&flow, &Context::default(), &DrawOptions::default())
        .nodes
        .into_iter()
        .map(|node| node.id)
        .collect();
    flow.nodes[1].exits.insert("1".to_owned(), NodeId(0));
    let after: BTreeSet<String> = draw(&flow, &Context::default(), &DrawOptions::default())
        .nodes
        .into_iter()
        .map(|node| node.id)
        .collect();
    assert!(before.iter().all(|id| after.contains(id)));
}

#[test]
fn an_empty_flow_is_a_picture_too() {
    let scene = draw(&Flow::default(), &Context::default(), &DrawOptions::default());
    assert_eq!(scene.warnings, ["the flow is empty"]);
    assert!(roxmltree::Document::parse(&scene.to_svg()).is_ok());
    assert_eq!(scene.to_outline(), "Incoming call\n\nWarnings:\n  the flow is empty\n");
}
