//! The time rules `temporal_route` branches on: whether a rule applies at a moment, and when it does next.
//!
//! Not here: which rules a node asks and in what order, switching a rule on or off (crate `engine`).
//!
//! Source: reference "Kazoo callflow runtime", section 7.12. Where Kazoo misses days, this does not (section 8.1):
//!
//! * The start day itself counts for every cycle and every interval (Kazoo misses it when the interval is above 1).
//! * A day that a month lacks (29 to 31, or a fifth Sunday) is left out in that month. Kazoo lets monthly ones spill
//!   into the next month: "the 31st" would ring on 1 March, which nobody who writes 31 means.
//! * Days and weekdays may be listed in any order.
//! * A rule "the first ..." with no weekday, or with several, never applies and is reported; Kazoo's module crashes.

pub(crate) mod calendar;
mod read;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, Zoned};
use serde_json::Value;

use crate::issue::Issue;

/// Gregorian seconds (since year 0, as documents count) of 1970-01-01T00:00:00Z (reference section 0).
pub const GREGORIAN_OFFSET_S: i64 = 62_167_219_200;

/// Seconds in a day of 24 hours.
const DAY_S: i64 = 86_400;

/// A time rule, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What people call it.
    pub name: String,
    /// Forced on or off; `None` lets the cycle decide.
    pub enabled: Option<bool>,
    /// How it repeats; `None` when the document has no cycle or a broken one: then it only applies when forced on.
    pub cycle: Option<Cycle>,
    /// Every how many days, weeks, months or years; at least 1.
    pub interval: u32,
    /// The first day is the local date of this moment; `None` means today, whenever it is asked.
    pub start: Option<Timestamp>,
    /// When on its days.
    pub window: Window,
}

/// How a rule repeats. Lists are sorted and have no doubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// On the start day only.
    Date,
    /// Every `interval` days from the start day.
    Daily,
    /// On these weekdays (none means all) of every `interval`-th week; weeks run from Monday, and the first is the
    /// one of the start day.
    Weekly(Vec<Weekday>),
    /// In every `interval`-th month from that of the start day.
    Monthly(Days),
    /// In one month (1 to 12) of every `interval`-th year from that of the start day.
    Yearly(i8, Days),
}

/// Which days of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// These days, 1 to 31; those the month lacks are left out.
    Listed(Vec<i8>),
    /// Certain ones of a weekday.
    Weekday(Ordinal, Weekday),
}

/// Which ones of a weekday in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordinal {
    /// All of them.
    Every,
    /// The first (1) to fifth (5); a month with four has no fifth.
    Nth(i8),
    /// The last one.
    Last,
}

/// A span of wall clock time of a day, both ends included, in seconds after local midnight. It does not wrap around
/// midnight: one that opens after it closes never matches. The clock on the wall counts, so on a day when it is set
/// forward or back an 08:00 window still opens at 08:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Default 0.
    pub opens_s: i64,
    /// Default 86400.
    pub closes_s: i64,
}

impl Default for Window {
    fn default() -> Self {
        Window { opens_s: 0, closes_s: DAY_S }
    }
}

impl Rule {
    /// Reads a `temporal_rules` document, such as
    ///
    /// ```json
    /// {"name": "office hours", "cycle": "weekly", "wdays": ["monday", "friday"],
    ///  "time_window_start": 28800, "time_window_stop": 61200}
    /// ```
    ///
    /// Never fails: what cannot be used is reported (codes `TR1xxx`, places are pointers into the document) and left
    /// out, so that the rule applies less often, not more. Numbers may be given as strings.
    pub fn read(document: &Value) -> (Rule, Vec<Issue>) {
        read::rule(document)
    }

    /// The first day on or after the local date of `from` on which the rule's cycle falls, whatever `enabled` and
    /// the window say; `None` when there is none before the year 10000.
    pub fn next_occurrence(&self, from: &Zoned) -> Option<Date> {
        let start = self.start_day(from);
        calendar::next(self.cycle.as_ref()?, self.interval.max(1), start, from.date().max(start))
    }

    /// The start day in the zone of `now`.
    fn start_day(&self, now: &Zoned) -> Date {
        match self.start {
            Some(moment) => moment.to_zoned(now.time_zone().clone()).date(),
            None => now.date(),
        }
    }
}

/// Whether the rule applies at `now`, in the zone of `now`.
///
/// Before its start day a rule never applies, even forced on. Otherwise `enabled` decides if it is given, else the
/// cycle and the window.
pub fn applies(rule: &Rule, now: &Zoned) -> bool {
    let today = now.date();
    let start = rule.start_day(now);
    if start > today {
        return false;
    }
    if let Some(forced) = rule.enabled {
        return forced;
    }
    let Some(cycle) = &rule.cycle else { return false };
    let time_of_day_s = i64::from(now.hour()) * 3600 + i64::from(now.minute()) * 60 + i64::from(now.second());
    // The day of a `date` rule does not move on, so only its window can reach beyond midnight.
    let (falls, elapsed_s) = match cycle {
        Cycle::Date => (true, calendar::days_between(start, today) * DAY_S + time_of_day_s),
        _ => (calendar::falls_on(cycle, rule.interval.max(1), start, today), time_of_day_s),
    };
    falls && rule.window.opens_s <= elapsed_s && elapsed_s <= rule.window.closes_s
}
