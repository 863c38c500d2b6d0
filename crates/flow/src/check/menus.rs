//! Menus that offer nothing, and menus that hunt where nothing can be found (reference section 7.8).

use std::sync::Arc;

use regex::bytes::Regex;
use serde_json::Value;

use super::exits::exits;
use super::subject::Subject;
use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::graph::Node;
use crate::issue::Issue;
use crate::numbers::{Pattern, compile};
use crate::pointer::join;

/// Digits a menu takes when its document does not say.
const MENU_DIGITS: usize = 4;

/// A menu as a node uses it.
pub(super) struct Menu<'a> {
    pub(super) document: Option<&'a Arc<Document>>,
    /// Digits without a key of their own are looked up as numbers.
    pub(super) hunts: bool,
    /// Most digits taken.
    pub(super) longest: usize,
    /// What hunting depends on, as text: menus with the same find the same.
    pub(super) rules: String,
    allow: Filter,
    deny: Filter,
}

/// `hunt_allow` or `hunt_deny`.
enum Filter {
    Absent,
    /// No regular expression: it matches nothing.
    Broken,
    Matches(Regex),
}

impl Filter {
    fn read(document: Option<&Document>, member: &str) -> Filter {
        let text = document.and_then(|document| document.body.get(member)).and_then(Value::as_str);
        match text.filter(|text| !text.is_empty()).map(|text| compile(text, "")) {
            None => Filter::Absent,
            Some(Err(_)) => Filter::Broken,
            Some(Ok(regex)) => Filter::Matches(regex),
        }
    }

    fn takes(&self, number: &str) -> Option<bool> {
        match self {
            Filter::Absent => None,
            Filter::Broken => Some(false),
            Filter::Matches(regex) => Some(regex.is_match(number.as_bytes())),
        }
    }
}

impl<'a> Menu<'a> {
    /// The menu of a node; `None` for a node that is none or is passed over.
    pub(super) fn of(index: &'a AccountIndex, node: &Node) -> Option<Menu<'a>> {
        if node.module != "menu" || node.is_skipped() {
            return None;
        }
        let id = node.data.get("id").and_then(Value::as_str);
        let document = id.and_then(|id| index.document(id));
        let member = |name: &str| document.and_then(|document| document.body.get(name));
        let hunts = match member("hunt") {
            Some(Value::Bool(hunt)) => *hunt,
            Some(Value::String(text)) => text == "true",
            _ => false,
        };
        let document_read = document.filter(|_| hunts).map(Arc::as_ref);
        let written = |name| member(name).map(Value::to_string).unwrap_or_default();
        let longest = longest(document);
        Some(Menu {
            document,
            hunts,
            longest,
            rules: format!("{longest}\n{}\n{}", written("hunt_allow"), written("hunt_deny")),
            allow: Filter::read(document_read, "hunt_allow"),
            deny: Filter::read(document_read, "hunt_deny"),
        })
    }

    /// The menu looks these digits up when they are keyed in.
    pub(super) fn lets_through(&self, digits: &str) -> bool {
        self.hunts
            && (1..=self.longest).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
            && self.allow.takes(digits).unwrap_or(true)
            && !self.deny.takes(digits).unwrap_or(false)
    }

    /// Digits with which a caller of the menu comes to this callflow by hunting.
    pub(super) fn finds(&self, index: &AccountIndex, entry: &CallflowEntry) -> Option<String> {
        if entry.no_match {
            return None;
        }
        let leads = |number: &&String| {
            self.lets_through(number) && index.claims(number).next().is_some_and(|first| first.id == entry.id)
        };
        if let Some(number) = entry.numbers.iter().find(leads) {
            return Some(number.clone());
        }
        let patterns = entry.patterns.iter().filter_map(|text| Pattern::new(text, "").ok());
        patterns.into_iter().find_map(|pattern| {
            super::subject::won_example(index, entry, &pattern, |number| self.lets_through(number))
        })
    }
}

/// Most digits that a menu takes.
pub(super) fn longest(document: Option<&Arc<Document>>) -> usize {
    let longest = document.and_then(|menu| menu.body.get("max_extension_length")?.as_u64());
    longest.and_then(|longest| usize::try_from(longest).ok()).unwrap_or(MENU_DIGITS).max(1)
}

pub(super) fn of_callflow(subject: &Subject<'_>, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    for node in &entry.flow.nodes {
        let Some(menu) = Menu::of(subject.index, node) else { continue };
        let has_keys = exits(&entry.flow, node).any(|key| !matches!(key, "_" | "timeout" | "max_retries"));
        let records = menu.document.is_some_and(|document| document.body.get("record_pin").is_some());
        if !has_keys && !menu.hunts && !records {
            issues.push(
                Issue::warning(
                    "CK1104",
                    &node.pointer,
                    "the menu has no keys and does not hunt: nothing can be chosen",
                )
                .with_help("give it exits such as `1`, let it hunt, or play the greeting with `play`")
                .in_module("menu"),
            );
        }
        if menu.hunts && !has_callees(subject, &menu) {
            let why = match menu.allow {
                Filter::Broken => "`hunt_allow` is no regular expression".to_owned(),
                _ => format!("no number of at most {} digits passes its rules", menu.longest),
            };
            issues.push(
                Issue::warning(
                    "CK1106",
                    join(&node.pointer, "data"),
                    format!("the menu hunts, but finds nobody: {why}"),
                )
                .with_help("set `max_extension_length`, `hunt_allow` and `hunt_deny` to let extensions through, or `hunt` to false")
                .in_module("menu"),
            );
        }
    }
}

/// Some callflow can be found by hunting; found out once for all menus with the same rules.
fn has_callees(subject: &Subject<'_>, menu: &Menu<'_>) -> bool {
    if let Some(known) = subject.hunted.borrow().get(&menu.rules) {
        return *known;
    }
    let found = subject.index.callflows().any(|entry| menu.finds(subject.index, entry).is_some());
    subject.hunted.borrow_mut().insert(menu.rules.clone(), found);
    found
}
