//! What a request is answered with: envelope, headers, bytes (reference "Crossbar" 1.3, 1.8).
//!
//! Not here: which failure means which status (`error`).

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::error::Failure;
use super::list::Page;

/// The exact content type of every JSON answer: clients compare it as a text.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What a handler answers.
#[derive(Debug)]
pub(crate) enum Reply {
    /// An envelope.
    Data(Data),
    /// A file.
    File(File),
    /// 304: what the client has is current.
    Unchanged(String),
}

/// The content of a success envelope.
#[derive(Debug, Default)]
pub(crate) struct Data {
    /// 200, or 201 for something created.
    pub(crate) created: bool,
    /// `data`.
    pub(crate) data: Value,
    /// The revision: `revision` and `ETag`.
    pub(crate) revision: Option<String>,
    /// The new document's id, resolved against the request's path for `Location`.
    pub(crate) location: Option<String>,
    /// More envelope members: paging keys, `auth_token` of a login.
    pub(crate) members: Map<String, Value>,
}

/// A binary answer.
#[derive(Debug)]
pub(crate) struct File {
    /// Its content type.
    pub(crate) content_type: String,
    /// The name it is offered under.
    pub(crate) name: String,
    /// Its bytes; a part of them when `Range` asks.
    pub(crate) bytes: Bytes,
}

impl Reply {
    /// 200 with data.
    pub(crate) fn ok(data: Value) -> Self {
        Reply::Data(Data { data, ..Data::default() })
    }

    /// 200 with a document.
    pub(crate) fn document(data: Value, revision: String) -> Self {
        Reply::Data(Data { data, revision: Some(revision), ..Data::default() })
    }

    /// 201 with a document.
    pub(crate) fn created(data: Value, revision: Option<String>, location: Option<String>) -> Self {
        Reply::Data(Data { created: true, data, revision, location, members: Map::new() })
    }

    /// 200 with a list.
    pub(crate) fn page(page: Page) -> Self {
        let mut members = Map::new();
        if page.paged {
            members.insert("page_size".to_owned(), page.rows.len().into());
            for (name, key) in [("start_key", page.start_key), ("next_start_key", page.next_start_key)] {
                if let Some(key) = key {
                    members.insert(name.to_owned(), key.into());
                }
            }
        }
        Reply::Data(Data { data: Value::Array(page.rows), members, ..Data::default() })
    }
}

/// What an envelope says about the request, whatever its outcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    /// The request's id.
    pub(crate) request_id: String,
    /// The token used.
    pub(crate) auth_token: Option<String>,
    /// Name of this node.
    pub(crate) node: String,
    /// ISO 8601, UTC.
    pub(crate) timestamp: String,
    /// The program's version; shown to the authenticated only.
    pub(crate) version: Option<String>,
    /// Rate-limit tokens: taken by this request, and left.
    pub(crate) tokens: Option<(u32, u32)>,
    /// The request's path, for `Location`.
    pub(crate) path: String,
    /// `?jsonp=`, if it is a plain function name.
    pub(crate) jsonp: Option<String>,
    /// Indent the JSON.
    pub(crate) pretty: bool,
    /// The `Range` header.
    pub(crate) range: Option<String>,
}

/// The response to a request.
pub(crate) fn respond(outcome: Result<Reply, Failure>, about: &About) -> Response<Body> {
    let mut response = match outcome {
        Ok(Reply::Data(data)) => success(data, about),
        Ok(Reply::File(file)) => send_file(file, about),
        Ok(Reply::Unchanged(revision)) => {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            put(&mut response, header::ETAG, &quoted(&revision));
            response
        }
        Err(failure) => failed(failure, about),
    };
    put(&mut response, HeaderName::from_static("x-request-id"), &about.request_id);
    response
}

fn success(reply: Data, about: &About) -> Response<Body> {
    let mut envelope = Map::new();
    envelope.insert("data".to_owned(), reply.data);
    if let Some(revision) = &reply.revision {
        envelope.insert("revision".to_owned(), revision.clone().into());
    }
    envelope.extend(reply.members);
    common(&mut envelope, about, "success");
    if let Some(version) = &about.version {
        envelope.insert("version".to_owned(), version.clone().into());
    }
    let status = if reply.created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json_response(status, &Value::Object(envelope), about);
    if let Some(revision) = reply.revision {
        put(&mut response, header::ETAG, &quoted(&revision));
    }
    if let Some(location) = reply.location {
        put(&mut response, header::LOCATION, &format!("{}/{location}", about.path.trim_end_matches('/')));
    }
    response
}

fn failed(failure: Failure, about: &About) -> Response<Body> {
    match &failure {
        Failure::Store(_) | Failure::Internal(_) => {
            tracing::error!(request = %about.request_id, error = %failure, "request failed");
        }
        _ => tracing::debug!(request = %about.request_id, error = %failure, "request refused"),
    }
    let allow = match &failure {
        Failure::Method(verbs) => Some(verbs.join(", ")),
        _ => None,
    };
    let retry = matches!(failure, Failure::Busy | Failure::TooMany);
    let answer = failure.answer();
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match answer.symbol {
        None => empty(status),
        Some(symbol) => {
            let mut envelope = Map::new();
            envelope.insert("data".to_owned(), answer.data);
            envelope.insert("error".to_owned(), answer.status.to_string().into());
            envelope.insert("message".to_owned(), symbol.into());
            common(&mut envelope, about, "error");
            json_response(status, &Value::Object(envelope), about)
        }
    };
    if let Some(allow) = allow {
        put(&mut response, header::ALLOW, &allow);
    }
    if retry {
        put(&mut response, header::RETRY_AFTER, "1");
    }
    response
}

fn common(envelope: &mut Map<String, Value>, about: &About, status: &str) {
    envelope.insert("status".to_owned(), status.into());
    if let Some(token) = &about.auth_token {
        envelope.entry("auth_token").or_insert_with(|| token.clone().into());
    }
    envelope.insert("request_id".to_owned(), about.request_id.clone().into());
    envelope.insert("node".to_owned(), about.node.clone().into());
    envelope.insert("timestamp".to_owned(), about.timestamp.clone().into());
    if let Some((consumed, remaining)) = about.tokens {
        envelope.insert("tokens".to_owned(), json!({"consumed": consumed, "remaining": remaining}));
    }
}

fn json_response(status: StatusCode, envelope: &Value, about: &About) -> Response<Body> {
    let text = if about.pretty {
        serde_json::to_string_pretty(envelope).unwrap_or_default()
    } else {
        envelope.to_string()
    };
    let (text, content_type) = match &about.jsonp {
        Some(function) => {
            (format!("{function}({text});"), HeaderValue::from_static("application/javascript"))
        }
        None => (text, JSON),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// A file, or the part of it a single `bytes=a-b` asks for (RFC 9110 section 14).
fn send_file(file: File, about: &About) -> Response<Body> {
    let length = file.bytes.len();
    let mut response = match about.range.as_deref().map(|range| part(range, length)) {
        Some(Some((first, last))) => {
            let mut response = Response::new(Body::from(file.bytes.slice(first..=last)));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            put(&mut response, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{length}"));
            response
        }
        Some(None) if length > 0 => {
            let mut response = failed(Failure::Range, about);
            put(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"));
            return response;
        }
        _ => Response::new(Body::from(file.bytes)),
    };
    put(&mut response, header::CONTENT_TYPE, &file.content_type);
    put(&mut response, header::ACCEPT_RANGES, "bytes");
    put(&mut response, HeaderName::from_static("x-content-type-options"), "nosniff");
    let name: String = file.name.chars().filter(|c| c.is_ascii_graphic() && !"\"\\;/".contains(*c)).collect();
    put(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    response
}

fn part(range: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() => (first, end),
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => (length.saturating_sub(suffix), end),
        _ => return None,
    };
    (first <= last && first < length).then_some((first, last))
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Sets a header; a value that is no header value is left out.
fn put(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn quoted(revision: &str) -> String {
    format!("\"{revision}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_files_follow_the_rfc() {
        assert_eq!(part("bytes=0-3", 10), Some((0, 3)));
        assert_eq!(part("bytes=4-", 10), Some((4, 9)));
        assert_eq!(part("bytes=-3", 10), Some((7, 9)));
        assert_eq!(part("bytes=5-99", 10), Some((5, 9)));
        for bad in ["bytes=10-", "bytes=3-1", "bytes=-0", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4"] {
            assert_eq!(part(bad, 10), None, "{bad}");
        }
        assert_eq!(part("bytes=0-0", 0), None);
    }

    #[test]
    fn json_is_sent_with_the_exact_content_type() {
        let response = respond(Err(Failure::NotFound), &About::default());
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    }
}
