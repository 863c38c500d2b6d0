//! Numbers and patterns that several callflows claim, and patterns that static numbers take calls from.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::AccountIndex;
use crate::issue::Issue;
use crate::numbers::Pattern;
use crate::pointer::join;

pub(super) fn check(index: &AccountIndex, issues: &mut Vec<Issue>) {
    let mut first_with_pattern: BTreeMap<&str, &str> = BTreeMap::new();
    // By callflow and place of the pattern: the static numbers it also matches.
    let mut shadowed: BTreeMap<(String, usize), BTreeSet<&str>> = BTreeMap::new();
    for entry in index.callflows() {
        for (at, number) in entry.numbers.iter().enumerate() {
            let pointer = join("/numbers", &at.to_string());
            match index.claims(number).next() {
                Some(first) if first.id != entry.id => issues.push(
                    Issue::error(
                        "CK1301",
                        pointer,
                        format!("`{number}` also leads to `{}`, which wins", first.id),
                    )
                    .with_help("a number belongs to one callflow: take it out of the other")
                    .in_document(&entry.id),
                ),
                _ => {}
            }
            for key in index.patterns_matching(number) {
                shadowed.entry(key).or_default().insert(number);
            }
        }
        for (at, text) in entry.patterns.iter().enumerate() {
            let first = *first_with_pattern.entry(text).or_insert(&entry.id);
            if first != entry.id {
                issues.push(
                    Issue::error(
                        "CK1302",
                        join("/patterns", &at.to_string()),
                        format!("`{text}` is also in `{first}`"),
                    )
                    .with_help("a pattern belongs to one callflow: take it out of the other")
                    .in_document(&entry.id),
                );
            }
        }
    }
    for ((id, at), numbers) in shadowed {
        let Some(entry) = index.callflow(&id) else { continue };
        let Some(text) = entry.patterns.get(at) else { continue };
        let Some(number) = numbers.first() else { continue };
        let count = numbers.len();
        let pointer = join("/patterns", &at.to_string());
        let all = Pattern::new(text, "").ok().and_then(|pattern| pattern.texts().map(<[_]>::len));
        let issue = if all.is_some_and(|all| count >= all) {
            Issue::warning(
                "CK1304",
                pointer,
                format!("`{text}` is never used: its numbers all lead elsewhere as such"),
            )
            .with_help("take the pattern out, or the numbers")
        } else {
            let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
            let message =
                format!("`{text}` does not get calls to `{number}`{more}: a static number goes first");
            Issue { level: crate::issue::Level::Note, ..Issue::warning("CK1303", pointer, message) }
        };
        issues.push(issue.in_document(id));
    }
}
