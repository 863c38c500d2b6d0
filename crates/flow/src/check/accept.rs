//! Findings an account accepts, each with a reason: the document `configs_checks` (in a folder `configs/checks.json`).
//!
//! ```json
//! {"id": "configs_checks", "accept": [
//!   {"code": "CK1102", "document": "door", "reason": "the door rings on by itself"},
//!   {"code": "CK1303", "reason": "*56 is meant to go first"}]}
//! ```
//!
//! `document` and `pointer` (that place and everything below) narrow an entry down; without them it is for the whole
//! account. Only findings of checks can be accepted, faults of form cannot.

use serde_json::Value;

use crate::account::AccountIndex;
use crate::issue::{Issue, Level};
use crate::pointer::join;

use super::{Findings, codes};

/// The document in which an account accepts findings.
pub const ACCEPTANCE: &str = "configs_checks";

/// Most entries read.
const ENTRIES_MAX: usize = 1_000;

/// A finding that the account accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// What was found.
    pub issue: Issue,
    /// Why that is well.
    pub reason: String,
}

struct Entry<'a> {
    code: &'a str,
    document: Option<&'a str>,
    pointer: Option<&'a str>,
    reason: &'a str,
    place: String,
    used: bool,
}

impl Entry<'_> {
    fn is_for(&self, issue: &Issue) -> bool {
        let below = |at: &str| {
            let rest = issue.place.pointer.strip_prefix(at);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.code == issue.code
            && self.document.is_none_or(|id| issue.place.document.as_deref() == Some(id))
            && self.pointer.is_none_or(below)
    }
}

/// Takes what the account accepts out of a list of issues, and tells entries that are incomplete or no longer needed.
pub(super) fn apply(index: &AccountIndex, issues: Vec<Issue>) -> Findings {
    let list = index.document(ACCEPTANCE).and_then(|document| document.body.get("accept"));
    let Some(list) = list.and_then(Value::as_array) else { return Findings { issues, accepted: Vec::new() } };
    let mut findings = Findings::default();
    let mut entries = Vec::new();
    let mut told = Vec::new();
    for (at, value) in list.iter().take(ENTRIES_MAX).enumerate() {
        let place = join("/accept", &at.to_string());
        let text = |member: &str| value.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (text("code").filter(|code| codes::find(code).is_some()), text("reason")) {
            (Some(code), Some(reason)) => entries.push(Entry {
                code,
                document: text("document"),
                pointer: text("pointer"),
                reason,
                place,
                used: false,
            }),
            (None, _) => told.push(
                Issue::warning("CK1801", place, "the entry accepts nothing: it names no code of a check")
                    .with_help("write {\"code\": \"CK....\", \"document\": \"...\", \"reason\": \"...\"}"),
            ),
            (Some(code), None) => told.push(
                Issue::warning("CK1801", place, format!("{code} is not accepted, for no reason is given"))
                    .with_help("write why in `reason`, for whoever asks in a year"),
            ),
        }
    }
    for issue in issues {
        match entries.iter_mut().find(|entry| entry.is_for(&issue)) {
            Some(entry) => {
                entry.used = true;
                findings.accepted.push(Accepted { issue, reason: entry.reason.to_owned() });
            }
            None => findings.issues.push(issue),
        }
    }
    for entry in entries.into_iter().filter(|entry| !entry.used) {
        let message = format!("nothing of {} is found there any more", entry.code);
        let issue = Issue::warning("CK1802", entry.place, message).with_help("take the entry out");
        told.push(Issue { level: Level::Note, ..issue });
    }
    findings.issues.extend(told.into_iter().map(|issue| issue.in_document(ACCEPTANCE)));
    findings.issues.sort_by(|left, right| left.place.document.cmp(&right.place.document));
    findings
}
