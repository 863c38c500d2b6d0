use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::kazoo;

fn flow(tree: Value) -> Flow {
    kazoo::read(&json!({"flow": tree})).0.flow
}

fn lines(old: &Value, new: &Value) -> Vec<String> {
    diff(&flow(old.clone()), &flow(new.clone()), Identity::Shape).lines(&plain_name)
}

fn user(id: &str) -> Value {
    json!({"module": "user", "data": {"id": id}, "children": {"_": {"module": "voicemail", "data": {"id": id}}}})
}

fn menu(children: Value) -> Value {
    json!({"module": "menu", "data": {"id": "main"}, "children": children})
}

#[test]
fn a_value_is_told_with_what_it_was() {
    let old =
        json!({"module": "menu", "data": {"id": "m", "timeout": 10, "tags": ["a", "b"], "deep": {"x": 1}}});
    let new = json!({"module": "menu", "data": {"id": "m", "tags": ["b", "c", "d"], "deep": {"x": 2}, "hunt": true}});
    assert_eq!(
        lines(&old, &new),
        [
            "~ menu m /flow: timeout: 10 is gone",
            "~ menu m /flow: tags: -a, +c, +d",
            "~ menu m /flow: deep/x: 1 -> 2",
            "~ menu m /flow: hunt: true is new",
        ]
    );
}

#[test]
fn things_in_lists_are_known_by_their_names() {
    let old = json!({"module": "ring_group", "data": {"endpoints": [
        {"id": "ann", "timeout": 20}, {"id": "bob", "timeout": 20}, {"id": "cy", "timeout": 20}]}});
    let new = json!({"module": "ring_group", "data": {"endpoints": [
        {"id": "cy", "timeout": 20}, {"id": "ann", "timeout": 30}, {"id": "dora", "timeout": 5}]}});
    assert_eq!(
        lines(&old, &new),
        [
            "~ ring_group /flow: endpoints/ann/timeout: 20 -> 30",
            "~ ring_group /flow: endpoints/bob: id bob, timeout 20 is gone",
            "~ ring_group /flow: endpoints/dora: id dora, timeout 5 is new",
            "~ ring_group /flow: endpoints: now in the order cy, ann",
        ]
    );
}

#[test]
fn exits_that_trade_places_are_no_new_nodes() {
    let old = menu(json!({"1": user("ann"), "2": user("bob")}));
    let new = menu(json!({"1": user("bob"), "2": user("ann")}));
    assert_eq!(
        lines(&old, &new),
        [
            "~ menu main /flow: exit 1 to user bob /flow/children/1, no longer to user ann /flow/children/2",
            "~ menu main /flow: exit 2 to user ann /flow/children/2, no longer to user bob /flow/children/1",
        ]
    );
}

#[test]
fn what_is_put_in_front_moves_nothing() {
    let inner = menu(json!({"1": user("ann")}));
    let hours =
        json!({"module": "temporal_route", "data": {}, "children": {"_": user("night"), "day": inner}});
    let found = diff(&flow(inner.clone()), &flow(hours.clone()), Identity::Shape);
    assert_eq!(
        found.lines(&plain_name),
        [
            "~ the call begins with temporal_route /flow, no longer with menu main /flow/children/day",
            "+ temporal_route /flow",
            "+ user night /flow/children/_",
            "+ voicemail night /flow/children/_/children/_",
        ]
    );
    assert_eq!(found.union, flow(hours.clone()), "nothing was lost");
    let back = diff(&flow(hours), &flow(inner), Identity::Shape);
    assert_eq!(back.changes.iter().filter(|change| matches!(change, Change::NodeRemoved { .. })).count(), 3);
    let head = back.union.entry_node().unwrap();
    assert_eq!(head.exits.keys().collect::<Vec<_>>(), ["now", "before"]);
    assert_eq!(back.exits[&head.id]["before"], Mark::Removed);
}

#[test]
fn a_subtree_that_moves_is_known_again() {
    let old = menu(json!({"1": user("ann"), "2": menu(json!({"9": user("bob")}))}));
    let new = menu(json!({"1": user("ann"), "2": menu(json!({})), "3": user("bob")}));
    assert_eq!(
        lines(&old, &new),
        [
            "+ menu main /flow: exit 3 to user bob /flow/children/3",
            "- menu main /flow/children/2: exit 9 to user bob /flow/children/3",
        ]
    );
}

#[test]
fn an_exit_that_leads_elsewhere_stands_twice_in_the_union() {
    let old = menu(json!({"1": user("ann")}));
    let new = menu(json!({"1": {"module": "hangup"}}));
    let found = diff(&flow(old), &flow(new), Identity::Shape);
    let entry = found.union.entry_node().unwrap();
    assert_eq!(entry.exits.keys().collect::<Vec<_>>(), ["1", "1 (before)"]);
    assert_eq!(found.exits[&entry.id]["1"], Mark::Changed);
    assert_eq!(found.exits[&entry.id]["1 (before)"], Mark::Removed);
    assert_eq!(found.nodes.values().filter(|mark| **mark == Mark::Removed).count(), 2);
    assert_eq!(found.nodes.values().filter(|mark| **mark == Mark::Added).count(), 1);
}

#[test]
fn named_things_are_known_by_their_pointer_whatever_they_are() {
    let thing = |id: u32, pointer: &str, title: &str, to: Option<u32>| crate::graph::Node {
        id: NodeId(id),
        pointer: pointer.to_owned(),
        module: "user".to_owned(),
        exits: to.map(|to| ("CFNA".to_owned(), NodeId(to))).into_iter().collect(),
        words: Some(Box::new(crate::graph::Words {
            caption: "User".to_owned(),
            title: title.to_owned(),
            exits: [("CFNA".to_owned(), "no answer".to_owned())].into_iter().collect(),
            ..Default::default()
        })),
        ..Default::default()
    };
    let old = Flow {
        entry: Some(NodeId(0)),
        nodes: vec![thing(0, "/a", "Ann", Some(1)), thing(1, "/b", "Bob", None)],
        ..Flow::default()
    };
    let new = Flow {
        entry: Some(NodeId(1)),
        nodes: vec![thing(0, "/c", "Cy", None), thing(1, "/a", "Anne", Some(0))],
        ..Flow::default()
    };
    let mut louder = old.clone();
    louder.members.insert("always".to_owned(), json!(true));
    assert_eq!(diff(&old, &louder, Identity::Pointer).lines(&plain_name), ["~ always: true is new"]);
    let found = diff(&old, &new, Identity::Pointer);
    assert_eq!(
        found.lines(&plain_name),
        [
            "+ User Cy",
            "~ User Anne: words/title: Ann -> Anne",
            "~ User Anne: exit CFNA (no answer) to User Cy, no longer to User Bob",
            "- User Bob",
        ]
    );
}

#[test]
fn long_chains_and_circles_are_compared() {
    let chain = |length: u32, last: u32| {
        let nodes = (0..length).map(|at| crate::graph::Node {
            id: NodeId(at),
            pointer: format!("/{at}"),
            module: "user".to_owned(),
            exits: [("_".to_owned(), NodeId(if at + 1 == length { last } else { at + 1 }))]
                .into_iter()
                .collect(),
            ..Default::default()
        });
        Flow { entry: Some(NodeId(0)), nodes: nodes.collect(), ..Flow::default() }
    };
    for identity in [Identity::Pointer, Identity::Shape] {
        assert!(diff(&chain(3_000, 0), &chain(3_000, 0), identity).is_empty());
        let found = diff(&chain(3_000, 0), &chain(3_000, 7), identity);
        assert!(!found.is_empty());
        if identity == Identity::Pointer {
            assert_eq!(found.changes.len(), 1);
        }
    }
}

/// A tree of nodes as people write them.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = (prop::sample::select(vec!["user", "play", "hangup", "menu"]), "[a-c]{0,2}")
        .prop_map(|(module, id)| json!({"module": module, "data": {"id": id}, "children": {}}));
    leaf.prop_recursive(5, 40, 4, |inner| {
        (
            prop::sample::select(vec!["menu", "user", "temporal_route"]),
            "[a-c]{0,2}",
            prop::collection::btree_map("[1-4_]", inner, 0..4),
        )
            .prop_map(|(module, id, children)| {
                let children: serde_json::Map<String, Value> = children.into_iter().collect();
                json!({"module": module, "data": {"id": id}, "children": children})
            })
    })
}

/// One side of a union, as the differences say: the old one without what was added, the new one without what was removed.
fn side(found: &Diff, of_old: bool) -> Value {
    let gone = if of_old { Mark::Added } else { Mark::Removed };
    let mut flow = found.union.clone();
    if let Some(Change::Entry { old, new }) = found.changes.first() {
        flow.entry = if of_old { *old } else { *new };
    }
    for node in &mut flow.nodes {
        let marks = found.exits.get(&node.id).cloned().unwrap_or_default();
        node.exits.retain(|key, _| marks.get(key) != Some(&gone));
        if of_old {
            let before: Vec<(String, NodeId)> =
                node.exits.iter().map(|(key, to)| (key.clone(), *to)).collect();
            for (key, to) in before {
                if let Some(name) = key.strip_suffix(BEFORE) {
                    node.exits.shift_remove(&key);
                    node.exits.insert(name.to_owned(), to);
                }
            }
        }
    }
    if of_old {
        for change in &found.changes {
            let Change::NodeChanged { node, members } = change else { continue };
            let node = &mut flow.nodes[node.0 as usize];
            for member in members {
                let name = member.pointer.strip_prefix("/data/");
                match (name, &member.old) {
                    (None, old) => node.module = old.as_ref().unwrap().as_str().unwrap().to_owned(),
                    (Some(name), Some(old)) => drop(node.data.insert(name.to_owned(), old.clone())),
                    (Some(name), None) => drop(node.data.shift_remove(name)),
                }
            }
        }
    }
    kazoo::write_flow(&flow).0
}

proptest! {
    #[test]
    fn a_flow_does_not_differ_from_itself(tree in tree()) {
        for identity in [Identity::Pointer, Identity::Shape] {
            let found = diff(&flow(tree.clone()), &flow(tree.clone()), identity);
            prop_assert_eq!(&found.changes, &[]);
            prop_assert_eq!(found.union, flow(tree.clone()));
        }
    }

    #[test]
    fn the_differences_say_everything_both_ways(old in tree(), new in tree()) {
        for identity in [Identity::Pointer, Identity::Shape] {
            let found = diff(&flow(old.clone()), &flow(new.clone()), identity);
            prop_assert_eq!(side(&found, true), old.clone(), "{:?}", found.changes);
            prop_assert_eq!(side(&found, false), new.clone(), "{:?}", found.changes);
            prop_assert!(found.lines(&plain_name).len() >= found.changes.len());
        }
    }
}
