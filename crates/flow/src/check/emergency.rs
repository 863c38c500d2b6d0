//! Emergency numbers that the account keeps to itself: a number or pattern answers them, and no carrier gets the call.
//!
//! Which numbers those are: the account's classifiers marked `emergency` that are plain lists, and those of the country
//! that the account's time zone lies in. Every number is looked up as a telephone's call would be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::subject::{Subject, entered, is_carrier};
use crate::account::CallflowEntry;
use crate::issue::{Issue, Level};
use crate::pointer::join;

/// Emergency numbers by the beginning of time zone names; the longest that fits counts. Fire, police and ambulance, as
/// national numbering plans publish them.
const COUNTRIES: [(&str, &[&str]); 24] = [
    ("Africa/Johannesburg", &["112", "10111", "10177"]),
    ("America/", &["911"]),
    ("America/Argentina/", &["911", "100", "101", "107"]),
    ("America/Sao_Paulo", &["190", "192", "193"]),
    ("Asia/Dubai", &["112", "997", "998", "999"]),
    ("Asia/Hong_Kong", &["112", "999"]),
    ("Asia/Kolkata", &["112", "100", "101", "102", "108"]),
    ("Asia/Seoul", &["112", "119"]),
    ("Asia/Shanghai", &["110", "119", "120"]),
    ("Asia/Singapore", &["995", "999"]),
    ("Asia/Tokyo", &["110", "118", "119"]),
    ("Australia/", &["000", "112"]),
    ("Canada/", &["911"]),
    ("Europe/", &["112"]),
    ("Europe/Berlin", &["110", "112"]),
    ("Europe/Dublin", &["112", "999"]),
    ("Europe/London", &["112", "999"]),
    ("Europe/Paris", &["112", "15", "17", "18"]),
    ("Europe/Rome", &["112", "113", "115", "118"]),
    ("Europe/Vienna", &["112", "122", "133", "144"]),
    ("Europe/Zurich", &["112", "117", "118", "144"]),
    ("Pacific/Auckland", &["111"]),
    ("Pacific/Honolulu", &["911"]),
    ("US/", &["911"]),
];

pub(super) fn check(subject: &Subject<'_>, issues: &mut Vec<Issue>) {
    let index = subject.index;
    let mut kept: BTreeMap<(String, String), (Vec<String>, bool)> = BTreeMap::new();
    for (number, is_certain) in numbers(subject) {
        let looked_up = index.normalise(&number);
        let Ok(found) = index.lookup(&looked_up) else { continue };
        let entry = &found.callflow;
        if found.no_match || leads_out(subject, entry) {
            continue;
        }
        let (pointer, by_pattern) = place(subject, entry, &looked_up);
        let (listed, is_error) = kept.entry((entry.id.clone(), pointer)).or_default();
        listed.push(number);
        *is_error |= is_certain && by_pattern;
    }
    for ((id, pointer), (numbers, is_error)) in kept {
        let listed = numbers.iter().map(|number| format!("`{number}`")).collect::<Vec<_>>().join(", ");
        let is_one = numbers.len() == 1;
        let (what, verb) =
            if is_one { ("an emergency number", "leads") } else { ("emergency numbers", "lead") };
        let message = format!("{listed}: {what} that {verb} here, and no carrier gets the call");
        let issue = Issue::warning("CK1308", pointer, message).with_help(
            "let them pass: keep them out of the pattern, or give them a callflow with `resources`",
        );
        let level = if is_error { Level::Error } else { Level::Warning };
        issues.push(Issue { level, ..issue }.in_document(id));
    }
}

/// Each number, and whether it is one for certain where the account is.
fn numbers(subject: &Subject<'_>) -> BTreeMap<String, bool> {
    let zone = subject.index.account().body.get("timezone").and_then(Value::as_str).unwrap_or_default();
    let country = COUNTRIES.iter().filter(|(beginning, _)| zone.starts_with(beginning));
    let country = country.max_by_key(|(beginning, _)| beginning.len()).map(|(_, numbers)| *numbers);
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    for class in subject.index.classifiers().iter().filter(|class| class.emergency) {
        found.extend(class.listed().into_iter().map(|number| (number, false)));
    }
    found.extend(country.into_iter().flatten().map(|number| ((*number).to_owned(), true)));
    found
}

/// The call comes, or may come, to a carrier or to something that decides elsewhere.
fn leads_out(subject: &Subject<'_>, entry: &CallflowEntry) -> bool {
    entered(subject.index, entry)
        .iter()
        .flat_map(|entry| &entry.flow.nodes)
        .any(|node| is_carrier(node) || matches!(node.module.as_str(), "pivot" | "function"))
}

/// The number or pattern by which the callflow takes a number, and whether it is a pattern.
fn place(subject: &Subject<'_>, entry: &CallflowEntry, number: &str) -> (String, bool) {
    if let Some(at) = entry.numbers.iter().position(|own| own == number) {
        return (join("/numbers", &at.to_string()), false);
    }
    let patterns = subject.index.patterns_matching(number);
    let at = patterns.into_iter().find(|(id, _)| *id == entry.id).map_or(0, |(_, at)| at);
    (join("/patterns", &at.to_string()), true)
}
