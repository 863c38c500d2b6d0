//! `temporal_route` with random rules, sets, overrides and time zones against a list of its own of what applies first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code)]
mod support;

use engine::journal::Journal;
use serde_json::{Value, json};
use simulator::explore::Chance;
use simulator::{Account, Scenario};

/// Routes compared.
const ROUTES: u64 = 1_500;

/// Zones by minutes east of Greenwich on 2026-11-25: no clock changes in that week.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("America/New_York", -300),
    ("Asia/Kolkata", 330),
    ("Australia/Lord_Howe", 660),
    ("Pacific/Honolulu", -600),
];

/// A rule as the oracle knows it: weekdays from Monday, a window in seconds, forced on or off.
#[derive(Debug)]
struct Rule {
    weekdays: Vec<bool>,
    opens_s: i64,
    closes_s: i64,
    enabled: Option<bool>,
}

impl Rule {
    fn random(chance: &mut Chance) -> Rule {
        let (opens, closes) = (chance.below(12) as i64 * 3600, (10 + chance.below(15)) as i64 * 3600);
        let enabled = chance.once_in(6).then(|| chance.once_in(2));
        Rule {
            weekdays: (0..7).map(|_| chance.once_in(3)).collect(),
            opens_s: opens,
            closes_s: closes,
            enabled,
        }
    }

    fn document(&self, id: &str) -> Value {
        const NAMES: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let wdays: Vec<&str> =
            NAMES.iter().zip(&self.weekdays).filter(|(_, listed)| **listed).map(|(name, _)| *name).collect();
        json!({
            "id": id, "name": id, "cycle": "weekly", "wdays": wdays, "start_date": 62_586_115_200_i64,
            "time_window_start": self.opens_s, "time_window_stop": self.closes_s, "enabled": self.enabled,
        })
    }

    fn applies(&self, weekday: usize, clock_s: i64) -> bool {
        let all = self.weekdays.iter().all(|listed| !listed);
        let by_cycle = (all || self.weekdays[weekday]) && self.opens_s <= clock_s && clock_s <= self.closes_s;
        self.enabled.unwrap_or(by_cycle)
    }
}

fn exit_taken(account: &Account, second: i64, data: &Value) -> String {
    let at = jiff::Timestamp::from_second(second).unwrap();
    let leaf = || json!({"module": "hangup", "data": {}, "children": {}});
    let flow = json!({"module": "temporal_route", "data": data, "children": {
        "_": leaf(), "r0": leaf(), "r1": leaf(), "s0": leaf(), "rule_set": leaf()
    }});
    let text =
        json!({"name": "route", "at": at.to_string(), "flow": flow, "call": {"to": "500"}}).to_string();
    let (scenarios, issues) = Scenario::read(&text);
    assert!(issues.is_empty(), "{issues:?}");
    let report = simulator::run(&scenarios[0], account);
    let journal: &Journal = &report.calls[0].journal;
    assert!(simulator::replay::replay(journal).is_ok());
    report.calls[0].observed.exits[0].taken.clone().unwrap_or_default()
}

#[test]
fn the_first_rule_that_applies_names_the_child() {
    let mut chance = Chance::new(2026);
    let mut taken = std::collections::BTreeSet::new();
    for route in 0..ROUTES {
        let rules: Vec<Rule> = (0..5).map(|_| Rule::random(&mut chance)).collect();
        let (own, accounts) = (chance.below(6) as usize, chance.below(5) as usize);
        let mut account = Account::empty();
        for (nth, rule) in rules.iter().enumerate() {
            account.put(&format!("r{nth}"), "temporal_rule", rule.document(&format!("r{nth}")));
        }
        account.put("s0", "temporal_rule_set", json!({"name": "s0", "temporal_rules": ["r2", "gone", "r3"]}));
        account.put("s1", "temporal_rule_set", json!({"name": "s1", "temporal_rules": ["r4", "r1"]}));
        account.put(
            "account",
            "account",
            json!({"name": "a", "realm": "sim.example", "timezone": ZONES[accounts].0}),
        );
        // Of rules in data, children and the set: only some of them, so that each has its turn.
        let mut data = json!({"rules": if chance.once_in(2) { json!(["r1", "missing"]) } else { json!([]) }});
        if chance.once_in(2) {
            data["rule_set"] = json!("s1");
        }
        let (zone, offset_min) = match own {
            5 => ("inherit", ZONES[accounts].1),
            own => (ZONES[own].0, ZONES[own].1),
        };
        if own == 5 && chance.once_in(2) {
            // Nothing said is the account's zone too.
        } else {
            data["timezone"] = json!(zone);
        }
        // Some minute of Tuesday 2026-11-24 to Thursday, in UTC.
        let second = 1_795_478_400 + chance.below(3 * 1440) as i64 * 60;
        let local = second + offset_min * 60;
        // 1970-01-01 was a Thursday.
        let weekday = (local.div_euclid(86_400) + 3).rem_euclid(7) as usize;
        let clock_s = local.rem_euclid(86_400);

        let applies = |nth: usize| rules[nth].applies(weekday, clock_s);
        let first = data["rules"] == json!(["r1", "missing"]) && applies(1);
        let expected = if first {
            "r1"
        } else if applies(0) {
            "r0"
        } else if applies(1) {
            "r1"
        } else if applies(2) || applies(3) {
            "s0"
        } else if data.get("rule_set").is_some() && (applies(4) || applies(1)) {
            "rule_set"
        } else {
            "_"
        };
        let got = exit_taken(&account, second, &data);
        assert_eq!(got, expected, "route {route}: {data} {rules:?} on day {weekday} at {clock_s} s");
        taken.insert(got);
    }
    assert_eq!(taken.len(), 5, "{taken:?}");
}
