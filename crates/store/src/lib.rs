//! Where everything is kept: accounts, documents and their immutable versions, media, voicemail messages, call
//! records, credentials and secrets.
//!
//! Not here: what a document means (crate `flow`), HTTP, SIP.
//!
//! # How to call it
//!
//! [`Store`] is `Send + Sync + Clone`; clones share one database. **Every method blocks** (it may wait for a disk
//! to flush), so async code calls it inside `tokio::task::spawn_blocking`. The exceptions never wait and may be called
//! anywhere: [`Store::subscribe`] and [`Store::record_call`], and [`Store::index`] once an account's index is built.
//!
//! A method that writes returns after the change is on disk: `kill -9` a moment later loses nothing that was
//! returned. Writes of many threads share one flush (group commit).

pub mod document;
pub mod error;
pub mod limits;

mod accounts;
mod blobs;
mod clock;
mod credentials;
mod documents;
mod index;
mod random;
mod sqlite;
mod store;

pub use document::{
    AccountRow, Author, Change, ChangeKind, Document, List, NewAccount, NewDocument, Object, Private, Save,
    Version,
};
pub use error::{Result, StoreError};
pub use limits::Limits;
pub use random::new_id;
pub use store::{Options, Store};
