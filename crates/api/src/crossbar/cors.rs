//! Cross-origin headers for browser clients (reference "Crossbar" 1.8).
//!
//! Not here: authentication. The API takes tokens from headers only, never cookies, so any origin may ask.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};

const METHODS: &str = "OPTIONS, GET, PUT, POST, PATCH, DELETE";
const REQUEST_HEADERS: &str = "content-type, depth, user-agent, x-http-method-override, x-file-size, x-requested-with, if-modified-since, x-file-name, cache-control, x-auth-token, x-kazoo-cluster-id, if-match";
const RESPONSE_HEADERS: &str = "content-type, x-auth-token, x-request-id, x-kazoo-cluster-id, location, etag";

/// Whether the request comes from a page of another origin, or asks if it may.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
        || headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        || headers.contains_key(header::ACCESS_CONTROL_REQUEST_HEADERS)
}

/// Adds the headers.
pub(crate) fn allow(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, RESPONSE_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
