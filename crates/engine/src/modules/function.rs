//! `function`: runs a script of the account's, which names the exit, gives a flow, or sets variables (reference
//! section 3.1; docs/functions.md).
//!
//! Scripts see what Kazoo's see (the members that pivot sends) and the object `call`. Not here: running them (crate
//! `script`, by the driver).

use std::sync::Arc;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::command::Action;
use crate::cx::Cx;
use crate::foreign_flow;
use crate::input::{Callflow, Done};
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::modules::set_variables::VARIABLES_MAX;
use crate::pivot;
use crate::script::{Script, ScriptEnd};
use crate::web_form;
use crate::zone;

/// Scripts one call may run: a flow that a script gives can run another one.
const SCRIPTS_MAX: u32 = 100;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "function",
    summary: "Runs a script of the account, which chooses how the call goes on.",
    example: r#"{"module": "function", "data": {"id": "by-area"}, "children": {"north": {"module": "user", "data": {"id": "alice"}}, "_": {"module": "user", "data": {"id": "bob"}}}}"#,
    exits: &[Exit::Branch, Exit::Dynamic("what the script returns"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Run {id}"),
        None => "Run a script".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Document id of the function.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
}

async fn run(cx: Cx, members: Object) -> Outcome {
    let data: Data = read_data(members.clone())?;
    let id = data.id.unwrap_or_default();
    let Some((name, source)) = source(&cx, &id).await else { return Ok(Next::default_exit()) };
    let count = cx.vars(|vars| {
        vars.scripts += 1;
        vars.scripts
    });
    if count > SCRIPTS_MAX {
        cx.note("EN2056", format!("the call has run {SCRIPTS_MAX} scripts; no more"));
        return Ok(Next::default_exit());
    }
    let query = query(&cx).await;
    let time = time(&cx).await;
    let (call, seed) = cx.with(|state| (facts(state, members, time), state.random_below(u64::MAX)));
    let end = match cx.run(Action::RunScript(Script { source, call, query, seed })).await? {
        Ok(Done::Scripted(end)) => end,
        Ok(_) => return unable(&cx, &id, "the driver gave no end of it"),
        Err(failure) => return unable(&cx, &id, &format!("{failure:?}")),
    };
    let ScriptEnd { result, variables, channel, log } = end;
    for line in log {
        cx.note("EN2054", format!("`{id}` says: {line}"));
    }
    match result {
        Ok(result) => {
            keep(&cx, variables, channel);
            Ok(next(&cx, &id, name, result))
        }
        Err(error) => {
            let code = if error.fault.is_bound() { "EN2052" } else { "EN2051" };
            cx.note(code, format!("the function `{id}` failed: {error}"));
            Ok(Next::default_exit())
        }
    }
}

/// Name and source of a function; what keeps it from being run is noted.
async fn source(cx: &Cx, id: &str) -> Option<(String, String)> {
    let Some(document) = cx.document(id).await else {
        cx.note("EN2050", format!("the function `{id}` does not exist"));
        return None;
    };
    if !document.is_true_at(&["enabled"], true) {
        cx.note("EN2050", format!("the function `{id}` is disabled"));
        return None;
    }
    let language = document.text_at(&["language_pack"]).unwrap_or_else(|| "javascript".to_owned());
    if language != "javascript" {
        cx.note(
            "EN2050",
            format!("the function `{id}` is written in `{language}`; only `javascript` can be run"),
        );
        return None;
    }
    let source = document.text_at(&["function_js"]);
    if source.is_none() {
        cx.note("EN2050", format!("the document `{id}` has no `function_js`"));
    }
    Some((document.text_at(&["name"]).unwrap_or_else(|| id.to_owned()), source?))
}

fn unable(cx: &Cx, id: &str, reason: &str) -> Outcome {
    cx.note("EN2055", format!("the function `{id}` could not be run: {reason}"));
    Ok(Next::default_exit())
}

/// What a script in the style of CouchDB finds in `req.query`: the members that pivot sends, and the variables of the
/// application by their own names.
async fn query(cx: &Cx) -> Value {
    let mut members = pivot::facts_of_call(cx).await;
    cx.vars(|vars| {
        for (name, value) in &vars.application {
            members.entry(name.clone()).or_insert_with(|| value.clone());
        }
    });
    Value::Object(web_form::flat(&members).into_iter().map(|(name, text)| (name, json!(text))).collect())
}

/// The time of the call in the account's zone.
async fn time(cx: &Cx) -> Value {
    let account = cx.account().await;
    let zone = account.text_at(&["timezone"]).and_then(|name| zone::named(&name));
    let now = cx.civil().to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC));
    json!({
        "epoch_s": now.timestamp().as_second(),
        "iso": now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "zone": now.time_zone().iana_name().unwrap_or("UTC"),
        "year": now.year(),
        "month": now.month(),
        "day": now.day(),
        "hour": now.hour(),
        "minute": now.minute(),
        "second": now.second(),
        "weekday": now.strftime("%A").to_string().to_lowercase(),
    })
}

/// The object `call`.
fn facts(state: &crate::state::State, data: Object, time: Value) -> Value {
    let (facts, vars) = (&state.setup.facts, &state.vars);
    let object = |map: &indexmap::IndexMap<String, Value>| -> Map<String, Value> {
        map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    json!({
        "id": state.setup.call_id,
        "account_id": state.setup.account_id,
        "caller": {"number": vars.caller_number, "name": vars.caller_name},
        "dialled": vars.number,
        "from": {"user": facts.from, "realm": facts.from_realm},
        "to": {"user": facts.to, "realm": facts.to_realm},
        "request": {"user": facts.request, "realm": facts.request_realm},
        "from_outside": facts.is_offnet(),
        "authorizing": {"type": facts.authorizing_type, "id": facts.authorizing_id},
        "owner_id": vars.owner_id,
        "answered": state.is_answered(),
        "language": vars.language,
        "capture_group": vars.capture_group,
        "capture_groups": vars.capture_groups,
        "digits": vars.collections,
        "headers": facts.custom_sip_headers,
        "variables": object(&vars.application),
        "channel": object(&vars.channel),
        "time": time,
        "data": data,
    })
}

fn keep(cx: &Cx, application: indexmap::IndexMap<String, Value>, channel: indexmap::IndexMap<String, Value>) {
    let full = cx.vars(|vars| {
        let kept = [(&mut vars.application, application), (&mut vars.channel, channel)];
        let mut full = false;
        for (kept, set) in kept {
            for (name, value) in set {
                if kept.len() < VARIABLES_MAX || kept.contains_key(&name) {
                    kept.insert(name, value);
                } else {
                    full = true;
                }
            }
        }
        full
    });
    if full {
        cx.note("EN1006", format!("a call carries at most {VARIABLES_MAX} variables; the rest was left out"));
    }
}

/// What a result means: a text or number names a child, a node is a flow, nothing is the default child. A flow may
/// also stand in JSON text, and in `json` or `body` of a response as CouchDB has them.
fn next(cx: &Cx, id: &str, name: String, result: Value) -> Next {
    let result = match result {
        Value::Object(mut response) if !response.contains_key("module") => {
            match response.remove("json").or_else(|| response.remove("body")) {
                Some(inner) => inner,
                None => Value::Object(response),
            }
        }
        other => other,
    };
    let mut node = match result {
        Value::Null => return Next::default_exit(),
        Value::String(text) if text.trim_start().starts_with('{') => match serde_json::from_str(&text) {
            Ok(node) => node,
            Err(error) => return no_flow(cx, id, &format!("invalid JSON: {error}")),
        },
        Value::String(key) => return Next::Continue(key),
        Value::Number(key) => return Next::Continue(key.to_string()),
        Value::Bool(key) => return Next::Continue(key.to_string()),
        other => other,
    };
    match foreign_flow::read(cx, &mut node, "the result") {
        Ok((flow, _)) => Next::Branch(Box::new(Callflow::of_flow(&name, Arc::new(flow)))),
        Err(reason) => no_flow(cx, id, &reason),
    }
}

fn no_flow(cx: &Cx, id: &str, reason: &str) -> Next {
    cx.note("EN2053", format!("the function `{id}` gave neither a child nor a flow: {reason}"));
    Next::default_exit()
}
