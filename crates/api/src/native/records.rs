//! Records of calls that ended, with the trace that explains and the journal that replays each.
//!
//! Not here: what is in a trace or journal (crate `engine`).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{CallList, CallRecord};

use super::{json_response, work};
use crate::state::AppState;

/// Records of one answer when the client does not say.
const LIMIT_DEFAULT: usize = 50;
/// The most records of one answer.
const LIMIT_MAX: usize = 1_000;

/// Which records to list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Window {
    /// Begun at this time or later, Gregorian seconds.
    from: Option<u64>,
    /// Begun before this time.
    until: Option<u64>,
    /// Rows wanted.
    limit: Option<usize>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    Path(account): Path<String>,
    Query(window): Query<Window>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let query = CallList {
            from: window.from.unwrap_or(0),
            until: window.until,
            descending: true,
            limit: window.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX),
            ..CallList::default()
        };
        let rows: Vec<Value> = shared.store.calls(account, &query)?.iter().map(describe).collect();
        Ok(json_response(StatusCode::OK, &json!({"call_records": rows})))
    })
    .await
}

pub(super) async fn read(
    State(state): State<AppState>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let mut shown = describe(&shared.store.call(account, &id)?);
        let trace = shared.store.call_trace(account, &id)?;
        if let Some(members) = shown.as_object_mut() {
            members.insert("trace".to_owned(), readable(&trace));
        }
        Ok(json_response(StatusCode::OK, &shown))
    })
    .await
}

pub(super) async fn journal(
    State(state): State<AppState>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        shared.store.call(account, &id)?;
        let journal = shared.store.call_journal(account, &id)?;
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        Ok((StatusCode::OK, headers, journal).into_response())
    })
    .await
}

fn describe(call: &CallRecord) -> Value {
    json!({
        "id": call.id,
        "call_id": call.call_id,
        "started": call.started,
        "ended": call.ended,
        "from": call.from,
        "to": call.to,
        "callflow_id": call.callflow,
        "version": call.version,
        "result": call.result,
        "cause": call.cause,
        "duration_s": call.duration_s,
        "billing_s": call.billing_s,
        "cdr": call.cdr,
    })
}

/// A trace as JSON if it is JSON, as a list of JSON lines if it is that, else as text.
fn readable(trace: &[u8]) -> Value {
    if trace.is_empty() {
        return Value::Null;
    }
    if let Ok(value) = serde_json::from_slice(trace) {
        return value;
    }
    let lines: Result<Vec<Value>, _> = serde_json::Deserializer::from_slice(trace).into_iter().collect();
    lines.map_or_else(|_| String::from_utf8_lossy(trace).into_owned().into(), Value::Array)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_shown_as_they_are_kept() {
        assert_eq!(readable(b""), Value::Null);
        assert_eq!(readable(b"[1]"), json!([1]));
        assert_eq!(readable(b"{\"a\":1}\n{\"a\":2}\n"), json!([{"a": 1}, {"a": 2}]));
        assert_eq!(readable(b"plain words"), json!("plain words"));
    }
}
