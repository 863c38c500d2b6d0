//! Connecting the caller to a number: a telephone or user of the account whose number it is, else through a carrier.

use std::sync::Arc;
use std::time::Duration;

use flow::account::services::{CUSTOMER_PROFILE, is_set};
use flow::n2fe::prefixes::{Prefixes, digits_of};
use serde_json::Value;

use crate::bridge::{self, Attempt, BridgeEnd, Order, Party};
use crate::carrier;
use crate::cause::Cause;
use crate::command::View;
use crate::cx::{Cx, HungUp};
use crate::lenient::Read;
use crate::module::{Next, Outcome};
use crate::outbound::{self, Outbound};
use crate::ring::{self, Options};

use super::{always_presents, exit, is_connected};

/// A carrier's time when the plan names none.
const CARRIER_TIMEOUT: Duration = Duration::from_secs(120);

/// The tag that has termination numbers substituted.
const SWAP_TAG: &str = "pt_termination_number_swap_activation";

/// The tag with the numbers: a tree of prefixes, also as JSON text.
const SWAP_MAPPING_TAG: &str = "pt_termination_number_swap_mapping";

/// What became of an attempt that did not reach anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreached {
    /// Engaged, or it declined.
    Busy,
    /// It rang, or could not be rung now.
    NoAnswer,
    /// There is no such number.
    NoSuchNumber,
}

/// Why nobody was reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    /// The outcome that picks the exit.
    pub(super) why: Unreached,
    /// The cause the caller gets when nothing follows.
    pub(super) cause: Cause,
}

/// Calls a number and lets the two talk. `None` when they did; the conversation is over then.
pub(super) async fn call(cx: &Cx, address: &str, timeout_s: u32) -> Result<Option<Failed>, HungUp> {
    cx.vars(|vars| vars.plan.pending = Some(address.to_owned()));
    let swapped = swapped(cx, address).await;
    let address = swapped.as_deref().unwrap_or(address);
    let end = match own_telephones(cx, address).await {
        Some(id) => ring(cx, &id, timeout_s).await?,
        None => dial_out(cx, &e164_first(address), timeout_s).await?,
    };
    Ok(failed(cx, end))
}

/// What is called instead of a number while the customer's termination numbers are substituted.
async fn swapped(cx: &Cx, address: &str) -> Option<String> {
    let profile = cx.document(CUSTOMER_PROFILE).await?;
    if !is_set(&profile, SWAP_TAG) {
        return None;
    }
    let read;
    let mapping = match profile.at(&["profile_tags", SWAP_MAPPING_TAG])? {
        Value::String(text) => {
            read = serde_json::from_str(text).ok()?;
            &read
        }
        mapping => mapping,
    };
    let number = Prefixes::read(Some(mapping)).find(address).map(|number| digits_of(number))?;
    (!number.is_empty()).then_some(number)
}

/// Sends the call on to a number of the network, as it is written and through carriers only.
pub(super) async fn send_on(cx: &Cx, address: &str) -> Result<Option<Failed>, HungUp> {
    let end = dial_out(cx, &[address.to_owned()], 0).await?;
    Ok(failed(cx, end))
}

fn failed(cx: &Cx, end: BridgeEnd) -> Option<Failed> {
    match end {
        BridgeEnd::Bridged => None,
        BridgeEnd::Failed { cause, status } => {
            cx.note("EN2013", format!("nobody answered: {} {status}", cause.name()));
            Some(Failed { why: why(cause), cause })
        }
    }
}

/// Calls a number; what failed leaves by exit 0, and ends the call with its cause when nothing is connected there.
pub(super) async fn call_or_exit(cx: &Cx, address: &str, timeout_s: u32) -> Outcome {
    match call(cx, address, timeout_s).await? {
        None => Ok(Next::Stop(None)),
        Some(failed) => leave(cx, 0, failed.cause),
    }
}

/// Leaves by an exit after a failure; without an operation behind it the call ends with the cause.
pub(super) fn leave(cx: &Cx, index: usize, cause: Cause) -> Outcome {
    if is_connected(cx, index) { exit(index) } else { Ok(Next::Stop(Some(cause))) }
}

fn why(cause: Cause) -> Unreached {
    match cause {
        Cause::UserBusy | Cause::CallRejected => Unreached::Busy,
        Cause::UnallocatedNumber
        | Cause::NoRouteDestination
        | Cause::InvalidNumberFormat
        | Cause::NumberChanged => Unreached::NoSuchNumber,
        _ => Unreached::NoAnswer,
    }
}

/// A number as it may be written in the account: as in the plan, and in E.164.
fn forms(address: &str) -> Vec<String> {
    let mut forms = vec![address.to_owned()];
    if is_international(address) {
        forms.push(format!("+{address}"));
    }
    forms
}

/// The forms in which carriers are asked.
fn e164_first(address: &str) -> Vec<String> {
    let mut forms = forms(address);
    forms.reverse();
    forms
}

/// Plans write international numbers without a plus sign; shorter ones and those with a trunk prefix are national.
fn is_international(address: &str) -> bool {
    address.len() >= 8 && !address.starts_with('0') && address.bytes().all(|byte| byte.is_ascii_digit())
}

/// The device or user whose number it is: the callflow of that number rings it, or it is the device's SIP user name.
async fn own_telephones(cx: &Cx, address: &str) -> Option<String> {
    for form in forms(address) {
        if let Some(callflow) = cx.lookup(&form).await.filter(|callflow| !callflow.no_match)
            && let Some(entry) = callflow.flow.entry_node()
            && matches!(entry.module.as_str(), "device" | "user")
            && let Some(id) = entry.data.get("id").and_then(Value::as_str)
        {
            return Some(id.to_owned());
        }
    }
    let devices = cx.list(View::SipUsername { username: address.to_owned() }).await;
    devices.first().and_then(|device| device.text_at(&["id"]))
}

async fn ring(cx: &Cx, id: &str, timeout_s: u32) -> Result<BridgeEnd, HungUp> {
    let mut parties = ring::parties(cx, id, &Options::default()).await;
    if always_presents(cx) {
        present(&mut parties);
    }
    if parties.is_empty() {
        return Ok(BridgeEnd::Failed { cause: Cause::SubscriberAbsent, status: 0 });
    }
    let attempt = Attempt {
        parties,
        order: Order::AllAtOnce,
        timeout: ring::seconds(i64::from(timeout_s)).unwrap_or(bridge::DEFAULT_TIMEOUT),
        ringback: ring::ringback(cx, None),
        ignore_early_media: true,
        fail_on_single_reject: false,
    };
    bridge::run(cx, attempt).await
}

/// Shows the caller to these parties and to those that are rung in their place.
fn present(parties: &mut [Party]) {
    for party in parties {
        party.caller_id.hide_number = false;
        party.caller_id.hide_name = false;
        present(&mut party.fallback);
    }
}

/// Calls the first of these forms of a number that a carrier takes; the account's own carriers come before shared ones.
async fn dial_out(cx: &Cx, forms: &[String], timeout_s: u32) -> Result<BridgeEnd, HungUp> {
    let taking = |resources: &[Arc<Value>]| {
        let mut found = forms.iter().map(|form| carrier::routes(resources, form, &[]));
        found.find(|routes| !routes.is_empty()).unwrap_or_default()
    };
    let mut routes = taking(&cx.list(View::OfType { kind: "resource".to_owned() }).await);
    if routes.is_empty() {
        routes = taking(&cx.list(View::GlobalResources).await);
    }
    let how = Outbound {
        always_present: always_presents(cx),
        timeout: ring::seconds(i64::from(timeout_s)).unwrap_or(CARRIER_TIMEOUT),
        ringback: ring::ringback(cx, None),
        ..Outbound::default()
    };
    outbound::through(cx, routes, &how).await
}
