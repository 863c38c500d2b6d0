//! How an event comes again: the part of RFC 5545's `RRULE` that schedules use.
//!
//! `DTSTART` beside the rule is not used: it is in UTC, and the event's own start is the wall clock that counts. Parts that
//! are finer than a day (`BYHOUR`) are refused, as are unknown ones: half a rule would open a line at the wrong time.

use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::add_days;
use crate::time_rules::calendar::{days_between, monday_of, month_number};

/// Most days a rule with `COUNT` is counted through (109 years); later ones count as over.
const MAX_COUNTED_DAYS: i64 = 40_000;

/// A rule, read. Lists are empty when the rule lacks the part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recurrence {
    /// Unit of the interval.
    pub frequency: Frequency,
    /// Every how many; at least 1.
    pub interval: u32,
    /// Days of the week, each with its ordinal: 0 all, 2 the second, -1 the last of the month.
    #[serde(skip)]
    pub by_day: Vec<(i8, Weekday)>,
    /// Days of the month, 1 to 31, or -1 for the last.
    pub by_month_day: Vec<i8>,
    /// Months, 1 to 12.
    pub by_month: Vec<i8>,
    /// Which of the days of a month that fit: 1 the first, -1 the last.
    pub by_position: Vec<i8>,
    /// After so many times it is over.
    pub count: Option<u32>,
    /// The last day it may be on.
    pub until: Option<Date>,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// Every `interval` days.
    Daily,
    /// Weeks run from Monday.
    Weekly,
    /// Every `interval` months.
    Monthly,
    /// Every `interval` years.
    Yearly,
}

impl Recurrence {
    /// Reads `RRULE:FREQ=WEEKLY;BYDAY=MO,FR`, with or without lines before it and the name in front. The error says what
    /// is not understood.
    pub fn read(text: &str) -> Result<Self, String> {
        let lines = || text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        let rule = lines().find_map(|line| line.strip_prefix("RRULE:"));
        let rule = rule.or_else(|| lines().find(|line| line.starts_with("FREQ=")));
        let rule = rule.ok_or_else(|| "it has no RRULE".to_owned())?;
        let mut read = Recurrence {
            frequency: Frequency::Daily,
            interval: 1,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            by_position: Vec::new(),
            count: None,
            until: None,
        };
        let mut frequency = None;
        for part in rule.split(';').filter(|part| !part.is_empty()) {
            let odd = || format!("`{part}` is not understood");
            let (name, value) = part.split_once('=').ok_or_else(odd)?;
            match name {
                "FREQ" => frequency = Some(frequency_of(value).ok_or_else(odd)?),
                "INTERVAL" => {
                    read.interval = value.parse().ok().filter(|count| *count > 0).ok_or_else(odd)?
                }
                "COUNT" => read.count = Some(value.parse().map_err(|_| odd())?),
                "UNTIL" => read.until = Some(day_of(value).ok_or_else(odd)?),
                "BYDAY" => read.by_day = list(value, ordinal_day).ok_or_else(odd)?,
                "BYMONTHDAY" => read.by_month_day = list(value, |day| number(day, 31)).ok_or_else(odd)?,
                "BYMONTH" => read.by_month = list(value, |month| number(month, 12)).ok_or_else(odd)?,
                "BYSETPOS" => read.by_position = list(value, |place| number(place, 31)).ok_or_else(odd)?,
                "WKST" => {}
                _ => return Err(odd()),
            }
        }
        read.frequency = frequency.ok_or_else(|| "it has no FREQ".to_owned())?;
        Ok(read)
    }

    /// Whether it falls on `day`, counted from the first day.
    pub fn is_on(&self, first: Date, day: Date) -> bool {
        if day < first || self.until.is_some_and(|until| day > until) || !self.falls_on(first, day) {
            return false;
        }
        let Some(count) = self.count else { return true };
        let days = days_between(first, day);
        if days > MAX_COUNTED_DAYS {
            return false;
        }
        let before = (0..days).filter_map(|offset| add_days(first, offset));
        before.filter(|earlier| self.falls_on(first, *earlier)).take(count as usize).count() < count as usize
    }

    fn falls_on(&self, first: Date, day: Date) -> bool {
        let interval = i64::from(self.interval.max(1));
        let in_month = self.by_month.is_empty() || self.by_month.contains(&day.month());
        match self.frequency {
            Frequency::Daily => {
                days_between(first, day) % interval == 0
                    && in_month
                    && (self.by_month_day.is_empty() || self.is_month_day(day))
                    && (self.by_day.is_empty() || self.is_week_day(day))
            }
            Frequency::Weekly => {
                let weeks = days_between(monday_of(first), monday_of(day)) / 7;
                let weekday = match self.by_day.is_empty() {
                    true => day.weekday() == first.weekday(),
                    false => self.is_week_day(day),
                };
                weeks % interval == 0 && in_month && weekday
            }
            Frequency::Monthly => {
                (month_number(day) - month_number(first)) % interval == 0
                    && in_month
                    && self.in_place(first, day)
            }
            Frequency::Yearly => {
                let years = i64::from(day.year()) - i64::from(first.year());
                let month = match self.by_month.is_empty() {
                    true => day.month() == first.month(),
                    false => in_month,
                };
                years % interval == 0 && month && self.in_place(first, day)
            }
        }
    }

    /// Whether the day is one of those meant in its month.
    fn in_place(&self, first: Date, day: Date) -> bool {
        if !self.fits(first, day) {
            return false;
        }
        if self.by_position.is_empty() {
            return true;
        }
        let fitting: Vec<i8> = (1..=day.days_in_month())
            .filter(|number| {
                Date::new(day.year(), day.month(), *number).is_ok_and(|other| self.fits(first, other))
            })
            .collect();
        let from_front = fitting.iter().position(|number| *number == day.day()).unwrap_or_default();
        let from_back = fitting.len().saturating_sub(from_front);
        self.by_position.iter().any(|place| match usize::try_from(*place) {
            Ok(place) => place == from_front + 1,
            Err(_) => usize::from(place.unsigned_abs()) == from_back,
        })
    }

    fn fits(&self, first: Date, day: Date) -> bool {
        match (self.by_month_day.is_empty(), self.by_day.is_empty()) {
            (true, true) => day.day() == first.day(),
            (false, true) => self.is_month_day(day),
            (true, false) => self.is_week_day(day),
            (false, false) => self.is_month_day(day) && self.is_week_day(day),
        }
    }

    fn is_month_day(&self, day: Date) -> bool {
        let from_back = day.day() - day.days_in_month() - 1;
        self.by_month_day.iter().any(|listed| *listed == day.day() || *listed == from_back)
    }

    fn is_week_day(&self, day: Date) -> bool {
        let nth = (day.day() - 1) / 7 + 1;
        let nth_last = -((day.days_in_month() - day.day()) / 7 + 1);
        let monthly = matches!(self.frequency, Frequency::Monthly | Frequency::Yearly);
        self.by_day.iter().any(|(ordinal, weekday)| {
            *weekday == day.weekday()
                && (!monthly || *ordinal == 0 || *ordinal == nth || *ordinal == nth_last)
        })
    }
}

fn frequency_of(name: &str) -> Option<Frequency> {
    match name {
        "DAILY" => Some(Frequency::Daily),
        "WEEKLY" => Some(Frequency::Weekly),
        "MONTHLY" => Some(Frequency::Monthly),
        "YEARLY" => Some(Frequency::Yearly),
        _ => None,
    }
}

/// `20240501`, with or without a time behind it.
fn day_of(text: &str) -> Option<Date> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let (month, day) = (i8::try_from(part(4, 6)?).ok()?, i8::try_from(part(6, 8)?).ok()?);
    Date::new(part(0, 4)?, month, day).ok()
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|element| read(element.trim())).collect()
}

fn number(text: &str, largest: i8) -> Option<i8> {
    text.parse::<i8>().ok().filter(|number| *number != 0 && (-largest..=largest).contains(number))
}

/// `MO`, `2MO`, `-1FR`.
fn ordinal_day(text: &str) -> Option<(i8, Weekday)> {
    let at = text.len().checked_sub(2)?;
    let weekday = match text.get(at..)? {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    match text.get(..at)? {
        "" => Some((0, weekday)),
        ordinal => Some((number(ordinal.trim_start_matches('+'), 5)?, weekday)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(rule: &str, first: Date, last: Date) -> Vec<String> {
        let rule = Recurrence::read(rule).unwrap();
        let all = (0..=days_between(first, last)).filter_map(|offset| add_days(first, offset));
        all.filter(|day| rule.is_on(first, *day)).map(|day| day.to_string()).collect()
    }

    #[test]
    fn rules_fall_on_their_days() {
        let table = [
            ("FREQ=DAILY;INTERVAL=10;COUNT=3", "2024-01-01 2024-01-11 2024-01-21"),
            (
                "DTSTART:20231231T230000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3",
                "2024-01-01 2024-01-15 2024-01-29",
            ),
            ("FREQ=WEEKLY;BYDAY=MO,SU;UNTIL=20240114T225959Z", "2024-01-01 2024-01-07 2024-01-08 2024-01-14"),
            ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "2024-01-26 2024-02-23"),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;UNTIL=20240401",
                "2024-01-01 2024-02-01 2024-03-01 2024-04-01",
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20240301", "2024-01-31 2024-02-29"),
            ("FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=2", "2024-05-06 2025-05-05"),
            ("FREQ=YEARLY;COUNT=2", "2024-01-01 2025-01-01"),
        ];
        for (rule, expected) in table {
            assert_eq!(days(rule, date(2024, 1, 1), date(2025, 12, 31)).join(" "), expected, "{rule}");
        }
    }

    #[test]
    fn a_rule_that_is_not_understood_is_refused() {
        for rule in [
            "",
            "RRULE:",
            "FREQ=HOURLY",
            "FREQ=DAILY;BYHOUR=3",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY;UNTIL=2024",
            "FREQ=DAILY;UNTIL=éé",
        ] {
            assert!(Recurrence::read(rule).is_err(), "{rule}");
        }
    }
}
