//! Calls in progress and registered phones.
//!
//! Not here: carrying calls (behind the switchboard).

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::{json_response, work};
use crate::crossbar::error::Failure;
use crate::state::AppState;

pub(super) async fn list(
    State(state): State<AppState>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, |shared, _, account| {
        Ok(json_response(StatusCode::OK, &json!({"calls": shared.switchboard.calls(account)})))
    })
    .await
}

pub(super) async fn hang_up(
    State(state): State<AppState>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        if shared.switchboard.hang_up(account, &id) {
            Ok(json_response(StatusCode::OK, &json!({"id": id})))
        } else {
            Err(Failure::BadIdentifier(id))
        }
    })
    .await
}

pub(super) async fn registrations(
    State(state): State<AppState>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, |shared, _, account| {
        let phones = shared.switchboard.registrations(account);
        Ok(json_response(StatusCode::OK, &json!({"registrations": phones})))
    })
    .await
}
