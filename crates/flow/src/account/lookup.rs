//! Which callflow a number leads to (reference section 1.5): static numbers, then patterns, then the catch-all.

use std::sync::Arc;

use indexmap::IndexMap;

use super::patterns::{self, Patterns};
use super::sorted::Sorted;
use super::{CallflowEntry, LookupError, Match};
use crate::issue::Issue;

/// The literal number that makes a callflow the account's catch-all.
pub(super) const NO_MATCH: &str = "no_match";

/// A number and a callflow that names it; the first id of a number wins.
type Claim = (Arc<str>, Arc<str>);

#[derive(Clone, Debug, Default)]
pub(super) struct Routing {
    numbers: Sorted<Claim, Arc<CallflowEntry>>,
    patterns: Patterns,
}

/// What a [`Routing`] is built from.
#[derive(Default)]
pub(super) struct Rows {
    numbers: Vec<(Claim, Arc<CallflowEntry>)>,
    patterns: Vec<patterns::Row>,
}

impl Rows {
    pub(super) fn add(&mut self, entry: &Arc<CallflowEntry>, issues: &mut Vec<Issue>) {
        self.numbers.extend(claims_of(entry).map(|claim| (claim, Arc::clone(entry))));
        self.patterns.extend(patterns::rows_of(entry, issues));
    }
}

impl Routing {
    pub(super) fn build(rows: Rows) -> Self {
        Routing { numbers: Sorted::build(rows.numbers), patterns: Patterns::build(rows.patterns) }
    }

    pub(super) fn insert(&mut self, entry: &Arc<CallflowEntry>, issues: &mut Vec<Issue>) {
        for claim in claims_of(entry) {
            self.numbers.insert(claim, Arc::clone(entry));
        }
        self.patterns.insert(entry, issues);
    }

    pub(super) fn remove(&mut self, entry: &Arc<CallflowEntry>) {
        for claim in claims_of(entry) {
            self.numbers.remove(&claim);
        }
        self.patterns.remove(entry);
    }

    pub(super) fn claims(&self, number: &str) -> impl Iterator<Item = &Arc<CallflowEntry>> {
        self.numbers.starting(|(claimed, _)| claimed.as_ref().cmp(number)).map(|(_, entry)| entry)
    }

    pub(super) fn patterns_matching(&self, number: &str) -> Vec<(String, usize)> {
        self.patterns.matching(number)
    }

    pub(super) fn lookup(&self, number: &str) -> Result<Match, LookupError> {
        if number.is_empty() {
            return Err(LookupError::InvalidNumber);
        }
        if let Some(found) = self.exact(number).or_else(|| self.patterns.best(number)) {
            return Ok(found);
        }
        let digits = number.trim_start_matches('+');
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(LookupError::NotFound);
        }
        self.exact(NO_MATCH).ok_or(LookupError::NotFound)
    }

    fn exact(&self, number: &str) -> Option<Match> {
        let entry = self.claims(number).next()?;
        Some(Match {
            callflow: Arc::clone(entry),
            capture_group: None,
            capture_groups: IndexMap::new(),
            no_match: entry.no_match,
        })
    }
}

fn claims_of(entry: &CallflowEntry) -> impl Iterator<Item = Claim> {
    let id: Arc<str> = Arc::from(entry.id.as_str());
    entry.numbers.iter().map(move |number| (Arc::from(number.as_str()), Arc::clone(&id)))
}
