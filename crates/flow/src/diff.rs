//! What differs between two flows: nodes, exits and members of `data`, as a list for people and programs and as one flow
//! that holds both, for a coloured picture.
//!
//! Not here: versions and where they are kept (crate `store`), colours (crate `drawing`), what a call does differently
//! (crate `simulator`).

mod data;
mod matching;
mod text;
mod union;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::graph::{Flow, NodeId};

pub use text::plain_name;

/// How a node of one flow is found again in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Its pointer says who it is, as in flows made of named things (a BroadWorks group, a control plan's operations).
    Pointer,
    /// Its pointer only says where it stands, as in Kazoo's trees: equal parts are found again wherever they went.
    Shape,
}

/// What became of a node or an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Only the new flow has it.
    Added,
    /// Only the old flow has it.
    Removed,
    /// Both have it, and it differs.
    Changed,
}

/// A member of a node that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// JSON pointer inside the node as documents write it: `/data/timeout`, `/module`; or `/words/title` where only the
    /// plain words of a reader differ. In lists of named things (`id`, `user_id`, `key`, `name`) the name stands in place of
    /// the index; the list itself stands for its order.
    pub pointer: String,
    /// Its old value; `None` when it was not there.
    pub old: Option<Value>,
    /// Its new value; `None` when it is no longer there.
    pub new: Option<Value>,
}

/// One difference. Nodes are those of [`Diff::union`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// The call begins elsewhere.
    Entry {
        /// Where it began.
        old: Option<NodeId>,
        /// Where it begins.
        new: Option<NodeId>,
    },
    /// What holds for the flow as a whole.
    Whole {
        /// What differs, never empty; pointers into [`Flow::members`].
        members: Vec<Member>,
    },
    /// A node that the old flow had not; its exits come with it.
    NodeAdded {
        /// The node.
        node: NodeId,
    },
    /// A node that the new flow has not; its exits went with it.
    NodeRemoved {
        /// The node.
        node: NodeId,
    },
    /// A node of both that differs.
    NodeChanged {
        /// The node, as it is now.
        node: NodeId,
        /// What differs, never empty.
        members: Vec<Member>,
    },
    /// An exit that a node of both had not.
    ExitAdded {
        /// The node it leaves.
        from: NodeId,
        /// Its key.
        key: String,
        /// Where it leads.
        to: NodeId,
    },
    /// An exit that a node of both has no longer.
    ExitRemoved {
        /// The node it left.
        from: NodeId,
        /// Its key.
        key: String,
        /// Where it led.
        to: NodeId,
    },
    /// An exit that leads elsewhere.
    ExitMoved {
        /// The node it leaves.
        from: NodeId,
        /// Its key.
        key: String,
        /// Where it led.
        old: NodeId,
        /// Where it leads.
        new: NodeId,
    },
}

/// The differences of two flows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// Every difference, in the order of the union's nodes; empty when the flows say the same.
    pub changes: Vec<Change>,
    /// Both flows in one: the new one's nodes in their order, then those that only the old one had. An exit that leads
    /// elsewhere stands twice, the old one under its key and [`BEFORE`].
    pub union: Flow,
    /// Nodes of the union that differ.
    pub nodes: BTreeMap<NodeId, Mark>,
    /// Exits of the union that differ, by node and key.
    pub exits: BTreeMap<NodeId, BTreeMap<String, Mark>>,
    /// How many nodes of the union, from the first, are those of the new flow; an added head is behind all others.
    pub new_nodes: usize,
}

/// Follows the key of an exit in [`Diff::union`] where the new flow has an exit of the same key.
pub const BEFORE: &str = " (before)";

/// Compares two flows. Time grows with the number of nodes; nothing recurses.
pub fn diff(old: &Flow, new: &Flow, identity: Identity) -> Diff {
    let pairs = match identity {
        Identity::Pointer => matching::by_pointer(old, new),
        Identity::Shape => matching::by_shape(old, new),
    };
    union::unite(old, new, &pairs)
}

impl Diff {
    /// Whether the flows say the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

#[cfg(test)]
mod tests;
