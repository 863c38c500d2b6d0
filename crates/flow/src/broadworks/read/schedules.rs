//! Schedules and their events.

use jiff::civil::{Date, DateTime};

use super::{Fields, Reader};
use crate::broadworks::endpoints::{self, Request};
use crate::broadworks::schedule::{Event, Recurrence, Schedule};
use crate::issue::Issue;
use crate::pointer;

impl<'s> Reader<'s> {
    pub(super) fn schedules(&mut self) -> Vec<Schedule> {
        let request = self.of_group(endpoints::SCHEDULES);
        let mut schedules: Vec<Schedule> = Vec::new();
        for row in self.list_reply(&request, "the schedules", "/schedules").unwrap_or_default() {
            let Some(row) = self.object(row, "/schedules") else { continue };
            let Some(name) = self.text(&row, "name") else { continue };
            let kind = self.text(&row, "type").unwrap_or_else(|| "Time".to_owned());
            let holiday = kind.eq_ignore_ascii_case("holiday");
            if schedules.iter().any(|known| known.name == name && known.holiday == holiday) {
                continue;
            }
            schedules.push(self.schedule(name, &kind, holiday));
        }
        schedules
    }

    fn schedule(&mut self, name: String, kind: &str, holiday: bool) -> Schedule {
        let (provider, group) = (&self.snapshot.service_provider, &self.snapshot.group);
        let request = Request::of_schedule(provider, group, &name, kind);
        let place = pointer::join("/schedules", &name);
        let list = self.list_reply(&request, &format!("events of schedule `{name}`"), &place);
        let mut schedule = Schedule { name, holiday, readable: list.is_some(), events: Vec::new() };
        for row in list.unwrap_or_default() {
            let Some(row) = self.object(row, &place) else { continue };
            match self.event(&row) {
                Ok(event) => schedule.events.push(event),
                Err(why) => {
                    // Half a schedule would tell wrong hours: what depends on it stays open.
                    schedule.readable = false;
                    let message =
                        format!("an event of schedule `{}` is not understood: {why}", schedule.name);
                    self.issues.push(Issue::warning("BW1008", place.clone(), message));
                }
            }
        }
        schedule
    }

    fn event(&mut self, row: &Fields<'_>) -> Result<Event, String> {
        let time = |reader: &mut Self, member| {
            let text = reader.text(row, member).ok_or_else(|| format!("it has no `{member}`"))?;
            moment(&text).ok_or_else(|| format!("`{text}` is no time"))
        };
        let start = time(self, "startTime")?;
        let mut end = time(self, "endTime")?;
        let all_day = self.flag(row, "allDayEvent").unwrap_or(false);
        if all_day {
            end = whole_days(start, end);
        } else if end <= start {
            // From 22:00 to 06:00 is over midnight.
            let next = start.date().tomorrow().map_err(|_| "it is too late".to_owned())?;
            end = next.to_datetime(end.time());
        }
        let start = if all_day { start.date().to_datetime(jiff::civil::Time::midnight()) } else { start };
        let recurrence = self.text(row, "rrule").map(|text| Recurrence::read(&text)).transpose()?;
        Ok(Event { name: self.text(row, "eventName").unwrap_or_default(), start, end, recurrence })
    }
}

/// Midnight after the last day. A server may name the last day itself or the midnight after it.
fn whole_days(start: DateTime, end: DateTime) -> DateTime {
    let midnight = jiff::civil::Time::midnight();
    let is_over = end.time() == midnight && end.date() > start.date();
    let day: Date =
        if is_over { end.date() } else { end.date().max(start.date()).tomorrow().unwrap_or(end.date()) };
    day.to_datetime(midnight)
}

/// `2024-01-01T09:00:00` on the wall; a zone behind it is not looked at.
fn moment(text: &str) -> Option<DateTime> {
    let text = text.trim();
    text.get(..19).unwrap_or(text).replacen(' ', "T", 1).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_the_clock_on_the_wall() {
        for text in [
            "2024-01-01T09:00:00",
            "2024-01-01T09:00:00Z",
            "2024-01-01 09:00:00.000+01:00",
            "2024-01-01T09:00",
        ] {
            assert_eq!(moment(text), "2024-01-01T09:00".parse().ok(), "{text}");
        }
        assert_eq!(moment("tomorrow"), None);
    }

    #[test]
    fn whole_days_end_at_midnight() {
        let day = |text: &str| text.parse::<DateTime>().unwrap();
        let start = day("2024-12-25T00:00");
        for end in ["2024-12-25T00:00", "2024-12-25T23:59:59", "2024-12-26T00:00"] {
            assert_eq!(whole_days(start, day(end)), day("2024-12-26T00:00"), "{end}");
        }
    }
}
