//! `A/pivot/debug`: what calls asked web servers and what those answered, where their flows asked for it (reference
//! "Crossbar" 4.1, section 5.5 of the runtime).
//!
//! Not here: keeping them (crate `store`), asking (crate `engine`).

use serde_json::{Map, Value, json};
use store::Attempt;

use crate::crossbar::context::Cx;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::list::{self, Entry};
use crate::crossbar::request::Verb;

/// `debug`: one row for each call; `debug/{call_id}`: all that was kept of one call.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    match (arguments, cx.request.verb) {
        (["debug"] | ["debug", _], verb) if verb != Verb::Get => Err(Failure::Method(vec!["GET"])),
        (["debug"], _) => {
            let entries = calls(cx, cx.state.store.attempts(&cx.account)?);
            let row = |entry: &Entry| Value::Object(entry.document.clone());
            Ok(Reply::page(list::page(entries, &cx.filters(), &cx.paging(), row)))
        }
        (["debug", call_id], _) => {
            let found = cx.state.store.attempts_of_call(&cx.account, call_id)?;
            if found.is_empty() {
                return Err(Failure::BadIdentifier((*call_id).to_owned()));
            }
            let shown = found.into_iter().map(|attempt| Value::Object(shown(cx, attempt)));
            Ok(Reply::ok(shown.collect()))
        }
        _ => Err(Failure::NotFound),
    }
}

/// A row for each call, in which later requests and replies take the place of earlier ones; bodies are left out.
fn calls(cx: &Cx<'_>, attempts: Vec<Attempt>) -> Vec<Entry> {
    let mut calls: Vec<Entry> = Vec::new();
    for attempt in attempts {
        let (call_id, created) = (attempt.call_id.clone(), attempt.created);
        let entry = shown(cx, attempt);
        let place = calls.iter().position(|call| call.id == call_id).unwrap_or_else(|| {
            calls.push(Entry {
                // Calls are told apart by their ids and come in the order of their first attempts.
                key: format!("{created:012}"),
                id: call_id.clone(),
                document: Map::new(),
                created,
                modified: created,
            });
            calls.len() - 1
        });
        let Some(call) = calls.get_mut(place) else { continue };
        call.modified = created;
        for name in ["call_id", "node", "iteration", "uri", "method", "status_code"] {
            if let Some(value) = entry.get(name) {
                call.document.insert(name.to_owned(), value.clone());
            }
        }
        call.document.entry("created").or_insert(json!(created));
        let errors = entry.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
        if errors > 0 {
            let before = call.document.get("errors").and_then(Value::as_u64).unwrap_or(0);
            call.document.insert("errors".to_owned(), json!(before + errors as u64));
        }
    }
    calls
}

/// An entry as it was kept, with what every entry has. A status has Kazoo's two names.
fn shown(cx: &Cx<'_>, attempt: Attempt) -> Map<String, Value> {
    let mut shown = attempt.entry;
    if let Some(status) = shown.get("resp_status_code").cloned() {
        shown.insert("status_code".to_owned(), status);
    }
    shown.insert("call_id".to_owned(), json!(attempt.call_id));
    shown.insert("created".to_owned(), json!(attempt.created));
    shown.insert("node".to_owned(), json!(cx.state.config.node));
    shown
}
