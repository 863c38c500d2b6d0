//! The routing tables of accounts in memory, kept in step with every commit, and the news of changes.
//!
//! Each account has a slot with its index behind an atomic pointer: readers never wait. The writer's thread swaps in a
//! new index before it answers the writer, so whoever saved a document is routed by it. Not here: what an index
//! finds (`flow::account`).

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use flow::account::AccountIndex;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::broadcast;

use crate::document::{Change, Document, List, Object, SERVICE_NUMBER};
use crate::error::Result;
use crate::sqlite::{Committed, Database, Effect, Observer, accounts, documents};
use crate::store::Store;

/// An account's place in the cache.
#[derive(Default)]
struct Slot {
    index: ArcSwapOption<AccountIndex>,
    /// Held while the index is built or changed, so that no change falls between reading and publishing.
    change: Mutex<()>,
}

/// All slots, and who hears of changes.
pub(crate) struct Indexes {
    slots: ArcSwap<HashMap<String, Arc<Slot>>>,
    adding: Mutex<()>,
    changes: broadcast::Sender<Change>,
    directory: PathBuf,
}

impl Store {
    /// The account's documents and routing as of the last commit; built at the first use, then read without
    /// waiting. `None` when there is no such account (or it cannot be read, which is logged).
    pub fn index(&self, account: &str) -> Option<Arc<AccountIndex>> {
        self.indexes().get(self.database(), account)
    }
}

impl Indexes {
    pub(crate) fn new(changes: broadcast::Sender<Change>, directory: &Path) -> Self {
        Indexes {
            slots: ArcSwap::default(),
            adding: Mutex::new(()),
            changes,
            directory: directory.to_owned(),
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn get(&self, database: &Database, account: &str) -> Option<Arc<AccountIndex>> {
        if let Some(index) = self.slots.load().get(account).and_then(|slot| slot.index.load_full()) {
            return Some(index);
        }
        match self.build(database, account) {
            Ok(index) => index,
            Err(error) => {
                tracing::error!(code = error.code(), %error, account, "an account's index cannot be built");
                None
            }
        }
    }

    fn build(&self, database: &Database, account: &str) -> Result<Option<Arc<AccountIndex>>> {
        // An account that does not exist gets no slot: asking for names cannot fill the memory.
        if database.read(|db| accounts::find(db, account))?.is_none() {
            return Ok(None);
        }
        let slot = self.slot(account);
        let _changing = slot.change.lock();
        if let Some(index) = slot.index.load_full() {
            return Ok(Some(index));
        }
        let found = database.read(|db| {
            if accounts::find(db, account)?.is_none() {
                return Ok(None);
            }
            let Some(root) = documents::find(db, account, account)? else { return Ok(None) };
            let below = documents::list(db, account, &List::default(), usize::MAX)?;
            let mut versions = Vec::new();
            for number in below.iter().filter(|document| document.kind == SERVICE_NUMBER) {
                versions.extend(crate::schedules::versions(db, account, &number.body)?);
            }
            Ok(Some((root, below, versions)))
        })?;
        let Some((root, below, versions)) = found else { return Ok(None) };
        let below = below.into_iter().filter(|document| document.id != account).map(to_flow);
        let (index, issues) = AccountIndex::build(to_flow(root), below);
        for issue in issues {
            tracing::warn!(account, code = %issue.code, place = %issue.place.pointer,
                document = issue.place.document.as_deref().unwrap_or_default(), "a stored document has a fault");
        }
        let index = Arc::new(index.with_versions(versions));
        slot.index.store(Some(Arc::clone(&index)));
        Ok(Some(index))
    }

    fn slot(&self, account: &str) -> Arc<Slot> {
        let _adding = self.adding.lock();
        let slots = self.slots.load_full();
        if let Some(slot) = slots.get(account) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot::default());
        let mut more = HashMap::clone(&slots);
        more.insert(account.to_owned(), Arc::clone(&slot));
        self.slots.store(Arc::new(more));
        slot
    }

    fn forget(&self, account: &str) {
        if let Some(slot) = self.slots.load().get(account) {
            let _changing = slot.change.lock();
            slot.index.store(None);
        }
    }

    fn apply(&self, change: &Change, document: Option<Box<Document>>) {
        let slots = self.slots.load();
        let Some(slot) = slots.get(&change.account) else { return };
        let _changing = slot.change.lock();
        let Some(index) = slot.index.load_full() else { return };
        let next = match document {
            Some(document) if !document.deleted => index.with(to_flow(*document)),
            _ => index.without(&change.id),
        };
        slot.index.store(Some(Arc::new(next)));
    }
}

impl Observer for Indexes {
    fn committed(&self, effects: Committed) {
        for effect in effects {
            match effect {
                Effect::Document(change, document) => {
                    let applied = catch_unwind(AssertUnwindSafe(|| self.apply(&change, document)));
                    if applied.is_err() {
                        // A bug of ours; the next reader builds the index anew.
                        tracing::error!(
                            code = "ST1012",
                            account = change.account,
                            "indexing a document panicked"
                        );
                        self.forget(&change.account);
                    }
                    self.tell(change);
                }
                Effect::Versions(account, versions) => self.extend(&account, versions),
                Effect::Account(change) => {
                    self.forget(&change.account);
                    self.tell(change);
                }
                Effect::News(change) => self.tell(change),
                Effect::Unlink(id) => crate::blobs::unlink(&self.directory, &id),
            }
        }
    }
}

impl Indexes {
    /// Puts versions of flows beside the live ones of an account whose index is built.
    fn extend(&self, account: &str, versions: Vec<flow::account::Document>) {
        let slots = self.slots.load();
        let Some(slot) = slots.get(account) else { return };
        let _changing = slot.change.lock();
        if let Some(index) = slot.index.load_full() {
            slot.index.store(Some(Arc::new(index.with_versions(versions))));
        }
    }

    fn tell(&self, change: Change) {
        // Nobody listening is no fault.
        let _ = self.changes.send(change);
    }
}

/// A document as `flow` sees it: the body has its `id`.
pub(crate) fn to_flow(document: Document) -> flow::account::Document {
    let mut body = Object::new();
    body.insert("id".to_owned(), Value::String(document.id.clone()));
    body.extend(document.body);
    flow::account::Document {
        id: document.id,
        kind: document.kind,
        version: document.version,
        revision: document.revision,
        body: Value::Object(body),
    }
}
