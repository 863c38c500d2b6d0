//! `pivot`: asks the customer's web server which flow the call shall take (reference section 5).
//!
//! Whatever the server does wrong (slow, dead, too long, not JSON), the next child runs and the trace says why; Kazoo
//! hangs up in several of these cases. Limits: time and size of a reply, and how often one call may ask.

use std::sync::Arc;
use std::time::Duration;

use flow::graph::{Flow, Object};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::command::{Action, Body, Request};
use crate::cx::Cx;
use crate::endpoint::Endpoint;
use crate::foreign_flow;
use crate::input::{Done, Failure};
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::web_form;

/// Time a web server has, and the most a node can give it (`pivot.request_timeout_ms`).
const TIMEOUT_MAX_MS: i64 = 5_000;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "pivot",
    summary: "Asks a web server for the flow the call shall take.",
    example: r#"{"module": "pivot", "data": {"voice_url": "http://flows.example.com/main", "method": "get"}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: &[Exit::Replace, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("voice_url").and_then(lenient::as_text) {
        Some(url) => format!("Ask {url}"),
        None => "Ask a web server".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The address asked.
    #[serde(deserialize_with = "lenient::text")]
    voice_url: Option<String>,
    /// Told about the call when it has ended.
    #[serde(deserialize_with = "lenient::text")]
    cdr_url: Option<String>,
    /// `get` or `post`.
    #[serde(deserialize_with = "lenient::text")]
    method: Option<String>,
    /// `kazoo` or `twiml`: how parameters are named.
    #[serde(deserialize_with = "lenient::text")]
    req_format: Option<String>,
    /// `form` or `json`, for `post`.
    #[serde(deserialize_with = "lenient::text")]
    req_body_format: Option<String>,
    /// Milliseconds the server has.
    #[serde(deserialize_with = "lenient::opt_int")]
    req_timeout_ms: Option<i64>,
    /// Keep request and reply in the trace.
    #[serde(deserialize_with = "lenient::boolean")]
    debug: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(url) = data.voice_url.clone() else {
        return Err(ModuleError::Broken("voice_url is missing".to_owned()));
    };
    let (asked, limit) = cx.with(|state| {
        state.vars.fetches += 1;
        (state.vars.fetches, state.limits().fetches)
    });
    if asked > limit {
        cx.note("EN1009", format!("the call has asked web servers {limit} times; no more"));
        return Ok(Next::default_exit());
    }
    if data.cdr_url.is_some() {
        cx.vars(|vars| vars.cdr_url.clone_from(&data.cdr_url));
    }
    let parameters = match data.req_format.as_deref() {
        Some("twiml") => twiml_parameters(&cx),
        _ => kazoo_parameters(&cx).await,
    };
    let request = request(&cx, &data, &url, &parameters);
    if data.debug {
        cx.note("EN3010", format!("{} {}", request.method, request.url));
    }
    let reply = match cx.run(Action::Fetch(request)).await? {
        Ok(Done::Fetched { status, content_type, body, .. }) => Ok((status, content_type, body)),
        Ok(_) => Err("the driver gave no reply".to_owned()),
        Err(Failure::Web { reason, fault }) => Err(format!("{reason} ({})", fault.name())),
        Err(other) => Err(format!("{other:?}")),
    };
    let flow = reply.and_then(|(status, content_type, body)| {
        if data.debug {
            cx.note("EN3011", format!("HTTP {status} {content_type}, {} bytes", body.len()));
        }
        read_reply(&cx, status, &content_type, &body)
    });
    match flow {
        Ok(flow) => Ok(Next::Replace(Arc::new(flow))),
        Err(reason) => {
            cx.note("EN3002", format!("the web server gave no flow: {reason}"));
            Ok(Next::default_exit())
        }
    }
}

fn request(cx: &Cx, data: &Data, url: &str, parameters: &Map<String, Value>) -> Request {
    let timeout_ms = data.req_timeout_ms.filter(|ms| *ms > 0).unwrap_or(TIMEOUT_MAX_MS).min(TIMEOUT_MAX_MS);
    let timeout = Duration::from_millis(timeout_ms.unsigned_abs());
    let max_bytes = cx.with(|state| state.limits().document_bytes);
    let post = data.method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("post"));
    if !post {
        return Request {
            method: "GET".to_owned(),
            url: web_form::with_query(url, &web_form::encode(parameters)),
            headers: Vec::new(),
            body: Body::Empty,
            timeout,
            max_bytes,
        };
    }
    let (content_type, body) = match data.req_body_format.as_deref() {
        Some("json") => ("application/json", Value::Object(parameters.clone()).to_string()),
        _ => ("application/x-www-form-urlencoded", web_form::encode(parameters)),
    };
    Request {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
        body: Body::Text(body),
        timeout,
        max_bytes,
    }
}

/// The parameters of format `kazoo`; absent ones are left out.
pub(crate) async fn kazoo_parameters(cx: &Cx) -> Map<String, Value> {
    let user_id = user_of_caller(cx).await;
    cx.with(|state| {
        let facts = &state.setup.facts;
        let vars = &state.vars;
        let object = |entries: Vec<(String, Value)>| match entries.is_empty() {
            true => Value::Null,
            false => Value::Object(entries.into_iter().collect()),
        };
        let pairs = |map: &indexmap::IndexMap<String, String>| {
            object(map.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
        };
        let variables = vars.application.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let all = [
            ("Account-ID", json!(state.setup.account_id)),
            ("Api-Version", json!("4.x")),
            ("Call-ID", json!(state.setup.call_id)),
            ("Caller-ID-Name", json!(vars.caller_name)),
            ("Caller-ID-Number", json!(vars.caller_number)),
            ("Custom-Application-Vars", object(variables)),
            ("Custom-SIP-Headers", pairs(&facts.custom_sip_headers)),
            ("Digits", pairs(&vars.collections)),
            ("Direction", json!("inbound")),
            ("From", json!(facts.from)),
            ("From-Realm", json!(facts.from_realm)),
            ("Language", json!(vars.language)),
            ("Request", json!(vars.number)),
            ("Request-Realm", json!(facts.request_realm)),
            ("To", json!(facts.to)),
            ("To-Realm", json!(facts.to_realm)),
            ("User-ID", user_id.map_or(Value::Null, Value::String)),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""))
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

/// The parameters of format `twiml`; absent ones are left out.
fn twiml_parameters(cx: &Cx) -> Map<String, Value> {
    cx.with(|state| {
        let facts = &state.setup.facts;
        let vars = &state.vars;
        let digits: Map<String, Value> =
            vars.collections.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let status = if state.is_answered() { "in-progress" } else { "ringing" };
        let all = [
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
            ("Digits", if digits.is_empty() { Value::Null } else { Value::Object(digits) }),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""))
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    })
}

async fn user_of_caller(cx: &Cx) -> Option<String> {
    let id = cx.with(|state| state.setup.facts.authorizing_id.clone())?;
    Endpoint::load(cx, &id).await?.owner_id()
}

/// The flow in a reply, or why there is none. Faults of single nodes are noted and do not refuse the flow.
fn read_reply(cx: &Cx, status: u16, content_type: &str, body: &str) -> Result<Flow, String> {
    if status != 200 && status != 206 {
        return Err(format!("HTTP status {status}"));
    }
    if body.trim().is_empty() {
        return Err("the reply is empty".to_owned());
    }
    if matches!(content_type, "text/xml" | "application/xml") || body.trim_start().starts_with('<') {
        return Err(format!("the reply is not JSON but `{content_type}`"));
    }
    let mut node: Value = serde_json::from_str(body).map_err(|error| format!("invalid JSON: {error}"))?;
    foreign_flow::read(cx, &mut node, "the reply")
}
