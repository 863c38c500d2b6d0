//! Routing by time: rules that never decide because an earlier one always does, times for which no rule is there, and
//! seconds lost between two rules (reference section 7.12).
//!
//! The rules of a node are asked moment by moment, at every local time at which one of them can begin or end, day after
//! day from now on for a year and a week (eight days when all repeat weekly), by the wall clock of the node's zone, with
//! the days on which that clock is changed. Switched rules (`enabled`) count as they would without the switch.

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use serde_json::Value;

use super::exits::exits;
use super::rules::no_zone;
use super::subject::Subject;
use crate::account::{AccountIndex, CallflowEntry};
use crate::graph::Node;
use crate::issue::Issue;
use crate::pointer::join;
use crate::time_rules::{Cycle, Rule, applies};

/// Days looked at: all yearly rules have had their day, and one week more.
const DAYS: i64 = 373;

/// Days looked at when all rules repeat every day or week.
const DAYS_WEEKLY: i64 = 8;

/// Rules of one node that are looked at; of more than these nothing is told.
const RULES_MAX: usize = 60;

/// Seconds of a gap that nobody means: rules written as ending at 11:59.
const SHORT_S: i64 = 60;

/// A rule as a node asks it.
struct Candidate {
    /// The exit that is taken when it applies.
    key: String,
    id: String,
    rule: Rule,
}

/// What the rules of a node give.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    /// Exits whose rules apply at some time.
    apply: BTreeSet<String>,
    /// Exits that are taken at some time.
    decide: BTreeSet<String>,
    /// The first time for which there is no rule, and when one applies again.
    gap: Option<(Zoned, Option<Zoned>)>,
    /// A time of at most a minute between two rules.
    short_gap: Option<(Zoned, Zoned)>,
}

pub(super) fn of_callflow(subject: &Subject<'_>, entry: &CallflowEntry, issues: &mut Vec<Issue>) {
    for node in &entry.flow.nodes {
        if node.module != "temporal_route" || node.is_skipped() || node.data.contains_key("action") {
            continue;
        }
        let children: BTreeSet<&str> = exits(&entry.flow, node).collect();
        let has_default = children.contains("_");
        let mut found = Vec::new();
        let Some(zone) = zone_of(subject.index, node, &mut found) else {
            issues.extend(found.into_iter().map(|issue| issue.in_module("temporal_route")));
            continue;
        };
        let candidates = candidates(subject.index, node);
        if !has_default {
            let mut told = BTreeSet::new();
            for candidate in candidates.iter().filter(|candidate| !children.contains(candidate.key.as_str()))
            {
                if told.insert(&candidate.key) {
                    let key = &candidate.key;
                    let message =
                        format!("when the rule `{key}` applies, calls end: it has no exit, nor is there `_`");
                    found.push(
                        Issue::warning("CK1103", &node.pointer, message)
                            .with_help(format!("add the exit `{key}`, or `_` for all others")),
                    );
                }
            }
        }
        if let Some(analysis) = analysis(subject, &candidates, &zone) {
            found.extend(told(node, &children, &candidates, &analysis));
        }
        issues.extend(found.into_iter().map(|issue| issue.in_module("temporal_route")));
    }
}

fn told(node: &Node, children: &BTreeSet<&str>, candidates: &[Candidate], analysis: &Analysis) -> Vec<Issue> {
    let mut found = Vec::new();
    for key in analysis.apply.difference(&analysis.decide).filter(|key| children.contains(key.as_str())) {
        // A rule that somebody switches by hand may be meant to be hidden until then.
        if candidates.iter().any(|candidate| candidate.key == *key && candidate.rule.enabled.is_some()) {
            continue;
        }
        let message = format!("`{key}` never decides: whenever it applies, an earlier rule does too");
        found.push(
            Issue::warning("CK1402", join(&join(&node.pointer, "children"), key), message)
                .with_help("put it before the others in `rules`: exceptions such as holidays come first"),
        );
    }
    let gap = analysis.gap.as_ref().filter(|_| !children.contains("_"));
    if let Some((from, to)) = gap {
        let to = to.as_ref().map_or_else(|| "on".to_owned(), |to| format!("to {}", shown(to)));
        let message =
            format!("no rule applies from {} {to}, and there is no exit `_`: calls end", shown(from));
        found.push(
            Issue::warning("CK1403", &node.pointer, message)
                .with_help("add an exit `_` for all other times, for example to `voicemail`"),
        );
    }
    if let Some((from, to)) = &analysis.short_gap {
        let message = format!("from {} to {} no rule applies", shown(from), shown(to));
        let issue = Issue::warning("CK1404", &node.pointer, message).with_help(
            "a window's end counts in full seconds: let it end when the next begins, 43200 for noon",
        );
        found.push(issue);
    }
    found
}

/// Day and time, seconds only where there are some.
fn shown(moment: &Zoned) -> String {
    let format = if moment.second() == 0 { "%a %Y-%m-%d %H:%M" } else { "%a %Y-%m-%d %H:%M:%S" };
    moment.strftime(format).to_string()
}

/// A time zone by its name.
pub(super) fn zone_named(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The zone a node goes by: its own, else the account's, else UTC. `None`, and told, when the node's is unknown.
fn zone_of(index: &AccountIndex, node: &Node, issues: &mut Vec<Issue>) -> Option<TimeZone> {
    let text = |value: Option<&Value>| {
        value.and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_owned)
    };
    if let Some(name) = text(node.data.get("timezone")).filter(|name| name != "inherit") {
        let zone = zone_named(&name);
        if zone.is_none() {
            issues.push(no_zone(&name, join(&join(&node.pointer, "data"), "timezone")));
        }
        return zone;
    }
    match text(index.account().body.get("timezone")) {
        None => Some(TimeZone::UTC),
        // That the account's is unknown is told of the account.
        Some(name) => zone_named(&name),
    }
}

/// The rules in the order in which they are asked; what does not exist is passed over.
fn candidates(index: &AccountIndex, node: &Node) -> Vec<Candidate> {
    let listed =
        node.data.get("rules").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut asked: Vec<(&str, &str)> = listed.map(|id| (id, id)).collect();
    let children = node.exits.keys().filter(|key| !matches!(key.as_str(), "_" | "rule_set"));
    asked.extend(children.map(|key| (key.as_str(), key.as_str())));
    asked.extend(node.data.get("rule_set").and_then(Value::as_str).map(|id| ("rule_set", id)));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (key, id) in asked.into_iter().filter(|pair| seen.insert(*pair)) {
        let Some(document) = index.document(id) else { continue };
        let rules =
            document.body.get("temporal_rules").and_then(Value::as_array).filter(|rules| !rules.is_empty());
        let documents = match rules {
            Some(rules) => {
                rules.iter().filter_map(Value::as_str).filter_map(|id| index.document(id)).collect()
            }
            None => vec![document],
        };
        found.extend(documents.into_iter().map(|document| Candidate {
            key: key.to_owned(),
            id: document.id.clone(),
            rule: Rule::read(&document.body).0,
        }));
    }
    found
}

/// What these rules give, worked out once for all nodes that ask the same.
fn analysis(subject: &Subject<'_>, candidates: &[Candidate], zone: &TimeZone) -> Option<Rc<Analysis>> {
    // A rule without a cycle is a switch, which may be on at any time or never.
    let is_open = |candidate: &Candidate| candidate.rule.cycle.is_none();
    if candidates.is_empty() || candidates.len() > RULES_MAX || candidates.iter().all(is_open) {
        return None;
    }
    let mut name = zone.iana_name().unwrap_or_default().to_owned();
    for candidate in candidates {
        name.push_str(&format!("\n{}\t{}", candidate.key, candidate.id));
    }
    if let Some(known) = subject.hours.borrow().get(&name) {
        return Some(Rc::clone(known));
    }
    let now = subject.now.to_zoned(zone.clone());
    let analysis = Rc::new(analyse(candidates, &now));
    subject.hours.borrow_mut().insert(name, Rc::clone(&analysis));
    Some(analysis)
}

fn analyse(candidates: &[Candidate], now: &Zoned) -> Analysis {
    let rules: Vec<(&str, Rule)> = candidates
        .iter()
        .filter(|candidate| candidate.rule.cycle.is_some())
        .map(|candidate| (candidate.key.as_str(), Rule { enabled: None, ..candidate.rule.clone() }))
        .collect();
    let has_switch = rules.len() < candidates.len();
    let zone = now.time_zone();
    // Rules that begin later replace others then: what holds in the end is looked at.
    let begins = rules.iter().filter(|(_, rule)| !matches!(rule.cycle, Some(Cycle::Date)));
    let begins = begins.filter_map(|(_, rule)| Some(rule.start?.to_zoned(zone.clone()).date())).max();
    let first = begins.map_or(now.date(), |begins| begins.max(now.date()));
    let weekly =
        |rule: &Rule| matches!(rule.cycle, Some(Cycle::Daily | Cycle::Weekly(_))) && rule.interval <= 1;
    let days = if rules.iter().all(|(_, rule)| weekly(rule)) { DAYS_WEEKLY } else { DAYS };
    let times = times(&rules);
    let mut analysis = Analysis::default();
    let mut open: Option<Zoned> = None;
    let mut last_applied = false;
    for day in 0..days {
        let Ok(date) = first.checked_add(Span::new().days(day)) else { break };
        for time in &times {
            let Ok(moment) = date.to_datetime(*time).to_zoned(zone.clone()) else { continue };
            let mut applying = rules.iter().filter(|(_, rule)| applies(rule, &moment)).map(|(key, _)| *key);
            let decides = applying.next();
            for key in decides.into_iter().chain(applying) {
                if !analysis.apply.contains(key) {
                    analysis.apply.insert(key.to_owned());
                }
            }
            match decides {
                Some(key) => {
                    if !analysis.decide.contains(key) {
                        analysis.decide.insert(key.to_owned());
                    }
                    if let Some(from) = open.take() {
                        analysis.close(from, moment, last_applied);
                    }
                    last_applied = true;
                }
                None => open = open.or(Some(moment)),
            }
        }
    }
    if let Some(from) = open.filter(|_| analysis.gap.is_none()) {
        analysis.gap = Some((from, None));
    }
    if has_switch {
        // A rule that is switched by hand may be there for just these times.
        analysis.gap = None;
    }
    analysis
}

impl Analysis {
    /// Notes a time without a rule; `after_rule` when one applied before it.
    fn close(&mut self, from: Zoned, to: Zoned, after_rule: bool) {
        let length_s = to.timestamp().as_second() - from.timestamp().as_second();
        if length_s <= SHORT_S && after_rule {
            self.short_gap.get_or_insert((from, to));
        } else if self.gap.is_none() {
            self.gap = Some((from, Some(to)));
        }
    }
}

/// The times of day at which a rule can begin or has ended: in between nothing changes.
fn times(rules: &[(&str, Rule)]) -> BTreeSet<Time> {
    let seconds =
        rules.iter().flat_map(|(_, rule)| [rule.window.opens_s, rule.window.closes_s.saturating_add(1)]);
    let of_day = seconds.filter(|second| (0..86_400).contains(second)).chain([0]);
    let part = |value: i64| i8::try_from(value).unwrap_or_default();
    of_day
        .filter_map(|second| {
            Time::new(part(second / 3600), part(second / 60 % 60), part(second % 60), 0).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn analysis_of(rules: &[(&str, Value)], now: &str) -> Analysis {
        let candidates: Vec<Candidate> = rules
            .iter()
            .map(|(key, rule)| Candidate {
                key: (*key).to_owned(),
                id: (*key).to_owned(),
                rule: Rule::read(rule).0,
            })
            .collect();
        analyse(&candidates, &now.parse().unwrap())
    }

    fn weekly(days: &[&str], from_s: i64, to_s: i64) -> Value {
        json!({"cycle": "weekly", "wdays": days, "start_date": 62586115200_i64,
            "time_window_start": from_s, "time_window_stop": to_s})
    }

    const WORK: [&str; 5] = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    const NOW: &str = "2026-01-14T12:00:00+01:00[Europe/Berlin]";

    #[test]
    fn evenings_and_weekends_are_a_gap() {
        let found = analysis_of(&[("open", weekly(&WORK, 28_800, 61_200))], NOW);
        let (from, to) = found.gap.unwrap();
        assert_eq!(
            (shown(&from).as_str(), shown(&to.unwrap()).as_str()),
            ("Wed 2026-01-14 00:00", "Wed 2026-01-14 08:00")
        );
        assert!(found.short_gap.is_none());
    }

    #[test]
    fn day_and_night_leave_none() {
        let all: Vec<&str> = WORK.into_iter().chain(["saturday", "sunday"]).collect();
        let rules = [
            ("day", weekly(&all, 28_800, 61_200)),
            ("early", weekly(&all, 0, 28_800)),
            ("late", weekly(&all, 61_200, 86_400)),
        ];
        let found = analysis_of(&rules, NOW);
        assert!(found.gap.is_none() && found.short_gap.is_none(), "{found:?}");
        assert_eq!(found.apply, found.decide);
    }

    #[test]
    fn a_minute_lost_at_noon_is_told() {
        let rules =
            [("morning", weekly(&WORK, 28_800, 43_140)), ("afternoon", weekly(&WORK, 43_200, 61_200))];
        let (from, to) = analysis_of(&rules, NOW).short_gap.unwrap();
        assert_eq!(
            (shown(&from).as_str(), shown(&to).as_str()),
            ("Wed 2026-01-14 11:59:01", "Wed 2026-01-14 12:00")
        );
    }

    #[test]
    fn a_holiday_behind_the_hours_of_its_day_never_decides() {
        let christmas = json!({"cycle": "yearly", "month": 12, "days": [25], "start_date": 62586115200_i64});
        let always = weekly(&[], 0, 86_400);
        let found = analysis_of(&[("hours", always.clone()), ("christmas", christmas.clone())], NOW);
        assert_eq!(found.apply.difference(&found.decide).collect::<Vec<_>>(), ["christmas"]);
        let found = analysis_of(&[("christmas", christmas), ("hours", always)], NOW);
        assert_eq!(found.apply, found.decide);
    }

    #[test]
    fn hours_that_the_clock_skips_do_not_apply() {
        // 02:00 to 02:59 on 29 March 2026 does not exist in Berlin.
        let rule = json!({"cycle": "date", "start_date": 63_941_961_600_i64, "time_window_start": 7_200, "time_window_stop": 10_799});
        let (read, _) = Rule::read(&rule);
        let day = read.start.unwrap().to_zoned(TimeZone::get("Europe/Berlin").unwrap()).date();
        assert_eq!(day.to_string(), "2026-03-29");
        let found = analysis_of(&[("night", rule), ("all", weekly(&[], 0, 86_400))], NOW);
        assert!(!found.apply.contains("night"), "{found:?}");
    }
}
