//! The queue of jobs: kept on disk, tried by a few threads, tried again later and later, and given up in the end.
//!
//! Nobody waits for a job to be sent. Not here: sending ([`Carrier`]), files (`spool`).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Condvar, Mutex};
use thiserror::Error;

use crate::spool::Spool;
use crate::{Job, Route};

/// Jobs that wait; more are refused.
const WAITING_MAX: usize = 10_000;

/// Time that what is being sent has when the outbox goes away.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Threads that send.
const SENDERS: usize = 2;

/// What sends jobs. Called from the outbox's threads; may wait.
pub trait Carrier: Send + Sync + 'static {
    /// Sends a job.
    ///
    /// # Errors
    /// It was not sent; [`Problem`] says whether it is tried again.
    fn send(&self, job: &Job) -> Result<(), Problem>;

    /// A job was sent. `last` says that nothing about the same voicemail message waits any more.
    fn sent(&self, job: &Job, last: bool);
}

/// Why a job was not sent. The texts say nothing about people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// It never will be: the recipient is refused.
    #[error("{0}")]
    Refused(String),
    /// Perhaps later.
    #[error("{0}")]
    Later(String),
    /// The way itself does not work at the moment; other jobs on it wait too.
    #[error("{0}")]
    Down(String),
}

/// When jobs are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Pause after the first try; each further one is twice as long.
    pub first: Duration,
    /// Longest pause.
    pub longest: Duration,
    /// A job this old is given up.
    pub give_up: Duration,
}

impl Schedule {
    /// The pause after so many tries.
    fn pause(&self, tries: u32) -> Duration {
        let factor = 1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// Why jobs were not taken.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// Too many wait.
    #[error("{WAITING_MAX} notifications wait to be sent")]
    Full,
    /// The disk refused them.
    #[error("the outbox cannot be written: {0}")]
    Disk(#[from] io::Error),
}

/// The queue. Ends its threads when it goes away; what waits is there the next time.
#[derive(Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Outbox {
    /// Opens the queue in a folder and goes on with what waits there.
    ///
    /// # Errors
    /// The folder cannot be read, or no threads can be started.
    pub fn open(folder: PathBuf, schedule: Schedule, carrier: Arc<dyn Carrier>) -> io::Result<Outbox> {
        let spool = Spool::open(folder)?;
        let mut state = State::default();
        for job in spool.waiting()? {
            state.add(&job);
        }
        let shared = Arc::new(Shared { spool, schedule, state: Mutex::new(state), wake: Condvar::new() });
        let mut outbox = Outbox { shared, threads: Vec::new() };
        for number in 0..SENDERS {
            let (shared, carrier) = (Arc::clone(&outbox.shared), Arc::clone(&carrier));
            let thread = std::thread::Builder::new()
                .name(format!("outbox-{number}"))
                .spawn(move || shared.work(carrier.as_ref()))?;
            outbox.threads.push(thread);
        }
        Ok(outbox)
    }

    /// Takes jobs, all or none; they are on disk when this returns.
    ///
    /// # Errors
    /// Too many wait, or the disk refuses them.
    pub fn put(&self, jobs: &[Job]) -> Result<(), OutboxError> {
        if self.waiting().saturating_add(jobs.len()) > WAITING_MAX {
            return Err(OutboxError::Full);
        }
        for (count, job) in jobs.iter().enumerate() {
            if let Err(error) = self.shared.spool.keep(job) {
                for kept in jobs.iter().take(count) {
                    logged(self.shared.spool.remove(&kept.id), &kept.id);
                }
                return Err(error.into());
            }
        }
        // At one go: nobody may be the last recipient of a message while the others are not there yet.
        let mut state = self.shared.state.lock();
        jobs.iter().for_each(|job| state.add(job));
        drop(state);
        self.shared.wake.notify_all();
        Ok(())
    }

    /// How many wait or are being sent.
    pub fn waiting(&self) -> usize {
        self.shared.state.lock().entries.len()
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shared.state.lock().stopping = true;
        self.shared.wake.notify_all();
        // What is being sent has a moment to end; after that it will be sent again the next time.
        let until = Instant::now() + LAST_WORDS;
        while self.threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[derive(Debug)]
struct Shared {
    spool: Spool,
    schedule: Schedule,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// All jobs, with what must be known without their file.
    entries: BTreeMap<String, Entry>,
    /// Those that nobody sends at the moment, the earliest first.
    due: BTreeSet<(i64, String)>,
    /// Ways that do not work, and until when nobody tries.
    down: BTreeMap<Route, i64>,
    stopping: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    route: Route,
    message_id: Option<String>,
}

impl State {
    fn add(&mut self, job: &Job) {
        let message_id = job.attachment.as_ref().map(|attachment| attachment.message_id.clone());
        self.entries.insert(job.id.clone(), Entry { route: job.route, message_id });
        self.due.insert((job.due_ms, job.id.clone()));
    }

    /// A job whose time has come, or when the next one's comes.
    fn next(&mut self, now: i64) -> Result<String, Option<i64>> {
        let mut earliest = None;
        let mut found = None;
        for (due, id) in &self.due {
            let Some(entry) = self.entries.get(id) else { continue };
            let at = (*due).max(self.down.get(&entry.route).copied().unwrap_or(0));
            if at <= now {
                found = Some((*due, id.clone()));
                break;
            }
            earliest = Some(earliest.map_or(at, |other: i64| other.min(at)));
            // Those behind are due later still.
            if *due > now {
                break;
            }
        }
        let Some(key) = found else { return Err(earliest) };
        self.due.remove(&key);
        Ok(key.1)
    }

    /// Nothing else is about the same message.
    fn is_last(&self, job: &Job) -> bool {
        let message = job.attachment.as_ref().map(|attachment| &attachment.message_id);
        !self.entries.iter().any(|(id, entry)| *id != job.id && entry.message_id.as_ref() == message)
    }
}

impl Shared {
    fn work(&self, carrier: &dyn Carrier) {
        loop {
            let id = {
                let mut state = self.state.lock();
                loop {
                    if state.stopping {
                        return;
                    }
                    let now = now_ms();
                    match state.next(now) {
                        Ok(id) => break id,
                        Err(None) => self.wake.wait(&mut state),
                        Err(Some(at)) => {
                            let pause = Duration::from_millis((at - now).max(1).unsigned_abs());
                            self.wake.wait_for(&mut state, pause);
                        }
                    }
                }
            };
            self.attempt(carrier, &id);
        }
    }

    fn attempt(&self, carrier: &dyn Carrier, id: &str) {
        let mut job = match self.spool.read(id) {
            Ok(job) => job,
            Err(error) => {
                tracing::error!(code = "NT1002", id, %error, "a notification is lost: its file cannot be read");
                self.state.lock().entries.remove(id);
                return;
            }
        };
        // A fault of ours in one job must not end the thread that sends the others.
        let sent = catch_unwind(AssertUnwindSafe(|| carrier.send(&job)));
        match sent.unwrap_or_else(|_| Err(Problem::Later("a fault of the server's own".to_owned()))) {
            Ok(()) => {
                let last = {
                    let mut state = self.state.lock();
                    state.down.remove(&job.route);
                    let last = state.is_last(&job);
                    state.entries.remove(id);
                    last
                };
                logged(self.spool.remove(id), id);
                tracing::info!(
                    id,
                    account = job.account,
                    call = job.call_id,
                    kind = job.kind,
                    "a notification was sent"
                );
                carrier.sent(&job, last);
            }
            Err(problem) => {
                job.tries += 1;
                job.last_error = Some(problem.to_string());
                self.postpone(job, &problem);
            }
        }
    }

    /// Plans the next try, or gives the job up.
    fn postpone(&self, mut job: Job, problem: &Problem) {
        let now = now_ms();
        let age = Duration::from_millis((now - job.created_s.saturating_mul(1_000)).max(0).unsigned_abs());
        if matches!(problem, Problem::Refused(_)) || age >= self.schedule.give_up {
            tracing::warn!(
                code = "NT1001", id = job.id, account = job.account, call = job.call_id, kind = job.kind,
                tries = job.tries, reason = %problem, "a notification was given up"
            );
            logged(self.spool.give_up(&job), &job.id);
            self.state.lock().entries.remove(&job.id);
            return;
        }
        tracing::info!(id = job.id, kind = job.kind, tries = job.tries, reason = %problem, "a notification waits");
        let pause = self.schedule.pause(job.tries);
        job.due_ms = now.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        logged(self.spool.keep(&job), &job.id);
        let mut state = self.state.lock();
        if matches!(problem, Problem::Down(_)) {
            let first = i64::try_from(self.schedule.first.as_millis()).unwrap_or(i64::MAX);
            state.down.insert(job.route, now.saturating_add(first));
        }
        state.add(&job);
        drop(state);
        self.wake.notify_one();
    }
}

/// The queue goes on without its disk; what is in memory is still tried.
fn logged(result: io::Result<()>, id: &str) {
    if let Err(error) = result {
        tracing::error!(id, %error, "the outbox cannot be written");
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let schedule = Schedule {
            first: Duration::from_secs(30),
            longest: Duration::from_secs(3_600),
            give_up: Duration::from_secs(86_400),
        };
        let pauses: Vec<u64> = [1, 2, 3, 7, 8, 40].map(|tries| schedule.pause(tries).as_secs()).to_vec();
        assert_eq!(pauses, [30, 60, 120, 1_920, 3_600, 3_600]);
    }
}
