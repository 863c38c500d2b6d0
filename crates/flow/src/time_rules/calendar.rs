//! On which days a cycle falls, counted from its start day.
//!
//! Not here: windows, forcing on and off, time zones.

use jiff::SignedDuration;
use jiff::civil::{Date, Weekday};

use super::{Cycle, Days, Ordinal};

/// After so many months or years the calendar repeats, so a search that long has seen every case.
const MONTHS_OF_THE_CALENDAR: usize = 4800;
const YEARS_OF_THE_CALENDAR: usize = 400;

/// Whether the cycle falls on `day`, which is not before `start`.
pub(super) fn falls_on(cycle: &Cycle, interval: u32, start: Date, day: Date) -> bool {
    let interval = i64::from(interval);
    match cycle {
        Cycle::Date => day == start,
        Cycle::Daily => days_between(start, day) % interval == 0,
        Cycle::Weekly(weekdays) => {
            let weeks = days_between(monday_of(start), monday_of(day)) / 7;
            weeks % interval == 0 && (weekdays.is_empty() || weekdays.contains(&day.weekday()))
        }
        Cycle::Monthly(days) => (month_number(day) - month_number(start)) % interval == 0 && has(days, day),
        Cycle::Yearly(month, days) => {
            let years = i64::from(day.year()) - i64::from(start.year());
            years % interval == 0 && day.month() == *month && has(days, day)
        }
    }
}

/// The first day not before `from` on which the cycle falls; `from` is not before `start`.
pub(super) fn next(cycle: &Cycle, interval: u32, start: Date, from: Date) -> Option<Date> {
    let interval = i64::from(interval);
    match cycle {
        Cycle::Date => (from == start).then_some(start),
        Cycle::Daily => add_days(start, round_up(days_between(start, from), interval)),
        Cycle::Weekly(weekdays) => {
            let first = monday_of(start);
            let week = round_up(days_between(first, monday_of(from)) / 7, interval);
            // The week may be the one `from` lies in, with its listed days already past.
            [week, week + interval].into_iter().find_map(|week| {
                let monday = add_days(first, week * 7)?;
                (0..7)
                    .filter_map(|offset| add_days(monday, offset))
                    .find(|day| *day >= from && (weekdays.is_empty() || weekdays.contains(&day.weekday())))
            })
        }
        Cycle::Monthly(days) => {
            let first = month_number(start);
            let mut month = first + round_up(month_number(from) - first, interval);
            for _ in 0..MONTHS_OF_THE_CALENDAR {
                let first_day = first_of_month(month)?;
                if let Some(day) = first_in(days, first_day, from) {
                    return Some(day);
                }
                month += interval;
            }
            None
        }
        Cycle::Yearly(month, days) => {
            let first = i64::from(start.year());
            let mut year = first + round_up(i64::from(from.year()) - first, interval);
            for _ in 0..YEARS_OF_THE_CALENDAR {
                let first_day = Date::new(i16::try_from(year).ok()?, *month, 1).ok()?;
                if let Some(day) = first_in(days, first_day, from) {
                    return Some(day);
                }
                year += interval;
            }
            None
        }
    }
}

/// Days from `earlier` to `later`.
pub(crate) fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

/// The first of these days in the month that begins with `first_day`, not before `from`.
fn first_in(days: &Days, first_day: Date, from: Date) -> Option<Date> {
    let end = i64::from(first_day.days_in_month());
    (0..end).filter_map(|offset| add_days(first_day, offset)).find(|day| *day >= from && has(days, *day))
}

/// Whether the day is one of these days of its month.
fn has(days: &Days, day: Date) -> bool {
    match days {
        Days::Listed(listed) => listed.contains(&day.day()),
        Days::Weekday(ordinal, weekday) => {
            day.weekday() == *weekday
                && match ordinal {
                    Ordinal::Every => true,
                    Ordinal::Nth(nth) => (day.day() - 1) / 7 + 1 == *nth,
                    Ordinal::Last => day.day() + 7 > day.days_in_month(),
                }
        }
    }
}

pub(crate) fn monday_of(day: Date) -> Date {
    add_days(day, -i64::from(day.weekday().since(Weekday::Monday))).unwrap_or(day)
}

/// Months since the year 0.
pub(crate) fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn first_of_month(number: i64) -> Option<Date> {
    let year = i16::try_from(number.div_euclid(12)).ok()?;
    let month = i8::try_from(number.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, 1).ok()
}

/// The smallest multiple of `interval` that is not below `count`; neither is negative.
fn round_up(count: i64, interval: i64) -> i64 {
    (count + interval - 1) / interval * interval
}

fn add_days(day: Date, count: i64) -> Option<Date> {
    day.checked_add(SignedDuration::from_secs(count.checked_mul(super::DAY_S)?)).ok()
}
