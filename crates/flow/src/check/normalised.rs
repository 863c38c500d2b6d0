//! Numbers written as no call arrives: what is dialled is brought into one form before it is looked up (reference
//! section 1.4), so `4155550100` never matches where calls come as `+14155550100`.

use crate::account::{AccountIndex, CallflowEntry};
use crate::issue::Issue;
use crate::numbers::Pattern;
use crate::pointer::join;

/// The literal number of a catch-all.
const NO_MATCH: &str = "no_match";

pub(super) fn of_callflow(index: &AccountIndex, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    for (at, number) in entry.numbers.iter().enumerate() {
        if number == NO_MATCH || comes_here(index, entry, number) {
            continue;
        }
        let normal = index.normalise(number);
        if normal != *number {
            let message = format!("`{number}` is looked up as `{normal}`, which does not lead here");
            issues.push(
                Issue::warning("CK1307", join("/numbers", &at.to_string()), message)
                    .with_help(format!("write `{normal}`, or mend the dial plan")),
            );
        }
    }
    for (at, text) in entry.patterns.iter().enumerate() {
        let Ok(pattern) = Pattern::new(text, "") else { continue };
        let examples = pattern.examples();
        let changed =
            |number: &String| index.normalise(number) != *number && !comes_here(index, entry, number);
        let Some(number) = examples.first().filter(|_| examples.iter().all(changed)) else { continue };
        let message = format!(
            "`{text}` gets no call: `{number}`, for one, is looked up as `{}`",
            index.normalise(number)
        );
        issues.push(
            Issue::warning("CK1307", join("/patterns", &at.to_string()), message)
                .with_help("write the pattern for numbers as they are looked up, such as `^\\+1(\\d{10})$`"),
        );
    }
}

fn comes_here(index: &AccountIndex, entry: &CallflowEntry, dialled: &str) -> bool {
    index.lookup(&index.normalise(dialled)).is_ok_and(|found| found.callflow.id == entry.id)
}
