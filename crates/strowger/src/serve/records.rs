//! Call records: what is kept of a call that is over.

use engine::output::CallResult;
use jiff::Timestamp;
use serde_json::json;
use store::{Object, Store};
use telephony::driver::CallRecord;

/// Unix time of year 0, in seconds before 1970: documents count seconds from there.
const GREGORIAN_OFFSET_S: i64 = 62_167_219_200;

/// Queues a call's record, journal and trace to be stored. A record that cannot be kept is logged, never lost silently.
pub(crate) fn keep(store: &Store, ended: CallRecord) {
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
        Err(error) => return tracing::error!(%error, "a call record was not kept: no id"),
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
    if let Err(error) = store.record_call(record, &journal, &trace) {
        tracing::error!(code = error.code(), %error, "a call record was not kept");
    }
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

fn gregorian(at: Timestamp) -> u64 {
    u64::try_from(at.as_second() + GREGORIAN_OFFSET_S).unwrap_or(0)
}

fn seconds_between(from: Timestamp, to: Timestamp) -> u32 {
    u32::try_from(to.as_second() - from.as_second()).unwrap_or(0)
}
