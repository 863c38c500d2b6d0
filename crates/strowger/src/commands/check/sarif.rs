//! Findings as a SARIF 2.1.0 log (OASIS), which code-review tools and editors show beside the line.
//!
//! Not here: finding anything.

use std::path::Path;

use flow::check::accept::Accepted;
use flow::check::codes;
use flow::folder;
use flow::issue::{Issue, Level};
use serde_json::{Map, Value, json};

use super::pages;
use super::source::Sources;

/// The schema the log follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log of one run.
pub(super) fn log(issues: &[Issue], accepted: &[Accepted], sources: &Sources) -> Value {
    let mut rules: Vec<&str> = issues
        .iter()
        .chain(accepted.iter().map(|accepted| &accepted.issue))
        .map(|issue| issue.code.as_ref())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let open = issues.iter().map(|issue| result(issue, &rules, sources));
    let suppressed = accepted.iter().map(|accepted| {
        let mut result = result(&accepted.issue, &rules, sources);
        let suppression =
            json!([{"kind": "external", "status": "accepted", "justification": accepted.reason}]);
        if let Some(members) = result.as_object_mut() {
            members.insert("suppressions".to_owned(), suppression);
        }
        result
    });
    let results: Vec<Value> = open.chain(suppressed).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "strowger",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Value {
    match (codes::find(code), pages::page(code)) {
        (Some(check), Some(page)) => json!({
            "id": code,
            "name": check.name,
            "shortDescription": {"text": check.summary},
            "help": {"text": format!("docs/checks/{code}.md; strowger check --explain {code}"), "markdown": page},
        }),
        _ => json!({
            "id": code,
            "help": {"text": format!("docs/error-codes.md lists {code}")},
        }),
    }
}

fn result(issue: &Issue, rules: &[&str], sources: &Sources) -> Value {
    let level = match issue.level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let mut text = issue.message.clone();
    if !issue.help.is_empty() {
        text.push_str("; ");
        text.push_str(&issue.help);
    }
    let mut result = json!({
        "ruleId": issue.code,
        "ruleIndex": rules.iter().position(|code| *code == issue.code).unwrap_or_default(),
        "level": level,
        "message": {"text": text},
        "partialFingerprints": {"strowger/v1": fingerprint(issue)},
    });
    if let (Some(location), Some(members)) = (location(issue, sources), result.as_object_mut()) {
        members.insert("locations".to_owned(), json!([location]));
    }
    result
}

fn location(issue: &Issue, sources: &Sources) -> Option<Value> {
    let document = issue.place.document.as_deref()?;
    let mut physical = Map::new();
    physical.insert("artifactLocation".to_owned(), json!({"uri": uri(document)}));
    if let Some((line, column)) = sources.position(issue) {
        physical.insert("region".to_owned(), json!({"startLine": line, "startColumn": column}));
    }
    let mut location = json!({"physicalLocation": physical});
    if !issue.place.pointer.is_empty()
        && let Some(members) = location.as_object_mut()
    {
        let named = json!([{"fullyQualifiedName": issue.place.pointer, "kind": "member"}]);
        members.insert("logicalLocations".to_owned(), named);
    }
    Some(location)
}

/// The same finding has the same fingerprint, wherever in the file its lines have moved to.
fn fingerprint(issue: &Issue) -> String {
    let document = issue.place.document.as_deref().unwrap_or_default();
    folder::id_of_path(&format!("{}\n{document}\n{}", issue.code, issue.place.pointer))
}

/// A path as a URI reference (RFC 3986): what may not stand in one is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if Path::new(path).is_absolute() {
        uri.push_str("file://");
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("./acme/callflows/main menu.json"), "acme/callflows/main%20menu.json");
        assert_eq!(uri("/srv/ü.json"), "file:///srv/%C3%BC.json");
    }

    #[test]
    fn a_finding_keeps_its_fingerprint() {
        let issue = Issue::error("CK1001", "/flow/data/id", "there is no user `a`").in_document("a.json");
        let other = Issue { message: "there is no user `b`".to_owned(), ..issue.clone() };
        assert_eq!(fingerprint(&issue), fingerprint(&other));
        assert_ne!(fingerprint(&issue), fingerprint(&issue.clone().in_document("b.json")));
    }
}
