//! How an answer becomes bytes: JSON spaced as the vendor's, a fault as an object or a line of text.
//!
//! Not here: which fault has which status (`fault`).

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize as _;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use serde_json::{Value, json};

use super::fault::Fault;
use super::user::User;
use crate::picture;

/// What a handler gives.
#[derive(Debug)]
pub(crate) enum Reply {
    /// JSON.
    Json(Value),
    /// A page of rows, and how many there are in all.
    Page(Value, usize),
    /// A picture: media type and text.
    Picture(&'static str, String),
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Reply::Json(value)
    }
}

/// The members every reply to a change, and every fault, has of its user.
pub(crate) fn about(user: Option<&User>) -> Value {
    json!({
        "username": user.map(|user| user.name.as_str()).unwrap_or_default(),
        "logged_in": if user.is_some() { "1" } else { "0" },
        "group_list": user.map(|user| user.groups.join(",")).unwrap_or_default(),
        "error_string": "",
    })
}

/// The reply to a change.
pub(crate) fn saved(user: &User, modified: usize, returning: Value) -> Reply {
    let mut value = json!({ "returning": returning });
    extend(&mut value, about(Some(user)));
    extend(&mut value, json!({"modified": modified, "success": 1}));
    value.into()
}

/// A fault as a response.
pub(crate) fn refuse(fault: Fault, user: Option<&User>) -> Response<Body> {
    if let Fault::Store(reason) | Fault::Internal(reason) = &fault {
        tracing::error!(reason, "an N2FE request failed");
    }
    let status = fault.status();
    let mut response = if let Fault::InvalidFlow(text) = &fault {
        let mut response = Response::new(Body::from(text.clone()));
        let plain = HeaderValue::from_static("text/plain;charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
        response
    } else {
        let mut value = about(user);
        extend(&mut value, json!({"message": fault.to_string(), "success": 0}));
        if let Fault::Login(_) = &fault {
            extend(&mut value, json!({"error_string": fault.to_string()}));
        }
        json_response(&value)
    };
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Fault::Method(allowed) = &fault
        && let Ok(allowed) = HeaderValue::from_str(allowed)
    {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// A reply as a response.
pub(crate) fn respond(reply: Reply) -> Response<Body> {
    match reply {
        Reply::Json(value) => json_response(&value),
        Reply::Page(rows, total) => {
            let mut response = json_response(&rows);
            response.headers_mut().insert("x-total-count", HeaderValue::from(total));
            response
        }
        Reply::Picture(media_type, text) => picture::response(media_type, text),
    }
}

/// JSON with the headers all replies have.
pub(crate) fn json_response(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(write(value)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(crate) fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(members), Value::Object(more)) = (value, more) {
        members.extend(more);
    }
}

/// JSON as the vendor's program spaces it: three blanks a level, one around each colon.
fn write(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Spaced(PrettyFormatter::with_indent(b"   ")));
    // Writing a value into memory cannot fail.
    let _ = value.serialize(&mut serializer);
    out.push(b'\n');
    out
}

struct Spaced(PrettyFormatter<'static>);

impl Formatter for Spaced {
    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" : ")
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_spaced_as_the_vendor_s() {
        let text = String::from_utf8(write(&json!({"version": "1", "exits": [null, 1]}))).expect("text");
        assert_eq!(text, "{\n   \"version\" : \"1\",\n   \"exits\" : [\n      null,\n      1\n   ]\n}\n");
    }
}
