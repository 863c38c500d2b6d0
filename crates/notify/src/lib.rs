//! Tells people by e-mail and text message what happened in a call: words it, keeps it until it is sent, and sends it.
//!
//! [`notice`] makes a [`Job`] for each recipient, [`Outbox`] keeps jobs on disk and tries them again until they are sent
//! or it is too late, [`Smtp`] hands e-mail to a mail server. Not here: who is told and when (`engine`), where audio is
//! kept, gateways for text messages (the server).

pub mod notice;
mod outbox;
mod smtp;
mod spool;
mod texts;

use serde::{Deserialize, Serialize};

pub use outbox::{Carrier, Outbox, OutboxError, Problem, Schedule};
pub use smtp::{Smtp, SmtpError, SmtpSettings, Tls};

/// Something to be sent to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// 32 hex digits; also the left part of an e-mail's `Message-ID`, the same at every try.
    pub id: String,
    /// The account.
    pub account: String,
    /// The call it is about.
    pub call_id: String,
    /// `voicemail_to_email`, `voicemail_full`, `missed_call`, `custom`.
    pub kind: String,
    /// How.
    pub route: Route,
    /// E-mail address or number.
    pub to: String,
    /// One line; not for text messages.
    pub subject: String,
    /// The words.
    pub text: String,
    /// A voicemail message that goes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// Seconds since 1970 when it was made.
    pub created_s: i64,
    /// Tries so far.
    #[serde(default)]
    pub tries: u32,
    /// Milliseconds since 1970 before which it is not tried.
    #[serde(default)]
    pub due_ms: i64,
    /// What the last try failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// How something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// By e-mail.
    Mail,
    /// By text message.
    Text,
}

/// A voicemail message that goes along with an e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The message.
    pub message_id: String,
    /// The file's name for the recipient.
    pub name: String,
    /// Its audio goes along; without it the message is only named, for `then`.
    pub audio: bool,
    /// The folder the message goes to when everybody has been told: `saved`, `deleted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}
