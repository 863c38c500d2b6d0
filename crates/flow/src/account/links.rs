//! By which properties documents are found besides their id: what the database views of the reference runtime are for.

use std::sync::Arc;

use serde_json::Value;

use super::Document;
use crate::n2fe::prefixes::digits_of;
use crate::n2fe::service;

/// Why a document is found under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// By its kind.
    Kind,
    /// A device, by the user it rings for.
    DeviceOf,
    /// A device, by a user logged into it.
    HotdeskOf,
    /// A user, by its `hotdesk.id`.
    HotdeskId,
    /// A voicemail box, by its owner.
    BoxOf,
    /// A voicemail box, by its number.
    BoxNumber,
    /// A device, by its SIP user name.
    SipUsername,
    /// A group, by a member.
    GroupWith,
    /// A user, by a directory it is in.
    DirectoryUser,
    /// A list entry, by its list.
    ListEntry,
    /// A document that control plans use, by its kind and name (a service number by its digits).
    Named,
}

/// One way to a document; ordered by relation, key, document id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) relation: Relation,
    pub(super) key: Arc<str>,
    pub(super) id: Arc<str>,
}

/// All ways to a document.
pub(super) fn of(document: &Document) -> impl Iterator<Item = Link> {
    let mut keys: Vec<(Relation, String)> = vec![(Relation::Kind, document.kind.clone())];
    let body = &document.body;
    match document.kind.as_str() {
        "device" => {
            let users = members(body.get("hotdesk").and_then(|hotdesk| hotdesk.get("users")));
            if users.is_empty() {
                keys.extend(text(body.get("owner_id")).map(|owner| (Relation::DeviceOf, owner)));
            }
            for user in users {
                keys.push((Relation::DeviceOf, user.clone()));
                keys.push((Relation::HotdeskOf, user));
            }
            let username = body.get("sip").and_then(|sip| sip.get("username"));
            keys.extend(text(username).map(|username| (Relation::SipUsername, username)));
        }
        "user" => {
            let hotdesk_id = body.get("hotdesk").and_then(|hotdesk| hotdesk.get("id"));
            keys.extend(text(hotdesk_id).map(|id| (Relation::HotdeskId, id)));
            keys.extend(members(body.get("directories")).into_iter().map(|id| (Relation::DirectoryUser, id)));
        }
        "vmbox" => {
            keys.extend(text(body.get("owner_id")).map(|owner| (Relation::BoxOf, owner)));
            keys.extend(text(body.get("mailbox")).map(|number| (Relation::BoxNumber, number)));
        }
        "group" => {
            keys.extend(members(body.get("endpoints")).into_iter().map(|id| (Relation::GroupWith, id)))
        }
        "list_entry" => keys.extend(text(body.get("list_id")).map(|list| (Relation::ListEntry, list))),
        service::SERVICE_NUMBER => {
            let number = text(body.get("number")).map(|number| digits_of(&number));
            keys.extend(number.map(|number| (Relation::Named, named_key(&document.kind, &number))));
        }
        kind if service::KINDS.contains(&kind) => {
            let name = text(body.get("name"));
            keys.extend(name.map(|name| (Relation::Named, named_key(kind, &name))));
        }
        _ => {}
    }
    let id: Arc<str> = Arc::from(document.id.as_str());
    keys.into_iter().map(move |(relation, key)| Link { relation, key: Arc::from(key), id: Arc::clone(&id) })
}

/// The key of [`Relation::Named`].
pub(super) fn named_key(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}

/// A non-empty text; a number counts as its digits, since mailboxes and ids are often written as numbers.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn members(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_object).map(|object| object.keys().cloned().collect()).unwrap_or_default()
}
