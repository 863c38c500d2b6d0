//! What the driver needs of the rest of the program.

use std::path::PathBuf;
use std::sync::Arc;

use engine::command::{Change, Query, Request};
use engine::ids::CommandId;
use engine::input::{Done, Failure};
use engine::journal::Journal;
use engine::media::Media;
use engine::output::{Termination, Trace};
use engine::script::Script;
use flow::account::AccountIndex;
use jiff::Timestamp;
use serde_json::Value;

use super::call::CallKey;
use super::mailbox::{Event, Mailbox};
use crate::media::clip::Clip;
use crate::sip::directory::Directory;
use crate::sip::registrar::SavedContact;

/// Storage, web, speech and routing, as the driver uses them. Methods with a [`Reply`] return at once and answer
/// later, from any thread; the others are called on the signalling thread and answer from memory.
pub trait Host: Send + Sync + 'static {
    /// Realms, devices and trunks.
    fn directory(&self) -> Arc<dyn Directory>;

    /// The account's documents as they are now.
    fn index(&self, account_id: &str) -> Option<Arc<AccountIndex>>;

    /// The account that has a number, for trunks that serve several.
    fn account_of_number(&self, number: &str) -> Option<String>;

    /// Answers a query that is not answered by [`Host::index`]: voicemail messages, shared carriers.
    fn load(&self, account_id: &str, query: Query, reply: Reply);

    /// Makes a change; `recording` is the file of the recording the change names. The reply says that it is safe.
    fn save(&self, account_id: &str, change: Change, recording: Option<PathBuf>, reply: Reply);

    /// Makes an HTTP request; `recording` is the file of the recording in its body.
    fn fetch(&self, account_id: &str, request: Request, recording: Option<PathBuf>, reply: Reply);

    /// Runs a script, away from the signalling thread.
    fn run_script(&self, account_id: &str, script: Script, reply: Reply);

    /// Gets audio that is no system prompt and no tone.
    fn clip(&self, request: ClipRequest, reply: Box<dyn FnOnce(Result<Arc<Clip>, Failure>) + Send>);

    /// Counts the messages of voicemail boxes, all together: new and saved ones. Answers later, from any thread.
    fn count_messages(&self, account_id: &str, boxes: Vec<String>, counted: Box<dyn FnOnce(u64, u64) + Send>);

    /// Tells people by e-mail or text message. The reply says that it is safe, not that it was sent.
    fn notify(&self, account_id: &str, kind: &str, data: Value, reply: Reply);

    /// Tells whoever listens.
    fn publish(&self, account_id: &str, call_id: &str, event: &str, data: Value);

    /// Keeps where the telephone of an address of record is reached over UDP, in place of what was kept of it; nothing
    /// is left when there are no contacts. Must not wait. See [`Switch::restore`](super::Switch::restore).
    fn keep_registration(&self, aor: &str, contacts: Vec<SavedContact>);

    /// Keeps what is to be kept of a call that is over. Must not wait.
    fn call_ended(&self, record: CallRecord);
}

/// Audio wanted.
#[derive(Clone, Debug)]
pub struct ClipRequest {
    /// The account.
    pub account_id: String,
    /// What; never a prompt that ships with the program, a tone or silence.
    pub media: Media,
    /// The file, for [`Media::Recording`].
    pub recording: Option<PathBuf>,
}

/// The completion of one command, to be given exactly once.
#[derive(Debug)]
pub struct Reply {
    call: CallKey,
    command: CommandId,
    mailbox: Option<Mailbox>,
}

impl Reply {
    pub(super) fn new(call: CallKey, command: CommandId, mailbox: Mailbox) -> Reply {
        Reply { call, command, mailbox: Some(mailbox) }
    }

    /// Completes the command.
    pub fn complete(mut self, result: Result<Done, Failure>) {
        if let Some(mailbox) = self.mailbox.take() {
            mailbox.post(Event::Completed { call: self.call, command: self.command, result });
        }
    }
}

impl Drop for Reply {
    /// A reply that is lost (a task that panicked) must not leave its call waiting for ever.
    fn drop(&mut self) {
        if let Some(mailbox) = self.mailbox.take() {
            let reason = "the work was given up".to_owned();
            let result = Err(Failure::Unsupported { reason });
            mailbox.post(Event::Completed { call: self.call, command: self.command, result });
        }
    }
}

/// Everything about a call that is over.
#[derive(Debug)]
pub struct CallRecord {
    /// The account.
    pub account_id: String,
    /// SIP `Call-ID`.
    pub call_id: String,
    /// When the INVITE came.
    pub started: Timestamp,
    /// When it was answered, if it was.
    pub answered: Option<Timestamp>,
    /// When it was over.
    pub ended: Timestamp,
    /// The caller's number.
    pub from: String,
    /// The number dialled.
    pub to: String,
    /// The callflow that was run first.
    pub callflow_id: String,
    /// Its version.
    pub callflow_version: u32,
    /// How it ended.
    pub termination: Termination,
    /// What decided it, for replay.
    pub journal: Journal,
    /// What an engineer wants to know.
    pub trace: Vec<Trace>,
}
