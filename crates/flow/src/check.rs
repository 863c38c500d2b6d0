//! What is wrong with an account that a single document cannot show: what `strowger check` reports.
//!
//! Every check reads the index only, reports with a stable code and a place, and never runs a call. Not here: faults
//! of form, which the readers (`kazoo`, `numbers`, `folder`) and the schemas (`schema`) report.

mod claims;
mod exits;
mod loops;
pub mod plans;
mod references;

use crate::account::AccountIndex;
use crate::issue::Issue;

/// All checks of an account, ordered by document id, then by check, then by place in the document.
///
/// `CK10xx` what an id names, `CK11xx` exits of nodes, `CK12xx` flows that go round, `CK13xx` numbers and patterns.
pub fn check_account(index: &AccountIndex) -> Vec<Issue> {
    let mut issues = Vec::new();
    references::check(index, &mut issues);
    plans::check(index, &mut issues);
    exits::check(index, &mut issues);
    loops::check(index, &mut issues);
    claims::check(index, &mut issues);
    issues.sort_by(|left, right| left.place.document.cmp(&right.place.document));
    issues
}

#[cfg(test)]
mod tests;
