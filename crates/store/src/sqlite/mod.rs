//! The embedded database: one file, one writer thread, several readers.
//!
//! All SQL of the project is in this folder. Not here: what may be written (the public methods check that first), and
//! files beside the database.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod blobs;
pub(crate) mod calls;
pub(crate) mod documents;
pub(crate) mod messages;
pub(crate) mod migrations;
mod open;
mod readers;
pub(crate) mod registrations;
pub(crate) mod services;
mod writer;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use crate::error::Result;
use crate::limits::Limits;
use readers::Readers;
use writer::Writer;
pub(crate) use writer::{Committed, Effect, Observer, Ticket, Write};

/// Name of the database file in the data directory.
pub(crate) const FILE: &str = "strowger.db";

/// The open database.
pub(crate) struct Database {
    writer: Writer,
    readers: Readers,
}

impl Database {
    /// Opens or makes the database in a directory, brings it to the newest format and starts the writer.
    /// `observer` hears of each commit, in commit order, before its writers are answered.
    pub(crate) fn open(
        directory: &Path,
        readers: usize,
        limits: Limits,
        observer: Arc<dyn Observer>,
    ) -> Result<Database> {
        let file = directory.join(FILE);
        let writing = open::writer(&file)?;
        let reading = (0..readers.max(1)).map(|_| open::reader(&file)).collect::<Result<Vec<_>>>()?;
        Ok(Database { writer: Writer::start(writing, limits, observer)?, readers: Readers::new(reading) })
    }

    /// Runs `job` in a transaction of the writer and waits until it is on disk. An error of the job undoes the job.
    /// Waits while the queue is full.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.submit(job)?.wait()
    }

    /// The same without waiting; `Busy` when the queue is full.
    pub(crate) fn try_write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Ticket<T>> {
        self.writer.try_submit(job)
    }

    /// Runs `job` on a reader, in one read transaction: it sees one moment.
    pub(crate) fn read<T>(&self, job: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.readers.run(job)
    }
}
