//! The Crossbar v2 interface (reference "Crossbar").
//!
//! A request goes: [`serve`] reads it (bounded, async), `dispatch` authenticates, authorises and finds its resource
//! (on a blocking thread), `envelope` words the answer. Not here: the resources themselves (`resources`).

pub(crate) mod auth;
pub(crate) mod context;
mod cors;
pub(crate) mod data;
pub(crate) mod dispatch;
mod envelope;
pub(crate) mod error;
mod etag;
mod filter;
mod list;
mod request;
pub(crate) mod resources;
mod route;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::json;

use self::envelope::About;
use self::error::Failure;
use self::request::Request;
use crate::state::{AppState, Shared};
use crate::time;

/// The longest request id that is echoed.
const REQUEST_ID_CHARS_MAX: usize = 64;

/// Answers every request that no other interface has a route for.
pub(crate) async fn serve(State(state): State<AppState>, request: axum::extract::Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let wants_cors = cors::is_wanted(&parts.headers);
    let mut response = if parts.method == Method::OPTIONS {
        Response::new(Body::empty())
    } else {
        let query = parts.uri.query().unwrap_or_default();
        let id = request_id(&parts.headers);
        let mut request = Request::new(&parts.method, parts.uri.path(), query, parts.headers, id);
        request.client = client(state.shared(), &request.headers, peer);
        answer(Arc::clone(state.shared()), request, &parts.method, body).await
    };
    if wants_cors || response.status().as_u16() >= 400 || parts.method == Method::OPTIONS {
        cors::allow(&mut response);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(state: Arc<Shared>, mut request: Request, method: &Method, body: Body) -> Response<Body> {
    let mut about = about(&state, &request);
    let known = [Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::PATCH, Method::DELETE];
    if !known.contains(method) {
        let verbs = vec!["OPTIONS", "GET", "PUT", "POST", "PATCH", "DELETE"];
        return envelope::respond(Err(Failure::Method(verbs)), &about);
    }
    // A client that asks for more than its share is turned away before its body is read.
    let Ok(permit) = Arc::clone(&state.requests).try_acquire_owned() else {
        return envelope::respond(Err(Failure::Busy), &about);
    };
    let read =
        tokio::time::timeout(state.config.body_timeout, to_bytes(body, state.config.body_bytes_max)).await;
    let body = match read {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return envelope::respond(Err(too_large(state.config.body_bytes_max)), &about),
        Err(_) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
            return response;
        }
    };
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let outcome = request.read_body(&body).and_then(|()| dispatch::run(&state, &request, &mut about));
        about.jsonp = about.jsonp.take().or_else(|| jsonp(&request));
        envelope::respond(outcome, &about)
    });
    match work.await {
        Ok(response) => response,
        Err(error) => {
            let failure = Failure::Internal(format!("the request's work ended early: {error}"));
            envelope::respond(Err(failure), &About::default())
        }
    }
}

fn about(state: &Shared, request: &Request) -> About {
    let pretty = request.parameter("pretty_print").is_some_and(|value| value == "true")
        || request.header("x-pretty-print") == Some("true");
    About {
        request_id: request.id.clone(),
        node: state.config.node.clone(),
        timestamp: time::iso_now(),
        path: request.path.clone(),
        jsonp: jsonp(request),
        pretty,
        range: request.header("range").map(str::to_owned),
        ..About::default()
    }
}

/// The function a script tag asked for; only a plain (dotted) name, so that no code can be smuggled in.
fn jsonp(request: &Request) -> Option<String> {
    let name = request.query.iter().find(|(key, _)| key == "jsonp").map(|(_, value)| value)?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.'));
    (plain && !name.is_empty() && name.len() <= 64).then(|| name.clone())
}

fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|value| value.to_str().ok());
    let usable = given.filter(|id| !id.is_empty() && id.len() <= REQUEST_ID_CHARS_MAX);
    match usable {
        Some(id) => id.to_owned(),
        None => store::new_id().unwrap_or_else(|_| "0".repeat(32)),
    }
}

/// The client's address: the peer's, or what a trusted proxy says (the last address it did not add itself).
pub(crate) fn client(state: &Shared, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
    let peer = peer?;
    if !state.config.trusted_proxies.contains(&peer) {
        return Some(peer);
    }
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let last = forwarded
        .rsplit(',')
        .filter_map(|address| address.trim().parse::<IpAddr>().ok())
        .find(|address| !state.config.trusted_proxies.contains(address));
    Some(last.unwrap_or(peer))
}

fn too_large(limit: usize) -> Failure {
    let message = format!("the request body is larger than {limit} bytes");
    Failure::invalid("file", "maxSize", message, json!({"target": limit}))
}
