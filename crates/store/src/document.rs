//! What is stored about an account or document, and what a caller says when saving one.
//!
//! Not here: what a document's members mean (crate `flow`).

use std::fmt;

use crate::error::{Result, StoreError};
use crate::limits::Limits;

/// A JSON object whose members keep their order.
pub type Object = flow::graph::Object;

/// The kind (`pvt_type`) of an account's own document; its id is the account's id.
pub const ACCOUNT: &str = "account";
/// The kind of a user's document; the store takes `password` out of it.
pub const USER: &str = "user";
/// The kind of a callflow's document; the store indexes its E.164 `numbers`.
pub const CALLFLOW: &str = "callflow";
/// The kind of an entry of an account's number inventory; its id is the E.164 number.
pub const PHONE_NUMBER: &str = "phone_number";

/// The kind of an N2FE control plan's document: `name` (unique in the account) and the plan itself in `flow`. Every
/// version has a number of its own ([`Store::numbers`](crate::Store::numbers)).
pub const CONTROL_PLAN: &str = flow::n2fe::service::PLAN;
/// The kind of a service number's document: `number` (unique in the system) and its `schedules`.
pub const SERVICE_NUMBER: &str = flow::n2fe::service::SERVICE_NUMBER;
/// The kind of an event counter's document: `name` (unique in the account). What it counts is kept beside it.
pub const EVENT_COUNTER: &str = flow::n2fe::service::COUNTER;
/// The kind of an N2FE user's document: `username` (unique in the system); the store takes `password` out of it.
pub const N2FE_USER: &str = "n2fe_user";

/// Who saves, and why; kept with every version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// User name, API key name or program; empty when unknown.
    pub name: String,
    /// Why, one line; empty when not said.
    pub note: String,
}

impl Author {
    /// An author without a note.
    pub fn new(name: impl Into<String>) -> Self {
        Author { name: name.into(), note: String::new() }
    }

    /// Adds why.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// A stored document as it is now: its live version.
#[derive(Clone, PartialEq)]
pub struct Document {
    /// The account it belongs to.
    pub account: String,
    /// Its id, unique in the account.
    pub id: String,
    /// Its type (`pvt_type`): `callflow`, `user`, `menu`, `account` ...
    pub kind: String,
    /// `N-hash`: N counts changes, the hash is of the content. Changes with every save, restore and change of
    /// live version. This is the ETag.
    pub revision: String,
    /// Number of the live version, from 1.
    pub version: u32,
    /// When it was made, Gregorian seconds.
    pub created: u64,
    /// When it last changed, Gregorian seconds.
    pub modified: u64,
    /// Soft-deleted: only [`List::deleted`] and the version calls still show it.
    pub deleted: bool,
    /// The public members in the order they were saved; never `id`, which is [`Document::id`].
    pub body: Object,
    /// Members that are never shown: credential hashes and what a caller wants hidden. Not versioned.
    pub private: Object,
}

impl fmt::Debug for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Document")
            .field("account", &self.account)
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("revision", &self.revision)
            .field("version", &self.version)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// One immutable saved version of a document.
#[derive(Clone, PartialEq)]
pub struct Version {
    /// From 1, without gaps.
    pub number: u32,
    /// Who saved it, and why.
    pub author: Author,
    /// When, Gregorian seconds.
    pub saved: u64,
    /// SHA-256 of the body's JSON text, 64 hex digits: equal hashes are equal bodies.
    pub hash: String,
    /// It is the version calls get now.
    pub live: bool,
    /// The members as saved; `None` in a list.
    pub body: Option<Object>,
}

impl fmt::Debug for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Version")
            .field("number", &self.number)
            .field("saved", &self.saved)
            .field("hash", &self.hash)
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}

/// An account to be made.
#[derive(Clone, Default)]
pub struct NewAccount {
    /// Its id; `None`: the store makes one.
    pub id: Option<String>,
    /// The account above it; `None` for a root account.
    pub parent: Option<String>,
    /// The account document's members: `name`, `realm` and the rest.
    pub body: Object,
}

/// A place in the account tree, without the account's document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountRow {
    /// The account's id.
    pub id: String,
    /// The account above it.
    pub parent: Option<String>,
    /// `name` of its document; empty when it has none.
    pub name: String,
    /// `realm` of its document in lower case; unique among accounts that are not deleted.
    pub realm: Option<String>,
}

/// A document to be made.
#[derive(Clone, Default)]
pub struct NewDocument {
    /// The account it goes to.
    pub account: String,
    /// Its id; `None`: the store makes one.
    pub id: Option<String>,
    /// Its type (`pvt_type`).
    pub kind: String,
    /// Public members; an `id` member is dropped.
    pub body: Object,
    /// Hidden members.
    pub private: Object,
}

/// What happens to a document's hidden members when it is saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Private {
    /// They stay.
    #[default]
    Keep,
    /// These are laid over them; `null` removes a member.
    Merge(Object),
    /// These replace them.
    Set(Object),
}

/// A change of a document.
#[derive(Clone, Default)]
pub struct Save<'a> {
    /// The revision the writer has read; another one stored is a [`StoreError::Conflict`]. `None`: the last writer
    /// wins.
    pub expected: Option<&'a str>,
    /// All public members from now on (in [`Store::patch`](crate::Store::patch): the members to lay over).
    pub body: Object,
    /// What happens to the hidden members.
    pub private: Private,
}

/// Which documents to list. Rows come ordered by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<'a> {
    /// Only this kind; `None` for all kinds (then the account's own document is among them).
    pub kind: Option<&'a str>,
    /// From the highest id down.
    pub descending: bool,
    /// Start at this id, itself included if it exists: the key of a page.
    pub start: Option<&'a str>,
    /// Rows wanted; 0 for as many as [`Limits::page_rows`](crate::Limits::page_rows) allows.
    pub limit: usize,
    /// Soft-deleted documents instead of the others.
    pub deleted: bool,
}

impl<'a> List<'a> {
    /// Every document of a kind, ascending.
    pub fn kind(kind: &'a str) -> Self {
        List { kind: Some(kind), ..List::default() }
    }
}

/// What was done to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Made (or made again after a soft delete).
    Created,
    /// Its live content or hidden members changed.
    Changed,
    /// Deleted, softly or for good.
    Deleted,
    /// A version was saved without making it live.
    Drafted,
}

/// One committed change, as [`Store::subscribe`](crate::Store::subscribe) tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The account.
    pub account: String,
    /// The document's type.
    pub kind: String,
    /// The document.
    pub id: String,
    /// Its revision now.
    pub revision: String,
    /// What was done.
    pub change: ChangeKind,
}

/// Lays `patch` over `target` at every depth: objects merge, `null` removes a member, anything else replaces
/// (reference section 1.2, PATCH). Recursion is as deep as `patch`, which [`Limits::body_depth`] bounds on save.
pub fn merge(target: &mut Object, patch: &Object) {
    use serde_json::Value;
    for (key, value) in patch {
        match (target.get_mut(key), value) {
            (_, Value::Null) => {
                target.shift_remove(key);
            }
            (Some(Value::Object(below)), Value::Object(patch)) => merge(below, patch),
            (_, Value::Object(patch)) => {
                let mut below = Object::new();
                merge(&mut below, patch);
                target.insert(key.clone(), Value::Object(below));
            }
            (_, value) => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The JSON text of a body, if its size and depth are allowed.
pub(crate) fn body_text(body: &Object, limits: &Limits) -> Result<String> {
    check_depth(body, limits)?;
    let text = serde_json::to_string(body).map_err(|error| StoreError::Invalid(error.to_string()))?;
    if text.len() > limits.body_bytes {
        return Err(StoreError::TooLarge {
            what: "document",
            size: text.len() as u64,
            limit: limits.body_bytes as u64,
        });
    }
    Ok(text)
}

/// Refuses a body nested deeper than allowed; walks without recursion.
pub(crate) fn check_depth(body: &Object, limits: &Limits) -> Result<()> {
    use serde_json::Value;
    let mut waiting: Vec<(&Value, usize)> = body.values().map(|value| (value, 1)).collect();
    while let Some((value, depth)) = waiting.pop() {
        if depth > limits.body_depth {
            return Err(StoreError::Invalid(format!(
                "the document is nested deeper than {} levels",
                limits.body_depth
            )));
        }
        match value {
            Value::Array(items) => waiting.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => waiting.extend(members.values().map(|member| (member, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}

/// Refuses an id, kind or name that is empty, too long or has control characters.
pub(crate) fn check_name(what: &str, value: &str, limits: &Limits) -> Result<()> {
    if value.is_empty() {
        return Err(StoreError::Invalid(format!("{what} is empty")));
    }
    if value.chars().count() > limits.name_chars {
        return Err(StoreError::Invalid(format!("{what} is longer than {} characters", limits.name_chars)));
    }
    if value.chars().any(char::is_control) {
        return Err(StoreError::Invalid(format!("{what} has a control character")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(value: Value) -> Object {
        match value {
            Value::Object(members) => members,
            _ => Object::new(),
        }
    }

    #[test]
    fn patch_merges_objects_replaces_arrays_and_null_removes() {
        let mut target = object(json!({"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1, "keep": true}));
        let patch = json!({"a": {"y": null, "z": {"n": null, "m": 3}}, "list": [3], "gone": null});
        merge(&mut target, &object(patch));
        assert_eq!(Value::Object(target), json!({"a": {"x": 1, "z": {"m": 3}}, "list": [3], "keep": true}));
    }

    #[test]
    fn deep_and_large_bodies_are_refused() {
        let mut deep = json!(1);
        for _ in 0..200 {
            deep = json!([deep]);
        }
        let limits = Limits { body_bytes: 50, ..Limits::default() };
        assert!(matches!(body_text(&object(json!({"a": deep})), &limits), Err(StoreError::Invalid(_))));
        let large = object(json!({"a": "x".repeat(60)}));
        assert!(matches!(body_text(&large, &limits), Err(StoreError::TooLarge { what: "document", .. })));
    }
}
