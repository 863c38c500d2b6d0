//! The one graph every flow language becomes: an entry, and nodes with a module name, data and ordered exits.
//!
//! Not here: how a language is read or written (`kazoo`), nor what a module does (crate `engine`).

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object whose members keep their order.
pub type Object = Map<String, Value>;

/// The place of a node in [`Flow::nodes`]; stable within one version of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u32);

/// A call flow: what is executed, checked, drawn and compared, whatever language it was written in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// The first node; `None` for an empty flow.
    pub entry: Option<NodeId>,
    /// All nodes, in document order; `nodes[i].id == NodeId(i)`.
    pub nodes: Vec<Node>,
    /// What holds for the flow as a whole (an N2FE plan's `always_present_calling`); empty in Kazoo callflows.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub members: Object,
}

impl Flow {
    /// The node with this id, if the flow has it.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// The entry node.
    pub fn entry_node(&self) -> Option<&Node> {
        self.entry.and_then(|id| self.node(id))
    }
}

/// One step of a flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its own place in the flow.
    pub id: NodeId,
    /// Where it stands in its document, as a JSON pointer: `/flow/children/1`.
    pub pointer: String,
    /// The module that runs it (`menu`, `ring_group`); empty for a node written as `{}`.
    pub module: String,
    /// What the module is told.
    pub data: Object,
    /// Exit key (`1`, `timeout`, `_`, `USER_BUSY`) to the next node, in document order.
    pub exits: IndexMap<String, NodeId>,
    /// Members of the node that are not ours; written back unchanged.
    pub extra: Object,
    /// Which of the optional members the document had, so that writing it back adds none.
    pub written: Written,
    /// What a picture says of the node, where the language's reader knows better than a table of modules
    /// (a hunt group's members in hunting order, a control plan's own titles).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Box<Words>>,
}

impl Node {
    /// The node written as `{}`: Kazoo's "nothing left to do".
    pub fn is_empty(&self) -> bool {
        self.module.is_empty()
    }

    /// The node behind an exit key, matched as an exact string.
    pub fn exit(&self, key: &str) -> Option<NodeId> {
        self.exits.get(key).copied()
    }

    /// `data.skip_module` is true: the node is passed over (reference section 2.4).
    pub fn is_skipped(&self) -> bool {
        matches!(self.data.get("skip_module"), Some(Value::Bool(true)))
            || matches!(self.data.get("skip_module"), Some(Value::String(text)) if text == "true")
    }
}

/// A node in plain words, for pictures and lists: made by readers of languages that name their own steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// What kind of thing it is, as programs know it: `hunt_group`, `menu`, `external`, or an operation's type.
    pub kind: String,
    /// What it does or is, in two or three words: `Hunt group`.
    pub caption: String,
    /// What it is called: `Sales`.
    pub title: String,
    /// Telephone number or extension.
    pub number: Option<String>,
    /// Details, most important first.
    pub lines: Vec<String>,
    /// Exit key to the words on its wire (`CFNA` to `no answer after 4 rings`); keys without words are shown by the
    /// table of exits.
    pub exits: IndexMap<String, String>,
    /// The thing is switched off: it is drawn, and calls do not pass it.
    pub disabled: bool,
    /// Something it needs is not there or could not be read: it is drawn as a fault.
    pub faulty: bool,
}

/// Which optional members a node had in its document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// `data` was there.
    pub data: bool,
    /// `children` was there.
    pub children: bool,
}
