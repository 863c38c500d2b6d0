//! What went to a web server and what came back, published as events `pivot_debug` for the author of a flow who asked for
//! it with `debug` (reference section 5.5). Keeping them is the driver's business.

use serde_json::{Map, Value, json};

use super::session::Session;
use crate::command::{Action, Body, Request};
use crate::cx::Cx;

/// Characters of a body that are kept.
const BODY_MAX_CHARS: usize = 16_384;

/// The event's name.
const EVENT: &str = "pivot_debug";

/// A request goes out.
pub(super) fn asked(cx: &Cx, session: &mut Session, request: &Request) {
    session.iteration = session.iteration.saturating_add(1);
    if !session.settings.debug {
        return;
    }
    cx.note("EN3010", format!("{} {}", request.method, request.url));
    let headers: Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), json!(value.to_ascii_lowercase())))
        .collect();
    let body = match &request.body {
        Body::Text(text) => text.as_str(),
        Body::Empty | Body::Recording { .. } => "",
    };
    let (body, cut) = kept(body);
    publish(
        cx,
        session,
        json!({
            "uri": request.url, "method": request.method.to_ascii_lowercase(), "req_headers": headers,
            "req_body": body, "cut": cut,
        }),
    );
}

/// A reply came.
pub(super) fn answered(cx: &Cx, session: &Session, status: u16, content_type: &str, body: &str) {
    if !session.settings.debug {
        return;
    }
    cx.note("EN3011", format!("HTTP {status} {content_type}, {} bytes", body.len()));
    let (kept, cut) = kept(body);
    let headers = json!({"content-type": content_type});
    publish(
        cx,
        session,
        json!({"resp_status_code": status, "resp_headers": headers, "resp_body": kept, "cut": cut}),
    );
}

/// What is wrong with a reply, or why none came.
pub(super) fn told(cx: &Cx, session: &Session, faults: &[String]) {
    if session.settings.debug && !faults.is_empty() {
        publish(cx, session, json!({"errors": faults}));
    }
}

fn publish(cx: &Cx, session: &Session, entry: Value) {
    let mut data = entry.as_object().cloned().unwrap_or_default();
    data.retain(|_, value| *value != Value::Bool(false));
    data.insert("iteration".to_owned(), json!(session.iteration));
    cx.send(Action::Publish { event: EVENT.to_owned(), data: Value::Object(data) });
}

/// As much of a body as is kept, and whether that is not all of it.
fn kept(body: &str) -> (&str, bool) {
    match body.char_indices().nth(BODY_MAX_CHARS) {
        Some((end, _)) => (body.get(..end).unwrap_or_default(), true),
        None => (body, false),
    }
}
