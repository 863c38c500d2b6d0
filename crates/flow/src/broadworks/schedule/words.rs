//! The hours of a schedule in words: equal days merged, weekly hours first.

use std::collections::BTreeMap;

use jiff::civil::Weekday;

use super::{Event, Frequency, Recurrence, Schedule, days_between};

/// Most lines of one schedule; the rest is counted.
const MAX_LINES: usize = 12;

const WEEK: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn lines(schedule: &Schedule) -> Vec<String> {
    let mut week: [Vec<String>; 7] = Default::default();
    let mut others = Vec::new();
    for event in &schedule.events {
        match weekly(event) {
            Some(days) => {
                let hours = hours(event);
                for (on, hours_of_day) in days.iter().zip(week.iter_mut()) {
                    if *on && !hours_of_day.contains(&hours) {
                        hours_of_day.push(hours.clone());
                    }
                }
            }
            None => others.push(other(event)),
        }
    }
    let mut groups: BTreeMap<usize, (Vec<String>, Vec<usize>)> = BTreeMap::new();
    for (day, mut hours) in week.into_iter().enumerate().filter(|(_, hours)| !hours.is_empty()) {
        hours.sort();
        let same = groups.values_mut().find(|(known, _)| *known == hours);
        match same {
            Some((_, days)) => days.push(day),
            None => {
                groups.insert(day, (hours, vec![day]));
            }
        }
    }
    let mut lines: Vec<String> = groups
        .into_values()
        .map(|(hours, days)| format!("{} {}", days_text(&days), hours.join(", ")))
        .collect();
    lines.append(&mut others);
    if lines.len() > MAX_LINES {
        let rest = lines.len() - MAX_LINES + 1;
        lines.truncate(MAX_LINES - 1);
        lines.push(format!("and {rest} more"));
    }
    lines
}

/// The days of the week it is on, if it is on every such day for ever.
fn weekly(event: &Event) -> Option<[bool; 7]> {
    let rule = event.recurrence.as_ref()?;
    let plain = Recurrence { frequency: Frequency::Weekly, by_day: rule.by_day.clone(), ..rule.clone() };
    let unbounded = rule.interval == 1
        && rule.count.is_none()
        && rule.until.is_none()
        && rule.by_month.is_empty()
        && rule.by_month_day.is_empty()
        && rule.by_position.is_empty();
    let own_days = match rule.frequency {
        Frequency::Weekly => true,
        Frequency::Daily => false,
        Frequency::Monthly | Frequency::Yearly => return None,
    };
    if !unbounded || days_between(event.start.date(), event.end.date()) > 1 {
        return None;
    }
    Some(WEEK.map(|(_, weekday)| match (plain.by_day.is_empty(), own_days) {
        (true, true) => weekday == event.start.date().weekday(),
        (true, false) => true,
        (false, _) => plain.by_day.iter().any(|(_, day)| *day == weekday),
    }))
}

fn hours(event: &Event) -> String {
    if event.is_all_day() {
        return "all day".to_owned();
    }
    format!("{}-{}", event.start.strftime("%H:%M"), event.end.strftime("%H:%M"))
}

/// `Mon-Fri`, `Mon, Wed, Fri-Sun`.
fn days_text(days: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *day => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    let name = |day: usize| WEEK.get(day).map_or("", |(name, _)| *name);
    let runs = runs.into_iter().map(|(first, last)| match first == last {
        true => name(first).to_owned(),
        false => format!("{}-{}", name(first), name(last)),
    });
    runs.collect::<Vec<_>>().join(", ")
}

fn other(event: &Event) -> String {
    let (start, end) = (event.start.date(), event.end.date());
    let month =
        |month: i8| usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("");
    let last = if event.is_all_day() && end > start { end.yesterday().unwrap_or(end) } else { end };
    let mut text = match &event.recurrence {
        Some(rule) if rule.frequency == Frequency::Yearly && rule.by_day.is_empty() => {
            let to = if last > start {
                format!(" to {} {}", last.day(), month(last.month()))
            } else {
                String::new()
            };
            format!("{} {}{to} every year", start.day(), month(start.month()))
        }
        Some(rule) => format!("{} from {start}", often(rule)),
        None if last > start => format!("{start} to {last}"),
        None => start.to_string(),
    };
    if !event.is_all_day() {
        text = format!("{text}, {}", hours(event));
    }
    if !event.name.is_empty() {
        text = format!("{text} ({})", event.name);
    }
    text
}

fn often(rule: &Recurrence) -> String {
    let (one, many) = match rule.frequency {
        Frequency::Daily => ("daily", "days"),
        Frequency::Weekly => ("weekly", "weeks"),
        Frequency::Monthly => ("monthly", "months"),
        Frequency::Yearly => ("yearly", "years"),
    };
    let mut text =
        if rule.interval == 1 { one.to_owned() } else { format!("every {} {many}", rule.interval) };
    if let Some(count) = rule.count {
        text = format!("{text}, {count} times");
    }
    match rule.until {
        Some(until) => format!("{text}, until {until},"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, start: &str, end: &str, rrule: &str) -> Event {
        Event {
            name: name.to_owned(),
            start: start.parse().unwrap(),
            end: end.parse().unwrap(),
            recurrence: Recurrence::read(rrule).ok(),
        }
    }

    #[test]
    fn equal_days_are_merged() {
        let day = |day: &str, by: &str| {
            event(
                "",
                &format!("2024-01-{day}T09:00"),
                &format!("2024-01-{day}T17:30"),
                &format!("FREQ=WEEKLY;BYDAY={by}"),
            )
        };
        let schedule = Schedule {
            events: vec![
                day("01", "MO"),
                day("02", "TU,WE"),
                day("04", "TH,FR"),
                event("", "2024-01-06T10:00", "2024-01-06T14:00", "FREQ=WEEKLY"),
                event("Christmas", "2024-12-25T00:00", "2024-12-26T00:00", "FREQ=YEARLY"),
                event("Stocktaking", "2024-06-03T00:00", "2024-06-05T00:00", ""),
                event("Fair", "2024-06-03T08:00", "2024-06-03T20:00", ""),
            ],
            ..Schedule::default()
        };
        assert_eq!(
            schedule.lines(),
            [
                "Mon-Fri 09:00-17:30",
                "Sat 10:00-14:00",
                "25 Dec every year (Christmas)",
                "2024-06-03 to 2024-06-04 (Stocktaking)",
                "2024-06-03, 08:00-20:00 (Fair)",
            ]
        );
    }

    #[test]
    fn a_long_schedule_is_cut() {
        let events = (0..40).map(|_| event("x", "2024-06-03T00:00", "2024-06-04T00:00", "")).collect();
        let lines = Schedule { events, ..Schedule::default() }.lines();
        assert_eq!(lines.len(), MAX_LINES);
        assert_eq!(lines.last().map(String::as_str), Some("and 29 more"));
    }
}
