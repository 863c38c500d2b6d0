//! Two flows and the pairs of their nodes become one flow, with every difference listed and marked.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::matching::Pairs;
use super::{BEFORE, Change, Diff, Mark, data};
use crate::graph::{Flow, Node, NodeId, Words};

/// Unites the flows.
pub(super) fn unite(old: &Flow, new: &Flow, pairs: &Pairs) -> Diff {
    let mut diff = Diff { union: new.clone(), new_nodes: new.nodes.len(), ..Diff::default() };
    let places = union_places(old, new, pairs);
    let place_of = |old_node: NodeId| places.get(old_node.0 as usize).copied().flatten();
    for (place, node) in new.nodes.iter().enumerate() {
        let was = pairs.old_of(place).and_then(|was| old.nodes.get(was));
        match was {
            Some(was) => compare(was, node, node_id(place), &place_of, &mut diff),
            None => mark_node(node_id(place), Mark::Added, &mut diff),
        }
    }
    for (place, node) in old.nodes.iter().enumerate() {
        if pairs.new_of(place).is_some() {
            continue;
        }
        let id = node_id(diff.union.nodes.len());
        let exits = node.exits.iter().filter_map(|(key, to)| Some((key.clone(), place_of(*to)?))).collect();
        diff.union.nodes.push(Node { id, exits, ..node.clone() });
        mark_node(id, Mark::Removed, &mut diff);
    }
    entries(old.entry.and_then(place_of), &mut diff);
    let mut members = Vec::new();
    data::objects("", &old.members, &new.members, 0, &mut members);
    if !members.is_empty() {
        diff.changes.push(Change::Whole { members });
    }
    diff
}

/// Where each old node stands in the union.
fn union_places(old: &Flow, new: &Flow, pairs: &Pairs) -> Vec<Option<NodeId>> {
    let mut next = new.nodes.len();
    (0..old.nodes.len())
        .map(|place| {
            Some(node_id(pairs.new_of(place).unwrap_or_else(|| {
                next += 1;
                next - 1
            })))
        })
        .collect()
}

fn mark_node(node: NodeId, mark: Mark, diff: &mut Diff) {
    diff.nodes.insert(node, mark);
    diff.changes.push(match mark {
        Mark::Removed => Change::NodeRemoved { node },
        _ => Change::NodeAdded { node },
    });
}

fn mark_exit(from: NodeId, key: String, mark: Mark, diff: &mut Diff) {
    diff.exits.entry(from).or_default().insert(key, mark);
}

/// Lists how a node differs from what it was, and adds the exits it has lost.
fn compare(
    was: &Node,
    now: &Node,
    node: NodeId,
    place_of: &impl Fn(NodeId) -> Option<NodeId>,
    diff: &mut Diff,
) {
    let members = data::members(was, now);
    if !members.is_empty() {
        diff.nodes.insert(node, Mark::Changed);
        diff.changes.push(Change::NodeChanged { node, members });
    }
    let mut exits: IndexMap<String, NodeId> = IndexMap::new();
    for (key, to) in &now.exits {
        exits.insert(key.clone(), *to);
        match was.exit(key).and_then(place_of) {
            Some(led) if led == *to => {}
            Some(led) => {
                diff.changes.push(Change::ExitMoved { from: node, key: key.clone(), old: led, new: *to });
                mark_exit(node, key.clone(), Mark::Changed, diff);
                let before = free_key(key, was, now);
                exits.insert(before.clone(), led);
                mark_exit(node, before, Mark::Removed, diff);
            }
            None => {
                diff.changes.push(Change::ExitAdded { from: node, key: key.clone(), to: *to });
                mark_exit(node, key.clone(), Mark::Added, diff);
            }
        }
    }
    for (key, to) in was.exits.iter().filter(|(key, _)| now.exit(key).is_none()) {
        let Some(to) = place_of(*to) else { continue };
        exits.insert(key.clone(), to);
        diff.changes.push(Change::ExitRemoved { from: node, key: key.clone(), to });
        mark_exit(node, key.clone(), Mark::Removed, diff);
    }
    let Some(united) = diff.union.nodes.get_mut(node.0 as usize) else { return };
    united.exits = exits;
    // Exits that are gone keep the words they had.
    if let (Some(words), Some(before)) = (&mut united.words, &was.words) {
        for (key, text) in &before.exits {
            let kept = if now.exit(key).is_some() { free_key(key, was, now) } else { key.clone() };
            if united.exits.contains_key(&kept) {
                words.exits.entry(kept).or_insert_with(|| text.clone());
            }
        }
    }
}

/// The key under which an exit's old target is shown, which no other exit has.
fn free_key(key: &str, was: &Node, now: &Node) -> String {
    let mut before = format!("{key}{BEFORE}");
    while now.exits.contains_key(&before) || was.exits.contains_key(&before) {
        before.push_str(BEFORE);
    }
    before
}

/// Tells when the call begins elsewhere, and lets the union begin at both places where one would not reach the other.
fn entries(was: Option<NodeId>, diff: &mut Diff) {
    let now = diff.union.entry;
    if was == now {
        return;
    }
    diff.changes.insert(0, Change::Entry { old: was, new: now });
    let (Some(was), Some(now)) = (was, now) else {
        diff.union.entry = now.or(was);
        return;
    };
    if reaches(&diff.union, now, was) {
        return;
    }
    let id = node_id(diff.union.nodes.len());
    let exits = [("now".to_owned(), now), ("before".to_owned(), was)].into_iter().collect();
    let words = Words {
        kind: "compared".to_owned(),
        caption: "Two versions".to_owned(),
        title: "The call begins elsewhere".to_owned(),
        ..Words::default()
    };
    diff.union.nodes.push(Node { id, exits, words: Some(Box::new(words)), ..Node::default() });
    diff.union.entry = Some(id);
    mark_exit(id, "now".to_owned(), Mark::Added, diff);
    mark_exit(id, "before".to_owned(), Mark::Removed, diff);
}

fn reaches(flow: &Flow, from: NodeId, wanted: NodeId) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == wanted {
            return true;
        }
        let next = flow.node(id).into_iter().flat_map(|node| node.exits.values().copied());
        open.extend(next.filter(|id| seen.insert(*id)));
    }
    false
}

fn node_id(place: usize) -> NodeId {
    NodeId(u32::try_from(place).unwrap_or(u32::MAX))
}
