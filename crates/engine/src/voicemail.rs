//! Voicemail: the box, what a caller leaves in it, and what its owner does with it (reference section 7.5).
//!
//! `compose` takes a message, `check` logs somebody in and runs the main menu, `messages` plays a folder, `settings`
//! changes greetings, name and PIN, `review` is the recording everybody shares, `keys` says what keys mean.

pub(crate) mod check;
pub(crate) mod compose;
pub(crate) mod keys;
mod messages;
mod notice;
mod review;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::command::{Action, Change, View};
use crate::cx::Cx;
use crate::lenient::Read;
use crate::media::Media;
use crate::media_path;
use crate::module::Next;
use crate::zone;

/// Messages a box holds unless the account says otherwise; 0 is unlimited (`voicemail.max_message_count`).
const MAX_MESSAGES: i64 = 100;

/// Longest message unless node or box say otherwise (`voicemail.max_message_length`).
const MAX_MESSAGE_LENGTH_S: i64 = 500;

/// How far rewinding and fast forwarding go unless the box says otherwise, in milliseconds.
const SEEK_MS: i64 = 10_000;

/// Shorter recordings are no message (`voicemail.min_message_size`).
const MIN_MESSAGE: Duration = Duration::from_millis(500);

/// How a part of voicemail went on.
#[derive(Debug)]
pub(crate) enum After {
    /// Done; the node's default exit follows.
    Done,
    /// Somewhere else: another callflow (operator, call back), or the end.
    Go(Next),
}

/// What a node and the account say about every box.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Seconds a message may take; goes before the box's own.
    pub(crate) max_length_s: Option<i64>,
    /// Time between two digits of a number or PIN.
    pub(crate) interdigit: Duration,
    /// What keys mean.
    pub(crate) keys: keys::Keys,
}

/// A mailbox, read.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox {
    /// Document id.
    pub(crate) id: String,
    /// Its number as text.
    pub(crate) number: String,
    /// Its owner, a user.
    pub(crate) owner_id: Option<String>,
    /// The PIN; empty for none.
    pub(crate) pin: String,
    document: Arc<Value>,
    zone: TimeZone,
    max_messages: i64,
    max_length: Duration,
    options: Options,
    /// How far rewinding and fast forwarding go; `None` where they are off.
    seek: Option<Duration>,
}

impl Mailbox {
    /// Reads a box.
    pub(crate) async fn read(cx: &Cx, document: Arc<Value>, options: Options) -> Mailbox {
        let account = cx.account().await;
        let zone = document.text_at(&["timezone"]).or_else(|| account.text_at(&["timezone"]));
        let seeks = document.is_true_at(&["is_voicemail_ff_rw_enabled"], false)
            && account.is_true_at(&["voicemail", "is_voicemail_ff_rw_enabled"], true);
        let seek_ms = document.int_at(&["seek_duration_ms"]).unwrap_or(SEEK_MS).unsigned_abs();
        let length_s = options
            .max_length_s
            .or_else(|| document.int_at(&["max_message_length"]))
            .filter(|seconds| *seconds > 0)
            .unwrap_or(MAX_MESSAGE_LENGTH_S);
        Mailbox {
            id: document.text_at(&["id"]).unwrap_or_default(),
            number: document.text_at(&["mailbox"]).unwrap_or_else(|| cx.vars(|vars| vars.number.clone())),
            owner_id: document.text_at(&["owner_id"]),
            pin: document.text_at(&["pin"]).unwrap_or_default(),
            zone: zone.and_then(|name| zone::named(&name)).unwrap_or(TimeZone::UTC),
            max_messages: account.int_at(&["voicemail", "max_message_count"]).unwrap_or(MAX_MESSAGES),
            max_length: Duration::from_secs(length_s.unsigned_abs()),
            seek: seeks.then_some(Duration::from_millis(seek_ms)),
            options,
            document,
        }
    }

    /// The box as it is now, after a change of its document.
    async fn again(&self, cx: &Cx) -> Mailbox {
        match cx.document(&self.id).await {
            Some(document) => Mailbox::read(cx, document, self.options.clone()).await,
            None => self.clone(),
        }
    }

    /// A flag of the box.
    fn is(&self, name: &str, default: bool) -> bool {
        self.document.is_true_at(&[name], default)
    }

    /// Audio of the box: `unavailable`, `temporary_unavailable`, `name`.
    fn media(&self, cx: &Cx, name: &str) -> Option<Media> {
        self.document.text_at(&["media", name]).and_then(|id| media_path::item(cx, &id))
    }

    /// The caller is the box's owner. A forwarded call carries the forwarder's identity and never is
    /// (reference section 8.2).
    pub(crate) fn is_owned_by_caller(&self, cx: &Cx) -> bool {
        let forwarded = cx.vars(|vars| vars.channel.contains_key("Call-Forward"));
        self.owner_id.is_some() && !forwarded && cx.vars(|vars| vars.owner_id.clone()) == self.owner_id
    }

    async fn messages(&self, cx: &Cx, folder: &str) -> Vec<Arc<Value>> {
        let mut messages = self.all_messages(cx).await;
        messages.retain(|message| message.text_at(&["folder"]).as_deref() == Some(folder));
        if !self.is("oldest_message_first", false) {
            messages.reverse();
        }
        messages
    }

    async fn all_messages(&self, cx: &Cx) -> Vec<Arc<Value>> {
        cx.list(View::Messages { box_id: self.id.clone() }).await
    }

    async fn is_full(&self, cx: &Cx) -> bool {
        self.max_messages > 0 && self.all_messages(cx).await.len() as i64 >= self.max_messages
    }

    /// Changes members of the box's document.
    async fn patch(&self, cx: &Cx, patch: Value) -> bool {
        cx.save(Change::Patch { id: self.id.clone(), patch, revision: None }).await.is_ok()
    }

    /// Tells the owner's telephones how many messages wait (message waiting indication).
    async fn publish_waiting(&self, cx: &Cx) {
        let messages = self.all_messages(cx).await;
        let count = |folder: &str| {
            messages.iter().filter(|message| message.text_at(&["folder"]).as_deref() == Some(folder)).count()
        };
        let (new, saved) = (count("new"), count("saved"));
        cx.send(Action::Publish {
            event: "message_waiting".to_owned(),
            data: json!({
                "box_id": self.id, "mailbox": self.number, "owner_id": self.owner_id, "new": new, "saved": saved,
            }),
        });
    }

    /// The operator's callflow; the account's catch-all is not accepted.
    async fn operator(&self, cx: &Cx) -> Option<Next> {
        let number = self.document.text_at(&["operator_number"]).unwrap_or_else(|| "0".to_owned());
        let callflow = cx.lookup(&number).await.filter(|callflow| !callflow.no_match)?;
        Some(Next::Branch(Box::new(callflow)))
    }
}
