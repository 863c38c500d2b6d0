//! What all checks of one run share: the account, the moment, and what is worked out once for many callflows.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::hours::Analysis;
use super::menus::Menu;
use crate::account::{AccountIndex, CallflowEntry};
use crate::graph::Node;
use crate::numbers::{Pattern, is_reconcilable};

/// An account being checked.
pub(super) struct Subject<'a> {
    pub(super) index: &'a AccountIndex,
    pub(super) now: Timestamp,
    /// The first callflow by id with a pattern's text.
    first_with_pattern: OnceCell<BTreeMap<&'a str, &'a str>>,
    /// Callflows that callers from outside can come to.
    outside: OnceCell<BTreeSet<String>>,
    /// Messages can be heard by callers from outside.
    heard_outside: OnceCell<bool>,
    /// Callflows that others enter, and the account's preflow.
    entered: OnceCell<BTreeSet<&'a str>>,
    /// Some callflow leads to a carrier.
    calls_out: OnceCell<bool>,
    /// Whether menus with certain rules find anybody by hunting.
    pub(super) hunted: RefCell<BTreeMap<String, bool>>,
    /// What time rules in a certain order give, by those rules: many callflows ask the same.
    pub(super) hours: RefCell<BTreeMap<String, Rc<Analysis>>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(index: &'a AccountIndex, now: Timestamp) -> Self {
        Subject {
            index,
            now,
            first_with_pattern: OnceCell::new(),
            outside: OnceCell::new(),
            heard_outside: OnceCell::new(),
            entered: OnceCell::new(),
            calls_out: OnceCell::new(),
            hunted: RefCell::default(),
            hours: RefCell::default(),
        }
    }

    /// The first callflow by id that has a pattern with this text.
    pub(super) fn first_with_pattern(&self, text: &str) -> Option<&'a str> {
        let first = self.first_with_pattern.get_or_init(|| {
            let mut first = BTreeMap::new();
            for entry in self.index.callflows() {
                for text in &entry.patterns {
                    first.entry(text.as_str()).or_insert(entry.id.as_str());
                }
            }
            first
        });
        first.get(text).copied()
    }

    /// Whether a caller from outside can come to this callflow: by a public number or pattern, by the callflows and
    /// menus behind one, or as the account's preflow.
    pub(super) fn is_reached_from_outside(&self, id: &str) -> bool {
        self.outside.get_or_init(|| outside(self.index)).contains(id)
    }

    /// Whether other callflows go on when this one ends: they enter it, or it is the account's preflow.
    pub(super) fn is_entered(&self, id: &str) -> bool {
        let entered = self.entered.get_or_init(|| {
            let index = self.index;
            let preflow = index.account().body.pointer("/preflow/always").and_then(Value::as_str);
            let nodes = index.callflows().flat_map(|entry| &entry.flow.nodes);
            nodes.filter_map(called).chain(preflow).collect()
        });
        entered.contains(id)
    }

    /// Whether the account can call out at all: some callflow leads to a carrier.
    pub(super) fn calls_out(&self) -> bool {
        *self
            .calls_out
            .get_or_init(|| self.index.callflows().any(|entry| entry.flow.nodes.iter().any(is_carrier)))
    }

    /// Whether callers from outside can come to where messages are heard.
    pub(super) fn is_heard_from_outside(&self) -> bool {
        let checks = |node: &Node| {
            node.module == "voicemail"
                && !node.is_skipped()
                && node.data.get("action").and_then(Value::as_str) == Some("check")
        };
        let is_heard = |entry: &Arc<CallflowEntry>| {
            entry.flow.nodes.iter().any(checks) && self.is_reached_from_outside(&entry.id)
        };
        *self.heard_outside.get_or_init(|| self.index.callflows().any(is_heard))
    }
}

/// The node calls a carrier.
pub(super) fn is_carrier(node: &Node) -> bool {
    matches!(node.module.as_str(), "resources" | "offnet") && !node.is_skipped()
}

/// A number as the public network writes it. Calls from outside are delivered to such numbers.
pub(super) fn is_public(number: &str) -> bool {
    is_reconcilable(number)
}

/// The callflow that a node enters.
pub(super) fn called(node: &Node) -> Option<&str> {
    let enters = node.module == "callflow" && !node.is_skipped();
    node.data.get("id").and_then(Value::as_str).filter(|_| enters)
}

/// A callflow and all those that it enters, each once.
pub(super) fn entered(index: &AccountIndex, from: &CallflowEntry) -> Vec<Arc<CallflowEntry>> {
    let mut seen: BTreeSet<String> = [from.id.clone()].into();
    let mut found: Vec<Arc<CallflowEntry>> = index.callflow(&from.id).into_iter().collect();
    let mut next = 0;
    while let Some(entry) = found.get(next).cloned() {
        next += 1;
        for id in entry.flow.nodes.iter().filter_map(called) {
            if seen.insert(id.to_owned()) {
                found.extend(index.callflow(id));
            }
        }
    }
    found
}

/// A number that the pattern takes, for which this callflow is looked up, and that fits.
pub(super) fn won_example(
    index: &AccountIndex,
    entry: &CallflowEntry,
    pattern: &Pattern,
    fits: impl Fn(&str) -> bool,
) -> Option<String> {
    let wins = |number: &String| index.lookup(number).is_ok_and(|found| found.callflow.id == entry.id);
    pattern.examples().into_iter().find(|number| fits(number) && wins(number))
}

fn outside(index: &AccountIndex) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<Arc<CallflowEntry>> = Vec::new();
    let preflow = index.account().body.pointer("/preflow/always").and_then(Value::as_str);
    waiting.extend(preflow.and_then(|id| index.callflow(id)));
    for entry in index.callflows() {
        let takes_public = || {
            let patterns = entry.patterns.iter().filter_map(|text| Pattern::new(text, "").ok());
            patterns.into_iter().any(|pattern| won_example(index, entry, &pattern, is_public).is_some())
        };
        if entry.numbers.iter().any(|number| is_public(number)) || takes_public() {
            waiting.push(Arc::clone(entry));
        }
    }
    let mut hunted: BTreeSet<String> = BTreeSet::new();
    while let Some(entry) = waiting.pop() {
        if !found.insert(entry.id.clone()) {
            continue;
        }
        for node in &entry.flow.nodes {
            waiting.extend(called(node).and_then(|id| index.callflow(id)));
            let Some(menu) = Menu::of(index, node).filter(|menu| menu.hunts) else { continue };
            // Menus with the same rules find the same callflows.
            if hunted.insert(menu.rules.clone()) {
                waiting.extend(index.callflows().filter(|entry| menu.finds(index, entry).is_some()).cloned());
            }
        }
    }
    found
}
