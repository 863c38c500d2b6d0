//! Calling a number through carriers, one after the other until one reaches it (reference section 3.3, `resources`).
//!
//! Not here: which carriers take a number (`carrier`), and what follows a failure (the modules).

use std::time::Duration;

use crate::bridge::{self, Attempt, BridgeEnd, Order, Party};
use crate::call_limits;
use crate::caller_id;
use crate::carrier::Route;
use crate::cause::Cause;
use crate::cx::{Cx, HungUp};
use crate::media::Media;

/// How carriers are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbound {
    /// Which caller id is shown; `None` for the external one, to emergency services theirs.
    pub(crate) caller_id_type: Option<String>,
    /// Show the caller's number even when they withhold it.
    pub(crate) always_present: bool,
    /// More SIP headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Each carrier's time.
    pub(crate) timeout: Duration,
    /// What the caller hears meanwhile.
    pub(crate) ringback: Option<Media>,
    /// A carrier's audio before the answer is not passed on.
    pub(crate) ignore_early_media: bool,
}

/// Tries the routes in order. A called party that is there and does not want to talk ends it: another carrier would ring
/// them again.
pub(crate) async fn through(cx: &Cx, routes: Vec<Route>, how: &Outbound) -> Result<BridgeEnd, HungUp> {
    let mut end = BridgeEnd::Failed { cause: Cause::NoRouteDestination, status: 0 };
    if routes.is_empty() {
        cx.note("EN2020", "no carrier takes the number");
    }
    let is_emergency = routes.iter().any(|route| route.emergency);
    if !routes.is_empty() && !is_emergency && !call_limits::may_call_out(cx).await {
        return Ok(BridgeEnd::Failed { cause: Cause::NormalCircuitCongestion, status: 503 });
    }
    for route in routes {
        end = bridge::run(cx, attempt(cx, route, how).await).await?;
        match end {
            BridgeEnd::Bridged
            | BridgeEnd::Failed { cause: Cause::UserBusy | Cause::NoAnswer | Cause::CallRejected, .. } => {
                break;
            }
            BridgeEnd::Failed { .. } => {}
        }
    }
    Ok(end)
}

pub(crate) async fn attempt(cx: &Cx, route: Route, how: &Outbound) -> Attempt {
    let kind = how.caller_id_type.as_deref().or(route.emergency.then_some("emergency")).unwrap_or("external");
    let mut caller_id = caller_id::for_leg(cx, Some(kind)).await;
    if how.always_present {
        caller_id.hide_number = false;
        caller_id.hide_name = false;
    }
    let mut headers = route.headers;
    headers.extend(how.headers.iter().cloned());
    Attempt {
        parties: vec![Party {
            headers,
            codecs: route.codecs,
            ..Party::new(route.target, route.label, caller_id)
        }],
        order: Order::AllAtOnce,
        timeout: how.timeout,
        ringback: how.ringback.clone(),
        ignore_early_media: how.ignore_early_media,
        fail_on_single_reject: false,
    }
}
