//! BroadWorks groups from a snapshot to the graph, its checks and searches.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod checks;
mod damage;
mod faults;
mod moments;

use std::collections::BTreeSet;
use std::fmt::Write;

use flow::broadworks::endpoints::{self, Request};
use flow::broadworks::group::{Entity, Group, Options};
use flow::broadworks::snapshot::{Reply, Snapshot};
use flow::graph::{Flow, Node};
use serde_json::Value;

const MAIN: Entity = Entity::AutoAttendant(0);
const SALES: Entity = Entity::HuntGroup(0);
const SUPPORT: Entity = Entity::CallCenter(0);

fn snapshot() -> Snapshot {
    serde_json::from_str(include_str!("group.json")).unwrap()
}

fn group() -> Group {
    read(&snapshot())
}

fn read(snapshot: &Snapshot) -> Group {
    Group::read(snapshot, &Options::default())
}

/// The body of a reply that the fixture has.
fn body<'s>(snapshot: &'s mut Snapshot, request: &Request) -> &'s mut Value {
    match snapshot.replies.get_mut(&request.key()) {
        Some(Reply::Ok(body)) => body,
        other => panic!("{}: {other:?}", request.key()),
    }
}

fn of_group(path: &'static str) -> Request {
    Request::of_group(path, "acme", "harbour")
}

fn of(path: &'static str, id: &str) -> Request {
    Request::of_service(path, &format!("{id}@pbx.example"))
}

/// All ways of a flow, one per line: where from, exit, words, where to.
fn edges(flow: &Flow) -> Vec<String> {
    let mut lines = Vec::new();
    for node in &flow.nodes {
        for (code, to) in &node.exits {
            let words =
                node.words.as_ref().and_then(|words| words.exits.get(code)).map_or("", String::as_str);
            lines.push(format!("{} | {code} | {words} | {}", node.pointer, flow.node(*to).unwrap().pointer));
        }
    }
    lines
}

fn node<'f>(flow: &'f Flow, pointer: &str) -> &'f Node {
    let found = flow.nodes.iter().find(|node| node.pointer == pointer);
    found.unwrap_or_else(|| panic!("no node {pointer}: {:#?}", edges(flow)))
}

fn lines<'f>(flow: &'f Flow, pointer: &str) -> &'f [String] {
    &node(flow, pointer).words.as_ref().unwrap().lines
}

fn to<'f>(flow: &'f Flow, pointer: &str, code: &str) -> &'f str {
    let exit = node(flow, pointer).exit(code).unwrap_or_else(|| panic!("no exit {code}: {:#?}", edges(flow)));
    &flow.node(exit).unwrap().pointer
}

fn codes(group: &Group) -> Vec<&str> {
    group.warnings.iter().map(|issue| issue.code.as_ref()).collect()
}

#[test]
fn every_way_of_the_group_is_in_the_graph() {
    let group = group();
    let flow = group.flow(MAIN);
    let mut text = String::new();
    for line in edges(&flow) {
        writeln!(text, "{line}").unwrap();
    }
    assert_eq!(text, include_str!("edges.txt"));
    let to_menus = ["business_hours", "after_hours", "holiday"];
    let routed = edges(&flow)
        .iter()
        .filter(|line| !to_menus.iter().any(|code| line.contains(&format!("| {code} |"))))
        .count();
    assert_eq!(routed, 34);
    assert_eq!((group.users.len(), group.hunt_groups.len(), group.call_centers.len()), (8, 1, 1));
    assert_eq!(endpoints::wanted(&snapshot()), [], "the snapshot is whole");
    assert_eq!(codes(&group), ["BW1002"; 3]);
}

#[test]
fn every_node_says_what_it_is() {
    let flow = group().flow(MAIN);
    let mut text = String::new();
    for node in &flow.nodes {
        let words = node.words.as_ref().unwrap();
        let number = words.number.as_deref().unwrap_or("-");
        writeln!(text, "{} [{}] {}: {} ({number})", node.pointer, words.kind, words.caption, words.title)
            .unwrap();
        assert_eq!(node.module, format!("bw.{}", words.kind));
        for line in &words.lines {
            writeln!(text, "    {line}").unwrap();
        }
    }
    assert_eq!(text, include_str!("nodes.txt"));
    let pointers: BTreeSet<&str> = flow.nodes.iter().map(|node| node.pointer.as_str()).collect();
    assert_eq!(pointers.len(), flow.nodes.len(), "pointers are unique");
}
