//! What a web server is told of the call with every request, by Kazoo's names or TwiML's (reference section 5.2). Absent
//! parameters are left out.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::session::Session;
use crate::cx::Cx;
use crate::endpoint::Endpoint;

/// The parameters of a request.
pub(super) async fn of(cx: &Cx, session: &Session) -> Map<String, Value> {
    let status = call_status(cx);
    let mut all = session.overlay(status);
    all.extend(match session.settings.twiml_names {
        true => twiml(cx, session, status),
        false => kazoo(cx, session, status).await,
    });
    all
}

/// What is known of any call, by Kazoo's names.
pub(crate) async fn of_call(cx: &Cx) -> Map<String, Value> {
    kazoo(cx, &Session::default(), "").await
}

/// How the call stands, in TwiML's words.
fn call_status(cx: &Cx) -> &'static str {
    cx.with(|state| match (state.caller_gone(), state.is_answered()) {
        (true, _) => "completed",
        (false, true) => "in-progress",
        (false, false) => "ringing",
    })
}

async fn kazoo(cx: &Cx, session: &Session, status: &str) -> Map<String, Value> {
    let user_id = user_of_caller(cx).await;
    let recording = session.recording.as_ref();
    cx.with(|state| {
        let facts = &state.setup.facts;
        let vars = &state.vars;
        let variables = vars.application.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        present([
            ("Account-ID", json!(state.setup.account_id)),
            ("Api-Version", json!("4.x")),
            ("Call-ID", json!(state.setup.call_id)),
            ("Call-Status", if session.began { json!(status) } else { Value::Null }),
            ("Caller-ID-Name", json!(vars.caller_name)),
            ("Caller-ID-Number", json!(vars.caller_number)),
            ("Custom-Application-Vars", object(variables)),
            ("Custom-SIP-Headers", pairs(&facts.custom_sip_headers)),
            ("Digits", digits(session, &vars.collections)),
            ("Direction", json!("inbound")),
            ("From", json!(facts.from)),
            ("From-Realm", json!(facts.from_realm)),
            ("Language", json!(vars.language)),
            ("Recording-Duration", json!(recording.map(|made| made.seconds))),
            ("Recording-ID", json!(recording.map(|made| &made.sid))),
            ("Recording-Url", json!(recording.map(|made| &made.url))),
            ("Request", json!(vars.number)),
            ("Request-Realm", json!(facts.request_realm)),
            ("To", json!(facts.to)),
            ("To-Realm", json!(facts.to_realm)),
            ("User-ID", user_id.map_or(Value::Null, Value::String)),
        ])
    })
}

fn twiml(cx: &Cx, session: &Session, status: &str) -> Map<String, Value> {
    let recording = session.recording.as_ref();
    cx.with(|state| {
        let facts = &state.setup.facts;
        let vars = &state.vars;
        present([
            ("CallSid", json!(state.setup.call_id)),
            ("AccountSid", json!(state.setup.account_id)),
            ("From", json!(facts.from)),
            ("FromRealm", json!(facts.from_realm)),
            ("To", json!(facts.to)),
            ("ToRealm", json!(facts.to_realm)),
            ("CallStatus", json!(status)),
            ("ApiVersion", json!("2010-04-01")),
            ("Direction", json!("inbound")),
            ("CallerName", json!(vars.caller_name)),
            ("CallerNumber", json!(vars.caller_number)),
            ("RecordingUrl", json!(recording.map(|made| &made.url))),
            ("RecordingDuration", json!(recording.map(|made| made.seconds))),
            ("RecordingSid", json!(recording.map(|made| &made.sid))),
            ("Digits", digits(session, &vars.collections)),
        ])
    })
}

/// Digits of verbs as text, else the collections of the flow's nodes by their names.
fn digits(session: &Session, collections: &IndexMap<String, String>) -> Value {
    match &session.digits {
        Some(digits) => json!(digits),
        None => pairs(collections),
    }
}

fn pairs(map: &IndexMap<String, String>) -> Value {
    object(map.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

fn object(members: Map<String, Value>) -> Value {
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

fn present<const N: usize>(all: [(&str, Value); N]) -> Map<String, Value> {
    all.into_iter()
        .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

async fn user_of_caller(cx: &Cx) -> Option<String> {
    let id = cx.with(|state| state.setup.facts.authorizing_id.clone())?;
    Endpoint::load(cx, &id).await?.owner_id()
}
