//! `__login`, `__status`, `__logout`, and who asks (reference "N2FE" 1.2).
//!
//! Logging in gives a session id of its own, so that nobody can make a victim use an id they know. Not here: checking
//! passwords and rights (`user`).

use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use serde_json::{Value, json};
use store::Part;

use super::answer::{json_response, refuse};
use super::fault::Fault;
use super::input::Request;
use super::user::{self, Kind, User};
use crate::state::Shared;

/// Said to those who have not logged in.
const NOBODY: &str = "No username supplied.";

/// `__login`.
pub(crate) fn log_in(state: &Shared, request: &Request) -> Response<Body> {
    let of_body = |name: &str| request.body.as_ref().ok()?.get(name)?.as_str();
    let given = |name: &str| request.parameter(name).or_else(|| of_body(name)).unwrap_or_default();
    let username = given("username").trim();
    if username.is_empty() {
        return status_of(state, None, None, NOBODY);
    }
    match user::log_in(state, username, given("password"), request.client) {
        Ok((user, subject)) => {
            let Ok(sid) = store::new_id() else {
                return refuse(Fault::Internal("there is no randomness".to_owned()), None);
            };
            if let Some(old) = sid_of(state, request) {
                state.sessions.end(old);
            }
            state.sessions.begin(sid.clone(), subject, Instant::now());
            let mut response = status_of(state, Some(&user), Some(sid.clone()), "");
            let is_https = request.header("x-forwarded-proto") == Some("https");
            set_cookie(state, &mut response, &sid, is_https, false);
            response
        }
        Err(Fault::Login(reason)) => {
            let mut response = status_of(state, None, None, reason);
            *response.status_mut() = axum::http::StatusCode::UNAUTHORIZED;
            response
        }
        Err(fault) => refuse(fault, None),
    }
}

/// `__status`.
pub(crate) fn status(state: &Shared, request: &Request) -> Response<Body> {
    match user(state, request) {
        Ok(user) => status_of(state, Some(&user), sid_of(state, request).map(str::to_owned), ""),
        Err(Fault::Login(reason)) => status_of(state, None, None, reason),
        Err(fault) => refuse(fault, None),
    }
}

/// `__logout`.
pub(crate) fn log_out(state: &Shared, request: &Request) -> Response<Body> {
    if let Some(sid) = sid_of(state, request) {
        state.sessions.end(sid);
    }
    let mut response = status_of(state, None, None, NOBODY);
    set_cookie(state, &mut response, "", false, true);
    response
}

/// Who asks.
pub(crate) fn user(state: &Shared, request: &Request) -> Result<User, Fault> {
    let sid = sid_of(state, request).ok_or(Fault::Login(NOBODY))?;
    let subject = state.sessions.subject(sid, Instant::now()).ok_or(Fault::Login(NOBODY))?;
    user::of_subject(state, &subject, request.client)
}

fn sid_of<'a>(state: &Shared, request: &'a Request) -> Option<&'a str> {
    request.cookie(&state.config.n2fe.cookie)
}

fn status_of(state: &Shared, user: Option<&User>, sid: Option<String>, error: &str) -> Response<Body> {
    // An id is told before anybody has logged in, too; that one stands for nothing.
    let sid = sid.or_else(|| store::new_id().ok()).unwrap_or_default();
    let mut value = json!({
        "sid": sid,
        "sid_param": state.config.n2fe.cookie,
        "logged_in": u8::from(user.is_some()),
        "username": user.map(|user| user.name.as_str()).unwrap_or_default(),
        "group_list": user.map(|user| user.groups.join(",")).unwrap_or_default(),
        "error_string": error,
    });
    if let (Some(user), Some(members)) = (user, value.as_object_mut()) {
        members.insert("version".to_owned(), state.config.version.as_str().into());
        members.insert("user_info".to_owned(), user_info(state, user));
    }
    json_response(&value)
}

fn user_info(state: &Shared, user: &User) -> Value {
    let number = |account: &str, id: &str| state.store.number(account, id, Part::Whole).ok();
    let text = |number: Option<i64>| number.map(|number| number.to_string());
    let customers: Option<Vec<String>> = match &user.kind {
        Kind::Operator(None) => None,
        Kind::Operator(Some(accounts)) => {
            Some(accounts.iter().filter_map(|account| text(number(account, account))).collect())
        }
        Kind::Customer | Kind::ServiceNumber(_) => {
            Some(text(number(&user.account, &user.account)).into_iter().collect())
        }
    };
    json!({
        "user_id": text(number(&user.account, &user.id)),
        "user_type": user.type_name(),
        "user_timezone": user.timezone,
        "acs_customer_restriction_list": customers,
    })
}

fn set_cookie(state: &Shared, response: &mut Response<Body>, sid: &str, secure: bool, ended: bool) {
    let name = &state.config.n2fe.cookie;
    let secure = if secure { "; Secure" } else { "" };
    let age = if ended { "; Max-Age=0" } else { "" };
    let cookie = format!("{name}={sid}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
