//! A small read-only page: the account's callflows and control plans with drawings and versions, and calls in progress.
//!
//! Server-rendered, without scripts or anything from elsewhere; follows the reader's light or dark setting. A login
//! puts the same token as the API's into a cookie that only these routes read. Not here: editing.

mod html;
mod views;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use self::html::Html;
use crate::crossbar::auth::{self, Identity};
use crate::crossbar::error::Failure;
use crate::crossbar::{client, data};
use crate::picture::{self, Look, Versioned};
use crate::state::{AppState, Shared};

/// The cookie with the token.
const COOKIE: &str = "strowger_token";
/// The longest login form, in bytes.
const FORM_BYTES_MAX: usize = 4_096;
/// What a login costs in rate-limit tokens.
const LOGIN_COST: u32 = 35;

/// The routes below `/page`.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/{folder}/{id}", get(flow))
        .route("/{folder}/{id}/drawing.svg", get(drawing))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// The list of flows and calls; the login form for a stranger.
pub(crate) async fn home(State(state): State<AppState>, headers: HeaderMap) -> Response {
    show(state, headers, |shared, identity| {
        let account = data::account(shared, &identity.claims.account_id)?;
        Ok(page(StatusCode::OK, views::home(shared, &account)?))
    })
    .await
}

async fn flow(
    State(state): State<AppState>,
    path: Path<(String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    show(state, headers, move |shared, identity| {
        let found = read(shared, identity, &path, &look)?;
        Ok(page(StatusCode::OK, views::flow(shared, &found)?))
    })
    .await
}

async fn drawing(
    State(state): State<AppState>,
    path: Path<(String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    show(state, headers, move |shared, identity| {
        let found = read(shared, identity, &path, &look)?;
        Ok(picture::response("image/svg+xml", picture::scene(shared, &found, look.theme()).to_svg()))
    })
    .await
}

/// The flow that a path names by folder and id.
fn read(
    shared: &Shared,
    identity: &Identity,
    Path((folder, id)): &Path<(String, String)>,
    look: &Look,
) -> Result<Versioned, Failure> {
    let kind = views::KINDS.iter().find(|(known, _)| known == folder).map(|(_, kind)| *kind);
    let account = identity.claims.account_id.as_str();
    picture::read(shared, (account, kind.ok_or(Failure::NotFound)?), id, look.version)
}

async fn login(
    State(state): State<AppState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    form: String,
) -> Response {
    let peer = peer.map(|axum::Extension(ConnectInfo(peer))| peer.ip());
    let client = client(state.shared(), &headers, peer);
    if state.shared().limiter.take(client, "", LOGIN_COST, Instant::now()).is_err() {
        return page(StatusCode::TOO_MANY_REQUESTS, views::login("Too many tries: wait a moment."));
    }
    blocking(state, move |shared| {
        let field = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(form.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let hash = auth::md5_credentials(&field("username"), &field("password"));
        for account in data::accounts_by_name(shared, &field("account"))? {
            let user = data::user_by_hash(shared, &account.id, &hash, false)?;
            if let Some(user) = user.filter(auth::is_enabled).filter(|_| auth::is_enabled(&account)) {
                let token = auth::issue(shared, &account, Some(&user), None)?;
                return Ok(home_again(&format!(
                    "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600"
                )));
            }
        }
        Ok(page(StatusCode::UNAUTHORIZED, views::login("Account, user or password is wrong.")))
    })
    .await
}

async fn logout(State(state): State<AppState>, headers: HeaderMap) -> Response {
    show(state, headers, |shared, identity| {
        shared.log_out(&identity.claims.jti, identity.claims.exp);
        Ok(home_again(&format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")))
    })
    .await
}

/// Shows something to whoever has a token in the cookie, the login form to others.
async fn show(
    state: AppState,
    headers: HeaderMap,
    job: impl FnOnce(&Shared, &Identity) -> Result<Response, Failure> + Send + 'static,
) -> Response {
    blocking(state, move |shared| {
        let identity = match cookie(&headers) {
            Some(token) => auth::identify(shared, &token),
            None => Err(Failure::Credentials),
        };
        match identity {
            Ok(identity) => job(shared, &identity),
            Err(Failure::Credentials) => Ok(page(StatusCode::OK, views::login(""))),
            Err(failure) => Err(failure),
        }
    })
    .await
}

async fn blocking(
    state: AppState,
    job: impl FnOnce(&Shared) -> Result<Response, Failure> + Send + 'static,
) -> Response {
    let Ok(permit) = Arc::clone(&state.shared().requests).try_acquire_owned() else {
        return failed(Failure::Busy);
    };
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        job(state.shared())
    });
    match done.await {
        Ok(Ok(response)) => response,
        Ok(Err(failure)) => failed(failure),
        Err(error) => failed(Failure::Internal(format!("the request's work ended early: {error}"))),
    }
}

fn failed(failure: Failure) -> Response {
    if matches!(failure, Failure::Store(_) | Failure::Internal(_)) {
        tracing::error!(error = %failure, "page failed");
    }
    let message = failure.to_string();
    let status = StatusCode::from_u16(failure.answer().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message =
        if status.is_server_error() { "Something went wrong; try again.".to_owned() } else { message };
    page(status, views::message(&message))
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, token)| token.to_owned())
}

fn home_again(cookie: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/"));
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A page that may load nothing but its own pictures and run nothing.
fn page(status: StatusCode, html: Html) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; \
                  frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, html.into_string()).into_response()
}
