//! A picture stays known after a change: what is added moves what comes after it, and nothing sideways.

use std::collections::BTreeMap;

use drawing::layout::{Rect, place};
use drawing::{Context, DrawOptions, draw};
use flow::graph::{Flow, Node, NodeId};
use proptest::prelude::*;

/// Fewer keys than a menu is folded from.
const KEYS: [&str; 7] = ["1", "2", "3", "4", "5", "6", "7"];

fn node(id: usize) -> Node {
    let module = ["menu", "park"][id % 2].to_owned();
    let mut node = Node { id: NodeId(id as u32), pointer: format!("/n/{id}"), module, ..Node::default() };
    // Boxes of different heights.
    for line in 0..id % 4 {
        node.data.insert(format!("slot{line}"), "a line".into());
    }
    node
}

/// A tree: each row gives the parent of the next node and the key it hangs on, when that is free.
fn tree(rows: &[(usize, usize)]) -> Flow {
    let mut nodes = vec![node(0)];
    for (parent, key) in rows {
        let id = nodes.len();
        let parent = parent % id;
        if !nodes[parent].exits.contains_key(KEYS[*key]) {
            nodes[parent].exits.insert(KEYS[*key].to_owned(), NodeId(id as u32));
            nodes.push(node(id));
        }
    }
    Flow { entry: Some(NodeId(0)), nodes, ..Flow::default() }
}

/// Where each node stands, by id, measured from the start; and the ids in reading order.
fn places(flow: &Flow) -> (BTreeMap<String, Rect>, Vec<String>) {
    let scene = draw(flow, &Context::default(), &DrawOptions::default());
    let layout = place(&scene);
    let start = layout.boxes[0].rect.port();
    let rects = layout.boxes.iter().map(|placed| Rect { y: placed.rect.port() - start, ..placed.rect });
    let ids: Vec<String> = scene.nodes.iter().map(|node| node.id.clone()).collect();
    (ids.iter().cloned().zip(rects).collect(), ids)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_new_leaf_moves_only_what_comes_after_it(
        rows in proptest::collection::vec((0..40_usize, 0..KEYS.len()), 1..60), at in 0..60_usize, key in 0..KEYS.len(),
    ) {
        let before = tree(&rows);
        let mut after = before.clone();
        let (parent, leaf) = (at % before.nodes.len(), before.nodes.len());
        prop_assume!(!before.nodes[parent].exits.contains_key(KEYS[key]));
        after.nodes[parent].exits.insert(KEYS[key].to_owned(), NodeId(leaf as u32));
        after.nodes.push(node(leaf));

        let (old, old_order) = places(&before);
        let (new, new_order) = places(&after);
        let added = new_order.iter().position(|id| !old.contains_key(id)).unwrap_or(0);
        let kept: Vec<&String> = new_order.iter().filter(|id| old.contains_key(*id)).collect();
        prop_assert_eq!(kept, old_order.iter().collect::<Vec<_>>(), "the order stays");
        // Behind an elder exit it opens no column and changes no first row, so nothing before it can be in its way.
        let elder = before.nodes[parent].exits.keys().any(|own| own.as_str() < KEYS[key]);
        for (place, id) in new_order.iter().enumerate() {
            let Some(was) = old.get(id) else { continue };
            let is = new[id];
            prop_assert_eq!(was.x, is.x, "nothing moves sideways");
            prop_assert!(!elder || is.y >= was.y, "nothing moves up: {was:?} {is:?}");
            prop_assert!(!elder || place > added || is.y == was.y, "nothing before the leaf moves");
        }
    }
}
