//! The patterns of an account, kept by the prefixes they can match, so that a call tries only a few of thousands.

use std::sync::Arc;

use super::collation;
use super::sorted::Sorted;
use super::{CallflowEntry, Match};
use crate::issue::Issue;
use crate::numbers::Pattern;
use crate::pointer;

/// Where a pattern is found and in which order patterns are tried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// What a number must begin with; empty when that is not known.
    prefix: Arc<[u8]>,
    rank: Rank,
}

/// The reference runtime tries patterns from the highest text to the lowest (then callflow id, then place in it).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    text: Arc<[u8]>,
    id: Arc<str>,
    at: usize,
}

pub(super) type Row = (Key, (Arc<Pattern>, Arc<CallflowEntry>));

#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    rows: Sorted<Key, (Arc<Pattern>, Arc<CallflowEntry>)>,
}

impl Patterns {
    pub(super) fn build(rows: Vec<Row>) -> Self {
        Patterns { rows: Sorted::build(rows) }
    }

    pub(super) fn insert(&mut self, entry: &Arc<CallflowEntry>, issues: &mut Vec<Issue>) {
        for (key, value) in rows_of(entry, issues) {
            self.rows.insert(key, value);
        }
    }

    pub(super) fn remove(&mut self, entry: &Arc<CallflowEntry>) {
        for (key, _) in rows_of(entry, &mut Vec::new()) {
            self.rows.remove(&key);
        }
    }

    /// Every pattern that matches: callflow id and place in its `patterns`, each once.
    pub(super) fn matching(&self, number: &str) -> Vec<(String, usize)> {
        let bytes = number.as_bytes();
        let mut found = Vec::new();
        for length in 0..=bytes.len() {
            let prefix = bytes.get(..length).unwrap_or_default();
            for (key, (pattern, _)) in self.rows.starting(|key| key.prefix.as_ref().cmp(prefix)) {
                if pattern.is_match(number) {
                    found.push((key.rank.id.to_string(), key.rank.at));
                }
            }
        }
        found
    }

    /// The pattern that takes the longest text; of equals the one tried first.
    pub(super) fn best(&self, number: &str) -> Option<Match> {
        let bytes = number.as_bytes();
        let mut best: Option<(&Rank, crate::numbers::Captured, &Arc<CallflowEntry>)> = None;
        for length in 0..=bytes.len() {
            let prefix = bytes.get(..length).unwrap_or_default();
            for (key, (pattern, entry)) in self.rows.starting(|key| key.prefix.as_ref().cmp(prefix)) {
                let Some(captured) = pattern.capture(number) else { continue };
                let is_better = best.as_ref().is_none_or(|(rank, so_far, _)| {
                    (captured.text.len(), &key.rank) > (so_far.text.len(), *rank)
                });
                if is_better {
                    best = Some((&key.rank, captured, entry));
                }
            }
        }
        best.map(|(_, captured, entry)| Match {
            callflow: Arc::clone(entry),
            no_match: entry.no_match,
            capture_group: (!captured.text.is_empty()).then_some(captured.text),
            capture_groups: captured.groups,
        })
    }
}

/// One row per pattern and prefix; patterns that cannot run are told.
pub(super) fn rows_of(entry: &Arc<CallflowEntry>, issues: &mut Vec<Issue>) -> Vec<Row> {
    let mut rows = Vec::new();
    let id: Arc<str> = Arc::from(entry.id.as_str());
    for (at, text) in entry.patterns.iter().enumerate() {
        let pattern = match Pattern::new(text, &pointer::join("/patterns", &at.to_string())) {
            Ok(pattern) => Arc::new(pattern),
            Err(issue) => {
                issues.push(*issue);
                continue;
            }
        };
        let rank = Rank { text: Arc::from(collation::sort_key(text)), id: Arc::clone(&id), at };
        for prefix in pattern.prefixes() {
            let key = Key { prefix: Arc::from(prefix.as_slice()), rank: rank.clone() };
            rows.push((key, (Arc::clone(&pattern), Arc::clone(entry))));
        }
    }
    rows
}
