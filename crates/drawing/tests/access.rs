//! What those who hear a picture get, and what the pointer shows: names, roles, whole texts where the picture has cut them.

#![allow(clippy::unwrap_used, reason = "an element that is not there is a failed test")]

use std::collections::BTreeSet;

use drawing::{Context, DrawOptions, Highlight, Scene, Shape, draw};
use flow::graph::{Flow, Node, NodeId, Words};
use roxmltree::Document;

const LONG: &str =
    "Donaudampfschifffahrtsgesellschaft Linz, out of hours, weekends and public holidays, second line";

/// A menu that leads to a user that is switched off, to a long name, and back to itself.
fn scene() -> Scene {
    let node = |id: u32, kind: &str, title: &str, exits: &[(&str, &str, u32)]| {
        let mut words = Words { kind: kind.to_owned(), title: title.to_owned(), ..Words::default() };
        words.disabled = title == "Ann Lee";
        words.number = Some(format!("{}", 2000 + id));
        words.lines = vec![format!("line of {id}: {LONG}")];
        words.exits = exits.iter().map(|(key, text, _)| ((*key).to_owned(), (*text).to_owned())).collect();
        Node {
            id: NodeId(id),
            pointer: format!("/{id}"),
            exits: exits.iter().map(|(key, _, to)| ((*key).to_owned(), NodeId(*to))).collect(),
            words: Some(Box::new(words)),
            ..Node::default()
        }
    };
    let nodes = vec![
        node(0, "menu", "Main", &[("1", "Ann", 1), ("2", LONG, 2), ("*", "again", 0)]),
        node(1, "user", "Ann Lee", &[]),
        node(2, "user", LONG, &[]),
    ];
    let mut way = Highlight::default();
    way.take(NodeId(0), "1");
    let options = DrawOptions {
        title: "Main number".to_owned(),
        numbers: vec!["100".to_owned()],
        highlight: Some(way),
        ..DrawOptions::default()
    };
    draw(&Flow { entry: Some(NodeId(0)), nodes, ..Flow::default() }, &Context::default(), &options)
}

#[test]
fn the_picture_has_a_name_and_a_description() {
    let svg = scene().to_svg();
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!((root.attribute("role"), root.attribute("aria-label")), (Some("img"), Some("Main number")));
    let children: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
    assert_eq!((children[0].tag_name().name(), children[0].text()), ("title", Some("Main number")));
    assert_eq!(children[1].tag_name().name(), "desc");
    assert!(children[1].text().unwrap().contains("for 100"), "{:?}", children[1].text());
    let key = root.descendants().find(|node| node.attribute("aria-label") == Some("Key"));
    assert_eq!(key.unwrap().attribute("role"), Some("group"));
}

#[test]
fn every_box_and_chip_is_a_named_group_with_its_whole_text() {
    let scene = scene();
    let svg = scene.to_svg();
    let document = Document::parse(&svg).unwrap();
    let mut ids = BTreeSet::new();
    for node in &scene.nodes {
        let found =
            document.descendants().find(|group| group.attribute("id") == Some(node.id.as_str())).unwrap();
        assert!(ids.insert(node.id.clone()));
        assert_eq!(found.attribute("role"), Some("group"));
        let name = found.attribute("aria-label").unwrap();
        assert!(name.contains(&node.title), "{name}");
        assert_eq!(name.contains("switched off"), node.disabled, "{name}");
        assert_eq!(name.contains("not on the way"), node.dimmed, "{name}");
        let tooltip = found.first_element_child().unwrap();
        assert_eq!(tooltip.tag_name().name(), "title");
        let text = tooltip.text().unwrap();
        if !matches!(node.shape, Shape::Link { .. }) {
            for part in node.number.iter().chain(&node.lines) {
                assert!(text.contains(part.as_str()), "{text} lacks {part}");
            }
        }
    }
    let back = scene.nodes.iter().find(|node| matches!(node.shape, Shape::Link { back: true, .. })).unwrap();
    let chip = document.descendants().find(|group| group.attribute("id") == Some(back.id.as_str())).unwrap();
    assert!(chip.attribute("aria-label").unwrap().starts_with("back to step 1, "), "{chip:?}");
}

#[test]
fn what_is_cut_on_a_wire_is_whole_in_its_tooltip() {
    let svg = scene().to_svg();
    let document = Document::parse(&svg).unwrap();
    let shown: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
        .filter_map(|node| node.text())
        .collect();
    assert!(shown.iter().any(|text| text.starts_with("Donau") && text.ends_with('\u{2026}')), "{shown:?}");
    let wanted = format!("2 {LONG}");
    let titles = document.descendants().filter(|node| node.tag_name().name() == "title");
    assert_eq!(titles.filter(|title| title.text() == Some(wanted.as_str())).count(), 1);
}
