//! Toll fraud: ways in which a caller whom nobody knows can make calls that the account pays for.
//!
//! A caller from outside comes to public numbers and patterns, to the callflows and menus behind them, and never to the
//! catch-all (reference section 1.6). What is told here leads from there to a carrier with a number of the caller's
//! choice. A call that is forwarded to a fixed number is not told.

use serde_json::Value;

use super::mailboxes::weakness;
use super::subject::{Subject, entered, is_carrier, is_public, won_example};
use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::graph::Node;
use crate::issue::{Issue, Level};
use crate::numbers::Pattern;
use crate::pointer::join;

pub(super) fn of_callflow(subject: &Subject<'_>, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    let by_pattern = entry
        .patterns
        .iter()
        .enumerate()
        .filter_map(|(at, text)| public_pattern(subject.index, entry, at, text));
    issues.extend(by_pattern);
    for node in entry.flow.nodes.iter().filter(|node| !node.is_skipped()) {
        let found = match node.module.as_str() {
            "disa" => disa(subject, entry, node),
            "pivot" => unencrypted(node),
            _ => None,
        };
        issues.extend(found.map(|issue| issue.in_module(&node.module)));
    }
}

/// A pattern that takes public numbers and calls the dialled number through a carrier: whatever a trunk delivers, or a
/// telephone outside sends there, is called.
fn public_pattern(index: &AccountIndex, entry: &CallflowEntry, at: usize, text: &str) -> Option<Issue> {
    let goes_out = |node: &Node| is_carrier(node) && !node.data.contains_key("to_did");
    if entry.no_match || !entered(index, entry).iter().any(|entry| entry.flow.nodes.iter().any(goes_out)) {
        return None;
    }
    let pattern = Pattern::new(text, "").ok()?;
    let number = won_example(index, entry, &pattern, |number| {
        is_public(number) && index.normalise(number) == *number
    })?;
    let message =
        format!("`{text}` takes calls from outside too: one to `{number}` goes out through a carrier again");
    Some(Issue::warning("CK1601", join("/patterns", &at.to_string()), message).with_help(
        "let the number `no_match` lead to the carrier instead: only the account's own telephones may use it",
    ))
}

/// Dialling as if inside, without a PIN or with one that is tried at once.
fn disa(subject: &Subject<'_>, entry: &CallflowEntry, node: &Node) -> Option<Issue> {
    if !subject.calls_out() || !subject.is_reached_from_outside(&entry.id) {
        return None;
    }
    let pin = match node.data.get("pin") {
        Some(Value::String(pin)) => pin.clone(),
        Some(Value::Number(pin)) => pin.to_string(),
        _ => String::new(),
    };
    let pointer = join(&node.pointer, "data");
    let help = "give it a `pin` of six digits or more";
    if pin.is_empty() {
        let message = "callers from outside can dial out here at the account's expense: there is no PIN";
        return Some(Issue::error("CK1602", pointer, message).with_help(help));
    }
    let why = weakness(&pin, "")?;
    let message = format!("callers from outside can dial out here with a PIN that {why}");
    Some(Issue::warning("CK1602", join(&pointer, "pin"), message).with_help(help))
}

/// A web server asked in clear text: whoever is on the way can answer, and have calls made.
fn unencrypted(node: &Node) -> Option<Issue> {
    let url = node.data.get("voice_url").and_then(Value::as_str)?;
    let host = url.strip_prefix("http://")?.split(['/', ':', '?']).next().unwrap_or_default();
    let is_near =
        matches!(host, "localhost" | "127.0.0.1" | "[") || host.ends_with(".test") || !host.contains('.');
    let is_private = host.starts_with("10.") || host.starts_with("192.168.");
    if is_near || is_private {
        return None;
    }
    let message =
        format!("`{host}` is asked without encryption: whoever is on the way can decide what the call does");
    let issue = Issue::warning("CK1605", join(&join(&node.pointer, "data"), "voice_url"), message)
        .with_help("use https");
    Some(Issue { level: Level::Note, ..issue })
}

/// Feature keys that also the other party of a call may press, and that transfer to keyed-in numbers.
pub(super) fn of_document(subject: &Subject<'_>, document: &Document, issues: &mut Vec<Issue>) {
    let is_callflow = document.kind == "callflow";
    let member = if is_callflow { "metaflow" } else { "metaflows" };
    let Some(metaflows) = document.body.get(member).and_then(Value::as_object) else { return };
    let listen_on = metaflows.get("listen_on").and_then(Value::as_str).unwrap_or_default();
    let hears_outside = match document.kind.as_str() {
        "account" | "user" | "device" => matches!(listen_on, "both" | "ab" | "peer" | "a"),
        // A callflow's own keys belong to its caller.
        "callflow" => {
            matches!(listen_on, "both" | "ab" | "self" | "a" | "")
                && subject.is_reached_from_outside(&document.id)
        }
        _ => false,
    };
    if !hears_outside || !subject.calls_out() {
        return;
    }
    let patterns = metaflows.get("patterns").and_then(Value::as_object);
    for (pattern, node) in patterns.into_iter().flatten() {
        let transfers = node.get("module").and_then(Value::as_str) == Some("transfer");
        let is_fixed =
            node.pointer("/data/target").and_then(Value::as_str).is_some_and(|target| !target.is_empty());
        if !transfers || is_fixed {
            continue;
        }
        let message = "the other party of a call, also one from outside, may transfer itself to any number with this key";
        issues.push(
            Issue::warning("CK1604", join(&join(&join("", member), "patterns"), pattern), message)
                .with_help("let only the account's own side press it: `\"listen_on\": \"self\"`"),
        );
    }
}
