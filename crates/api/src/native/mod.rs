//! The native interface under `/api`: what Kazoo's has no words for. JSON in and out, the same tokens.
//!
//! | path | answers |
//! |---|---|
//! | `GET /api/health` | `{status, version}`, for anybody |
//! | `GET /api/accounts/{account}/callflows/{id}/versions` | versions, newest first |
//! | `GET .../versions/{number}` | one version with its body |
//! | `POST .../versions/{number}/live` | makes a version the one that calls get |
//! | `GET .../drawing.svg`, `.mmd`, `.txt`, `.json` | the picture; `?version=`, `?theme=dark|print` |
//! | `POST /api/accounts/{account}/control-plans/check` | every fault of the N2FE control plan in the body |
//! | `GET /api/accounts/{account}/control-plans/{id}/versions`, `/versions/{number}`, `/drawing.svg` ... | as for callflows |
//! | `GET /api/accounts/{account}/feature-codes` | the shipped star codes, and which of them the account has |
//! | `POST /api/accounts/{account}/feature-codes` | makes those it lacks; `{"only": [...]}` names some |
//! | `GET /api/accounts/{account}/calls` | calls in progress |
//! | `DELETE /api/accounts/{account}/calls/{id}` | ends a call |
//! | `GET /api/accounts/{account}/registrations` | registered phones |
//! | `GET /api/accounts/{account}/call-records` | newest first; `?from=`, `?until=` (Gregorian s), `?limit=` |
//! | `GET .../call-records/{id}` | one record with its trace |
//! | `GET .../call-records/{id}/journal` | the journal that replays the call, as it was written |
//!
//! Errors are `{"error": {"code", "message"}}` with the status Crossbar has for the same failure. Not here: editing
//! documents (`crossbar`).

mod calls;
mod feature_codes;
mod plans;
mod records;
pub(crate) mod versions;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};

use crate::crossbar::auth::{self, Identity};
use crate::crossbar::dispatch::may_see;
use crate::crossbar::error::Failure;
use crate::state::{AppState, Shared};

/// The routes, to be nested under `/api`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/health", get(health))
        .route("/accounts/{account}/callflows/{id}/versions", get(versions::list))
        .route("/accounts/{account}/callflows/{id}/versions/{number}", get(versions::read))
        .route("/accounts/{account}/callflows/{id}/versions/{number}/live", post(versions::make_live))
        .route("/accounts/{account}/callflows/{id}/{drawing}", get(versions::drawing))
        .route("/accounts/{account}/control-plans/check", post(plans::check))
        .route("/accounts/{account}/control-plans/{id}/versions", get(plans::versions))
        .route("/accounts/{account}/control-plans/{id}/versions/{number}", get(plans::version))
        .route("/accounts/{account}/control-plans/{id}/{drawing}", get(plans::drawing))
        .route("/accounts/{account}/feature-codes", get(feature_codes::list).post(feature_codes::create))
        .route("/accounts/{account}/calls", get(calls::list))
        .route("/accounts/{account}/calls/{id}", delete(calls::hang_up))
        .route("/accounts/{account}/registrations", get(calls::registrations))
        .route("/accounts/{account}/call-records", get(records::list))
        .route("/accounts/{account}/call-records/{id}", get(records::read))
        .route("/accounts/{account}/call-records/{id}/journal", get(records::journal))
        .fallback(|| async { refuse(Failure::NotFound) })
        .method_not_allowed_fallback(|| async { refuse(Failure::Method(Vec::new())) })
}

async fn health(State(state): State<AppState>) -> Response {
    let version = state.shared().config.version.clone();
    json_response(StatusCode::OK, &json!({"status": "ok", "version": version}))
}

/// Does a request's work on a blocking thread, for somebody who may see the account.
pub(super) async fn work(
    state: AppState,
    headers: HeaderMap,
    account: String,
    job: impl FnOnce(&Shared, &Identity, &str) -> Result<Response, Failure> + Send + 'static,
) -> Response {
    let Ok(permit) = Arc::clone(&state.shared().requests).try_acquire_owned() else {
        return refuse(Failure::Busy);
    };
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let token = token(&headers).ok_or(Failure::Credentials)?;
        let identity = auth::identify(state.shared(), &token)?;
        may_see(state.shared(), &identity, &account)?;
        job(state.shared(), &identity, &account)
    });
    match done.await {
        Ok(Ok(response)) => response,
        Ok(Err(failure)) => refuse(failure),
        Err(error) => refuse(Failure::Internal(format!("the request's work ended early: {error}"))),
    }
}

fn token(headers: &HeaderMap) -> Option<String> {
    let of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    of("x-auth-token").or_else(|| of("authorization"))
}

/// JSON with a status.
pub(super) fn json_response(status: StatusCode, value: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, value.to_string()).into_response()
}

fn refuse(failure: Failure) -> Response {
    if matches!(failure, Failure::Store(_) | Failure::Internal(_)) {
        tracing::error!(error = %failure, "request failed");
    }
    let answer = failure.answer();
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = answer.symbol.unwrap_or("precondition_failed").replace(' ', "_");
    let message = answer.data.get("message").cloned().unwrap_or_else(|| code.clone().into());
    json_response(status, &json!({"error": {"code": code, "message": message, "detail": answer.data}}))
}
