//! Where everything is kept: accounts, documents and their immutable versions, media, voicemail messages, call
//! records, credentials and secrets.
//!
//! Not here: what a document means (crate `flow`), HTTP, SIP.
//!
//! # How to call it
//!
//! [`Store`] is `Send + Sync + Clone`; clones share one database. **Every method blocks** (it may wait for a disk
//! to flush), so async code calls it inside `tokio::task::spawn_blocking`. The exceptions never wait and may be called
//! anywhere: [`Store::subscribe`], [`Store::record_call`], [`Store::keep_registration`], [`Store::keep_attempt`], and [`Store::index`] once an account's index is built.
//!
//! A method that writes returns after the change is on disk: `kill -9` a moment later loses nothing that was
//! returned. Writes of many threads share one flush (group commit).

pub mod document;
pub mod error;
pub mod limits;

mod accounts;
mod attachments;
mod attempts;
mod blobs;
mod calls;
mod clock;
mod counters;
mod credentials;
mod documents;
mod folder;
mod history;
mod import;
mod index;
mod logins;
mod messages;
mod numeric;
mod plans;
mod random;
mod registrations;
mod schedules;
mod sqlite;
mod store;

pub use attachments::Attachment;
pub use attempts::Attempt;
pub use blobs::{Blob, BlobReader};
pub use calls::{CallList, CallRecord, Pending};
pub use document::{
    AccountRow, Author, Change, ChangeKind, Document, List, NewAccount, NewDocument, Object, Private, Save,
    Version,
};
pub use error::{Result, StoreError};
pub use folder::{read_folder, write_folder};
pub use import::{ImportMode, Imported};
pub use limits::Limits;
pub use messages::{Counts, MESSAGE_NEWS, Message, MessageChange, MessageFolder, MessageList, NewMessage};
pub use numeric::{Numbered, Part};
pub use plans::SavedPlan;
pub use random::new_id;
pub use registrations::Registration;
pub use schedules::NewSchedule;
pub use store::{Options, Store};
