//! Patterns that lose their calls to other patterns: the one that captures most digits wins, not the one that is
//! written most precisely (reference section 1.5). Judged on numbers that the pattern takes, each looked up.

use crate::account::{AccountIndex, CallflowEntry};
use crate::issue::{Issue, Level};
use crate::numbers::Pattern;
use crate::pointer::join;

use super::claims::is_all_static;

pub(super) fn of_callflow(index: &AccountIndex, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    for (at, text) in entry.patterns.iter().enumerate() {
        // What cannot run, and what only static numbers take, is told elsewhere.
        let Ok(pattern) = Pattern::new(text, "") else { continue };
        if is_all_static(index, text) {
            continue;
        }
        let (examples, is_whole) = examples(&pattern);
        let mut lost: Option<(String, String)> = None;
        let (mut to_patterns, mut to_numbers) = (0, 0);
        for number in &examples {
            let Ok(found) = index.lookup(number) else { continue };
            let winner = &found.callflow;
            if winner.id == entry.id {
                continue;
            }
            if winner.numbers.contains(number) {
                to_numbers += 1;
                continue;
            }
            if winner.patterns.contains(text) {
                // The same pattern twice is a fault of its own.
                return;
            }
            to_patterns += 1;
            lost.get_or_insert_with(|| (number.clone(), winner.id.clone()));
        }
        let Some((number, winner)) = lost else { continue };
        let pointer = join("/patterns", &at.to_string());
        if to_patterns + to_numbers == examples.len() {
            let tried = if is_whole {
                "each of its numbers".to_owned()
            } else {
                format!("{} numbers tried", examples.len())
            };
            issues.push(
                Issue::warning(
                    "CK1305",
                    pointer,
                    format!("`{text}` gets no call: of {tried}, none comes here; `{number}` goes to `{winner}`"),
                )
                .with_help("the pattern that captures most digits wins: let this one capture more, or the other take less"),
            );
        } else {
            let message =
                format!("`{text}` does not get calls to `{number}`: the pattern of `{winner}` captures more");
            let issue = Issue::warning("CK1306", pointer, message)
                .with_help("nothing, when that is meant; else let one of them take less");
            issues.push(Issue { level: Level::Note, ..issue });
        }
    }
}

/// Numbers that the pattern takes, and whether those are all.
fn examples(pattern: &Pattern) -> (Vec<String>, bool) {
    match pattern.texts() {
        Some(texts) => {
            let texts = texts.iter().filter_map(|text| String::from_utf8(text.clone()).ok());
            (texts.collect(), true)
        }
        None => (pattern.examples(), false),
    }
}
