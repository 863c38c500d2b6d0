//! What callers in a queue are told: their place, and how long it will take (queue document, `announcements`).
//!
//! Not here: when music plays (`acdc_member`).

use std::time::Duration;

use crate::command::Query;
use crate::cx::Cx;
use crate::input::Loaded;
use crate::media::Media;
use crate::media_path;
use crate::queue::Announcements;
use crate::say;

/// Up to so many minutes there is a prompt of its own: `queue-about_5_minutes`.
const STEPS: [(u64, &str); 6] = [
    (5, "queue-about_5_minutes"),
    (10, "queue-about_10_minutes"),
    (15, "queue-about_15_minutes"),
    (30, "queue-about_30_minutes"),
    (45, "queue-about_45_minutes"),
    (60, "queue-about_1_hour"),
];

/// Tells one caller.
pub(super) struct Announcer<'a> {
    settings: &'a Announcements,
    next: Option<Duration>,
    /// The wait told last, as a step.
    told: Option<usize>,
}

impl<'a> Announcer<'a> {
    /// For somebody who begins to wait now.
    pub(super) fn new(settings: &'a Announcements, now: Duration) -> Announcer<'a> {
        let next = settings.any().then(|| now.saturating_add(settings.interval));
        Announcer { settings, next, told: None }
    }

    /// When something is to be told.
    pub(super) fn next(&self) -> Option<Duration> {
        self.next
    }

    /// What is to be told now, of the call's place in the queue.
    pub(super) async fn items(&mut self, cx: &Cx, queue: &str) -> Vec<Media> {
        self.next = Some(cx.mono().saturating_add(self.settings.interval));
        let query = Query::Queue { queue: queue.to_owned(), window_s: None };
        let Some(Loaded::Queue(status)) = cx.load(query).await else { return Vec::new() };
        let mut items = Vec::new();
        if let Some(position) = status.position.filter(|_| self.settings.position) {
            items.extend(self.part(cx, "you_are_at_position"));
            items.extend(say::number(cx, u64::from(position)));
            items.extend(self.part(cx, "in_the_queue"));
        }
        if self.settings.wait_time {
            let step = step(status.average_wait_s);
            if self.told.is_some_and(|told| step > told) {
                items.extend(self.part(cx, "increase_in_call_volume"));
            }
            self.told = Some(step);
            items.extend(self.part(cx, "the_estimated_wait_time_is"));
            items.push(cx.prompt_item(prompt(step)));
        }
        items
    }

    /// A part of the announcement: the queue's own, or the system's prompt.
    fn part(&self, cx: &Cx, name: &str) -> Option<Media> {
        let own =
            self.settings.media.iter().find(|(part, _)| *part == name).and_then(|(_, path)| path.clone());
        match own {
            Some(path) => media_path::item(cx, &path),
            None => Some(cx.prompt_item(&format!("queue-{name}"))),
        }
    }
}

/// A wait as one of the steps that are told: 0 for less than a minute, then [`STEPS`], then more.
fn step(wait_s: u64) -> usize {
    let reached = |minutes: u64| wait_s <= minutes * 60;
    match wait_s {
        0..60 => 0,
        _ => 1 + STEPS.iter().position(|(minutes, _)| reached(*minutes)).unwrap_or(STEPS.len()),
    }
}

fn prompt(step: usize) -> &'static str {
    match step.checked_sub(1) {
        None => "queue-less_than_1_minute",
        Some(place) => STEPS.get(place).map_or("queue-at_least_1_hour", |(_, prompt)| prompt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_in_steps() {
        let told = |seconds| prompt(step(seconds));
        assert_eq!(told(59), "queue-less_than_1_minute");
        assert_eq!((told(60), told(300)), ("queue-about_5_minutes", "queue-about_5_minutes"));
        assert_eq!(told(301), "queue-about_10_minutes");
        assert_eq!((told(3_600), told(3_601)), ("queue-about_1_hour", "queue-at_least_1_hour"));
    }
}
