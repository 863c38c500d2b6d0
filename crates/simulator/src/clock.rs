//! The virtual clock and the agenda of what is going to happen.
//!
//! Not here: the real time; nothing in this crate reads it.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::ids::Now;
use jiff::Timestamp;

/// Civil and monotonic time of a world. Time passes only when somebody says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    start: Timestamp,
    passed: Duration,
}

impl Clock {
    /// A clock that stands at a civil time; its monotonic time is zero.
    pub fn new(start: Timestamp) -> Clock {
        Clock { start, passed: Duration::ZERO }
    }

    /// Monotonic time since the world began.
    pub fn mono(&self) -> Duration {
        self.passed
    }

    /// Both times, as the engine wants them. Civil time stops at the end of the calendar.
    pub fn now(&self) -> Now {
        let civil = self.start.saturating_add(self.passed).unwrap_or(Timestamp::MAX);
        Now { mono: self.passed, civil }
    }

    /// Lets time pass until then; a time in the past changes nothing.
    pub fn advance_to(&mut self, mono: Duration) {
        self.passed = self.passed.max(mono);
    }
}

/// Things due, ordered by time and then by when they were put in.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    due: BTreeMap<(Duration, u64), T>,
    next: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Agenda { due: BTreeMap::new(), next: 0 }
    }
}

impl<T> Agenda<T> {
    pub(crate) fn put(&mut self, at: Duration, what: T) {
        self.due.insert((at, self.next), what);
        self.next += 1;
    }

    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn take_next(&mut self) -> Option<(Duration, T)> {
        self.due.pop_first().map(|((at, _), what)| (at, what))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.due.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agenda_keeps_the_order_of_equal_times() {
        let mut agenda = Agenda::default();
        let second = Duration::from_secs(1);
        agenda.put(second, "b");
        agenda.put(Duration::ZERO, "a");
        agenda.put(second, "c");
        assert_eq!(agenda.next_at(), Some(Duration::ZERO));
        let order: Vec<&str> = std::iter::from_fn(|| agenda.take_next().map(|(_, what)| what)).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }

    #[test]
    fn civil_time_follows() {
        let mut clock = Clock::new("2026-11-23T10:00:00Z".parse().unwrap());
        clock.advance_to(Duration::from_secs(90));
        clock.advance_to(Duration::from_secs(10));
        assert_eq!(clock.now().civil.to_string(), "2026-11-23T10:01:30Z");
        assert_eq!(clock.mono(), Duration::from_secs(90));
    }
}
