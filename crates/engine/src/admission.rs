//! Who may call at all: blacklists, restricted numbers of a service number, anonymous callers, and what the caller's telephone is not allowed to call
//! (reference sections 1.3, 1.8 and 1.9). Checked before the first node.

use serde_json::Value;

use flow::numbers::DialPlan;

use crate::command::View;
use crate::cx::{Cx, HungUp};
use crate::endpoint::{self, Endpoint};
use crate::lenient::{self, Read};
use crate::number;

/// Blacklists of one account that are read.
const BLACKLISTS_MAX: usize = 50;

/// Words that stand for a number which is withheld.
const WITHHELD: &[&str] = &["", "anonymous", "restricted", "unavailable", "unknown", "private", "withheld"];

/// Refuses a caller from outside whom the account does not want; true when it has.
pub(crate) async fn screen(cx: &Cx, account: &Value) -> bool {
    let facts = cx.with(|state| state.setup.facts.clone());
    let Some(Value::Array(blacklists)) = account.at(&["blacklists"]).filter(|_| facts.is_offnet()) else {
        return false;
    };
    let withheld = WITHHELD.contains(&facts.caller_id_number.to_ascii_lowercase().as_str());
    let caller = number::spellings(cx, &facts.caller_id_number).await;
    for id in blacklists.iter().filter_map(lenient::as_text).take(BLACKLISTS_MAX) {
        let Some(blacklist) = cx.document(&id).await else { continue };
        if (facts.privacy || withheld) && blacklist.is_true_at(&["should_block_anonymous"], false) {
            cx.note("EN2028", format!("anonymous calls are refused by the blacklist `{id}`"));
            cx.reject_caller(433, Some("Anonymity Disallowed".to_owned()));
            return true;
        }
        let listed = |spelling: &String| blacklist.at(&["numbers", spelling]).is_some();
        if caller.iter().any(listed) {
            cx.note("EN2028", format!("the caller is in the blacklist `{id}`"));
            cx.reject_caller(603, Some("Decline".to_owned()));
            return true;
        }
    }
    false
}

/// Refuses a caller whose number is restricted at the dialled service number (reference "N2FE" 1.6); true when it is.
/// Whether they withhold it makes no difference: the network knows it.
pub(crate) async fn bar(cx: &Cx) -> bool {
    let called = cx.with(|state| state.setup.callflow.service_number.clone());
    let Some(called) = called else { return false };
    let Some(document) = cx.document(&called).await else { return false };
    let Some(Value::Object(restricted)) = document.at(&["number_restrictions"]) else { return false };
    let caller = cx.with(|state| state.setup.facts.caller_id_number.clone());
    let listed = |number: &str| restricted.contains_key(number);
    for spelling in number::spellings(cx, &caller).await {
        let digits = spelling.trim_start_matches('+');
        if listed(digits) || listed(&format!("+{digits}")) {
            cx.note("EN2028", "the caller is a restricted number of the service number");
            cx.reject_caller(603, Some("Decline".to_owned()));
            return true;
        }
    }
    false
}

/// Tells a caller whose telephone may not make this call so; true when it may not, and the call is to end.
pub(crate) async fn restrict(cx: &Cx) -> Result<bool, HungUp> {
    let Some(id) = calling_endpoint(cx).await else { return Ok(false) };
    let Some(endpoint) = Endpoint::load(cx, &id).await else { return Ok(false) };
    if !is_restricted(cx, &endpoint).await {
        return Ok(false);
    }
    refuse(cx).await?;
    Ok(true)
}

/// Answers and tells the caller that they may not make this call.
pub(crate) async fn refuse(cx: &Cx) -> Result<(), HungUp> {
    cx.note("EN2029", "this call is not allowed to whoever makes it");
    cx.answer().await?;
    cx.prompt("cf-unauthorized_call").await?;
    Ok(())
}

/// The class of a number that an endpoint dials: its own dial plan comes first.
pub(crate) async fn class_of(cx: &Cx, endpoint: &Endpoint, number: &str) -> String {
    let plan = endpoint.merged("dial_plan");
    let planned = if plan.is_empty() || number.starts_with(['*', '+']) {
        number.to_owned()
    } else {
        DialPlan::read(&plan, "/dial_plan").0.apply_first(number)
    };
    number::read(cx, &planned).await.class
}

/// The endpoint whose restrictions count: who transferred or diverted the call here, else who makes it. Somebody
/// unknown who did so takes the caller's authorisation away.
async fn calling_endpoint(cx: &Cx) -> Option<String> {
    let facts = cx.with(|state| state.setup.facts.clone());
    for username in [facts.referred_by, facts.redirected_by].into_iter().flatten() {
        let found = cx.list(View::SipUsername { username }).await;
        match found.first().and_then(|device| device.text_at(&["id"])) {
            Some(id) => return Some(id),
            None => cx.with(|state| state.setup.facts.authorizing_id = None),
        }
    }
    cx.with(|state| state.setup.facts.authorizing_id.clone())
}

async fn is_restricted(cx: &Cx, endpoint: &Endpoint) -> bool {
    if endpoint.has_no_audio() {
        return true;
    }
    if endpoint.denies("closed_groups")
        && let Some(callee) = called_extension(cx)
    {
        return !share_a_group(cx, endpoint, &callee).await;
    }
    let number = cx.vars(|vars| vars.capture_group.clone().filter(|captured| !captured.is_empty()));
    let number = number.unwrap_or_else(|| cx.with(|state| state.setup.facts.request.clone()));
    let class = class_of(cx, endpoint, &number).await;
    endpoint.denies(&class)
}

/// The person or telephone that the flow begins with, if it does.
fn called_extension(cx: &Cx) -> Option<String> {
    let flow = cx.with(|state| state.setup.callflow.flow.clone());
    let root = flow.entry_node()?;
    matches!(root.module.as_str(), "user" | "device")
        .then(|| root.data.get("id").and_then(lenient::as_text))?
}

async fn share_a_group(cx: &Cx, caller: &Endpoint, callee: &str) -> bool {
    let mut own = groups_of(cx, &caller.id).await;
    for id in caller.people() {
        own.extend(groups_of(cx, &id).await);
    }
    let common = |groups: Vec<String>| groups.iter().any(|group| own.contains(group));
    if common(groups_of(cx, callee).await) {
        return true;
    }
    let owners = match Endpoint::load(cx, callee).await {
        Some(callee) if callee.kind == endpoint::Kind::Device => callee.people(),
        _ => Vec::new(),
    };
    for owner in owners {
        if common(groups_of(cx, &owner).await) {
            return true;
        }
    }
    false
}

async fn groups_of(cx: &Cx, endpoint_id: &str) -> Vec<String> {
    let groups = cx.list(View::GroupsWith { endpoint_id: endpoint_id.to_owned() }).await;
    groups.iter().filter_map(|group| group.text_at(&["id"])).collect()
}
