//! Numbers and patterns that several callflows claim, and patterns that static numbers take calls from.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::Subject;
use crate::account::{AccountIndex, CallflowEntry};
use crate::issue::{Issue, Level};
use crate::numbers::Pattern;
use crate::pointer::join;

pub(super) fn of_callflow(subject: &Subject<'_>, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    for (at, number) in entry.numbers.iter().enumerate() {
        let first = subject.index.claims(number).next().filter(|first| first.id != entry.id);
        let Some(first) = first else { continue };
        let message = format!("`{number}` also leads to `{}`, which wins", first.id);
        issues.push(
            Issue::error("CK1301", join("/numbers", &at.to_string()), message)
                .with_help("a number belongs to one callflow: take it out of the other"),
        );
    }
    for (at, text) in entry.patterns.iter().enumerate() {
        let pointer = join("/patterns", &at.to_string());
        if let Some(first) = subject.first_with_pattern(text).filter(|first| *first != entry.id) {
            issues.push(
                Issue::error("CK1302", &pointer, format!("`{text}` is also in `{first}`"))
                    .with_help("a pattern belongs to one callflow: take it out of the other"),
            );
        }
        if is_all_static(subject.index, text) {
            let message = format!("`{text}` is never used: its numbers all lead elsewhere as such");
            issues.push(
                Issue::warning("CK1304", pointer, message).with_help("take the pattern out, or the numbers"),
            );
        }
    }
}

/// All numbers of a pattern are also static numbers, which go first.
pub(super) fn is_all_static(index: &AccountIndex, text: &str) -> bool {
    let Ok(pattern) = Pattern::new(text, "") else { return false };
    let is_static = |number: &Vec<u8>| {
        std::str::from_utf8(number).is_ok_and(|number| index.claims(number).next().is_some())
    };
    pattern.texts().is_some_and(|texts| !texts.is_empty() && texts.iter().all(is_static))
}

/// Patterns of the account that some static number takes calls from.
pub(super) fn overlaps(index: &AccountIndex, issues: &mut Vec<Issue>) {
    // By callflow and place of the pattern: the static numbers it also matches.
    let mut shadowed: BTreeMap<(String, usize), BTreeSet<&str>> = BTreeMap::new();
    for number in index.callflows().flat_map(|entry| &entry.numbers) {
        for key in index.patterns_matching(number) {
            shadowed.entry(key).or_default().insert(number);
        }
    }
    for ((id, at), numbers) in shadowed {
        let Some(entry) = index.callflow(&id) else { continue };
        let Some(text) = entry.patterns.get(at).filter(|text| !is_all_static(index, text)) else { continue };
        let Some(number) = numbers.first() else { continue };
        let more = if numbers.len() > 1 { format!(" and {} more", numbers.len() - 1) } else { String::new() };
        let message = format!("`{text}` does not get calls to `{number}`{more}: a static number goes first");
        let issue = Issue::warning("CK1303", join("/patterns", &at.to_string()), message);
        issues.push(Issue { level: Level::Note, ..issue }.in_document(id));
    }
}
