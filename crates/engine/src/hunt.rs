//! Which numbers may be looked up for a caller: patterns that let through or hold back (`menu`, `branch_bnumber`), and
//! who may use the account's catch-all (reference sections 1.6 and 7.8).

use flow::numbers::CatchAll;
use regex::{Regex, RegexBuilder};

use crate::command::View;
use crate::cx::Cx;
use crate::input::Callflow;

/// Largest compiled pattern of a document.
const PATTERN_BYTES_MAX: usize = 1 << 18;

/// A pattern of a document, compiled; `None`, noted under `code`, for one that cannot be read.
pub(crate) fn pattern(cx: &Cx, code: &str, pattern: &str) -> Option<Regex> {
    match RegexBuilder::new(pattern).size_limit(PATTERN_BYTES_MAX).build() {
        Ok(pattern) => Some(pattern),
        Err(_) => {
            cx.note(code, format!("`{pattern}` is no valid pattern"));
            None
        }
    }
}

/// An `allow` that is no pattern lets nothing through; a `deny` that is none stops nothing.
pub(crate) fn is_allowed(cx: &Cx, allow: Option<&str>, deny: Option<&str>, number: &str) -> bool {
    let matches = |text: &str| pattern(cx, "EN2016", text).is_some_and(|pattern| pattern.is_match(number));
    allow.is_none_or(matches) && !deny.is_some_and(matches)
}

/// The callflow of a number, unless it is the catch-all and this caller may not use it.
pub(crate) async fn lookup(cx: &Cx, number: &str) -> Option<Callflow> {
    let callflow = cx.lookup(number).await?;
    (!callflow.no_match || may_use_catch_all(cx).await).then_some(callflow)
}

async fn may_use_catch_all(cx: &Cx) -> bool {
    let facts = cx.with(|state| state.setup.facts.clone());
    let permission = CatchAll {
        authorizing_type: facts.authorizing_type.as_deref(),
        referred_by_known: is_known(cx, facts.referred_by).await,
        redirected_by_known: is_known(cx, facts.redirected_by).await,
        context_allowed: false,
    };
    permission.is_allowed()
}

async fn is_known(cx: &Cx, username: Option<String>) -> bool {
    match username {
        Some(username) => !cx.list(View::SipUsername { username }).await.is_empty(),
        None => false,
    }
}
