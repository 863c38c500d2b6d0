//! What documents are called in a drawing: name, number, and a few facts.

use drawing::{Reference, Resolver};
use flow::account::{AccountIndex, Document};
use serde_json::Value;

/// The names of an account's documents.
pub(super) struct Names<'a>(pub(super) &'a AccountIndex);

impl Resolver for Names<'_> {
    fn resolve(&self, id: &str) -> Option<Reference> {
        let document = self.0.document(id)?;
        Some(Reference {
            kind: document.kind.clone(),
            name: name(document),
            number: number(document),
            lines: lines(document),
        })
    }
}

fn text<'a>(document: &'a Document, path: &[&str]) -> &'a str {
    let found = path.iter().try_fold(&document.body, |value, member| value.get(member));
    found.and_then(Value::as_str).unwrap_or_default()
}

fn name(document: &Document) -> String {
    if document.kind == "user" {
        let full = format!("{} {}", text(document, &["first_name"]), text(document, &["last_name"]));
        if !full.trim().is_empty() {
            return full.trim().to_owned();
        }
    }
    match text(document, &["name"]) {
        "" => document.id.clone(),
        name => name.to_owned(),
    }
}

fn number(document: &Document) -> Option<String> {
    let first = || document.body.get("numbers").and_then(|numbers| numbers.get(0)).and_then(Value::as_str);
    let number = match document.kind.as_str() {
        "vmbox" => text(document, &["mailbox"]),
        "callflow" => first().unwrap_or_default(),
        "user" | "device" => text(document, &["caller_id", "internal", "number"]),
        _ => "",
    };
    (!number.is_empty()).then(|| number.to_owned())
}

fn lines(document: &Document) -> Vec<String> {
    let seconds = |member: &str| document.body.get(member).and_then(Value::as_u64);
    match document.kind.as_str() {
        "temporal_rule" => {
            let clock = |seconds: u64| format!("{:02}:{:02}", seconds / 3_600, seconds / 60 % 60);
            let days: Vec<&str> = document
                .body
                .get("wdays")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|day| day.as_str()?.get(..3))
                .collect();
            let window = seconds("time_window_start")
                .zip(seconds("time_window_stop"))
                .map(|(start, stop)| format!("{}-{}", clock(start), clock(stop)));
            (!days.is_empty()).then(|| days.join(" ")).into_iter().chain(window).collect()
        }
        "menu" => {
            let tries = seconds("retries").map(|tries| format!("{tries} tries"));
            let wait = seconds("timeout").map(|ms| format!("{} s each", ms.div_ceil(1_000)));
            let facts: Vec<String> = tries.into_iter().chain(wait).collect();
            if facts.is_empty() { Vec::new() } else { vec![facts.join(", ")] }
        }
        "media" => match text(document, &["tts", "text"]) {
            "" => Vec::new(),
            spoken => vec![format!("\"{spoken}\"")],
        },
        _ => Vec::new(),
    }
}
