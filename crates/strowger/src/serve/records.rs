//! Call records: what is kept of a call that is over.
//!
//! Records are gathered for a moment and written together, because one flush of the disk then serves many calls.

use std::sync::Arc;
use std::time::Duration;

use engine::output::CallResult;
use flow::time_rules::GREGORIAN_OFFSET_S;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::json;
use store::{Object, Pending, Store};
use telephony::driver::CallRecord;
use tokio::runtime::Handle;

/// How long records are gathered.
const GATHER: Duration = Duration::from_millis(100);

/// Gathers and writes call records.
pub(crate) struct Keeper {
    store: Store,
    runtime: Handle,
    gathered: Mutex<Vec<CallRecord>>,
}

impl Keeper {
    /// With nothing gathered.
    pub(crate) fn new(store: Store, runtime: Handle) -> Arc<Keeper> {
        Arc::new(Keeper { store, runtime, gathered: Mutex::new(Vec::new()) })
    }

    /// Takes a record; does not wait.
    pub(crate) fn keep(self: &Arc<Self>, ended: CallRecord) {
        let mut gathered = self.gathered.lock();
        gathered.push(ended);
        if gathered.len() == 1 {
            let keeper = Arc::clone(self);
            self.runtime.spawn(async move {
                tokio::time::sleep(GATHER).await;
                let _ = tokio::task::spawn_blocking(move || keeper.write()).await;
            });
        }
    }

    /// Writes what is gathered, and waits until it is on disk. Blocks.
    pub(crate) fn finish(&self) {
        for pending in self.write() {
            if let Err(error) = pending.wait() {
                tracing::error!(code = error.code(), %error, "a call record was not kept");
            }
        }
    }

    fn write(&self) -> Vec<Pending<()>> {
        let ended = std::mem::take(&mut *self.gathered.lock());
        ended.into_iter().filter_map(|ended| write(&self.store, ended)).collect()
    }
}

/// Queues a call's record, journal and trace to be stored. A record that cannot be kept is logged, never lost silently.
fn write(store: &Store, ended: CallRecord) -> Option<Pending<()>> {
    let duration_s = seconds_between(ended.started, ended.ended);
    let billing_s = ended.answered.map_or(0, |answered| seconds_between(answered, ended.ended));
    let result = result_name(ended.termination.result);
    let cdr = json!({
        "call_id": ended.call_id,
        "caller_id_number": ended.journal.setup.facts.caller_id_number,
        "caller_id_name": ended.journal.setup.facts.caller_id_name,
        "from": ended.from,
        "to": ended.to,
        "request": ended.journal.setup.facts.request,
        "authorizing_id": ended.journal.setup.facts.authorizing_id,
        "callflow_id": ended.callflow_id,
        "hangup_cause": ended.termination.cause.name(),
        "result": result,
        "duration_seconds": duration_s,
        "billing_seconds": billing_s,
        "timestamp": gregorian(ended.started),
    });
    let id = match store::new_id() {
        Ok(id) => id,
        Err(error) => {
            tracing::error!(%error, "a call record was not kept: no id");
            return None;
        }
    };
    let record = store::CallRecord {
        account: ended.account_id,
        id,
        call_id: ended.call_id,
        started: gregorian(ended.started),
        ended: gregorian(ended.ended),
        from: ended.from,
        to: ended.to,
        callflow: Some(ended.callflow_id),
        version: Some(ended.callflow_version),
        result: result.to_owned(),
        cause: ended.termination.cause.name().to_owned(),
        duration_s,
        billing_s,
        cdr: cdr.as_object().cloned().unwrap_or_else(Object::new),
    };
    let journal = serde_json::to_vec(&ended.journal).unwrap_or_default();
    let trace = serde_json::to_vec(&ended.trace).unwrap_or_default();
    store
        .record_call(record, &journal, &trace)
        .inspect_err(|error| tracing::error!(code = error.code(), %error, "a call record was not kept"))
        .ok()
}

fn result_name(result: CallResult) -> &'static str {
    match result {
        CallResult::CallerHungUp => "caller_hung_up",
        CallResult::Finished => "finished",
        CallResult::Rejected => "rejected",
        CallResult::LimitReached => "limit_reached",
        CallResult::Transferred => "transferred",
        CallResult::Controlled => "controlled",
        CallResult::Failed => "failed",
    }
}

/// A moment as documents and interfaces count it: seconds since year 0.
pub(super) fn gregorian(at: Timestamp) -> u64 {
    u64::try_from(at.as_second() + GREGORIAN_OFFSET_S).unwrap_or(0)
}

fn seconds_between(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}
