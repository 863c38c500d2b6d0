//! The Kazoo callflow language: a tree of `{"module", "data", "children"}` nodes inside a callflow document.
//!
//! Reading never fails and never drops anything: what has an odd shape is an [`Issue`](crate::issue::Issue) and is
//! written back as it came. Not here: what `data` of each module must look like (`schema`), nor what a module does
//! (crate `engine`).

mod read;
mod write;

pub use read::{read, read_flow};
pub use write::{write, write_flow};

use serde_json::Value;

use crate::graph::{Flow, Object};

/// Most nodes one flow may have; the rest is kept as it came and is not run.
pub const MAX_NODES: usize = 20_000;

/// Most nodes from the entry down to a leaf. A document that came as JSON text cannot nest deeper than 128 values,
/// which is 63 nodes; the bound is for flows made by program.
pub const MAX_DEPTH: usize = 250;

/// A callflow document: its flow as a graph, and every other member as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Callflow {
    /// The graph of the member `flow`.
    pub flow: Flow,
    /// All members but `flow`. The accessors below read from here; change the document here.
    pub members: Object,
    /// The place of `flow` among the members; `None` when the document had none, or one that is no node (which then
    /// stays in `members`).
    pub flow_at: Option<usize>,
}

impl Callflow {
    /// The document's id, empty when it has none.
    pub fn id(&self) -> &str {
        self.text("id").or_else(|| self.text("_id")).unwrap_or_default()
    }

    /// The document's name, empty when it has none.
    pub fn name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// The numbers that lead here, as stored (normalised at save time). Elements that are no text are passed over.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        texts(self.members.get("numbers"))
    }

    /// The regular expressions that lead here. Elements that are no text are passed over.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        texts(self.members.get("patterns"))
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member).and_then(Value::as_str)
    }
}

fn texts(member: Option<&Value>) -> impl Iterator<Item = &str> {
    member.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
