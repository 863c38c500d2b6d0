//! `A/devices` (reference "Crossbar" 4.1): SIP user names, addresses and MAC addresses that are unique.
//!
//! Not here: registration itself (crate `telephony`, seen through the switchboard).

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};
use store::Document;

use super::plain::row;
use super::{Draft, Resource};
use crate::crossbar::context::{Cx, text};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// `A/devices`.
pub(crate) static DEVICES: Resource =
    Resource { row: list_row, prepare, check, below, ..Resource::plain("devices", "device", "devices") };

fn below(cx: &Cx<'_>, arguments: &[&str]) -> Option<Result<Reply, Failure>> {
    match (arguments, cx.request.verb) {
        (["status"], Verb::Get) => Some(status(cx)),
        (["status"], _) => Some(Err(Failure::Method(vec!["GET"]))),
        ([_, "sync"], Verb::Post) => Some(Err(Failure::NotImplemented)),
        _ => None,
    }
}

fn status(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let rows = cx
        .state
        .switchboard
        .registrations(&cx.account)
        .into_iter()
        .map(|registration| json!({"device_id": registration.device_id, "registered": true}));
    Ok(Reply::ok(rows.collect()))
}

fn list_row(_cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    let mut row = row(document, &["name", "mac_address", "owner_id", "enabled", "mobile", "call_recording"]);
    if let Some(name) = sip(&document.body, "username") {
        row.insert("username".to_owned(), name.into());
    }
    let kind = text(&document.body, "device_type").unwrap_or("sip_device");
    row.insert("device_type".to_owned(), kind.into());
    row
}

fn prepare(cx: &Cx<'_>, draft: &mut Draft<'_>) -> Result<(), Failure> {
    if let Some(address) = text(&draft.body, "mac_address") {
        let bare: String = address.chars().filter(char::is_ascii_hexdigit).collect();
        draft.body.insert("mac_address".to_owned(), bare.to_lowercase().into());
    }
    if let Some(realm) = sip(&draft.body, "realm") {
        let account = data::account(cx.state, &cx.account)?;
        if text(&account.body, "realm").is_some_and(|own| own.eq_ignore_ascii_case(realm))
            && let Some(Value::Object(sip)) = draft.body.get_mut("sip")
        {
            sip.shift_remove("realm");
        }
    }
    Ok(())
}

fn check(cx: &Cx<'_>, draft: &mut Draft<'_>, tree: &mut Tree) -> Result<(), Failure> {
    let kind = |body| text(body, "device_type").unwrap_or("sip_device").to_owned();
    if let Some(stored) = draft.stored
        && kind(&stored.body) != kind(&draft.body)
        && !cx.identity.is_some_and(|identity| identity.is_admin)
    {
        tree.add("device_type", "forbidden", "the type of a device cannot be changed", json!({}));
    }
    if kind(&draft.body) == "mobile"
        && draft.body.get("mobile").and_then(|mobile| mobile.get("mdn")).is_none()
    {
        tree.add("mobile.mdn", "required", "Field is required but missing", json!({}));
    }
    let address = sip(&draft.body, "ip");
    if address.is_some_and(|address| address.parse::<Ipv4Addr>().is_err()) {
        tree.add("sip.ip", "type", "Must be a valid IPv4 RFC 791", json!({"cause": address}));
    }
    let name = sip(&draft.body, "username");
    let mac = text(&draft.body, "mac_address");
    for other in data::all(cx.state, &cx.account, "device")? {
        if draft.id == Some(other.id.as_str()) {
            continue;
        }
        if name.is_some() && sip(&other.body, "username") == name {
            tree.add("sip.username", "unique", "SIP credentials already in use", json!({"cause": name}));
        }
        if address.is_some() && sip(&other.body, "ip") == address {
            tree.add("sip.ip", "unique", "SIP IP already in use", json!({"cause": address}));
        }
        if mac.is_some() && text(&other.body, "mac_address") == mac {
            tree.add("mac_address", "unique", "Mac address already in use", json!({"cause": mac}));
        }
    }
    Ok(())
}

fn sip<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get("sip")?.get(name)?.as_str().filter(|text| !text.is_empty())
}
