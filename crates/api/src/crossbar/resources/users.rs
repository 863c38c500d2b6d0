//! `A/users` (reference "Crossbar" 4.1): unique names, passwords that are never stored, derived features.
//!
//! Not here: login (`login`), password hashes (crate `store`).

use serde_json::{Map, Value, json};
use store::Document;

use super::plain::row;
use super::{Draft, Resource};
use crate::crossbar::context::{Cx, text};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// `A/users`.
pub(crate) static USERS: Resource = Resource {
    key,
    row: list_row,
    prepare,
    check,
    below: |cx, arguments| match arguments {
        [id, "hotdesks"] => Some(devices_at(cx, Some(id))),
        _ => None,
    },
    ..Resource::plain("users", "user", "users")
};

/// Blocks of a user whose `enabled` makes a feature of the same name.
const FEATURES: [&str; 6] =
    ["call_forward", "do_not_disturb", "hotdesk", "music_on_hold", "call_waiting", "conferencing"];

/// `A/hotdesks`, `A/users/{id}/hotdesks`, `A/devices/{id}/hotdesks`: who sits where.
pub(crate) fn hotdesks(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    if !arguments.is_empty() {
        return Err(Failure::NotFound);
    }
    match &cx.within {
        Some(("users", id)) => devices_at(cx, Some(id)),
        _ => devices_at(cx, None),
    }
}

fn devices_at(cx: &Cx<'_>, user: Option<&str>) -> Result<Reply, Failure> {
    if cx.request.verb != Verb::Get {
        return Err(Failure::Method(vec!["GET"]));
    }
    if let Some(user) = user {
        data::document(cx.state, &cx.account, "user", user)?;
    }
    let mut rows = Vec::new();
    for device in data::all(cx.state, &cx.account, "device")? {
        let users =
            device.body.get("hotdesk").and_then(|hotdesk| hotdesk.get("users")).and_then(Value::as_object);
        let here = users.is_some_and(|users| user.map_or(!users.is_empty(), |user| users.contains_key(user)));
        if here {
            rows.push(json!({"device_id": device.id, "device_name": device.body.get("name")}));
        }
    }
    Ok(Reply::ok(Value::Array(rows)))
}

/// The view is ordered by last, then first name.
fn key(document: &Document) -> String {
    let part = |name| text(&document.body, name).unwrap_or_default().to_lowercase();
    format!("{} {}", part("last_name"), part("first_name"))
}

fn list_row(_cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    let names = [
        "username",
        "email",
        "first_name",
        "last_name",
        "priv_level",
        "feature_level",
        "presence_id",
        "timezone",
        "call_recording",
        "service",
    ];
    let mut row = row(document, &names);
    // Clients sort by these without asking whether they exist.
    for name in ["first_name", "last_name"] {
        row.entry(name).or_insert_with(|| json!(""));
    }
    row.insert("features".to_owned(), features(&document.body));
    row
}

fn features(body: &Map<String, Value>) -> Value {
    let enabled = |name: &&str| {
        body.get(*name).and_then(|block| block.get("enabled")).and_then(Value::as_bool).unwrap_or(false)
    };
    let mut features: Vec<&str> = FEATURES.into_iter().filter(|name| enabled(name)).collect();
    let has_caller_id = body.get("caller_id").and_then(Value::as_object).is_some_and(|ids| !ids.is_empty());
    if has_caller_id {
        features.push("caller_id");
    }
    if body.get("vm_to_email_enabled") == Some(&Value::Bool(true)) {
        features.push("vm_to_email");
    }
    Value::from(features)
}

fn prepare(_cx: &Cx<'_>, draft: &mut Draft<'_>) -> Result<(), Failure> {
    if let Some(Value::String(name)) = draft.body.get_mut("username") {
        *name = name.trim().to_lowercase();
    }
    let has_password = text(&draft.body, "password").is_some();
    let name = text(&draft.body, "username").map(str::to_owned);
    match name {
        None if has_password => {
            let id = store::new_id()?;
            let name = format!("user_{}", id.get(..10).unwrap_or(&id));
            draft.body.insert("username".to_owned(), name.into());
        }
        Some(name) if !has_password => {
            let stored = draft.stored.and_then(|stored| text(&stored.body, "username"));
            if stored != Some(name.as_str()) {
                let message = "The password must be provided when updating the username";
                return Err(Failure::invalid("password", "required", message, json!({})));
            }
        }
        _ => {}
    }
    Ok(())
}

fn check(cx: &Cx<'_>, draft: &mut Draft<'_>, tree: &mut Tree) -> Result<(), Failure> {
    let name = text(&draft.body, "username");
    let hotdesk = hotdesk_id(&draft.body);
    if name.is_none() && hotdesk.is_none() {
        return Ok(());
    }
    for other in data::all(cx.state, &cx.account, "user")? {
        if draft.id == Some(other.id.as_str()) {
            continue;
        }
        if name.is_some() && text(&other.body, "username") == name {
            let message = "User name already in use";
            tree.add("username", "unique", message, json!({"cause": name}));
        }
        if hotdesk.is_some() && hotdesk_id(&other.body) == hotdesk {
            tree.add("hotdesk.id", "unique", "Hotdesk ID already in use", json!({"cause": hotdesk}));
        }
    }
    Ok(())
}

fn hotdesk_id(body: &Map<String, Value>) -> Option<&str> {
    body.get("hotdesk")?.get("id")?.as_str().filter(|id| !id.is_empty())
}
