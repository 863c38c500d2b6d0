//! Schedules as sets of time rules.
//!
//! A rule of Kazoo lies within one day, ends with its window's last second, and has no last day; events that go over
//! midnight become several rules, and what no rule can say is listed.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::documents::shorten;
use super::{Writer, document_id, leaf, node};
use crate::broadworks::group::Entity;
use crate::broadworks::schedule::{Event, Frequency, Recurrence, Schedule};
use crate::graph::Object;
use crate::time_rules::GREGORIAN_OFFSET_S;

/// Seconds in a day.
const DAY_S: i64 = 86_400;

/// Days of one event that become rules.
const DAYS_MAX: i64 = 31;

impl Writer<'_> {
    /// `then` while the schedule has an event on, else `otherwise`.
    pub(super) fn in_schedule(
        &mut self,
        entity: Entity,
        name: &str,
        holiday: bool,
        then: Value,
        otherwise: Value,
    ) -> Value {
        let Some(set) = self.rule_set(entity, name, holiday) else { return otherwise };
        let mut data = json!({"rule_set": set});
        let zone = self.group.zone_of(entity);
        if let (Some(zone), Some(data)) =
            (zone.filter(|zone| Some(*zone) != self.group.time_zone.as_deref()), data.as_object_mut())
        {
            data.insert("timezone".to_owned(), json!(zone));
        }
        node("temporal_route", data, [("rule_set".to_owned(), then), ("_".to_owned(), otherwise)])
    }

    /// The set of rules of a schedule; `None` when it has no event that could be carried.
    fn rule_set(&mut self, entity: Entity, name: &str, holiday: bool) -> Option<String> {
        let Some(schedule) = self.group.schedule(name, holiday).cloned() else {
            self.note(
                entity,
                format!("the schedule {name}"),
                "it is not in the snapshot; it counts as never",
            );
            return None;
        };
        if !schedule.readable {
            let reason = "its events could not be read; it counts as never";
            self.note(entity, format!("the schedule {name}"), reason);
            return None;
        }
        let thing = format!("/{}/{name}", if schedule.holiday { "holiday" } else { "time" });
        let known = document_id("temporal_rule_set", &thing);
        if self.documents.contains_key(&known) {
            return Some(known);
        }
        let mut rules = Vec::new();
        for (at, event) in schedule.events.iter().enumerate() {
            match self.rules_of(&schedule, event) {
                Ok(bodies) => {
                    for (part, body) in bodies.into_iter().enumerate() {
                        rules.push(self.put("temporal_rule", &format!("{thing}/{at}/{part}"), body));
                    }
                }
                Err(reason) => {
                    self.note_whole(format!("event {} of the schedule {name}", event.name), reason)
                }
            }
        }
        if rules.is_empty() {
            return None;
        }
        Some(self.put("temporal_rule_set", &thing, json!({"name": shorten(name), "temporal_rules": rules})))
    }

    /// The rules of one event; the error says why there are none.
    fn rules_of(&mut self, schedule: &Schedule, event: &Event) -> Result<Vec<Value>, String> {
        let first = event.start.date();
        let taken: Option<Date> =
            self.group.taken_at.parse::<Timestamp>().ok().map(|at| at.to_zoned(TimeZone::UTC).date());
        if let Some(rule) = &event.recurrence {
            if let Some(until) = rule.until {
                if taken.is_some_and(|taken| until < taken) {
                    return Err("it is over".to_owned());
                }
                self.note_whole(
                    format!("the end of event {} of the schedule {}", event.name, schedule.name),
                    format!("rules have no last day; take it out after {until}"),
                );
            }
            if rule.count.is_some() {
                return Err("it comes a counted number of times, which no rule can say".to_owned());
            }
        } else if taken.is_some_and(|taken| event.end.date() < taken) {
            return Err("it is over".to_owned());
        }
        let zone = self
            .group
            .time_zone
            .as_deref()
            .and_then(|zone| TimeZone::get(zone).ok())
            .unwrap_or(TimeZone::UTC);
        let name = if event.name.is_empty() { &schedule.name } else { &event.name };
        let windows = windows(event);
        if windows.len() as i64 > DAYS_MAX {
            return Err(format!("it lasts longer than {DAYS_MAX} days"));
        }
        let mut bodies = Vec::new();
        for (day, (opens_s, closes_s)) in windows {
            let start = first.checked_add(day.days()).map_err(|_| "its dates are out of reach".to_owned())?;
            let mut body = cycle(event.recurrence.as_ref(), start, day)?;
            body.insert("name".to_owned(), json!(shorten(name)));
            body.insert("start_date".to_owned(), json!(gregorian(start, &zone)));
            body.insert("time_window_start".to_owned(), json!(opens_s));
            body.insert("time_window_stop".to_owned(), json!(closes_s));
            bodies.push(Value::Object(body));
        }
        Ok(bodies)
    }

    /// The text for a menu that could not be read.
    pub(super) fn unknown_menu(&mut self) -> Value {
        leaf("tts", json!({"text": "This menu is not available."}))
    }
}

/// Day after the first and window of each part of an event, in seconds after midnight, both ends included.
fn windows(event: &Event) -> Vec<(i64, (i64, i64))> {
    let second = |time: jiff::civil::Time| {
        i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second())
    };
    let days = crate::time_rules::calendar::days_between(event.start.date(), event.end.date()).max(0);
    let mut windows = Vec::new();
    for day in 0..=days.min(DAYS_MAX + 1) {
        let opens = if day == 0 { second(event.start.time()) } else { 0 };
        // The end itself is not part of an event, but the last second of a window is.
        let closes = if day == days { second(event.end.time()) - 1 } else { DAY_S };
        if opens <= closes {
            windows.push((day, (opens, closes)));
        }
    }
    windows
}

/// The members of a rule that say on which days it is; `day` is how far behind the event's first day it lies.
fn cycle(recurrence: Option<&Recurrence>, start: Date, day: i64) -> Result<Object, String> {
    let Some(rule) = recurrence else { return Ok(object(json!({"cycle": "date"}))) };
    let no_rule = || "no rule can say how it comes again".to_owned();
    if !rule.by_position.is_empty() || rule.by_month_day.iter().any(|day| *day < 1) {
        return Err(no_rule());
    }
    let later = day > 0;
    let body = match rule.frequency {
        Frequency::Daily
            if rule.by_day.is_empty() && rule.by_month.is_empty() && rule.by_month_day.is_empty() =>
        {
            json!({"cycle": "daily", "interval": rule.interval})
        }
        Frequency::Weekly if rule.by_month.is_empty() && rule.by_month_day.is_empty() => {
            let days: Vec<Weekday> = match rule.by_day.as_slice() {
                [] => vec![start.weekday()],
                // `start` lies `day` days behind the first day already.
                listed => listed.iter().map(|(_, weekday)| weekday.wrapping_add(day)).collect(),
            };
            let names: Vec<&str> = days.into_iter().map(weekday_name).collect();
            json!({"cycle": "weekly", "interval": rule.interval, "wdays": names})
        }
        Frequency::Monthly if rule.by_month.is_empty() && !later => {
            let mut body = days_of_month(rule, start).ok_or_else(no_rule)?;
            body.insert("cycle".to_owned(), json!("monthly"));
            body.insert("interval".to_owned(), json!(rule.interval));
            Value::Object(body)
        }
        Frequency::Yearly
            if rule.by_day.is_empty() && rule.by_month.len() <= 1 && rule.by_month_day.len() <= 1 =>
        {
            // Days that follow the first are days of the calendar too, but for those around a leap day.
            let fixed = rule.by_month.iter().all(|month| *month == start.month() || later)
                && rule.by_month_day.iter().all(|day| *day == start.day() || later);
            if !fixed {
                return Err(no_rule());
            }
            json!({"cycle": "yearly", "interval": rule.interval, "month": start.month(), "days": [start.day()]})
        }
        Frequency::Yearly if !later && rule.by_month_day.is_empty() => {
            let [month] = rule.by_month.as_slice() else { return Err(no_rule()) };
            let mut body = days_of_month(rule, start).ok_or_else(no_rule)?;
            body.insert("cycle".to_owned(), json!("yearly"));
            body.insert("month".to_owned(), json!(month));
            body.insert("interval".to_owned(), json!(rule.interval));
            Value::Object(body)
        }
        _ => return Err(no_rule()),
    };
    Ok(object(body))
}

/// Listed days, or one weekday with its ordinal.
fn days_of_month(rule: &Recurrence, start: Date) -> Option<Object> {
    let body = match (rule.by_month_day.as_slice(), rule.by_day.as_slice()) {
        ([], []) => json!({"days": [start.day()]}),
        (days, []) => json!({"days": days}),
        ([], [(ordinal, weekday)]) => {
            let ordinal = match ordinal {
                0 => "every",
                1 => "first",
                2 => "second",
                3 => "third",
                4 => "fourth",
                5 => "fifth",
                -1 => "last",
                _ => return None,
            };
            json!({"ordinal": ordinal, "wdays": [weekday_name(*weekday)]})
        }
        _ => return None,
    };
    Some(object(body))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Noon of a day, in seconds since year 0.
fn gregorian(day: Date, zone: &TimeZone) -> i64 {
    let noon = day.at(12, 0, 0, 0).to_zoned(zone.clone());
    noon.map_or(GREGORIAN_OFFSET_S, |noon| noon.timestamp().as_second() + GREGORIAN_OFFSET_S)
}

fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}
