//! When: the time rules of BusinessHours, DayOfWeek, DayOfYear and TimeOfDay, and holiday sets.
//!
//! A time range takes its first minute and leaves its last one out; one that ends before it begins runs over midnight and
//! belongs to the day it began on. Ranges of days take both ends and may run over the end of the week or year.
//!
//! Not here: time zones by name, and reading holiday documents from an account (crate `engine`).

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Zoned};
use serde_json::Value;

use super::config::Config;
use super::fields::Fields;

/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;

/// Ordered rules; the first that applies decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    /// Entry of the time zones' set, or an IANA name; `None` for the account's zone.
    pub timezone: Option<String>,
    /// Name or id of the holiday set.
    pub holiday_set: Option<String>,
    /// Where calls go that no rule takes.
    pub default_exit: usize,
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// On which days.
    pub days: Days,
    /// At what time of them: first minute, and the minute after the last; `None` for all day.
    pub time: Option<(u16, u16)>,
    /// Where calls go then.
    pub exit: usize,
    /// Where calls go on those days outside that time; `None` asks the next rule.
    pub otherwise: Option<usize>,
}

/// On which days a rule applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Days {
    /// Every day.
    Any,
    /// From one day of the week to another, 0 for Sunday.
    Week(i8, i8),
    /// From one month and day to another.
    Dates((i8, i8), (i8, i8)),
    /// On these entries of the holiday set, by name or id.
    Holidays(Vec<String>),
    /// On every entry of the holiday set.
    AnyHoliday,
}

/// The holidays of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    entries: Vec<Holiday>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Holiday {
    id: String,
    name: String,
    from: HolidayDay,
    to: HolidayDay,
}

/// A day of one year or of every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HolidayDay {
    Once(Date),
    Yearly(i8, i8),
}

impl Hours {
    /// The exit for a moment, in the zone of `now`.
    pub fn exit(&self, now: &Zoned, holidays: &Holidays) -> usize {
        let today = now.date();
        let minute = u16::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).unwrap_or(0);
        for rule in &self.rules {
            let on_day = rule.days.has(today, holidays);
            let inside = match rule.time {
                None => on_day,
                Some((from, to)) if from < to => on_day && (from..to).contains(&minute),
                Some((from, to)) if from > to => {
                    let yesterday = today.checked_sub(SignedDuration::from_hours(24));
                    (on_day && minute >= from)
                        || (minute < to && yesterday.is_ok_and(|day| rule.days.has(day, holidays)))
                }
                Some(_) => on_day,
            };
            if inside {
                return rule.exit;
            }
            if let Some(otherwise) = rule.otherwise.filter(|_| on_day) {
                return otherwise;
            }
        }
        self.default_exit
    }

    /// Some rule asks for holidays.
    pub fn needs_holidays(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.days, Days::Holidays(_) | Days::AnyHoliday))
    }
}

impl Days {
    fn has(&self, day: Date, holidays: &Holidays) -> bool {
        match self {
            Days::Any => true,
            Days::Week(from, to) => {
                let weekday = day.weekday().since(Weekday::Sunday);
                between(weekday, *from, *to)
            }
            Days::Dates(from, to) => between((day.month(), day.day()), *from, *to),
            Days::AnyHoliday => holidays.entries.iter().any(|entry| entry.has(day)),
            Days::Holidays(names) => holidays
                .entries
                .iter()
                .filter(|entry| names.iter().any(|name| *name == entry.name || *name == entry.id))
                .any(|entry| entry.has(day)),
        }
    }
}

/// From one to another with both ends, around the end when the first comes after the last.
fn between<T: PartialOrd + Copy>(at: T, from: T, to: T) -> bool {
    if from <= to { from <= at && at <= to } else { at >= from || at <= to }
}

impl Holidays {
    /// Reads a set's document: `{"entries": [{"id", "name", "date"}]}`, or with `from` and `to` instead of `date`; a date
    /// is `2026-12-25`, or `12-25` for every year. Entries without a date never apply.
    pub fn read(document: &Value) -> Holidays {
        let entries = document.get("entries").and_then(Value::as_array).into_iter().flatten();
        let read = |entry: &Value| {
            let text = |name: &str| match entry.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            let from = HolidayDay::read(&text("from")).or_else(|| HolidayDay::read(&text("date")))?;
            let to = HolidayDay::read(&text("to")).unwrap_or(from);
            Some(Holiday { id: text("id"), name: text("name"), from, to })
        };
        Holidays { entries: entries.filter_map(read).collect() }
    }
}

impl HolidayDay {
    fn read(text: &str) -> Option<HolidayDay> {
        if let Some((month, day)) = month_day(text) {
            return Some(HolidayDay::Yearly(month, day));
        }
        text.parse().ok().map(HolidayDay::Once)
    }
}

impl Holiday {
    fn has(&self, day: Date) -> bool {
        match (self.from, self.to) {
            (HolidayDay::Once(from), HolidayDay::Once(to)) => from <= day && day <= to,
            (HolidayDay::Yearly(month, of), HolidayDay::Yearly(to_month, to_day)) => {
                between((day.month(), day.day()), (month, of), (to_month, to_day))
            }
            // A holiday that begins in one year and ends in every year makes no sense but on its first day.
            (HolidayDay::Once(from), HolidayDay::Yearly(..)) => day == from,
            (HolidayDay::Yearly(month, of), HolidayDay::Once(_)) => (day.month(), day.day()) == (month, of),
        }
    }
}

/// `12-25`; 29 February is a day, in the years that have one.
fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day): (i8, i8) = (month.parse().ok()?, day.parse().ok()?);
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=longest).contains(&day).then_some((month, day))
}

/// `17:30` in minutes after midnight; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && total <= DAY_MIN).then_some(total)
}

/// Which kinds of rules an operation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Business,
    Week,
    Year,
    Day,
}

/// Defines the configuration of one operation type over [`Hours`].
macro_rules! hours_of {
    ($($(#[$doc:meta])* $name:ident = $kind:expr, $members:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name(pub Hours);

        impl Config for $name {
            const MEMBERS: &'static [&'static str] = $members;

            fn read(fields: &mut Fields<'_>) -> Self {
                $name(read(fields, $kind))
            }

            fn lines(&self) -> Vec<String> {
                lines(&self.0)
            }

            fn exit_word(&self, index: usize) -> Option<String> {
                exit_word(&self.0, index)
            }
        }
    )*};
}

hours_of! {
    /// Days, holidays and times of day.
    BusinessHours = Kind::Business, &["timezone", "default_exit_idx", "rules", "holiday_set", "holiday_set_id"];
    /// Days of the week.
    DayOfWeek = Kind::Week, &["timezone", "default_exit_idx", "rules"];
    /// Dates and holidays.
    DayOfYear = Kind::Year, &["timezone", "default_exit_idx", "rules", "holiday_set", "holiday_set_id"];
    /// Times of day.
    TimeOfDay = Kind::Day, &["timezone", "default_exit_idx", "rules"];
}

fn read(fields: &mut Fields<'_>, kind: Kind) -> Hours {
    let timezone = fields.opt_text("timezone", "time zone");
    let default_exit = match kind {
        Kind::Business => fields.exit("default_exit_idx", "default exit"),
        _ => fields.opt_exit("default_exit_idx", "default exit").unwrap_or(0),
    };
    let rules = fields.each("rules", "rule", 0, |rule| read_rule(rule, kind)).into_iter().flatten().collect();
    let mut hours = Hours { timezone, holiday_set: None, default_exit, rules };
    if matches!(kind, Kind::Business | Kind::Year) {
        let by_name = fields.opt_text("holiday_set", "holiday set");
        hours.holiday_set = by_name.or(fields.opt_text("holiday_set_id", "holiday set"));
        if hours.needs_holidays() && hours.holiday_set.is_none() {
            fields.fault("NF2001", "holiday_set", "No holiday set defined for the rules with holidays");
        }
    }
    hours
}

fn read_rule(rule: &mut Fields<'_>, kind: Kind) -> Option<Rule> {
    let words: &[&'static str] = match kind {
        Kind::Business => &["any", "mmdd", "holiday_entry", "any_holiday", "dow"],
        Kind::Week => &["dow"],
        Kind::Year => &["mmdd", "holiday_entry", "any_holiday"],
        Kind::Day => &["any"],
    };
    let told = rule.get("days").is_some();
    let word = rule.opt_word("days", "kind of days", words).or(match kind {
        _ if told => None,
        Kind::Business => None,
        Kind::Week => Some("dow"),
        Kind::Year => Some("mmdd"),
        Kind::Day => Some("any"),
    });
    if word.is_none() && !told {
        rule.fault("NF2001", "days", "No kind of days defined");
    }
    let exit = rule.exit("exit_idx", "exit");
    let (time, otherwise) = match kind {
        Kind::Business | Kind::Day => {
            let time = time_range(rule, kind == Kind::Day);
            let otherwise = rule.opt_exit("out_of_hours_exit_idx", "exit out of hours");
            (time, otherwise)
        }
        Kind::Week | Kind::Year => (None, None),
    };
    let days = match word? {
        "any" => Days::Any,
        "any_holiday" => Days::AnyHoliday,
        "holiday_entry" => Days::Holidays(rule.texts("entries", "holiday entry", 1)),
        "dow" => {
            let from = rule.number("start_day", "first day of the week", 0..=6);
            let to = rule.number("end_day", "last day of the week", 0..=6);
            Days::Week(i8::try_from(from).unwrap_or(0), i8::try_from(to).unwrap_or(0))
        }
        _ => {
            let from = date_of(rule, "start_date", "first date");
            let to = date_of(rule, "end_date", "last date");
            Days::Dates(from?, to?)
        }
    };
    Some(Rule { days, time, exit, otherwise })
}

fn date_of(rule: &mut Fields<'_>, name: &'static str, what: &str) -> Option<(i8, i8)> {
    let text = rule.text(name, what);
    let date = month_day(&text);
    if date.is_none() && !text.is_empty() {
        rule.fault("NF2010", name, format!("The {what} `{text}` is not a month and day such as 12-25"));
    }
    date
}

fn time_range(rule: &mut Fields<'_>, needed: bool) -> Option<(u16, u16)> {
    let mut one = |name: &'static str, what: &str, needed: bool| {
        let text = if needed { Some(rule.text(name, what)) } else { rule.opt_text(name, what) };
        let text = text.filter(|text| !text.is_empty())?;
        let found = minutes(&text);
        if found.is_none() {
            rule.fault("NF2010", name, format!("The {what} `{text}` is not a time such as 17:30"));
        }
        found
    };
    let from = one("start_time", "start time", needed);
    let to = one("end_time", "end time", needed || from.is_some());
    if from.is_none() && to.is_some() && !needed {
        one("start_time", "start time", true);
    }
    from.zip(to).map(|(from, to)| (from % DAY_MIN, to))
}

fn lines(hours: &Hours) -> Vec<String> {
    let mut lines: Vec<String> = hours.rules.iter().map(describe).collect();
    lines.extend(hours.timezone.iter().map(|zone| format!("zone {zone}")));
    lines
}

/// The rules that lead to an exit; `otherwise` for the default one, and for days outside their hours.
fn exit_word(hours: &Hours, index: usize) -> Option<String> {
    let mut words: Vec<String> = hours.rules.iter().filter(|rule| rule.exit == index).map(describe).collect();
    let is_otherwise =
        hours.default_exit == index || hours.rules.iter().any(|rule| rule.otherwise == Some(index));
    words.extend(is_otherwise.then(|| "otherwise".to_owned()));
    (!words.is_empty()).then(|| words.join(", "))
}

const DAY_NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// A rule in words, without where it leads.
fn describe(rule: &Rule) -> String {
    let day = |index: i8| {
        usize::try_from(index).ok().and_then(|index| DAY_NAMES.get(index)).copied().unwrap_or("?")
    };
    let days = match &rule.days {
        Days::Any => String::new(),
        Days::Week(from, to) if from == to => day(*from).to_owned(),
        Days::Week(from, to) => format!("{}-{}", day(*from), day(*to)),
        Days::Dates(from, to) if from == to => format!("{:02}-{:02}", from.0, from.1),
        Days::Dates(from, to) => format!("{:02}-{:02} to {:02}-{:02}", from.0, from.1, to.0, to.1),
        Days::Holidays(names) => names.join(", "),
        Days::AnyHoliday => "any holiday".to_owned(),
    };
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let time = rule.time.map(|(from, to)| format!("{}-{}", clock(from), clock(to)));
    let when = [days, time.unwrap_or_default()].into_iter().filter(|part| !part.is_empty());
    let when = when.collect::<Vec<_>>().join(" ");
    if when.is_empty() { "always".to_owned() } else { when }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::n2fe::config::read_config;
    use jiff::tz::TimeZone;
    use serde_json::json;

    fn business(rules: Value) -> Hours {
        let config = json!({"default_exit_idx": 9, "holiday_set": "H", "rules": rules});
        let (hours, faults) = read_config::<BusinessHours>(config.as_object().unwrap(), 10);
        assert_eq!(faults, Vec::new());
        hours.0
    }

    fn at(text: &str) -> Zoned {
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(TimeZone::UTC).unwrap()
    }

    fn holidays() -> Holidays {
        Holidays::read(&json!({"entries": [
            {"id": 7, "name": "Christmas", "date": "12-25"},
            {"name": "Founders", "date": "2026-05-04"},
            {"name": "Shutdown", "from": "12-30", "to": "01-02"},
            {"name": "Undated"}]}))
    }

    #[test]
    fn rules_apply_in_order_and_the_first_decides() {
        let hours = business(json!([
            {"days": "holiday_entry", "entries": ["Christmas", "Shutdown"], "exit_idx": 1},
            {"days": "dow", "start_day": 1, "end_day": "5", "start_time": "09:00", "end_time": "17:30",
             "exit_idx": 2, "out_of_hours_exit_idx": 3},
            {"days": "mmdd", "start_date": "02-29", "end_date": "02-29", "exit_idx": 4},
            {"days": "any_holiday", "exit_idx": 5},
            {"days": "dow", "start_day": 6, "end_day": 0, "start_time": "22:00", "end_time": "06:00", "exit_idx": 6},
        ]));
        let table = [
            ("2026-12-25T12:00", 1),
            ("2027-01-02T23:59", 1),
            ("2026-11-23T08:59", 3),
            ("2026-11-23T09:00", 2),
            ("2026-11-23T17:29", 2),
            ("2026-11-23T17:30", 3),
            ("2026-11-21T12:00", 9),
            ("2026-11-21T22:00", 6),
            ("2026-11-22T05:59", 6),
            ("2026-11-22T06:00", 9),
            // Monday early: Sunday's night is over at six, and Monday's own rule comes first.
            ("2026-11-23T05:00", 3),
            ("2032-02-29T12:00", 4),
        ];
        for (moment, exit) in table {
            assert_eq!(hours.exit(&at(moment), &holidays()), exit, "{moment}");
        }
        assert!(hours.needs_holidays());
    }

    #[test]
    fn a_holiday_of_one_year_is_none_in_another() {
        let hours = business(json!([{"days": "any_holiday", "exit_idx": 5}]));
        assert_eq!(hours.exit(&at("2026-05-04T00:00"), &holidays()), 5);
        assert_eq!(hours.exit(&at("2027-05-04T00:00"), &holidays()), 9);
    }

    #[test]
    fn faults_of_rules_are_all_told() {
        let config = json!({"rules": [
            {"days": "never", "exit_idx": 0},
            {"days": "dow", "start_day": 7, "exit_idx": 12},
            {"days": "any", "start_time": "9", "end_time": "25:00", "exit_idx": 0},
            {"days": "any", "end_time": "12:00", "exit_idx": 0},
            {"days": "mmdd", "start_date": "02-30", "end_date": "2-1", "exit_idx": 1},
            {"days": "any_holiday", "exit_idx": 0}, 5]});
        let (_, faults) = read_config::<BusinessHours>(config.as_object().unwrap(), 2);
        let told: Vec<&str> = faults.iter().map(|fault| fault.sentence.as_str()).collect();
        assert_eq!(
            told,
            [
                "No default exit defined.",
                "The kind of days `never` is none of any, mmdd, holiday_entry, any_holiday, dow at position 1.",
                "The exit is exit 13 of 2 at position 2.",
                "The first day of the week is not a whole number from 0 to 6 at position 2.",
                "No last day of the week defined at position 2.",
                "The start time `9` is not a time such as 17:30 at position 3.",
                "The end time `25:00` is not a time such as 17:30 at position 3.",
                "No start time defined at position 4.",
                "The first date `02-30` is not a month and day such as 12-25 at position 5.",
                "The rule is not an object at position 7.",
                "No holiday set defined for the rules with holidays.",
            ]
        );
    }

    #[test]
    fn the_narrow_types_take_their_rules_without_saying_so() {
        let read = |rules: Value| json!({"rules": rules});
        let week = read(json!([{"start_day": 1, "end_day": 5, "exit_idx": 1}]));
        let (week, faults) = read_config::<DayOfWeek>(week.as_object().unwrap(), 2);
        assert_eq!((week.0.exit(&at("2026-11-23T08:59"), &holidays()), faults), (1, Vec::new()));
        let year = read(json!([{"start_date": "11-01", "end_date": "11-30", "exit_idx": 1}]));
        let (year, faults) = read_config::<DayOfYear>(year.as_object().unwrap(), 2);
        assert_eq!((year.0.exit(&at("2026-11-23T08:59"), &holidays()), faults), (1, Vec::new()));
        let day = read(json!([{"start_time": "08:00", "end_time": "24:00", "exit_idx": 1}]));
        let (day, faults) = read_config::<TimeOfDay>(day.as_object().unwrap(), 2);
        assert_eq!((day.0.exit(&at("2026-11-23T23:59"), &holidays()), faults), (1, Vec::new()));
        assert_eq!(lines(&day.0), ["08:00-24:00"]);
        let words: Vec<_> = (0..3).map(|index| exit_word(&day.0, index)).collect();
        assert_eq!(words, [Some("otherwise".to_owned()), Some("08:00-24:00".to_owned()), None]);
    }
}
