//! What the checks say of a document that was just saved or is shown.
//!
//! Not here: the checks (`flow::check`), which never refuse anything.

use flow::issue::Issue;
use jiff::Timestamp;
use serde_json::Value;

use crate::state::Shared;

/// Errors and warnings about a document as it is live now.
pub(crate) fn issues(state: &Shared, account: &str, id: &str) -> Vec<Issue> {
    let Some(index) = state.store.index(account) else { return Vec::new() };
    flow::check::check_saved(&index, id, Timestamp::now())
}

/// The same as JSON.
pub(crate) fn warnings(state: &Shared, account: &str, id: &str) -> Vec<Value> {
    issues(state, account, id).iter().filter_map(|issue| serde_json::to_value(issue).ok()).collect()
}
