//! Time rules: every cycle and ordinal by example, and random rules against a count day by day and minute by minute that
//! shares nothing with the code under test.

#![allow(clippy::unwrap_used, reason = "helpers of a test")]

use flow::time_rules::{Rule, applies};
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Gregorian seconds of a local noon, which is the same local date in the zones used here.
fn gregorian(day: Date) -> i64 {
    day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() + 62_167_219_200
}

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

/// A rule that reads without complaint.
#[track_caller]
fn rule(document: Value) -> Rule {
    let (rule, issues) = Rule::read(&document);
    assert_eq!(issues, vec![], "{document}");
    rule
}

/// The days of `year` on which the rule applies at noon, as `month-day`.
#[track_caller]
fn days_of(year: i16, document: Value) -> Vec<String> {
    let rule = rule(document);
    let mut day = date(year, 1, 1);
    let mut found = Vec::new();
    while day.year() == year {
        if applies(&rule, &day.at(12, 0, 0, 0).in_tz("Europe/London").unwrap()) {
            found.push(format!("{}-{}", day.month(), day.day()));
        }
        day = day.tomorrow().unwrap();
    }
    found
}

fn issues(document: Value) -> Vec<String> {
    Rule::read(&document).1.iter().map(|issue| format!("{} {}", issue.code, issue.place.pointer)).collect()
}

#[test]
fn a_date_is_its_start_day() {
    assert_eq!(
        days_of(2026, json!({"cycle": "date", "start_date": gregorian(date(2026, 12, 25))})),
        ["12-25"]
    );
}

#[test]
fn daily_includes_the_start_day_at_any_interval() {
    let days = |interval| {
        let all = days_of(
            2026,
            json!({"cycle": "daily", "interval": interval,
            "start_date": gregorian(date(2026, 12, 24))}),
        );
        all.join(" ")
    };
    assert_eq!(days(1), "12-24 12-25 12-26 12-27 12-28 12-29 12-30 12-31");
    assert_eq!(days(3), "12-24 12-27 12-30");
}

#[test]
fn weeks_begin_on_monday_and_alternate_from_the_week_of_the_start() {
    let start = gregorian(date(2026, 11, 26)); // a Thursday
    let rule = json!({"cycle": "weekly", "interval": 2, "wdays": ["sunday", "friday", "monday"], "start_date": start});
    assert_eq!(days_of(2026, rule), ["11-27", "11-29", "12-7", "12-11", "12-13", "12-21", "12-25", "12-27"]);
    // No weekday means all; and the old spelling is understood.
    let all = json!({"cycle": "weekly", "start_date": gregorian(date(2026, 12, 29))});
    assert_eq!(days_of(2026, all), ["12-29", "12-30", "12-31"]);
    let old = json!({"cycle": "weekly", "wdays": ["wensday"], "start_date": gregorian(date(2026, 12, 21))});
    assert_eq!(days_of(2026, old), ["12-23", "12-30"]);
}

#[test]
fn monthly_days_come_in_any_order_and_are_left_out_where_the_month_lacks_them() {
    let rule = json!({"cycle": "monthly", "days": [31, 1], "interval": 2, "start_date": gregorian(date(2025, 12, 1))});
    assert_eq!(days_of(2026, rule), ["2-1", "4-1", "6-1", "8-1", "8-31", "10-1", "10-31", "12-1", "12-31"]);
    // The start day counts also when the interval is above 1 (the first of a month).
    let rule =
        json!({"cycle": "monthly", "days": [1], "interval": 7, "start_date": gregorian(date(2026, 3, 1))});
    assert_eq!(days_of(2026, rule), ["3-1", "10-1"]);
}

#[test]
fn monthly_ordinals() {
    let days = |ordinal: &str, interval: i64| {
        days_of(
            2026,
            json!({"cycle": "monthly", "ordinal": ordinal, "wdays": ["sunday"], "interval": interval,
            "start_date": gregorian(date(2026, 3, 1))}),
        )
        .join(" ")
    };
    assert_eq!(days("every", 9), "3-1 3-8 3-15 3-22 3-29 12-6 12-13 12-20 12-27");
    assert_eq!(days("first", 4), "3-1 7-5 11-1");
    assert_eq!(days("second", 4), "3-8 7-12 11-8");
    assert_eq!(days("third", 4), "3-15 7-19 11-15");
    assert_eq!(days("fourth", 4), "3-22 7-26 11-22");
    assert_eq!(days("fifth", 1), "3-29 5-31 8-30 11-29");
    assert_eq!(days("last", 1), "3-29 4-26 5-31 6-28 7-26 8-30 9-27 10-25 11-29 12-27");
    // First is the default, and listed days win over an ordinal.
    let rule = json!({"cycle": "monthly", "wdays": ["friday"], "start_date": gregorian(date(2026, 11, 1))});
    assert_eq!(days_of(2026, rule), ["11-6", "12-4"]);
    let rule = json!({"cycle": "monthly", "days": [9], "ordinal": "last", "wdays": [],
        "start_date": gregorian(date(2026, 12, 1))});
    assert_eq!(days_of(2026, rule), ["12-9"]);
}

#[test]
fn yearly_days_and_ordinals() {
    let start = gregorian(date(2024, 1, 1));
    let christmas = json!({"cycle": "yearly", "month": 12, "days": [26, 25], "start_date": start});
    assert_eq!(days_of(2026, christmas), ["12-25", "12-26"]);
    let leap = json!({"cycle": "yearly", "month": 2, "days": [29], "start_date": start});
    assert_eq!(
        (days_of(2028, leap.clone()), days_of(2026, leap.clone()).len()),
        (vec!["2-29".to_owned()], 0)
    );
    assert_eq!(rule(leap).next_occurrence(&at("2096-03-01T00:00[UTC]")), Some(date(2104, 2, 29)));
    let ordinal = |ordinal: &str| json!({"cycle": "yearly", "month": 11, "ordinal": ordinal, "wdays": ["thursday"], "start_date": start});
    assert_eq!(days_of(2026, ordinal("fourth")), ["11-26"]);
    assert_eq!(days_of(2026, ordinal("every")), ["11-5", "11-12", "11-19", "11-26"]);
    assert_eq!(days_of(2026, ordinal("last")), ["11-26"]);
    assert_eq!(days_of(2026, ordinal("fifth")), Vec::<String>::new());
    let other = json!({"cycle": "yearly", "days": [1], "interval": 3, "start_date": start});
    assert_eq!(
        (days_of(2026, other.clone()).len(), days_of(2027, other.clone())),
        (0, vec!["1-1".to_owned()])
    );
    // The month is January unless given, and the start day counts with an interval.
    assert_eq!(days_of(2024, other), ["1-1"]);
}

#[test]
fn the_window_includes_both_ends_and_the_start_day_is_local() {
    // 62586115200 is 1983-04-11 08:00 UTC.
    let office = rule(json!({"cycle": "daily", "start_date": 62_586_115_200i64,
        "time_window_start": "28800", "time_window_stop": 61200}));
    let applies_at = |text: &str| applies(&office, &at(text));
    assert!(!applies_at("2026-11-20T07:59:59[America/New_York]"));
    assert!(applies_at("2026-11-20T08:00:00[America/New_York]"));
    assert!(applies_at("2026-11-20T17:00:00[America/New_York]"));
    assert!(!applies_at("2026-11-20T17:00:01[America/New_York]"));
    let date = rule(json!({"cycle": "date", "start_date": 62_586_115_200i64}));
    assert!(applies(&date, &at("1983-04-11T23:59:59[America/Los_Angeles]")));
    assert!(applies(&date, &at("1983-04-11T00:00:00[America/Los_Angeles]")));
    // The same moment is the evening before in Honolulu.
    assert!(applies(&date, &at("1983-04-10T22:00:00[Pacific/Honolulu]")));
    assert!(!applies(&date, &at("1983-04-11T12:00:00[Pacific/Honolulu]")));
}

#[test]
fn on_days_when_the_clock_is_set_the_wall_clock_counts() {
    let morning = rule(json!({"cycle": "daily", "start_date": 62_586_115_200i64,
        "time_window_start": 28800, "time_window_stop": 32400}));
    for day in ["2026-03-08", "2026-11-01"] {
        let applies_at = |time: &str| applies(&morning, &at(&format!("{day}T{time}[America/New_York]")));
        assert!(
            !applies_at("07:59:59") && applies_at("08:00") && applies_at("09:00") && !applies_at("09:00:01")
        );
    }
}

#[test]
fn a_window_beyond_midnight_only_helps_a_date() {
    let late = |cycle: &str| {
        rule(json!({"cycle": cycle, "start_date": gregorian(date(2026, 11, 20)), "interval": 7,
            "time_window_start": 79200, "time_window_stop": 93600}))
    };
    let (evening, night) = (at("2026-11-20T22:00[Europe/Paris]"), at("2026-11-21T02:00[Europe/Paris]"));
    assert!(applies(&late("date"), &evening) && applies(&late("date"), &night));
    assert!(!applies(&late("date"), &at("2026-11-21T02:00:01[Europe/Paris]")));
    assert!(applies(&late("daily"), &evening) && !applies(&late("daily"), &night));
}

#[test]
fn forcing_wins_over_the_cycle_but_not_over_the_start() {
    let now = at("2026-11-20T12:00[Europe/Paris]");
    let forced = |enabled: Value, start: Date| {
        let (rule, _) =
            Rule::read(&json!({"cycle": "date", "enabled": enabled, "start_date": gregorian(start)}));
        applies(&rule, &now)
    };
    let (past, today, future) = (date(2026, 1, 1), date(2026, 11, 20), date(2026, 11, 21));
    assert!(forced(json!(true), past) && forced(json!("true"), past) && !forced(json!(true), future));
    assert!(!forced(json!(false), today) && !forced(json!("false"), today));
    assert!(forced(json!("garbage"), today) && !forced(json!(null), past));
    assert!(applies(&rule(json!({"enabled": true})), &now), "no cycle is needed when forced on");
}

#[test]
fn without_a_start_date_every_day_is_the_start() {
    let now = at("2026-11-20T12:00[Europe/Paris]");
    for cycle in ["date", "daily", "weekly"] {
        assert!(applies(&rule(json!({"cycle": cycle, "interval": 5})), &now), "{cycle}");
    }
}

#[test]
fn what_cannot_be_used_is_reported_and_never_applies_by_mistake() {
    let cases = [
        (json!({}), vec!["TR1001 /cycle"]),
        (json!({"cycle": "hourly"}), vec!["TR1001 /cycle"]),
        (json!({"cycle": "monthly", "ordinal": "first"}), vec!["TR1002 /wdays"]),
        (
            json!({"cycle": "monthly", "ordinal": "last", "wdays": ["monday", "friday"]}),
            vec!["TR1002 /wdays"],
        ),
        (json!({"cycle": "weekly", "wdays": ["moonday"]}), vec!["TR1003 /wdays/0"]),
        (
            json!({"cycle": "monthly", "days": [0, 32, "x"]}),
            vec!["TR1004 /days/0", "TR1004 /days/1", "TR1004 /days/2"],
        ),
        (json!({"cycle": "yearly", "ordinal": "sixth", "wdays": ["monday"]}), vec!["TR1005 /ordinal"]),
        (json!({"cycle": "yearly", "month": 13, "days": [1]}), vec!["TR1006 /month"]),
        (json!({"cycle": "yearly", "month": 2, "days": [30]}), vec!["TR1006 /days"]),
        (
            json!({"cycle": "daily", "time_window_start": 9, "time_window_stop": 8}),
            vec!["TR1008 /time_window_start"],
        ),
    ];
    let now = at("2026-11-20T12:00[Europe/Paris]");
    for (document, expected) in cases {
        assert_eq!(issues(document.clone()), expected, "{document}");
        assert!(!applies(&Rule::read(&document).0, &now), "{document}");
    }
    assert_eq!(
        issues(json!({"cycle": "daily", "interval": 0, "start_date": "soon"})),
        ["TR1007 /interval", "TR1009 /start_date"]
    );
    assert_eq!(issues(json!("no object")), ["TR1001 /cycle"]);
}

#[test]
fn a_cycle_that_never_falls_has_no_next_occurrence() {
    let now = at("2026-11-20T12:00[Europe/Paris]");
    for document in [
        json!({"cycle": "yearly", "month": 2, "days": [30]}),
        json!({"cycle": "monthly", "days": [31], "interval": 12, "start_date": gregorian(date(2026, 2, 1))}),
        json!({"cycle": "date", "start_date": gregorian(date(2026, 2, 1))}),
        json!({"cycle": "daily", "interval": u32::MAX, "start_date": gregorian(date(2026, 2, 1))}),
        json!({"cycle": "yearly", "days": [1], "interval": i64::MAX, "start_date": gregorian(date(2026, 2, 1))}),
        json!({"cycle": "weekly", "wdays": ["monday"], "start_date": i64::MIN, "interval": i64::MAX}),
    ] {
        assert_eq!(Rule::read(&document).0.next_occurrence(&now), None, "{document}");
    }
    let later = json!({"cycle": "daily", "start_date": gregorian(date(2027, 1, 1))});
    assert_eq!(rule(later).next_occurrence(&now), Some(date(2027, 1, 1)));
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// What the oracle knows of a rule: the words of the document, nothing of the code under test.
#[derive(Clone, Debug)]
struct Words {
    cycle: &'static str,
    interval: u32,
    days: Vec<i8>,
    weekdays: Vec<usize>,
    ordinal: &'static str,
    month: i8,
    start: Date,
    opens_s: i64,
    closes_s: i64,
}

impl Words {
    fn document(&self) -> Value {
        let names: Vec<&str> = self.weekdays.iter().map(|index| WEEKDAYS[*index].0).collect();
        json!({
            "name": "r", "cycle": self.cycle, "interval": self.interval, "days": self.days, "wdays": names,
            "ordinal": self.ordinal, "month": self.month, "start_date": gregorian(self.start),
            "time_window_start": self.opens_s, "time_window_stop": self.closes_s,
        })
    }

    /// Walks from the start day to `end`, counting periods as it goes; the days on which the rule falls.
    fn days_until(&self, end: Date) -> Vec<Date> {
        let (mut day, mut found) = (self.start, Vec::new());
        let (mut days, mut weeks, mut months, mut years) = (0u32, 0u32, 0u32, 0u32);
        while day <= end {
            let listed = |weekday: Weekday| self.weekdays.iter().any(|index| WEEKDAYS[*index].1 == weekday);
            let falls = match self.cycle {
                "date" => days == 0,
                "daily" => days.is_multiple_of(self.interval),
                "weekly" => {
                    weeks.is_multiple_of(self.interval) && (self.weekdays.is_empty() || listed(day.weekday()))
                }
                "monthly" => months.is_multiple_of(self.interval) && self.in_month(day),
                _ => years.is_multiple_of(self.interval) && day.month() == self.month && self.in_month(day),
            };
            if falls {
                found.push(day);
            }
            let next = day.tomorrow().unwrap();
            days += 1;
            weeks += u32::from(next.weekday() == Weekday::Monday);
            months += u32::from(next.day() == 1);
            years += u32::from(next.day() == 1 && next.month() == 1);
            day = next;
        }
        found
    }

    fn in_month(&self, day: Date) -> bool {
        if !self.days.is_empty() {
            return self.days.contains(&day.day());
        }
        let [index, rest @ ..] = &self.weekdays[..] else { return false };
        // The same weekday twice is still one weekday.
        if rest.iter().any(|other| other != index) {
            return false;
        }
        // All days of that weekday in the month, by looking at each day of it.
        let all: Vec<Date> = day
            .first_of_month()
            .series(1.day())
            .take_while(|other| other.month() == day.month())
            .filter(|other| other.weekday() == WEEKDAYS[*index].1)
            .collect();
        match self.ordinal {
            "every" => all.contains(&day),
            "last" => all.last() == Some(&day),
            "first" => all.first() == Some(&day),
            "second" => all.get(1) == Some(&day),
            "third" => all.get(2) == Some(&day),
            "fourth" => all.get(3) == Some(&day),
            _ => all.get(4) == Some(&day),
        }
    }
}

fn words() -> impl Strategy<Value = Words> {
    let cycle = prop::sample::select(vec!["date", "daily", "weekly", "monthly", "yearly"]);
    let ordinal = prop::sample::select(vec!["every", "first", "second", "third", "fourth", "fifth", "last"]);
    let start = (2019i16..2027, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day));
    let window = (prop_oneof![Just(0), 0i64..=86_400], prop_oneof![Just(86_400), 0i64..=86_400]);
    let days = prop_oneof![Just(vec![]), prop::collection::vec(1i8..=31, 1..4), Just(vec![31, 30, 29])];
    let weekdays = prop_oneof![prop::collection::vec(0usize..7, 1), prop::collection::vec(0usize..7, 0..4),];
    (cycle, 1u32..6, days, weekdays, ordinal, 1i8..=12, start, window).prop_map(
        |(cycle, interval, days, weekdays, ordinal, month, start, (opens_s, closes_s))| Words {
            cycle,
            interval,
            days,
            weekdays,
            ordinal,
            month,
            start,
            opens_s,
            closes_s,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_agree_with_a_count_day_by_day(
        words in words(),
        after_days in 0i32..1200,
        second in 0i64..86_400,
        zone in prop::sample::select(vec!["UTC", "America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Asia/Kolkata"]),
        on_a_change in prop::option::of(prop::sample::select(vec![
            date(2026, 3, 8), date(2026, 11, 1), date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 10, 4),
        ])),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let day = on_a_change.unwrap_or(words.start + after_days.days());
        // A moment of that day: through midnight and elapsed seconds, so that days of 23 and 25 hours occur.
        let midnight: Timestamp = day.to_zoned(zone.clone()).unwrap().timestamp();
        let now = (midnight + second.seconds()).to_zoned(zone);
        let clock: Vec<i64> =
            now.strftime("%H:%M:%S").to_string().split(':').map(|part| part.parse().unwrap()).collect();
        let clock_s = clock[0] * 3600 + clock[1] * 60 + clock[2];

        let (rule, _) = Rule::read(&words.document());
        let horizon = now.date().max(words.start) + 800.days();
        let days = words.days_until(horizon);
        let expected = days.contains(&now.date()) && words.opens_s <= clock_s && clock_s <= words.closes_s;
        prop_assert_eq!(applies(&rule, &now), expected, "{:?} at {}", words, now);

        let next = rule.next_occurrence(&now).filter(|next| *next <= horizon);
        prop_assert_eq!(next, days.into_iter().find(|day| *day >= now.date()), "{:?} from {}", words, now);
    }
}

/// A change of the clock: zone, its moment, minutes east of Greenwich before and after.
type Change = (&'static str, &'static str, i64, i64);

/// Changes of 2026, as the zones' governments announced them: forward and back, an hour and half an hour, at night and at
/// midnight, and a day on which nothing changes.
const CHANGES: &[Change] = &[
    ("America/New_York", "2026-03-08T07:00:00Z", -300, -240),
    ("America/New_York", "2026-11-01T06:00:00Z", -240, -300),
    ("Europe/Paris", "2026-03-29T01:00:00Z", 60, 120),
    ("Europe/Paris", "2026-10-25T01:00:00Z", 120, 60),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 660, 630),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", 630, 660),
    ("America/Santiago", "2026-04-05T03:00:00Z", -180, -240),
    ("America/Santiago", "2026-09-06T04:00:00Z", -240, -180),
    ("Asia/Kolkata", "2026-12-31T18:30:00Z", 330, 330),
];

/// Minutes looked at before and after each change: all of both days, whatever the hour of the change.
const AROUND_MIN: i64 = 13 * 60;

/// What a local clock shows a minute of a change: the date, the second of the day, and the moment for the code under test.
fn minutes(change: &Change) -> Vec<(Date, i64, Zoned)> {
    let (zone, moment, before, after) = change;
    let zone = TimeZone::get(zone).unwrap();
    let moment: Timestamp = moment.parse().unwrap();
    (-AROUND_MIN..AROUND_MIN)
        .map(|minute| {
            let at = moment.as_second() + minute * 60;
            // The oracle's own clock: seconds since 1970 by the table's offset, without the zone's rules.
            let local = at + 60 * if minute < 0 { *before } else { *after };
            let day = date(1970, 1, 1) + local.div_euclid(86_400).days();
            (day, local.rem_euclid(86_400), Timestamp::from_second(at).unwrap().to_zoned(zone.clone()))
        })
        .collect()
}

/// Rules compared minute by minute.
const RULES: u32 = 3_000;

/// Each of several thousand rules at each minute around one change of the clock, with and without `enabled`.
#[test]
fn rules_agree_with_a_count_minute_by_minute_across_changes_of_the_clock() {
    let changes: Vec<Vec<(Date, i64, Zoned)>> = CHANGES.iter().map(minutes).collect();
    let config = ProptestConfig { cases: RULES, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let seen = std::cell::RefCell::new([0_u32; 2]);
    let strategy = (words(), 0..CHANGES.len(), 0i32..420, prop::option::weighted(0.3, any::<bool>()));
    let result = runner.run(&strategy, |(mut words, which, days_before, enabled)| {
        let around = &changes[which];
        let (first, last) = (around[0].0, around[around.len() - 1].0);
        // It starts some time before the change, or now and then in the middle of it.
        words.start = if days_before < 20 { first + 1.days() } else { last - days_before.days() };
        let mut document = words.document();
        if let Some(enabled) = enabled {
            document["enabled"] = json!(enabled);
        }
        let (rule, _) = Rule::read(&document);
        let days = words.days_until(last);
        for (day, clock_s, now) in around {
            let by_cycle = days.contains(day) && words.opens_s <= *clock_s && *clock_s <= words.closes_s;
            let expected = match enabled {
                Some(forced) => forced && words.start <= *day,
                None => by_cycle,
            };
            prop_assert_eq!(applies(&rule, now), expected, "{:?} {:?} at {}", words, enabled, now);
            seen.borrow_mut()[usize::from(expected)] += 1;
        }
        Ok(())
    });
    result.unwrap();
    let [never, ever] = seen.into_inner();
    assert!(never > 100_000 && ever > 100_000, "{never} minutes without, {ever} with a rule that applies");
}

/// The table and the zones the program knows agree about what clocks show.
#[test]
fn the_oracles_clock_is_the_zones() {
    for change in CHANGES {
        for (day, clock_s, now) in minutes(change) {
            let shown = i64::from(now.hour()) * 3600 + i64::from(now.minute()) * 60 + i64::from(now.second());
            assert_eq!((now.date(), shown), (day, clock_s), "{} {now}", change.0);
        }
    }
}
