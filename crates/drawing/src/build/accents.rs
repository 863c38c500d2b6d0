//! What is pointed out: which parts lie on the highlighted way, which differ from another version.
//!
//! Not here: how either is drawn (renderers), nor what a call does or how versions are compared.

use std::collections::BTreeSet;

use flow::diff::Mark;
use flow::graph::{Flow, NodeId};

use crate::options::{Changes, DrawOptions, Highlight};

/// The caller's highlight and changes, ready to be asked.
pub(super) struct Accents<'a> {
    highlight: Option<&'a Highlight>,
    /// Nodes on the way, with both ends of each exit on it.
    nodes: BTreeSet<NodeId>,
    changes: &'a Changes,
}

impl<'a> Accents<'a> {
    pub(super) fn new(flow: &Flow, options: &'a DrawOptions) -> Self {
        let highlight = options.highlight.as_ref();
        let mut nodes = highlight.map(|way| way.nodes.clone()).unwrap_or_default();
        for (node, keys) in highlight.iter().flat_map(|way| &way.exits) {
            nodes.insert(*node);
            let from = flow.node(*node);
            nodes.extend(keys.iter().filter_map(|key| from.and_then(|from| from.exit(key))));
        }
        Accents { highlight, nodes, changes: &options.changes }
    }

    /// Whether a node is on the way; everything is when there is none.
    pub(super) fn node(&self, node: NodeId) -> bool {
        self.highlight.is_none() || self.nodes.contains(&node)
    }

    /// Whether an exit is on the way.
    pub(super) fn exit(&self, node: NodeId, key: &str) -> bool {
        self.highlight.is_none_or(|way| way.exits.get(&node).is_some_and(|keys| keys.contains(key)))
    }

    pub(super) fn node_change(&self, node: NodeId) -> Option<Mark> {
        self.changes.nodes.get(&node).copied()
    }

    /// What became of an exit; those of an added or removed node share its fate.
    pub(super) fn exit_change(&self, node: NodeId, key: &str) -> Option<Mark> {
        let own = self.changes.exits.get(&node).and_then(|keys| keys.get(key)).copied();
        own.or_else(|| self.node_change(node).filter(|change| *change != Mark::Changed))
    }
}
