//! Time rules by themselves: what is wrong in them, and rules that never apply from now on.

use serde_json::Value;

use super::hours::zone_named;
use super::subject::Subject;
use crate::account::Document;
use crate::issue::{Issue, Level};
use crate::time_rules::{Cycle, Rule};

pub(super) fn of_document(subject: &Subject<'_>, document: &Document, issues: &mut Vec<Issue>) {
    match document.kind.as_str() {
        "temporal_rule" => of_rule(subject, document, issues),
        // Accounts, people and mailboxes tell times in it; N2FE's documents check their own.
        "account" | "user" | "vmbox" => {
            let zone =
                document.body.get("timezone").and_then(Value::as_str).filter(|zone| *zone != "inherit");
            let unknown = zone.filter(|zone| !zone.is_empty() && zone_named(zone).is_none());
            issues.extend(unknown.map(|zone| no_zone(zone, "/timezone")));
        }
        _ => {}
    }
}

/// The issue of a time zone that does not exist.
pub(super) fn no_zone(zone: &str, pointer: impl Into<String>) -> Issue {
    Issue::error("CK1405", pointer, format!("there is no time zone `{zone}`"))
        .with_help("time zones are named as in `Europe/Berlin` or `America/New_York`")
}

fn of_rule(subject: &Subject<'_>, document: &Document, issues: &mut Vec<Issue>) {
    let (rule, found) = Rule::read(&document.body);
    let has_faults = !found.is_empty();
    issues.extend(found);
    let account = subject.index.account();
    let zone = account.body.get("timezone").and_then(Value::as_str).and_then(zone_named);
    let now = subject.now.to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC));
    let Some(cycle) = &rule.cycle else { return };
    // What was said of its members says why it never applies; what is switched by hand is somebody's business.
    if has_faults || rule.enabled.is_some() || rule.next_occurrence(&now).is_some() {
        return;
    }
    let is_over = matches!(cycle, Cycle::Date);
    let message = match rule.start.filter(|_| is_over) {
        Some(start) => {
            format!("the rule was for {}, which is over", start.to_zoned(now.time_zone().clone()).date())
        }
        None => "no day is left on which the rule applies".to_owned(),
    };
    let issue = Issue::warning("CK1401", "", message)
        .with_help("take it out of the routes that ask it, or give it a new day");
    let level = if is_over { Level::Note } else { Level::Warning };
    issues.push(Issue { level, ..issue });
}
