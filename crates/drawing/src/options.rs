//! What the caller gives besides the flow: names for ids, other callflows, what to point out, and how the picture shall
//! look.
//!
//! Not here: how documents are stored. The caller implements [`Resolver`] and [`FlowSource`] over whatever it has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use flow::diff::{Diff, Mark};
use flow::graph::{Flow, NodeId};

/// What a document id stands for, in a person's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Document type: `user`, `device`, `menu`, `media`, `temporal_rule`.
    pub kind: String,
    /// Its name as people know it: `Front desk phone`.
    pub name: String,
    /// Extension or telephone number, where it has one.
    pub number: Option<String>,
    /// Up to four short facts worth a line in its box: `Mon-Fri 09:00-17:00`, `3 tries, 10 s each`.
    pub lines: Vec<String>,
}

/// Gives documents their names. Any `Fn(&str) -> Option<Reference>` is one.
pub trait Resolver {
    /// What the id stands for; `None` when the account has no such document (drawn as a visible fault).
    fn resolve(&self, id: &str) -> Option<Reference>;
}

impl<F: Fn(&str) -> Option<Reference>> Resolver for F {
    fn resolve(&self, id: &str) -> Option<Reference> {
        self(id)
    }
}

/// Another callflow, as [`FlowSource`] gives it.
#[derive(Clone, Debug, Default)]
pub struct CalledFlow {
    /// Its graph.
    pub flow: Arc<Flow>,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its numbers.
    pub numbers: Vec<String>,
}

/// Gives callflows by document id, so that a `callflow` node can be drawn through.
pub trait FlowSource {
    /// The callflow with this id.
    fn flow(&self, id: &str) -> Option<CalledFlow>;
}

/// What a drawing may ask about the account. Everything is optional; the default knows nothing.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// Names of documents. Without it, ids are shown shortened and nothing is reported as missing.
    pub names: Option<&'a dyn Resolver>,
    /// Other callflows, for [`DrawOptions::expand_callflows`].
    pub flows: Option<&'a dyn FlowSource>,
    /// The document id of the flow being drawn; with it, a reference to itself is shown as a loop.
    pub flow_id: Option<&'a str>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Context")
            .field("names", &self.names.is_some())
            .field("flows", &self.flows.is_some())
            .field("flow_id", &self.flow_id)
            .finish()
    }
}

/// Colours of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// White page, tinted boxes.
    #[default]
    Light,
    /// Dark page.
    Dark,
    /// Black on white with strong outlines: nothing is lost in a black-and-white print.
    Print,
}

/// What stands above the picture. Empty strings are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The account's name; with a group, `Front office, Wimpole Street Dental`.
    pub account: String,
    /// Where the flow came from: a file, a server.
    pub source: String,
    /// Which version is drawn: `version 12`.
    pub version: String,
    /// Date and time of the drawing, ready to print.
    pub date: String,
    /// Time zone the flow's rules are evaluated in.
    pub timezone: String,
    /// What is pointed out, when something is: `open at 2026-12-24 10:00`, `call of 2026-03-02 09:15`,
    /// `version 11 to version 12`.
    pub about: String,
}

/// The way of a call: what lies on it is drawn as ever, the rest is dimmed. For the state of a flow at a moment, or the
/// trace of a call. Ids are those of the flow given to [`crate::draw`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Highlight {
    /// Nodes on the way. Both ends of an exit on the way are on it as well.
    pub nodes: BTreeSet<NodeId>,
    /// Keys of the exits on the way, by the node they leave.
    pub exits: BTreeMap<NodeId, BTreeSet<String>>,
}

impl Highlight {
    /// Adds an exit, and so both nodes at its ends.
    pub fn take(&mut self, node: NodeId, exit: &str) {
        self.exits.entry(node).or_default().insert(exit.to_owned());
    }
}

/// Differences to mark, as [`flow::diff::diff`] finds them. The flow to draw is then the one that holds both versions,
/// [`flow::diff::Diff::union`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Nodes that differ.
    pub nodes: BTreeMap<NodeId, Mark>,
    /// Exits that differ, by the node they leave and their key. The exits of an added or removed node are as the node is,
    /// unless they stand here.
    pub exits: BTreeMap<NodeId, BTreeMap<String, Mark>>,
}

impl From<&Diff> for Changes {
    fn from(diff: &Diff) -> Self {
        Changes { nodes: diff.nodes.clone(), exits: diff.exits.clone() }
    }
}

impl Changes {
    /// Whether there is nothing to mark.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.exits.is_empty()
    }
}

/// How a flow is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawOptions {
    /// How many levels of `callflow` references are drawn through in place; `0` shows each as one box.
    pub expand_callflows: u32,
    /// Colours.
    pub theme: Theme,
    /// Steps below the entry that are drawn; what lies deeper becomes a "more" chip. `None`: all.
    pub max_depth: Option<u32>,
    /// Boxes drawn at most; a picture larger than this helps nobody. Default 20,000.
    pub max_nodes: usize,
    /// Name of the flow; also the picture's accessible title.
    pub title: String,
    /// Numbers that lead to the flow.
    pub numbers: Vec<String>,
    /// What stands above the picture.
    pub header: Header,
    /// Whether the keys (colours, signs, abbreviations) stand below the picture. Default true.
    pub legend: bool,
    /// The way of a call; `None` dims nothing.
    pub highlight: Option<Highlight>,
    /// Differences to mark.
    pub changes: Changes,
    /// What the reader of the flow could not read or doubts, one sentence each; shown before the drawing's own.
    pub warnings: Vec<String>,
}

impl Default for DrawOptions {
    fn default() -> Self {
        DrawOptions {
            expand_callflows: 0,
            theme: Theme::Light,
            max_depth: None,
            max_nodes: 20_000,
            title: String::new(),
            numbers: Vec::new(),
            header: Header::default(),
            legend: true,
            highlight: None,
            changes: Changes::default(),
            warnings: Vec::new(),
        }
    }
}
