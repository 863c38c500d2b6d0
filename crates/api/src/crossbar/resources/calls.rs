//! Calls in progress, registered phones and call records: `channels`, `registrations`, `cdrs` (reference
//! "Crossbar" 4.1).
//!
//! Not here: carrying calls (behind the switchboard).

use serde_json::{Map, Value, json};
use store::{CallList, CallRecord};

use crate::crossbar::context::Cx;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::list::{self, Entry, Page};
use crate::crossbar::request::Verb;
use crate::switchboard::{CallSummary, Direction};
use crate::time;

/// The longest window of call records, in seconds: 31 days and an hour (reference "Crossbar" 1.7).
const WINDOW_MAX_S: u64 = 31 * 86_400 + 3_600;

/// `A/channels`, also below a user or device.
pub(crate) fn channels(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    let calls = cx.state.switchboard.calls(&cx.account).into_iter().filter(|call| match &cx.within {
        Some(("users", id)) => call.owner_id.as_ref() == Some(id),
        Some(("devices", id)) => call.authorizing_id.as_ref() == Some(id),
        _ => true,
    });
    let calls: Vec<CallSummary> = calls.collect();
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => Ok(Reply::ok(calls.iter().map(row).collect())),
        ([], _) => Err(Failure::Method(vec!["GET"])),
        ([id], verb) => {
            let call = calls.iter().find(|call| call.id == *id);
            let call = call.ok_or_else(|| Failure::BadIdentifier((*id).to_owned()))?;
            match verb {
                Verb::Get => Ok(Reply::ok(row(call))),
                Verb::Post => act(cx, call),
                Verb::Put => Err(Failure::NotImplemented),
                _ => Err(Failure::Method(vec!["GET", "PUT", "POST"])),
            }
        }
        _ => Err(Failure::NotFound),
    }
}

fn act(cx: &Cx<'_>, call: &CallSummary) -> Result<Reply, Failure> {
    let action = cx.data()?.get("action").and_then(Value::as_str).unwrap_or_default();
    match action {
        "hangup" => match cx.state.switchboard.hang_up(&cx.account, &call.id) {
            true => Ok(Reply::ok(row(call))),
            false => Err(Failure::BadIdentifier(call.id.clone())),
        },
        "transfer" | "break" | "callflow" | "intercept" => Err(Failure::NotImplemented),
        "" => Err(Failure::required("action")),
        other => {
            let known = json!(["transfer", "hangup", "break", "callflow", "intercept"]);
            let members = json!({"target": known, "value": other});
            Err(Failure::invalid("action", "enum", "Value not found in enumerated list of values", members))
        }
    }
}

fn row(call: &CallSummary) -> Value {
    json!({
        "uuid": call.id,
        "direction": match call.direction { Direction::Inbound => "inbound", Direction::Outbound => "outbound" },
        "answered": call.answered.is_some(),
        "authorizing_id": call.authorizing_id,
        "authorizing_type": call.authorizing_id.as_ref().map(|_| "device"),
        "destination": call.to,
        "other_leg": call.other_leg,
        "owner_id": call.owner_id,
        "presence_id": Value::Null,
        "timestamp": call.started,
        "username": call.from,
    })
}

/// `A/registrations`: who is registered; DELETE is not offered.
pub(crate) fn registrations(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    let phones = cx.state.switchboard.registrations(&cx.account);
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => Ok(Reply::ok(
            phones
                .iter()
                .map(|phone| {
                    json!({
                        "authorizing_id": phone.device_id,
                        "authorizing_type": "device",
                        "username": phone.username,
                        "contact": phone.contact,
                        "user_agent": phone.user_agent,
                        "source": phone.source,
                        "expires": phone.expires_s,
                    })
                })
                .collect(),
        )),
        (["count"], Verb::Get) => Ok(Reply::ok(json!({"count": phones.len()}))),
        ([] | ["count"], _) => Err(Failure::Method(vec!["GET"])),
        _ => Err(Failure::NotFound),
    }
}

/// `A/cdrs`: a window of time, one record, or the legs of one call.
pub(crate) fn records(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    if cx.request.verb != Verb::Get {
        return Err(Failure::Method(vec!["GET"]));
    }
    match arguments {
        [] | ["interaction"] => {
            let (from, to) = window(cx)?;
            let query = CallList { from, until: Some(to + 1), descending: true, ..CallList::default() };
            let page = page(cx, &cx.state.store.calls(&cx.account, &query)?);
            Ok(Reply::page(page))
        }
        ["legs", id] => Ok(Reply::page(page(cx, &cx.state.store.calls_with_id(&cx.account, id)?))),
        [id] => Ok(Reply::ok(Value::Object(record(&cx.state.store.call(&cx.account, id)?)))),
        _ => Err(Failure::NotFound),
    }
}

/// `created_from` and `created_to`; the last 31 days and an hour by default, and not longer.
fn window(cx: &Cx<'_>) -> Result<(u64, u64), Failure> {
    let stamp = |name: &str| cx.request.parameter(name).and_then(|value| value.parse::<u64>().ok());
    let (from, to) = match (stamp("created_from"), stamp("created_to")) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, from.saturating_add(WINDOW_MAX_S)),
        (None, to) => {
            let to = to.unwrap_or_else(time::gregorian_now_s);
            (to.saturating_sub(WINDOW_MAX_S), to)
        }
    };
    let wrong = |message: &str, cause: u64| {
        Failure::invalid("created_from", "date_range", message, json!({"cause": cause}))
    };
    if from > to {
        Err(wrong("created_from is after created_to", from))
    } else if to - from > WINDOW_MAX_S {
        Err(wrong("the window is longer than 31 days and an hour", to - from))
    } else {
        Ok((from, to.min(u64::MAX - 1)))
    }
}

fn page(cx: &Cx<'_>, records: &[CallRecord]) -> Page {
    let entries = records.iter().map(|call| Entry {
        key: format!("{:012}", call.started),
        id: call.id.clone(),
        document: record(call),
        created: call.started,
        modified: call.ended,
    });
    // The window took `created_from` and `created_to` already.
    list::page(entries.collect(), &cx.filters(), &cx.paging(), |entry| Value::Object(entry.document.clone()))
}

/// A call record as its driver wrote it, with the facts every record has.
fn record(call: &CallRecord) -> Map<String, Value> {
    let mut shown = call.cdr.clone();
    for (name, value) in [
        ("id", json!(call.id)),
        ("call_id", json!(call.call_id)),
        ("timestamp", json!(call.started)),
        ("from", json!(call.from)),
        ("to", json!(call.to)),
        ("caller_id_number", json!(call.from)),
        ("callee_id_number", json!(call.to)),
        ("hangup_cause", json!(call.cause)),
        ("result", json!(call.result)),
        ("duration_seconds", json!(call.duration_s)),
        ("billing_seconds", json!(call.billing_s)),
        ("callflow_id", json!(call.callflow)),
        ("callflow_version", json!(call.version)),
    ] {
        shown.entry(name).or_insert(value);
    }
    shown
}
