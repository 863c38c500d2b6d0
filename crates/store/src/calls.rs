//! Call records: what each call was, with the journal that replays it and the trace that explains it.
//!
//! Not here: what is in a journal or trace (crate `engine`); both are bytes, kept compressed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::document::{Object, check_name};
use crate::error::{Result, StoreError};
use crate::sqlite::{Ticket, calls as sql, documents};
use crate::store::Store;

/// Compression effort of journals: little, because the caller's thread does it.
const EFFORT: u8 = 1;

/// What a call was.
#[derive(Clone, Default, PartialEq)]
pub struct CallRecord {
    /// The account.
    pub account: String,
    /// The record's id, unique in the account.
    pub id: String,
    /// The call's SIP Call-ID or own id; the legs of a call may share it.
    pub call_id: String,
    /// When it began, Gregorian seconds.
    pub started: u64,
    /// When it ended, Gregorian seconds.
    pub ended: u64,
    /// Who called.
    pub from: String,
    /// Who was called.
    pub to: String,
    /// The callflow it began with.
    pub callflow: Option<String>,
    /// That callflow's version.
    pub version: Option<u32>,
    /// `answered`, `missed`, `failed` ... as the driver says.
    pub result: String,
    /// Hang-up cause: `NORMAL_CLEARING`.
    pub cause: String,
    /// Whole length.
    pub duration_s: u32,
    /// Length since the answer.
    pub billing_s: u32,
    /// The record as interfaces show it.
    pub cdr: Object,
}

impl fmt::Debug for CallRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CallRecord")
            .field("account", &self.account)
            .field("id", &self.id)
            .field("result", &self.result)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

/// Which calls to list, ordered by start, then id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallList<'a> {
    /// Started at this time or later, Gregorian seconds; 0 for any.
    pub from: u64,
    /// Started before this time; `None` for any.
    pub until: Option<u64>,
    /// The newest first.
    pub descending: bool,
    /// Only what comes behind this call (its `started` and `id`): the key of a page.
    pub after: Option<(u64, &'a str)>,
    /// Rows wanted; 0 for as many as allowed.
    pub limit: usize,
}

/// Something that is queued to be written.
pub struct Pending<T>(pub(crate) Ticket<T>);

impl<T> Pending<T> {
    /// Waits until it is on disk. Blocks; whoever need not know may drop it.
    ///
    /// # Errors
    /// What the write failed with.
    pub fn wait(self) -> Result<T> {
        self.0.wait()
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Pending")
    }
}

impl Store {
    /// Queues a call record with its journal and trace (empty for none); does not wait for the disk. Compresses on the
    /// calling thread.
    ///
    /// # Errors
    /// `Busy` when too much is queued (the record is not taken), `TooLarge`, `Invalid`. Waiting on the result tells
    /// `Exists` for an id that was stored before and `NotFound` without the account.
    pub fn record_call(&self, record: CallRecord, journal: &[u8], trace: &[u8]) -> Result<Pending<()>> {
        let limits = self.limits();
        check_name("the record's id", &record.id, limits)?;
        for (what, bytes) in [("journal", journal), ("trace", trace)] {
            if bytes.len() > limits.journal_bytes {
                let (size, limit) = (bytes.len() as u64, limits.journal_bytes as u64);
                return Err(StoreError::TooLarge { what, size, limit });
            }
        }
        let cdr = crate::document::body_text(&record.cdr, limits)?;
        let (journal, trace) = (pack(journal), pack(trace));
        let size =
            cdr.len() + journal.as_ref().map_or(0, Vec::len) + trace.as_ref().map_or(0, Vec::len) + 512;
        let room = self.queued().take(size, limits.queued_bytes)?;
        let ticket = self.database().try_write(move |write| {
            let _room = room;
            if crate::sqlite::accounts::find_any(write.db, &record.account)?.is_none() {
                return Err(StoreError::not_found("account", &record.account));
            }
            sql::put(write.db, &record, &cdr, journal.as_deref(), trace.as_deref())
        })?;
        Ok(Pending(ticket))
    }

    /// A call record.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn call(&self, account: &str, id: &str) -> Result<CallRecord> {
        let found = self.database().read(|db| sql::find(db, account, id))?;
        found.ok_or_else(|| StoreError::not_found("call record", id))
    }

    /// Call records of a time window, a page at a time.
    ///
    /// # Errors
    /// Of the database only.
    pub fn calls(&self, account: &str, query: &CallList<'_>) -> Result<Vec<CallRecord>> {
        let rows = self.rows(query.limit);
        self.database().read(|db| sql::list(db, account, query, rows))
    }

    /// The call records with a call id, oldest first.
    ///
    /// # Errors
    /// Of the database only.
    pub fn calls_with_id(&self, account: &str, call_id: &str) -> Result<Vec<CallRecord>> {
        let rows = self.rows(0);
        self.database().read(|db| sql::with_call_id(db, account, call_id, rows))
    }

    /// A call's journal; empty when it has none.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt`.
    pub fn call_journal(&self, account: &str, id: &str) -> Result<Vec<u8>> {
        let packed = self.database().read(|db| sql::journal(db, account, id))?;
        self.unpack(id, packed)
    }

    /// A call's trace; empty when it has none.
    ///
    /// # Errors
    /// `NotFound`, `Corrupt`.
    pub fn call_trace(&self, account: &str, id: &str) -> Result<Vec<u8>> {
        let packed = self.database().read(|db| sql::trace(db, account, id))?;
        self.unpack(id, packed)
    }

    /// Removes call records of all accounts that started before a time (Gregorian seconds), at most 1000 at once;
    /// gives how many. Call again until it gives 0.
    ///
    /// # Errors
    /// Of the database only.
    pub fn purge_calls(&self, before: u64) -> Result<u64> {
        self.database().write(move |write| sql::purge(write.db, before))
    }

    fn unpack(&self, id: &str, packed: Option<Option<Vec<u8>>>) -> Result<Vec<u8>> {
        let Some(packed) = packed.ok_or_else(|| StoreError::not_found("call record", id))? else {
            return Ok(Vec::new());
        };
        if let Some((&PLAIN, plain)) = packed.split_first() {
            return Ok(plain.to_vec());
        }
        miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&packed, self.limits().journal_bytes).map_err(
            |error| StoreError::Corrupt {
                path: crate::sqlite::FILE.to_owned(),
                reason: format!("the journal or trace of call {id} does not unpack: {error}"),
            },
        )
    }
}

/// Below this many bytes, compressing costs more than it saves.
const PACKED_MIN: usize = 4 << 10;

/// Marks bytes that are stored as they are; no zlib stream begins with it.
const PLAIN: u8 = 0;

fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    match bytes.len() {
        0 => None,
        1..PACKED_MIN => Some([&[PLAIN], bytes].concat()),
        _ => Some(miniz_oxide::deflate::compress_to_vec_zlib(bytes, EFFORT)),
    }
}

/// Parses what [`documents::text`] wrote.
pub(crate) fn cdr_of(text: &str, id: &str) -> Result<Object> {
    documents::object(text, id)
}

/// Bytes of call records that wait to be written.
#[derive(Clone, Default)]
pub(crate) struct Queued(Arc<AtomicUsize>);

impl Queued {
    fn take(&self, size: usize, limit: usize) -> Result<Room> {
        let before = self.0.fetch_add(size, Ordering::Relaxed);
        let room = Room { queued: self.clone(), size };
        if before.saturating_add(size) > limit {
            return Err(StoreError::Busy("too many bytes of call records wait to be written".to_owned()));
        }
        Ok(room)
    }
}

/// A record's share of [`Queued`], given back when dropped.
struct Room {
    queued: Queued,
    size: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.queued.0.fetch_sub(self.size, Ordering::Relaxed);
    }
}
