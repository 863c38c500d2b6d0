//! Schedules of a group: events that may come again, whether one is on at a moment, and the hours in words.
//!
//! All times are the wall clock of whoever uses the schedule, so a day when the clock is set forward or back keeps its
//! hours. Not here: which schedule counts for what ([`at`](super::at)), `temporal_rules` of Kazoo
//! ([`time_rules`](crate::time_rules)).

mod recurrence;
mod words;

pub use recurrence::{Frequency, Recurrence};

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan};
use serde::Serialize;

use crate::time_rules::calendar::days_between;

/// Longest event that can come again, in days; longer ones are cut.
const MAX_EVENT_DAYS: i64 = 366;

/// A schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// A schedule of holidays, not of hours.
    pub holiday: bool,
    /// Its events could be read.
    pub readable: bool,
    /// In the server's order.
    pub events: Vec<Event>,
}

/// A span of time, perhaps coming again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its name; may be empty.
    pub name: String,
    /// First begin.
    pub start: DateTime,
    /// First end; not part of it.
    pub end: DateTime,
    /// How it comes again; `None`: once.
    pub recurrence: Option<Recurrence>,
}

/// Which schedule something follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleUse {
    /// The server does not tell.
    #[default]
    Unknown,
    /// Every day, all day.
    Always,
    /// None: no holidays.
    Never,
    /// The schedule of that name.
    Named(String),
}

impl ScheduleUse {
    /// Reads what the server says: a name, `Every Day All Day`, `None`, or nothing at all.
    pub fn read(name: &str) -> Self {
        match name.trim() {
            "" | "None" | "none" => ScheduleUse::Never,
            every if every.eq_ignore_ascii_case("every day all day") => ScheduleUse::Always,
            named => ScheduleUse::Named(named.to_owned()),
        }
    }

    /// The name, when there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            ScheduleUse::Named(name) => Some(name),
            _ => None,
        }
    }
}

impl Schedule {
    /// The event that is on at this moment of the wall clock.
    pub fn event_at(&self, moment: DateTime) -> Option<&Event> {
        self.events.iter().find(|event| event.is_on(moment))
    }

    /// Its hours in words, equal days merged: `Mon-Fri 09:00-17:30`, `25 Dec every year (Christmas)`.
    pub fn lines(&self) -> Vec<String> {
        words::lines(self)
    }
}

impl Event {
    /// Whether it is on at this moment of the wall clock.
    pub fn is_on(&self, moment: DateTime) -> bool {
        let Some(recurrence) = &self.recurrence else {
            return self.start <= moment && moment < self.end;
        };
        let days = days_between(self.start.date(), self.end.date()).clamp(0, MAX_EVENT_DAYS);
        (0..=days).any(|back| {
            let Some(day) = add_days(moment.date(), -back) else { return false };
            let Some(last) = add_days(day, days) else { return false };
            let begin = day.to_datetime(self.start.time());
            let end = last.to_datetime(self.end.time());
            begin <= moment && moment < end && recurrence.is_on(self.start.date(), day)
        })
    }

    /// From midnight to midnight.
    fn is_all_day(&self) -> bool {
        let midnight = jiff::civil::Time::midnight();
        let late = jiff::civil::time(23, 59, 0, 0);
        self.start.time() == midnight && (self.end.time() == midnight || self.end.time() >= late)
    }
}

/// So many days later, if the calendar goes that far.
fn add_days(day: Date, count: i64) -> Option<Date> {
    let span: Span = Span::new().try_days(count).unwrap_or_else(|_| 0.days());
    day.checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(start: &str, end: &str, rrule: Option<&str>) -> Event {
        Event {
            name: String::new(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            recurrence: rrule.map(|text| Recurrence::read(text).unwrap()),
        }
    }

    fn on(event: &Event, moment: &str) -> bool {
        event.is_on(moment.parse().unwrap())
    }

    #[test]
    fn the_end_of_an_event_is_not_part_of_it() {
        let office = event("2024-01-01T09:00", "2024-01-01T17:30", Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"));
        assert!(on(&office, "2024-03-29T09:00"));
        assert!(on(&office, "2024-03-29T17:29:59"));
        assert!(!on(&office, "2024-03-29T17:30"));
        assert!(!on(&office, "2024-03-30T12:00"));
        assert!(!on(&office, "2023-12-29T12:00"), "before it begins");
    }

    #[test]
    fn an_event_may_last_over_midnight_or_for_days() {
        let night = event("2024-01-05T22:00", "2024-01-06T06:00", Some("FREQ=WEEKLY;BYDAY=FR"));
        assert!(on(&night, "2024-02-02T23:00") && on(&night, "2024-02-03T05:59"));
        assert!(!on(&night, "2024-02-03T22:30"));
        let holidays = event("2024-12-24T13:00", "2024-12-27T00:00", Some("FREQ=YEARLY"));
        assert!(on(&holidays, "2031-12-26T23:00") && !on(&holidays, "2031-12-24T12:59"));
        let once = event("2024-12-24T13:00", "2024-12-27T00:00", None);
        assert!(on(&once, "2024-12-25T00:00") && !on(&once, "2025-12-25T00:00"));
    }

    #[test]
    fn what_a_schedule_is_called_says_what_it_is() {
        assert_eq!(ScheduleUse::read("Every Day All Day"), ScheduleUse::Always);
        assert_eq!(ScheduleUse::read("None"), ScheduleUse::Never);
        assert_eq!(ScheduleUse::read("Office").name(), Some("Office"));
    }
}
