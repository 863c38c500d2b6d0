//! What is wrong with an account that a single document cannot show: what `strowger check` reports, and what a save
//! is answered with as warnings.
//!
//! Every check reads the index only, reports with a stable code ([`codes`]) and a place, and never runs a call. A check
//! that cries wolf gets switched off, so each tells only what a call shows: numbers are looked up, patterns are tried
//! on numbers, time rules on moments. Not here: faults of form, which the readers (`kazoo`, `numbers`, `folder`) and
//! the schemas (`schema`) report.

pub mod accept;
mod claims;
pub mod codes;
mod emergency;
mod exits;
mod feature_codes;
mod forwards;
mod fraud;
mod hours;
mod loops;
mod mailboxes;
mod menus;
mod normalised;
mod patterns;
pub mod plans;
mod recording;
mod references;
mod rules;
mod scope;
mod subject;

use jiff::Timestamp;

use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::issue::{Issue, Level};
use accept::Accepted;
use subject::Subject;

/// What the checks found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// What somebody should look at, ordered by document id, then by check, then by place in the document.
    pub issues: Vec<Issue>,
    /// What the account accepts (see [`accept`]), each with the reason given.
    pub accepted: Vec<Accepted>,
}

/// Most issues told of one saved document.
const SAVED_MAX: usize = 20;

/// All checks of an account at a moment: time rules are judged from then on. Without what the account accepts.
pub fn check_account(index: &AccountIndex, now: Timestamp) -> Vec<Issue> {
    findings(index, now).issues
}

/// All checks of an account at a moment, and what it accepts of them.
pub fn findings(index: &AccountIndex, now: Timestamp) -> Findings {
    let subject = Subject::new(index, now);
    let mut issues = Vec::new();
    for entry in index.callflows() {
        of_callflow(&subject, entry, &mut issues);
    }
    for document in index.documents() {
        of_document(&subject, document, &mut issues);
    }
    plans::check(index, &mut issues);
    loops::check(index, index.callflows().map(|entry| entry.id.as_str()), &mut issues);
    forwards::check(&subject, &mut issues);
    claims::overlaps(index, &mut issues);
    emergency::check(&subject, &mut issues);
    issues.sort_by(|left, right| left.place.document.cmp(&right.place.document));
    accept::apply(index, issues)
}

/// Errors and warnings about a document that was just saved: in it, and where callflows use it. At most 20.
///
/// The cost does not grow with what is wrong elsewhere: only this document and the callflows that refer to it are
/// checked.
pub fn check_saved(index: &AccountIndex, id: &str, now: Timestamp) -> Vec<Issue> {
    let Some(document) = index.document(id) else { return Vec::new() };
    let subject = Subject::new(index, now);
    let mut issues = Vec::new();
    if let Some(entry) = index.callflow(id) {
        of_callflow(&subject, &entry, &mut issues);
        loops::check(index, [id], &mut issues);
    } else {
        for (entry, nodes) in scope::users_of(index, document) {
            let mut found = Vec::new();
            of_callflow(&subject, &entry, &mut found);
            issues.extend(found.into_iter().filter(|issue| scope::is_at(&nodes, &issue.place.pointer)));
        }
    }
    of_document(&subject, document, &mut issues);
    if matches!(document.kind.as_str(), "callflow" | "account") {
        emergency::check(&subject, &mut issues);
        issues.retain(|issue| issue.code != "CK1308" || issue.place.document.as_deref() == Some(id));
    }
    let mut issues = accept::apply(index, issues).issues;
    issues.retain(|issue| issue.level > Level::Note && !issue.code.starts_with("CK18"));
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.level));
    issues.truncate(SAVED_MAX);
    issues
}

/// The checks that look at one callflow.
fn of_callflow(subject: &Subject<'_>, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    let before = issues.len();
    references::of_callflow(subject.index, entry, issues);
    exits::of_callflow(subject, entry, issues);
    menus::of_callflow(subject, entry, issues);
    hours::of_callflow(subject, entry, issues);
    recording::of_callflow(entry, issues);
    claims::of_callflow(subject, entry, issues);
    normalised::of_callflow(subject.index, entry, issues);
    patterns::of_callflow(subject.index, entry, issues);
    feature_codes::of_callflow(subject.index, entry, issues);
    fraud::of_callflow(subject, entry, issues);
    for issue in issues.iter_mut().skip(before) {
        issue.place.document.get_or_insert_with(|| entry.id.clone());
    }
}

/// The checks that look at one document of any kind.
fn of_document(subject: &Subject<'_>, document: &Document, issues: &mut Vec<Issue>) {
    let before = issues.len();
    references::of_document(subject.index, document, issues);
    rules::of_document(subject, document, issues);
    mailboxes::of_document(subject, document, issues);
    fraud::of_document(subject, document, issues);
    for issue in issues.iter_mut().skip(before) {
        issue.place.document.get_or_insert_with(|| document.id.clone());
    }
}

#[cfg(test)]
mod tests;
