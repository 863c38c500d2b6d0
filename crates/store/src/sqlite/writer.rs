//! The one thread that writes: it takes all jobs that wait, runs them in one transaction, flushes once, then answers
//! them all (group commit). A failing job is undone alone, by a savepoint.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::clock;
use crate::document::{Change, Document};
use crate::error::{Result, StoreError};
use crate::limits::Limits;

/// Jobs that share one commit at most, so that a long queue still gets answers.
const BATCH: usize = 512;

/// What a committed job means to the world outside the database.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// A document changed; with what it is now, `None` when gone.
    Document(Change, Option<Box<Document>>),
    /// An account's place, document or whole content changed: what is derived from it is built anew.
    Account(Change),
    /// Versions of flows that an account's service numbers may lead to, besides the live ones.
    Versions(String, Vec<flow::account::Document>),
    /// Something changed that no index shows.
    News(Change),
    /// A file that nothing refers to any more.
    Unlink(String),
}

/// Effects of one commit, in order.
pub(crate) type Committed = Vec<Effect>;

/// Who hears of commits, on the writer's thread.
pub(crate) trait Observer: Send + Sync {
    fn committed(&self, effects: Committed);
}

/// What a job gets: the connection inside the transaction, and where to note effects.
pub(crate) struct Write<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) limits: &'a Limits,
    /// Gregorian seconds, the same for the whole job.
    pub(crate) now: u64,
    pub(crate) effects: Vec<Effect>,
}

/// The answer to a job, to be waited for.
pub(crate) struct Ticket<T>(Receiver<Result<T>>);

impl<T> Ticket<T> {
    pub(crate) fn wait(self) -> Result<T> {
        self.0.recv().unwrap_or(Err(StoreError::Closed))
    }
}

/// The queue to the writing thread. Dropping it lets the thread finish what was queued and joins it.
pub(super) struct Writer {
    jobs: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        limits: Limits,
        observer: Arc<dyn Observer>,
    ) -> Result<Writer> {
        let (jobs, queue) = sync_channel(limits.queued_writes.max(1));
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&connection, &queue, &limits, observer.as_ref()))
            .map_err(|error| StoreError::Io {
                path: "writer thread".to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Ticket<T>> {
        let (job, ticket) = pack(job);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        Ok(ticket)
    }

    pub(super) fn try_submit<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
    ) -> Result<Ticket<T>> {
        let (job, ticket) = pack(job);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy("its write queue is full".to_owned()),
            TrySendError::Disconnected(_) => StoreError::Closed,
        })?;
        Ok(ticket)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!(code = "ST1012", "the store's writer ended by a panic");
        }
    }
}

/// A job with its result, type erased.
trait Job: Send {
    /// Runs it; `false` when it failed and must be undone.
    fn run(&mut self, write: &mut Write<'_>) -> bool;
    /// Answers the caller.
    fn answer(self: Box<Self>, commit: &Result<()>);
}

struct Packed<F, T> {
    job: Option<F>,
    result: Option<Result<T>>,
    reply: SyncSender<Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Write<'_>) -> Result<T> + Send> Job for Packed<F, T> {
    fn run(&mut self, write: &mut Write<'_>) -> bool {
        let Some(job) = self.job.take() else { return false };
        // A job that panics is a bug of ours; it is undone like a failed one, and the writer lives on.
        let result = catch_unwind(AssertUnwindSafe(|| job(write)))
            .unwrap_or_else(|_| Err(StoreError::Database("a write panicked".to_owned())));
        let done = result.is_ok();
        self.result = Some(result);
        done
    }

    fn answer(self: Box<Self>, commit: &Result<()>) {
        let answer = match (self.result, commit) {
            (Some(Ok(_)) | None, Err(error)) => Err(error.clone()),
            (Some(result), _) => result,
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // A caller that no longer waits needs no answer.
        let _ = self.reply.send(answer);
    }
}

fn pack<T: Send + 'static>(
    job: impl FnOnce(&mut Write<'_>) -> Result<T> + Send + 'static,
) -> (Box<dyn Job>, Ticket<T>) {
    let (reply, answer) = sync_channel(1);
    (Box::new(Packed { job: Some(job), result: None, reply }), Ticket(answer))
}

fn serve(connection: &Connection, queue: &Receiver<Box<dyn Job>>, limits: &Limits, observer: &dyn Observer) {
    while let Ok(first) = queue.recv() {
        let mut jobs = Vec::new();
        let mut effects = Vec::new();
        let result = batch(connection, queue, limits, first, &mut jobs, &mut effects);
        if let Err(error) = &result {
            tracing::error!(code = error.code(), %error, "a commit failed; its writers are told");
            roll_back(connection);
        } else {
            observer.committed(effects);
        }
        for job in jobs {
            job.answer(&result);
        }
    }
    // Leaves a small file behind; not needed for safety.
    let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
}

fn batch(
    connection: &Connection,
    queue: &Receiver<Box<dyn Job>>,
    limits: &Limits,
    first: Box<dyn Job>,
    jobs: &mut Vec<Box<dyn Job>>,
    effects: &mut Committed,
) -> Result<()> {
    jobs.push(first);
    let execute = |sql: &str| -> Result<()> {
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    execute("BEGIN IMMEDIATE")?;
    let mut next = 0;
    while let Some(job) = jobs.get_mut(next) {
        execute("SAVEPOINT job")?;
        let now = clock::gregorian_now_s();
        let mut write = Write { db: connection, limits, now, effects: Vec::new() };
        if job.run(&mut write) {
            effects.append(&mut write.effects);
        } else {
            if connection.is_autocommit() {
                // Out of disk or an I/O fault: SQLite has undone the whole transaction by itself.
                return Err(StoreError::Io {
                    path: super::FILE.to_owned(),
                    reason: "the transaction was rolled back by the database".to_owned(),
                });
            }
            execute("ROLLBACK TO job")?;
        }
        execute("RELEASE job")?;
        next += 1;
        if jobs.len() < BATCH
            && let Ok(more) = queue.try_recv()
        {
            jobs.push(more);
        }
    }
    execute("COMMIT")
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(code = "ST1010", %error, "the database cannot roll back");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Observer for Nobody {
        fn committed(&self, _: Committed) {}
    }

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY)").unwrap();
        Writer::start(connection, Limits { queued_writes: 4, ..Limits::default() }, Arc::new(Nobody)).unwrap()
    }

    fn insert(write: &mut Write<'_>, a: i64) -> Result<()> {
        write.db.execute("INSERT INTO t VALUES (?1)", [a])?;
        Ok(())
    }

    fn rows(writer: &Writer) -> i64 {
        let count = |write: &mut Write<'_>| {
            Ok(write.db.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0))?)
        };
        writer.submit(count).unwrap().wait().unwrap()
    }

    #[test]
    fn a_failing_or_panicking_job_is_undone_alone() {
        let writer = writer();
        let (hold, held) = sync_channel::<()>(0);
        // While the first job waits, the others queue up and share its transaction.
        let first = writer
            .submit(move |write| {
                let _ = held.recv();
                insert(write, 1)
            })
            .unwrap();
        let failing = writer
            .submit(|write| {
                insert(write, 2)?;
                Err::<(), _>(StoreError::Invalid("no".to_owned()))
            })
            .unwrap();
        let panicking = writer
            .submit(|write| -> Result<()> {
                insert(write, 3)?;
                panic!("on purpose")
            })
            .unwrap();
        let last = writer.submit(|write| insert(write, 4)).unwrap();
        drop(hold);
        first.wait().unwrap();
        assert_eq!(failing.wait(), Err(StoreError::Invalid("no".to_owned())));
        assert!(matches!(panicking.wait(), Err(StoreError::Database(_))));
        last.wait().unwrap();
        assert_eq!(rows(&writer), 2);
    }

    #[test]
    fn a_full_queue_is_told_at_once_and_what_was_taken_is_written() {
        let writer = writer();
        let (hold, held) = sync_channel::<()>(0);
        let (begun, beginning) = sync_channel::<()>(0);
        let first = writer
            .submit(move |_| {
                let _ = begun.send(());
                let _ = held.recv();
                Ok(())
            })
            .unwrap();
        beginning.recv().unwrap();
        let taken: Vec<_> =
            (0..4).map(|a| writer.try_submit(move |write| insert(write, a)).unwrap()).collect();
        let refused = writer.try_submit(|write| insert(write, 9)).map(|_| ());
        assert!(matches!(refused, Err(StoreError::Busy(_))));
        drop(hold);
        first.wait().unwrap();
        taken.into_iter().for_each(|taken| taken.wait().unwrap());
        assert_eq!(rows(&writer), 4);
    }
}
