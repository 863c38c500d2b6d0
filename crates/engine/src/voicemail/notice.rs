//! Telling a box's owner by e-mail: of a new message, with its audio, and of a full box (reference section 7.5).
//!
//! Not here: lamps of telephones (`voicemail`), other notifications (`alert`), sending (the driver).

use serde_json::{Map, Value, json};

use super::Mailbox;
use crate::alert;
use crate::cx::Cx;
use crate::lenient::{self, Read};

/// Addresses told of one box at most.
const ADDRESSES_MAX: usize = 20;

/// Tells of a new message. `metadata` is what was saved with it.
pub(crate) async fn of_message(cx: &Cx, mailbox: &Mailbox, message_id: &str, metadata: &Value) {
    let Some(mut data) = data(cx, mailbox).await else { return };
    let then = match (mailbox.is("save_after_notify", false), mailbox.is("delete_after_notify", false)) {
        (true, _) => Some("saved"),
        (false, true) => Some("deleted"),
        _ => None,
    };
    let more = json!({
        "message_id": message_id,
        "attach": mailbox.is("include_message_on_notify", true),
        "length_ms": metadata.get("length"),
        "timestamp": metadata.get("timestamp"),
        "then": then,
    });
    data.extend(more.as_object().cloned().unwrap_or_default());
    alert::hand_over(cx, "voicemail_to_email", data).await;
}

/// Tells that a caller could leave no message.
pub(crate) async fn of_full_box(cx: &Cx, mailbox: &Mailbox) {
    if let Some(data) = data(cx, mailbox).await {
        alert::hand_over(cx, "voicemail_full", data).await;
    }
}

/// What both tell; `None` when nobody wants to know.
async fn data(cx: &Cx, mailbox: &Mailbox) -> Option<Map<String, Value>> {
    let addresses = addresses(cx, mailbox).await;
    if addresses.is_empty() {
        return None;
    }
    let time = alert::local_time(cx, Some(mailbox.zone.clone())).await;
    let data = cx.with(|state| {
        json!({
            "recipients": addresses,
            "account_id": state.setup.account_id,
            "call_id": state.setup.call_id,
            "caller_id_name": state.vars.caller_name,
            "caller_id_number": state.vars.caller_number,
            "dialled": state.setup.facts.number,
            "box_id": mailbox.id,
            "mailbox": mailbox.number,
            "box_name": mailbox.document.text_at(&["name"]),
            "time": time,
        })
    });
    data.as_object().cloned()
}

/// The box's own addresses, and its owner's unless they want none.
async fn addresses(cx: &Cx, mailbox: &Mailbox) -> Vec<String> {
    let mut addresses: Vec<String> = match mailbox.document.at(&["notify_email_addresses"]) {
        Some(Value::Array(listed)) => listed.iter().filter_map(lenient::as_text).collect(),
        Some(one) => lenient::as_text(one).into_iter().collect(),
        None => Vec::new(),
    };
    if let Some(owner) = cx.document(mailbox.owner_id.as_deref().unwrap_or_default()).await
        && owner.is_true_at(&["vm_to_email_enabled"], true)
    {
        let fresh = owner.text_at(&["email"]).filter(|address| !addresses.contains(address));
        addresses.extend(fresh);
    }
    addresses.truncate(ADDRESSES_MAX);
    addresses
}
