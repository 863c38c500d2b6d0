//! How many calls an account may have at a time: its document `limits`.
//!
//! `calls` bounds all calls, `resource_consuming_calls` those with a carrier in either direction. `inbound_trunks`,
//! `outbound_trunks`, `twoway_trunks` and `burst_trunks` are lines to the public network: a call in one direction takes
//! a line for it, else one for both, else a burst line. A member that is absent or negative bounds nothing; lines bound
//! something as soon as one kind of them is named, and the kinds that are not named count as none. Emergency calls are
//! never held back. Source: the members are those of the schema `limits`; what they mean is Kazoo's public
//! documentation of them.
//!
//! Not here: money (`allow_prepay` and the like are kept and have no effect), and counting, which the driver does.

use serde_json::Value;

use crate::command::{Action, Query};
use crate::cx::Cx;
use crate::input::{Done, Loaded, Usage};
use crate::lenient::Read;

/// The member of the account as it is loaded that has the document.
pub(crate) const MEMBER: &str = "pvt_limits";

/// A call's way through the public network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Inbound,
    Outbound,
}

/// Refuses a call that is one too many; true when it did. Internal calls count as calls, those from outside as lines too.
pub(crate) async fn refuse(cx: &Cx, account: &Value) -> bool {
    let Some(limits) = account.at(&[MEMBER]) else { return false };
    let Some(usage) = usage(cx).await else { return false };
    let from_outside = cx.with(|state| state.setup.facts.is_offnet());
    let reached = if is_below(limits, "calls", usage.calls) {
        from_outside.then(|| carrier_limit(limits, usage, Way::Inbound)).flatten()
    } else {
        Some("calls")
    };
    let Some(member) = reached else { return false };
    cx.note("EN2047", format!("the account has as many calls as `{member}` of its limits allows"));
    // Not 503, upon which a carrier would stop sending us anything for a while (RFC 3261 section 21.5.4).
    cx.reject_caller(486, Some("Busy Here".to_owned()));
    true
}

/// Whether the account may make one more call through a carrier; noted when it may not.
pub(crate) async fn may_call_out(cx: &Cx) -> bool {
    let account = cx.account().await;
    let Some(limits) = account.at(&[MEMBER]) else { return true };
    let Some(usage) = usage(cx).await else { return true };
    let Some(member) = carrier_limit(limits, usage, Way::Outbound) else { return true };
    cx.note(
        "EN2047",
        format!("the account has as many calls through carriers as `{member}` of its limits allows"),
    );
    false
}

async fn usage(cx: &Cx) -> Option<Usage> {
    let query = cx.start(Action::Load(Query::Usage));
    match cx.completion(query).await {
        Ok(Done::Loaded(Loaded::Usage(usage))) => Some(usage),
        // A call is rather let through than lost because nobody knows.
        Ok(_) => None,
        Err(failure) => {
            cx.note("EN2061", format!("calls in progress are not known: {failure:?}"));
            None
        }
    }
}

/// The member that does not allow one more call through a carrier.
fn carrier_limit(limits: &Value, usage: Usage, way: Way) -> Option<&'static str> {
    if !is_below(limits, "resource_consuming_calls", usage.inbound + usage.outbound) {
        return Some("resource_consuming_calls");
    }
    let lines = |member: &str| limits.int_at(&[member]);
    let kinds = ["inbound_trunks", "outbound_trunks", "twoway_trunks", "burst_trunks"];
    let is_unbounded = |member: &str| lines(member).is_some_and(|lines| lines < 0);
    if kinds.iter().all(|kind| lines(kind).is_none()) || is_unbounded("twoway_trunks") {
        return None;
    }
    let count = |member: &str| lines(member).and_then(|lines| u64::try_from(lines).ok()).unwrap_or_default();
    let (mut inbound, mut outbound) = (usage.inbound, usage.outbound);
    let own = match way {
        Way::Inbound => {
            inbound += 1;
            "inbound_trunks"
        }
        Way::Outbound => {
            outbound += 1;
            "outbound_trunks"
        }
    };
    if is_unbounded(own) {
        return None;
    }
    let beyond = |used: u64, own: &str| if is_unbounded(own) { 0 } else { used.saturating_sub(count(own)) };
    let (beyond_in, beyond_out) = (beyond(inbound, "inbound_trunks"), beyond(outbound, "outbound_trunks"));
    let needs_shared = match way {
        Way::Inbound => beyond_in > 0,
        Way::Outbound => beyond_out > 0,
    };
    let shared = count("twoway_trunks") + count("burst_trunks");
    (needs_shared && beyond_in + beyond_out > shared).then_some(own)
}

/// Whether one more call stays within a member.
fn is_below(limits: &Value, member: &str, used: u64) -> bool {
    match limits.int_at(&[member]).map(u64::try_from) {
        Some(Ok(most)) => used < most,
        // Absent or negative: no bound.
        None | Some(Err(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_taken_by_direction_then_shared() {
        let used = |inbound, outbound| Usage { calls: inbound + outbound, inbound, outbound };
        let table = [
            (json!({}), used(50, 50), Way::Inbound, None),
            (json!({"resource_consuming_calls": 2}), used(1, 0), Way::Outbound, None),
            (
                json!({"resource_consuming_calls": 2}),
                used(1, 1),
                Way::Outbound,
                Some("resource_consuming_calls"),
            ),
            (json!({"inbound_trunks": 1}), used(0, 0), Way::Inbound, None),
            (json!({"inbound_trunks": 1}), used(1, 0), Way::Inbound, Some("inbound_trunks")),
            // Lines for one direction only leave none for the other.
            (json!({"inbound_trunks": 1}), used(0, 0), Way::Outbound, Some("outbound_trunks")),
            (json!({"inbound_trunks": 1, "twoway_trunks": 1}), used(1, 0), Way::Inbound, None),
            (
                json!({"inbound_trunks": 1, "twoway_trunks": 1}),
                used(2, 0),
                Way::Outbound,
                Some("outbound_trunks"),
            ),
            (json!({"twoway_trunks": 2}), used(1, 1), Way::Inbound, Some("inbound_trunks")),
            (json!({"twoway_trunks": 2, "burst_trunks": 1}), used(1, 1), Way::Inbound, None),
            (json!({"twoway_trunks": -1}), used(9, 9), Way::Outbound, None),
            (json!({"outbound_trunks": -1, "inbound_trunks": 0}), used(0, 9), Way::Outbound, None),
            // A line of one's own is free although the shared ones are overdrawn.
            (json!({"outbound_trunks": 1, "twoway_trunks": 1}), used(3, 0), Way::Outbound, None),
            (json!({"outbound_trunks": 0}), used(0, 0), Way::Outbound, Some("outbound_trunks")),
        ];
        for (limits, usage, way, reached) in table {
            assert_eq!(carrier_limit(&limits, usage, way), reached, "{limits} {usage:?} {way:?}");
        }
        assert!(is_below(&json!({"calls": 2}), "calls", 1) && !is_below(&json!({"calls": 2}), "calls", 2));
    }
}
