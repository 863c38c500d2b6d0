//! Feature codes in conflict: what people are told to dial leads to another callflow (reference section 1.13).
//!
//! A callflow says by `featurecode.number` which code it is for; that is what telephones' leaflets and editors show.

use serde_json::Value;

use crate::account::{AccountIndex, CallflowEntry};
use crate::issue::Issue;

/// Digits dialled behind a code: none, a key, an extension, an outside number.
const BEHIND: [&str; 4] = ["", "1", "1001", "4155550100"];

pub(super) fn of_callflow(index: &AccountIndex, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    let Some(document) = index.document(&entry.id) else { return };
    let Some(code) = document.body.get("featurecode") else { return };
    let number = match code.get("number") {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return,
    };
    // Editors show the star or leave it out.
    let mut spellings = vec![format!("*{number}")];
    if number.starts_with('*') || entry.numbers.contains(&number) {
        spellings.push(number.clone());
    }
    let dialled = |behind: &&str| spellings.iter().map(|code| format!("{code}{behind}")).collect::<Vec<_>>();
    let found = |number: &str| index.lookup(number).ok().filter(|found| !found.no_match);
    let all: Vec<String> = BEHIND.iter().flat_map(dialled).collect();
    if all.iter().any(|number| found(number).is_some_and(|found| found.callflow.id == entry.id)) {
        return;
    }
    let message = match all.iter().find_map(|number| found(number).map(|found| (number, found))) {
        Some((number, found)) => {
            format!("the code is shown as `{number}`, but that leads to `{}`", found.callflow.id)
        }
        None => format!("the code is shown as `*{number}`, but that leads nowhere"),
    };
    issues.push(
        Issue::warning("CK1309", "/featurecode/number", message)
            .with_help("let `featurecode.number` tell what `numbers` or `patterns` take, or free the code"),
    );
}
