//! From a `temporal_rules` document to a [`Rule`], with everything that cannot be used reported.
//!
//! Not here: the bounds a stored document must keep (schema `temporal_rules`); a rule may come from elsewhere.

use jiff::Timestamp;
use jiff::civil::Weekday;
use serde_json::Value;

use super::{Cycle, DAY_S, Days, GREGORIAN_OFFSET_S, Ordinal, Rule, Window};
use crate::issue::Issue;

pub(super) fn rule(document: &Value) -> (Rule, Vec<Issue>) {
    let mut reader = Reader { document, issues: Vec::new() };
    let interval = reader.interval();
    let window = reader.window();
    let rule = Rule {
        name: document.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        enabled: document.get("enabled").and_then(truth),
        start: reader.integer("start_date").map(moment),
        cycle: reader.cycle(),
        interval,
        window,
    };
    (rule, reader.issues)
}

struct Reader<'d> {
    document: &'d Value,
    issues: Vec<Issue>,
}

impl Reader<'_> {
    fn cycle(&mut self) -> Option<Cycle> {
        let Some(name) = self.text("cycle") else {
            if self.document.get("enabled").and_then(truth).is_none() {
                let issue = Issue::warning("TR1001", "/cycle", "the rule has no cycle and never applies");
                self.issues.push(issue.with_help("Give it a cycle, or force it on with `enabled`"));
            }
            return None;
        };
        match name.as_str() {
            "date" => Some(Cycle::Date),
            "daily" => Some(Cycle::Daily),
            "weekly" => {
                let weekdays = self.weekdays();
                // A list of which nothing could be read must not become "all weekdays".
                (!weekdays.is_empty() || self.list("wdays").is_empty()).then_some(Cycle::Weekly(weekdays))
            }
            "monthly" => self.days().map(Cycle::Monthly),
            "yearly" => {
                let month = self.month()?;
                let days = self.days()?;
                if let Days::Listed(listed) = &days
                    && listed.iter().all(|day| *day > longest(month))
                {
                    let message = format!("month {month} never has any of the listed days");
                    self.issues.push(Issue::warning("TR1006", "/days", message));
                }
                Some(Cycle::Yearly(month, days))
            }
            other => {
                let message = format!("unknown cycle {other}; the rule never applies");
                let help = "Use date, daily, weekly, monthly or yearly";
                self.issues.push(Issue::error("TR1001", "/cycle", message).with_help(help));
                None
            }
        }
    }

    /// Listed days win over an ordinal, as in Kazoo.
    fn days(&mut self) -> Option<Days> {
        if !self.list("days").is_empty() {
            let listed = self.listed_days();
            return (!listed.is_empty()).then_some(Days::Listed(listed));
        }
        let ordinal = self.ordinal()?;
        let weekdays = self.weekdays();
        match weekdays.as_slice() {
            [weekday] => Some(Days::Weekday(ordinal, *weekday)),
            _ => {
                let message = format!(
                    "an ordinal needs exactly one weekday, not {}; the rule never applies",
                    weekdays.len()
                );
                let help = "Make one rule per weekday and join them in a set";
                self.issues.push(Issue::error("TR1002", "/wdays", message).with_help(help));
                None
            }
        }
    }

    fn listed_days(&mut self) -> Vec<i8> {
        let mut days = Vec::new();
        for (index, element) in self.list("days").iter().enumerate() {
            match whole(element).and_then(|day| i8::try_from(day).ok()).filter(|day| (1..=31).contains(day)) {
                Some(day) => days.push(day),
                None => {
                    let message = format!("{element} is no day of a month");
                    self.issues.push(Issue::error("TR1004", format!("/days/{index}"), message));
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        days
    }

    fn weekdays(&mut self) -> Vec<Weekday> {
        let mut weekdays = Vec::new();
        for (index, element) in self.list("wdays").iter().enumerate() {
            match element.as_str().and_then(weekday) {
                Some(day) => weekdays.push(day),
                None => {
                    let message = format!("{element} is no weekday");
                    self.issues.push(Issue::error("TR1003", format!("/wdays/{index}"), message));
                }
            }
        }
        weekdays.sort_by_key(|day| day.to_monday_zero_offset());
        weekdays.dedup();
        weekdays
    }

    fn ordinal(&mut self) -> Option<Ordinal> {
        let name = self.text("ordinal").unwrap_or_else(|| "first".to_owned());
        let ordinal = match name.as_str() {
            "every" => Ordinal::Every,
            "first" => Ordinal::Nth(1),
            "second" => Ordinal::Nth(2),
            "third" => Ordinal::Nth(3),
            "fourth" => Ordinal::Nth(4),
            "fifth" => Ordinal::Nth(5),
            "last" => Ordinal::Last,
            other => {
                let message = format!("unknown ordinal {other}; the rule never applies");
                self.issues.push(Issue::error("TR1005", "/ordinal", message));
                return None;
            }
        };
        Some(ordinal)
    }

    fn month(&mut self) -> Option<i8> {
        let month = self.integer("month").unwrap_or(1);
        let known = i8::try_from(month).ok().filter(|month| (1..=12).contains(month));
        if known.is_none() {
            let message = format!("there is no month {month}; the rule never applies");
            self.issues.push(Issue::error("TR1006", "/month", message));
        }
        known
    }

    fn interval(&mut self) -> u32 {
        let interval = self.integer("interval").unwrap_or(1);
        if interval < 1 {
            let message = format!("an interval of {interval} is taken as 1");
            self.issues.push(Issue::warning("TR1007", "/interval", message));
        }
        u32::try_from(interval.max(1)).unwrap_or(u32::MAX)
    }

    fn window(&mut self) -> Window {
        let opens_s = self.integer("time_window_start").unwrap_or(0);
        let closes_s = self.integer("time_window_stop").unwrap_or(DAY_S);
        if opens_s > closes_s {
            let message = "the window opens after it closes, so the rule never applies";
            let help =
                "A window does not wrap around midnight: use two rules, one up to 86400 and one from 0";
            self.issues.push(Issue::warning("TR1008", "/time_window_start", message).with_help(help));
        }
        Window { opens_s, closes_s }
    }

    /// An integer member; one that is there but unreadable is reported and counts as absent.
    fn integer(&mut self, name: &str) -> Option<i64> {
        let member = self.document.get(name).filter(|member| !member.is_null())?;
        let number = whole(member);
        if number.is_none() {
            let message = format!("{name} is no whole number; its default is used");
            self.issues.push(Issue::warning("TR1009", format!("/{name}"), message));
        }
        number
    }

    /// A non-empty text member.
    fn text(&self, name: &str) -> Option<String> {
        self.document.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn list(&self, name: &str) -> Vec<Value> {
        self.document.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    }
}

fn moment(gregorian_s: i64) -> Timestamp {
    let unix_s = gregorian_s.saturating_sub(GREGORIAN_OFFSET_S);
    let bound = if unix_s < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(unix_s).unwrap_or(bound)
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// `wensday` is how old documents spell it.
fn weekday(name: &str) -> Option<Weekday> {
    let weekday = match name.to_ascii_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" | "wensday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    };
    Some(weekday)
}

fn longest(month: i8) -> i8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
