//! Reading one group: what to ask next, many requests at a time, failures kept, a file to go on from.
//!
//! Not here: which requests tell a group (`flow::broadworks::endpoints`), and one request with its retries (`client`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use flow::broadworks::endpoints::{GROUPS, Request, wanted};
use flow::broadworks::snapshot::{Reply, Snapshot};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::Value;
use tokio::time::Instant;

use crate::client::{Failure, Odin};
use crate::error::OdinError;
use crate::file;

/// Between two writings of the checkpoint.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(2);

/// What to read, and where to begin.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The service provider or enterprise, exactly as Odin writes it.
    pub service_provider: String,
    /// The group, exactly as Odin writes it.
    pub group: String,
    /// An earlier snapshot of the same group from the same server: only what it lacks, or what failed, is asked. Endpoints
    /// that the server did not have are not asked again.
    pub resume: Option<Snapshot>,
    /// A file that is kept up to date on the way, at most every two seconds, and written at the end.
    pub checkpoint: Option<PathBuf>,
}

impl Plan {
    /// A whole group, from the beginning, without a file.
    pub fn group(service_provider: impl Into<String>, group: impl Into<String>) -> Plan {
        Plan {
            service_provider: service_provider.into(),
            group: group.into(),
            resume: None,
            checkpoint: None,
        }
    }

    /// The same, beginning with an earlier snapshot.
    #[must_use]
    pub fn resuming(mut self, snapshot: Snapshot) -> Plan {
        self.resume = Some(snapshot);
        self
    }

    /// The same, with a file that is kept up to date.
    #[must_use]
    pub fn with_checkpoint(mut self, path: impl Into<PathBuf>) -> Plan {
        self.checkpoint = Some(path.into());
        self
    }
}

/// How far a run is. `known` grows while lists come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Requests that are answered or have failed.
    pub done: usize,
    /// Of these, failed ones; endpoints that the server does not have are not counted.
    pub failed: usize,
    /// Requests known so far to be needed.
    pub known: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {} requests", self.done, self.known)?;
        if self.failed > 0 {
            write!(out, ", {} failed", self.failed)?;
        }
        Ok(())
    }
}

impl Odin {
    /// Reads a group. A request that fails is kept as such and warned about; so is what time did not allow. `progress` is told
    /// after each reply.
    ///
    /// # Errors
    /// The account can no longer log in, the group does not exist or may not be read, or the snapshot to go on from is of
    /// another group. The checkpoint then holds what was read before.
    pub async fn fetch(
        &self,
        plan: &Plan,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Snapshot, OdinError> {
        let mut run = Run::begin(self, plan)?;
        let outcome = run.all(self, progress).await;
        run.snapshot.warnings = warnings(&run.snapshot.replies, &run.stopped);
        run.write_checkpoint(plan).await;
        outcome.map(|()| run.snapshot)
    }
}

struct Run<'a> {
    plan: &'a Plan,
    snapshot: Snapshot,
    progress: Progress,
    deadline: Instant,
    written: Instant,
    /// Why the run ended before everything was asked; empty when it did not.
    stopped: Vec<String>,
}

impl<'a> Run<'a> {
    fn begin(odin: &Odin, plan: &'a Plan) -> Result<Run<'a>, OdinError> {
        let mut snapshot = match &plan.resume {
            Some(earlier) => earlier.clone(),
            None => Snapshot {
                source: odin.source().to_owned(),
                taken_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                service_provider: plan.service_provider.clone(),
                group: plan.group.clone(),
                ..Snapshot::default()
            },
        };
        if snapshot.service_provider != plan.service_provider || snapshot.group != plan.group {
            return Err(OdinError::Settings {
                reason: "the snapshot to go on from is of another group".to_owned(),
            });
        }
        if snapshot.source != odin.source() {
            return Err(OdinError::Settings {
                reason: "the snapshot to go on from is of another server".to_owned(),
            });
        }
        snapshot.replies.retain(|_, reply| reply.ok().is_some() || reply.is_unknown_endpoint());
        let done = snapshot.replies.len();
        let now = Instant::now();
        Ok(Run {
            plan,
            progress: Progress { done, failed: 0, known: done },
            deadline: now + odin.settings.run_timeout,
            written: now,
            stopped: Vec::new(),
            snapshot,
        })
    }

    async fn all(&mut self, odin: &Odin, progress: &mut dyn FnMut(Progress)) -> Result<(), OdinError> {
        let group_key = Request::of_group(GROUPS, &self.plan.service_provider, &self.plan.group).key();
        let mut asking = FuturesUnordered::new();
        let mut in_work: BTreeSet<String> = BTreeSet::new();
        let mut queue: VecDeque<String> = VecDeque::new();
        let mut silent = 0;
        loop {
            if queue.is_empty() {
                let keys = wanted(&self.snapshot).iter().map(Request::key).collect::<Vec<_>>();
                queue.extend(keys.into_iter().filter(|key| !in_work.contains(key)));
                self.progress.known = self.progress.done + in_work.len() + queue.len();
            }
            while asking.len() < odin.settings.connections {
                let Some(key) = queue.pop_front() else { break };
                in_work.insert(key.clone());
                asking.push(async move {
                    let reply = odin.get(&key).await;
                    (key, reply)
                });
            }
            let Ok(next) = tokio::time::timeout_at(self.deadline, asking.next()).await else {
                self.stop("the time for the whole run is over", queue.len() + in_work.len());
                return Ok(());
            };
            let Some((key, reply)) = next else { return Ok(()) };
            in_work.remove(&key);
            let reply = match reply {
                Ok(value) => {
                    silent = 0;
                    if key == group_key && is_nothing(&value) {
                        return Err(self.no_group());
                    }
                    Reply::Ok(value)
                }
                Err(Failure::Session(error)) => return Err(error),
                Err(Failure::Request(error)) => {
                    match (&error, error.status()) {
                        (OdinError::NotPermitted { .. }, _) if key == group_key => return Err(error),
                        (_, Some(400 | 404)) if key == group_key => return Err(self.no_group()),
                        _ => {}
                    }
                    silent = if error.is_silence() { silent + 1 } else { 0 };
                    Reply::Failed { status: error.status(), reason: error.to_string() }
                }
            };
            self.progress.done += 1;
            self.progress.failed += usize::from(reply.ok().is_none() && !reply.is_unknown_endpoint());
            self.snapshot.replies.insert(key, reply);
            progress(self.progress);
            if silent >= (2 * odin.settings.connections).max(8) {
                self.stop("the server no longer answers", queue.len() + in_work.len());
                return Ok(());
            }
            if self.written.elapsed() >= CHECKPOINT_EVERY {
                self.write_checkpoint(self.plan).await;
            }
        }
    }

    fn stop(&mut self, why: &str, unasked: usize) {
        self.stopped.push(format!("{why}: {unasked} requests, and what would follow from them, are missing"));
    }

    fn no_group(&self) -> OdinError {
        OdinError::NoGroup {
            service_provider: self.plan.service_provider.clone(),
            group: self.plan.group.clone(),
        }
    }

    /// Writes what there is. A file that cannot be written does not end the run.
    async fn write_checkpoint(&mut self, plan: &Plan) {
        let Some(path) = plan.checkpoint.clone() else { return };
        let snapshot = self.snapshot.clone();
        let written = tokio::task::spawn_blocking(move || file::save(&path, &snapshot)).await;
        self.written = Instant::now();
        if let Ok(Err(error)) = written {
            let sentence = format!("the snapshot could not be written on the way: {error}");
            if !self.stopped.contains(&sentence) {
                tracing::warn!(%error, "the snapshot could not be written on the way");
                self.stopped.push(sentence);
            }
        }
    }
}

/// A successful reply that says there is no such thing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// A sentence for each path that failed, and one for all that the server does not have.
pub(crate) fn warnings(replies: &BTreeMap<String, Reply>, stopped: &[String]) -> Vec<String> {
    let mut failed: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut unknown: BTreeSet<&str> = BTreeSet::new();
    for (key, reply) in replies {
        let path = key.split('?').next().unwrap_or_default();
        match reply {
            Reply::Failed { .. } if reply.is_unknown_endpoint() => {
                unknown.insert(path);
            }
            Reply::Failed { reason, .. } => failed.entry(path).or_insert((0, reason)).0 += 1,
            Reply::Ok(_) => {}
        }
    }
    let mut all = stopped.to_vec();
    all.extend(failed.iter().map(|(path, (count, reason))| match count {
        1 => format!("{path} failed: {reason}"),
        _ => format!("{path} failed {count} times, first: {reason}"),
    }));
    if !unknown.is_empty() {
        let list: Vec<&str> = unknown.into_iter().collect();
        all.push(format!("not available from this Odin: {}", list.join(", ")));
    }
    all
}
