//! N2FE control plans: read, written, checked, and their configurations and patterns used.
//!
//! The first line of the input is a number and a moment in seconds after 1970, with a space between them; the rest is a
//! plan as JSON text. Not for: running it (`scenario`).

use flow::account::{AccountIndex, Document};
use flow::graph::Object;
use flow::n2fe::config::{NumberMatching, PrefixRules, read_config};
use flow::n2fe::geography::Geography;
use flow::n2fe::hours::{BusinessHours, Holidays};
use flow::n2fe::pattern::Pattern;
use flow::n2fe::prefixes::Prefixes;
use flow::n2fe::references::references;
use flow::n2fe::{self, MAX_EXITS, service};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

/// Nothing is lost by reading and writing; the stored form is final; faults are sentences; exits are within bounds.
pub fn run(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let (line, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let (number, moment) = line.split_once(' ').unwrap_or((line, ""));
    if let Ok(pattern) = Pattern::new(line) {
        pattern.matches(number);
    }
    let Ok(plan) = serde_json::from_str::<Value>(rest) else { return };
    round_trips(&plan);
    for fault in n2fe::validate(&plan) {
        assert!(fault.sentence.ends_with('.') && fault.code.starts_with("NF"), "{fault}");
    }
    let _ = references(&plan);
    tables(&plan, number);
    for node in n2fe::read(&plan).flow.nodes {
        configurations(&node.data, number, moment.trim().parse().unwrap_or(0));
    }
    let document = Document {
        id: "fuzzed".to_owned(),
        kind: service::PLAN.to_owned(),
        version: 1,
        revision: "1-a".to_owned(),
        body: plan,
    };
    AccountIndex::build(Document::default(), [document]);
}

fn round_trips(plan: &Value) {
    let read = n2fe::read(plan);
    assert_eq!(n2fe::write(&read).to_string(), plan.to_string(), "a plan changed");
    for (index, node) in read.flow.nodes.iter().enumerate() {
        assert_eq!(node.id.0 as usize, index);
        assert!(plan.pointer(&node.pointer).is_some(), "{} leads nowhere", node.pointer);
        assert!(node.exits.values().all(|exit| (exit.0 as usize) < read.flow.nodes.len()));
    }
    let stored = n2fe::stored(plan);
    assert_eq!(n2fe::stored(&stored), stored, "the stored form changes again");
}

fn tables(table: &Value, number: &str) {
    let prefixes = Prefixes::read(Some(table));
    assert!(prefixes.find(number).is_none() || !prefixes.is_empty());
    let _ = Geography::read(table).locate(number);
}

fn configurations(config: &Object, number: &str, second: i64) {
    let (BusinessHours(hours), _) = read_config(config, MAX_EXITS);
    let now = Timestamp::from_second(second).unwrap_or_default().to_zoned(TimeZone::UTC);
    let holidays = Holidays::read(&Value::Object(config.clone()));
    assert!(hours.exit(&now, &holidays) < MAX_EXITS);
    let (prefixes, _) = read_config::<PrefixRules>(config, MAX_EXITS);
    assert!(prefixes.find(number).is_none_or(|exit| exit < MAX_EXITS));
    let (matching, _) = read_config::<NumberMatching>(config, MAX_EXITS);
    for pattern in &matching.patterns {
        pattern.matches(number);
    }
}
