//! N2FE control plans: all their faults, their versions and pictures.
//!
//! Not here: saving and scheduling (`crate::n2fe`), what makes a plan valid (`flow::n2fe`).

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use flow::check::plans::missing;
use flow::n2fe;
use serde_json::{Value, json};
use store::document::CONTROL_PLAN;

use super::{json_response, versions, work};
use crate::crossbar::error::Failure;
use crate::picture::Look;
use crate::state::AppState;

/// The body is the plan: the bare hash, or the object with `operations`.
pub(super) async fn check(
    State(state): State<AppState>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let plan: Value =
            serde_json::from_slice(&body).map_err(|error| Failure::Malformed(error.to_string()))?;
        let mut faults = n2fe::validate(&plan);
        faults.extend(shared.store.index(account).map(|index| missing(&index, &plan)).unwrap_or_default());
        let rows: Vec<Value> = faults
            .iter()
            .map(|fault| {
                json!({"code": fault.code, "level": fault.level, "node": fault.node, "pointer": fault.pointer,
                       "message": fault.to_string()})
            })
            .collect();
        let valid = !faults.iter().any(n2fe::Fault::is_error);
        Ok(json_response(StatusCode::OK, &json!({"valid": valid, "faults": rows})))
    })
    .await
}

pub(super) async fn versions(
    state: State<AppState>,
    path: Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    versions::list_of(state, CONTROL_PLAN, path, headers).await
}

pub(super) async fn version(
    state: State<AppState>,
    path: Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    versions::read_of(state, CONTROL_PLAN, path, headers).await
}

pub(super) async fn drawing(
    state: State<AppState>,
    path: Path<(String, String, String)>,
    look: Query<Look>,
    headers: HeaderMap,
) -> Response {
    versions::drawing_of(state, CONTROL_PLAN, path, look, headers).await
}
