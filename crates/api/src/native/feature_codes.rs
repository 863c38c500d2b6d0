//! The shipped feature codes of an account: which it has, and making those it lacks.
//!
//! Not here: the codes (`flow::feature_codes`).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use flow::feature_codes::{self, FEATURE_CODES, FeatureCode};
use serde_json::{Map, Value, json};
use store::{Author, NewDocument};

use super::{json_response, work};
use crate::crossbar::error::Failure;
use crate::state::{AppState, Shared};

/// Every feature code, and how the account stands to it.
pub(super) async fn list(
    State(state): State<AppState>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let index = shared.store.index(account).ok_or(Failure::NotFound)?;
        let rows: Vec<Value> =
            FEATURE_CODES.iter().map(|code| described(code, &code.state(&index))).collect();
        Ok(json_response(StatusCode::OK, &json!({"feature_codes": rows})))
    })
    .await
}

/// Makes those that the account lacks; the body may name some: `{"only": ["72", "forward-off"]}`.
pub(super) async fn create(
    State(state): State<AppState>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    work(state, headers, account, move |shared, identity, account| {
        let wanted = wanted(&body)?;
        let _lock = shared.lock(account);
        let author = Author::new(identity.label()).with_note("feature codes");
        let mut rows = Vec::new();
        for code in wanted {
            rows.push(made(shared, account, code, &author)?);
        }
        Ok(json_response(StatusCode::OK, &json!({"feature_codes": rows})))
    })
    .await
}

fn made(shared: &Shared, account: &str, code: &FeatureCode, author: &Author) -> Result<Value, Failure> {
    let index = shared.store.index(account).ok_or(Failure::NotFound)?;
    let state = code.state(&index);
    if let feature_codes::State::Missing(document) = &state {
        let mut body = document.body.as_object().cloned().unwrap_or_default();
        body.shift_remove("id");
        let new = NewDocument {
            account: account.to_owned(),
            id: Some(document.id.clone()),
            kind: document.kind.clone(),
            body,
            private: Map::new(),
        };
        shared.store.create(new, author)?;
    }
    Ok(described(code, &state))
}

fn wanted(body: &[u8]) -> Result<Vec<&'static FeatureCode>, Failure> {
    if body.is_empty() {
        return Ok(FEATURE_CODES.iter().collect());
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| Failure::Malformed(error.to_string()))?;
    let Some(only) = body.get("only").and_then(Value::as_array) else {
        return Ok(FEATURE_CODES.iter().collect());
    };
    let named = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        feature_codes::find(text).ok_or_else(|| {
            Failure::invalid("only", "enum", "there is no such feature code", json!({"value": value}))
        })
    };
    only.iter().map(named).collect()
}

/// `state` is what was found: `missing` ones are there after [`create`].
fn described(code: &FeatureCode, state: &feature_codes::State) -> Value {
    let (word, callflow, number) = match state {
        feature_codes::State::Missing(document) => ("missing", &document.id, None),
        feature_codes::State::There { callflow } => ("there", callflow, None),
        feature_codes::State::Taken { number, callflow } => ("taken", callflow, Some(number)),
    };
    json!({
        "key": code.key, "code": code.code(), "title": code.title, "summary": code.summary, "module": code.module,
        "state": word, "callflow": callflow, "number": number,
    })
}
