//! The N2FE interface: control plans, customers, service numbers and their schedules, as N-Squared's flow editor speaks
//! (reference "N2FE" 1; what its public pages leave open is decided in `docs/n2fe.md`).
//!
//! A request goes: [`serve`] reads it (bounded, async), `dispatch` finds session, route and what the path names (on a
//! blocking thread), a handler does it, `answer` words the reply. Not here: what makes a flow valid (`flow::n2fe`).

mod announcements;
mod answer;
mod counters;
mod customers;
mod describe;
mod dispatch;
mod fault;
mod flows;
mod input;
mod login;
mod nodes;
mod numbers;
mod permission;
mod routes;
mod schedules;
mod session;
mod sets;
mod settings;
mod user;
mod users;

pub use permission::Permission;
pub use routes::{Route, routes};
pub(crate) use session::Sessions;
pub use settings::{Hosts, Settings};

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Method, Response, StatusCode};

use self::fault::Fault;
use self::input::Request;
use crate::crossbar::client;
use crate::state::AppState;

/// Where the interface is served: the path, and the one that proxies with a prefix of their own use.
pub(crate) const PREFIXES: [&str; 2] = ["/jarvis-agent/n2fe", "/n2fe/jarvis-agent/n2fe"];

/// Answers a request below one of the prefixes.
pub(crate) async fn serve(State(state): State<AppState>, request: axum::extract::Request) -> Response<Body> {
    let shared = Arc::clone(state.shared());
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let path = parts.uri.path();
    let path = PREFIXES.iter().rev().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path).to_owned();
    let Ok(permit) = Arc::clone(&shared.requests).try_acquire_owned() else {
        return answer::refuse(Fault::Busy, None);
    };
    let limit = shared.config.body_bytes_max;
    let body = match tokio::time::timeout(shared.config.body_timeout, to_bytes(body, limit)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return answer::refuse(Fault::TooLarge(limit), None),
        Err(_) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
            return response;
        }
    };
    let client = client(&shared, &parts.headers, peer);
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let request = Request::new(method, path, &query, parts.headers, &body, client);
        dispatch::run(&shared, request)
    });
    match work.await {
        Ok(response) => response,
        Err(error) => {
            answer::refuse(Fault::Internal(format!("the request's work ended early: {error}")), None)
        }
    }
}
