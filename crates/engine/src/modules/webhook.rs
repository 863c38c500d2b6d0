//! `webhook`: tells a web server about the call, in the background (reference section 3.2).
//!
//! A server that does not take it is tried again. Not here: waiting for replies (`hooks`); a flow from a web server
//! (`pivot`).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::command::{Body, Request};
use crate::cx::Cx;
use crate::hooks;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::web_form;

/// Tries after the first one, unless the node says otherwise, and the most it can say.
const RETRIES: i64 = 2;
const RETRIES_MAX: i64 = 4;

/// Time the server has for one try.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "webhook",
    summary: "Tells a web server about the call.",
    example: r#"{"module": "webhook", "data": {"uri": "http://hooks.example.com/call", "http_verb": "post", "custom_data": {"step": "greeted"}}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("uri").and_then(lenient::as_text) {
        Some(uri) => format!("Tell {uri}"),
        None => "Tell a web server".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The address.
    #[serde(deserialize_with = "lenient::text")]
    uri: Option<String>,
    /// `get` (members in the query) or `post` (members as a form).
    #[serde(deserialize_with = "lenient::text")]
    http_verb: Option<String>,
    /// Tries after the first one, 0 to 4.
    #[serde(deserialize_with = "lenient::opt_int")]
    retries: Option<i64>,
    /// More members; they go before ours of the same name.
    custom_data: Object,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let uri = data.uri.filter(|uri| uri.starts_with("http://") || uri.starts_with("https://"));
    let uri = uri.ok_or_else(|| ModuleError::Broken("uri is no http(s) address".to_owned()))?;
    let mut members = call_members(&cx);
    members.extend(data.custom_data);
    let form = web_form::encode(&members);
    let get = data.http_verb.is_some_and(|verb| verb.eq_ignore_ascii_case("get"));
    let max_bytes = cx.with(|state| state.limits().document_bytes);
    let request = if get {
        Request {
            method: "GET".to_owned(),
            url: web_form::with_query(&uri, &form),
            headers: Vec::new(),
            body: Body::Empty,
            timeout: TIMEOUT,
            max_bytes,
        }
    } else {
        let content_type = "application/x-www-form-urlencoded".to_owned();
        Request {
            method: "POST".to_owned(),
            url: uri,
            headers: vec![("Content-Type".to_owned(), content_type)],
            body: Body::Text(form),
            timeout: TIMEOUT,
            max_bytes,
        }
    };
    let retries = data.retries.unwrap_or(RETRIES).clamp(0, RETRIES_MAX);
    hooks::begin(&cx, request, u32::try_from(retries).unwrap_or(0), "EN3006");
    Ok(Next::default_exit())
}

/// What is told of the call; absent members are left out.
pub(crate) fn call_members(cx: &Cx) -> Map<String, Value> {
    cx.with(|state| {
        let (facts, vars) = (&state.setup.facts, &state.vars);
        let variables: Map<String, Value> =
            vars.application.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let members = json!({
            "account_id": state.setup.account_id,
            "call_id": state.setup.call_id,
            "authorizing_id": facts.authorizing_id,
            "authorizing_type": facts.authorizing_type,
            "caller_id_name": vars.caller_name,
            "caller_id_number": vars.caller_number,
            "callflow_id": state.setup.callflow.id,
            "custom_application_vars": variables,
            "from": facts.from,
            "from_realm": facts.from_realm,
            "inception": facts.inception,
            "language": vars.language,
            "owner_id": vars.owner_id,
            "request": vars.number,
            "request_realm": facts.request_realm,
            "to": facts.to,
            "to_realm": facts.to_realm,
        });
        let members = members.as_object().cloned().unwrap_or_default();
        members.into_iter().filter(|(_, value)| !value.is_null() && value.as_str() != Some("")).collect()
    })
}
