//! Nodes with words of their own, the way of a call, and differences between versions: what of them reaches the scene.

#![expect(clippy::unwrap_used, reason = "a node that is not drawn is a failed test")]

use drawing::{Changes, Context, DrawOptions, Group, Highlight, Scene, SceneNode, Shape, draw};
use flow::diff::Mark;
use flow::graph::{Flow, Node, NodeId, Words};

fn node(id: u32, words: Words, exits: &[(&str, u32)]) -> Node {
    Node {
        id: NodeId(id),
        pointer: format!("/nodes/person{id}@example.com"),
        module: "broadworks".to_owned(),
        exits: exits.iter().map(|(key, to)| ((*key).to_owned(), NodeId(*to))).collect(),
        words: Some(Box::new(words)),
        ..Node::default()
    }
}

fn words(kind: &str, title: &str) -> Words {
    Words { kind: kind.to_owned(), title: title.to_owned(), ..Words::default() }
}

/// Start, attendant, hunt group with fourteen members, a user that is switched off, a mailbox, a lost target.
fn group() -> Flow {
    let mut attendant = words("auto_attendant", "Reception");
    attendant.exits.insert("2".to_owned(), "Accounts".to_owned());
    attendant.exits.insert("1".to_owned(), "Sales".to_owned());
    let mut sales = words("hunt_group", "Sales");
    sales.number = Some("3000".to_owned());
    sales.lines = (1..=14).map(|place| format!("{place}. Agent {place}")).collect();
    sales.exits.insert("NACF".to_owned(), "after 20 s".to_owned());
    let mut user = words("user", "Ann Lee");
    user.disabled = true;
    let mut lost = words("missing", "5999");
    lost.faulty = true;
    lost.lines = vec!["no such extension".to_owned()];
    Flow {
        entry: Some(NodeId(0)),
        nodes: vec![
            node(0, words("start", "Calls to 2000"), &[("_", 1)]),
            node(1, attendant, &[("2", 3), ("1", 2), ("0", 3), ("9", 5)]),
            node(2, sales, &[("NACF", 4), ("CFNR", 4)]),
            node(3, user, &[("CFB", 4)]),
            node(4, words("voicemail", "Sales"), &[]),
            node(5, lost, &[]),
        ],
        ..Flow::default()
    }
}

fn scene(options: DrawOptions) -> Scene {
    draw(&group(), &Context::default(), &options)
}

fn of(scene: &Scene, id: u32) -> &SceneNode {
    let pointer = format!("/nodes/person{id}@example.com");
    scene.nodes.iter().find(|node| node.pointer == pointer).unwrap()
}

#[test]
fn a_node_says_what_it_is_in_its_own_words() {
    let scene = scene(DrawOptions::default());
    assert_eq!(scene.nodes[0].title, "Calls to 2000", "the start of the flow is the start of the picture");
    let sales = of(&scene, 2);
    assert_eq!(
        (sales.kind.as_str(), sales.caption.as_str(), sales.group),
        ("hunt_group", "Hunt group", Group::Ring)
    );
    assert_eq!((sales.number.as_deref(), sales.lines.len()), (Some("3000"), 12));
    assert_eq!(sales.lines.last().map(String::as_str), Some("and 3 more"));
    assert_eq!(of(&scene, 3).state(), Some("switched off"));
    assert!(of(&scene, 5).faulty);
    assert_eq!(of(&scene, 4).ways_in, 2, "one wire from the hunt group, one chip from the user");
    assert!(scene.warnings.is_empty(), "no module is missed where a node has words: {:?}", scene.warnings);
}

#[test]
fn exits_stand_in_key_order_and_share_a_wire_to_one_target() {
    let scene = scene(DrawOptions::default());
    let labels: Vec<Vec<String>> = scene
        .edges
        .iter()
        .map(|edge| edge.labels.iter().map(|label| label.phrase().into_owned()).collect())
        .collect();
    assert_eq!(labels[1], ["1 Sales"]);
    assert_eq!(labels[2], ["NACF after 20 s", "CFNR"]);
    assert_eq!(labels[3], ["2 Accounts", "0"]);
    let names: Vec<&str> = scene.abbreviations().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["CFB", "CFNR", "NACF"]);
    assert!(scene.to_outline().contains("CFNR: call forwarding when the phone is not reachable"));
}

#[test]
fn no_element_id_tells_whose_node_it_is() {
    let scene = scene(DrawOptions::default());
    for node in &scene.nodes {
        assert!(!node.id.contains("person") && !node.id.contains("example"), "{}", node.id);
    }
    let json = scene.to_json();
    let ids: Vec<&str> =
        json["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    for edge in json["edges"].as_array().unwrap() {
        assert!(ids.contains(&edge["from"].as_str().unwrap()) && ids.contains(&edge["to"].as_str().unwrap()));
        assert!(edge["labels"].is_array() && edge["kind"].is_string());
    }
    assert_eq!(json["entry"], ids[0]);
    assert_eq!(json["nodes"][3]["disabled"], false);
}

#[test]
fn all_but_the_highlighted_way_is_dimmed() {
    let mut way = Highlight::default();
    way.nodes.insert(NodeId(0));
    way.take(NodeId(0), "_");
    way.take(NodeId(1), "0");
    let scene = scene(DrawOptions { highlight: Some(way), ..DrawOptions::default() });
    let lit = [0, 1, 3].map(|id| of(&scene, id).dimmed);
    let rest = [2, 4, 5].map(|id| of(&scene, id).dimmed);
    assert_eq!((lit, rest), ([false; 3], [true; 3]));
    let both = scene.edges.iter().find(|edge| edge.labels.len() == 2 && edge.labels[1].key == "0").unwrap();
    assert!(!both.dimmed && both.labels[0].dimmed && !both.labels[1].dimmed);
    assert!(
        scene.nodes.iter().filter(|node| matches!(node.shape, Shape::Link { .. })).all(|chip| chip.dimmed)
    );
    let plain = draw(&group(), &Context::default(), &DrawOptions::default());
    assert!(plain.nodes.iter().all(|node| !node.dimmed) && plain.edges.iter().all(|edge| !edge.dimmed));
}

#[test]
fn differences_are_marked_by_a_sign_as_well() {
    let mut changes = Changes::default();
    changes.nodes.insert(NodeId(2), Mark::Removed);
    changes.nodes.insert(NodeId(4), Mark::Changed);
    changes.exits.entry(NodeId(1)).or_default().insert("9".to_owned(), Mark::Added);
    let warnings = vec!["the call centre's overflow could not be read".to_owned()];
    let scene = scene(DrawOptions { changes, warnings: warnings.clone(), ..DrawOptions::default() });
    assert_eq!(of(&scene, 2).change, Some(Mark::Removed));
    let gone = scene.edges.iter().find(|edge| edge.labels[0].key == "NACF").unwrap();
    assert_eq!(gone.change, Some(Mark::Removed), "the exits of a removed node are removed");
    let added = scene.edges.iter().find(|edge| edge.labels[0].key == "9").unwrap();
    assert_eq!(added.change, Some(Mark::Added));
    let outline = scene.to_outline();
    assert!(outline.contains("\u{2212} press 1 Sales: Hunt group: Sales (3000)"), "{outline}");
    assert!(outline.contains("+ press 9: Not found: 5999"), "{outline}");
    assert_eq!(scene.warnings, warnings);
}

#[test]
fn an_exit_that_leads_elsewhere_is_drawn_twice_under_one_key() {
    let old = group();
    let mut new = group();
    new.nodes[1].exits.insert("9".to_owned(), NodeId(4));
    let diff = flow::diff::diff(&old, &new, flow::diff::Identity::Pointer);
    let options = DrawOptions { changes: Changes::from(&diff), ..DrawOptions::default() };
    let scene = draw(&diff.union, &Context::default(), &options);
    let nines: Vec<(Option<Mark>, String)> = scene
        .edges
        .iter()
        .flat_map(|edge| &edge.labels)
        .filter(|label| label.key.starts_with('9'))
        .map(|label| (label.change, label.text.clone()))
        .collect();
    assert_eq!(nines.len(), 2);
    assert!(nines.iter().all(|(change, text)| change.is_some() && text == "9"), "{nines:?}");
}
