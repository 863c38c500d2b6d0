//! `A/vmboxes` (reference "Crossbar" 4.1): mailbox numbers that are unique.
//!
//! Not here: the messages (`messages`).

use serde_json::{Map, Value, json};
use store::Document;

use super::plain::row;
use super::{Draft, Resource, messages};
use crate::crossbar::context::Cx;
use crate::crossbar::data;
use crate::crossbar::error::{Failure, Tree};

/// `A/vmboxes`.
pub(crate) static VMBOXES: Resource = Resource {
    row: list_row,
    prepare,
    check,
    below: messages::below,
    ..Resource::plain("vmboxes", "vmbox", "vmboxes")
};

fn list_row(cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    let mut row = row(document, &["name", "mailbox", "owner_id"]);
    row.extend(messages::counts(cx, &document.id));
    row
}

/// A mailbox number may be sent as a number.
fn prepare(_cx: &Cx<'_>, draft: &mut Draft<'_>) -> Result<(), Failure> {
    for name in ["mailbox", "pin"] {
        if let Some(value) = draft.body.get_mut(name)
            && value.is_u64()
        {
            *value = Value::String(value.to_string());
        }
    }
    Ok(())
}

/// Numbers are compared as integers: `0100` and `100` are one mailbox.
fn check(cx: &Cx<'_>, draft: &mut Draft<'_>, tree: &mut Tree) -> Result<(), Failure> {
    let Some(mailbox) = mailbox(&draft.body) else { return Ok(()) };
    for other in data::all(cx.state, &cx.account, "vmbox")? {
        let is_taken = self::mailbox(&other.body).as_deref() == Some(mailbox.as_str());
        if is_taken && draft.id != Some(other.id.as_str()) {
            tree.add("mailbox", "unique", "Mailbox number already in use", json!({"cause": mailbox}));
        }
    }
    Ok(())
}

fn mailbox(body: &Map<String, Value>) -> Option<String> {
    let text = body.get("mailbox")?.as_str()?;
    let digits = text.trim_start_matches('0');
    Some(if digits.is_empty() && !text.is_empty() { "0".to_owned() } else { digits.to_owned() })
}
