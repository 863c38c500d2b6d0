//! What a queue's document says (reference section 6, schema `queues`).

use std::time::Duration;

use serde_json::Value;

use crate::lenient::{self, Read};

/// The type of a queue's document.
pub(crate) const DOCUMENT: &str = "queue";

/// The largest priority.
const PRIORITY_MAX: i64 = 255;

/// In which order free agents are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Who was called longest ago.
    RoundRobin,
    /// Who has been without a call for longest.
    MostIdle,
}

/// A queue's settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How agents are chosen.
    pub(crate) strategy: Strategy,
    /// How many are called at a time.
    pub(crate) ring_simultaneously: usize,
    /// How long they ring.
    pub(crate) agent_ring_timeout: Duration,
    /// Their time after a call.
    pub(crate) agent_wrapup_time: Duration,
    /// How long a caller waits; `None` for as long as they like.
    pub(crate) connection_timeout: Option<Duration>,
    /// How many may wait; `None` for any number.
    pub(crate) max_queue_size: Option<u32>,
    /// Callers are taken when no agent is logged in.
    pub(crate) enter_when_empty: bool,
    /// The highest priority.
    pub(crate) max_priority: i64,
    /// The key that leaves the queue.
    pub(crate) caller_exit_key: char,
    /// What callers hear.
    pub(crate) moh: Option<String>,
    /// What both hear when they are connected.
    pub(crate) announce: Option<String>,
    /// The conversation is recorded.
    pub(crate) record_caller: bool,
    /// Where the recording is sent.
    pub(crate) recording_url: Option<String>,
    /// Who is told of the call when it has ended.
    pub(crate) cdr_url: Option<String>,
    /// What callers are told while they wait.
    pub(crate) announcements: Announcements,
}

/// What callers are told while they wait.
#[derive(Clone, Debug)]
pub(crate) struct Announcements {
    /// How often.
    pub(crate) interval: Duration,
    /// Their place.
    pub(crate) position: bool,
    /// How long it will take.
    pub(crate) wait_time: bool,
    /// Media instead of the system's prompts, by the name of the member.
    pub(crate) media: Vec<(&'static str, Option<String>)>,
}

impl Announcements {
    /// Something is announced.
    pub(crate) fn any(&self) -> bool {
        self.position || self.wait_time
    }
}

/// The parts of an announcement: members of `announcements.media`.
const PARTS: [&str; 4] =
    ["you_are_at_position", "in_the_queue", "the_estimated_wait_time_is", "increase_in_call_volume"];

impl Settings {
    /// Reads them; what is missing or makes no sense has its default.
    pub(crate) fn read(document: &Value) -> Settings {
        let int = |name: &str| document.int_at(&[name]);
        let seconds = |value: i64| Duration::from_secs(u64::try_from(value).unwrap_or_default());
        let connection_timeout = int("connection_timeout").unwrap_or(3_600);
        let announced = |name: &str| document.is_true_at(&["announcements", name], false);
        let interval = document.int_at(&["announcements", "interval"]).unwrap_or(30);
        Settings {
            strategy: match document.text_at(&["strategy"]).as_deref() {
                Some("most_idle") => Strategy::MostIdle,
                _ => Strategy::RoundRobin,
            },
            ring_simultaneously: int("ring_simultaneously")
                .and_then(|count| usize::try_from(count).ok())
                .unwrap_or(1)
                .max(1),
            agent_ring_timeout: seconds(int("agent_ring_timeout").filter(|time| *time > 0).unwrap_or(15)),
            agent_wrapup_time: seconds(int("agent_wrapup_time").unwrap_or(0)),
            connection_timeout: (connection_timeout > 0).then(|| seconds(connection_timeout)),
            max_queue_size: int("max_queue_size")
                .filter(|size| *size > 0)
                .and_then(|n| u32::try_from(n).ok()),
            enter_when_empty: document.is_true_at(&["enter_when_empty"], true),
            max_priority: int("max_priority").unwrap_or(PRIORITY_MAX).clamp(0, PRIORITY_MAX),
            caller_exit_key: document
                .at(&["caller_exit_key"])
                .and_then(lenient::as_text)
                .and_then(|key| key.chars().next())
                .unwrap_or('#'),
            moh: document.text_at(&["moh"]),
            announce: document.text_at(&["announce"]),
            record_caller: document.is_true_at(&["record_caller"], false),
            recording_url: document.text_at(&["recording_url"]),
            cdr_url: document.text_at(&["cdr_url"]),
            announcements: Announcements {
                interval: seconds(interval.max(15)),
                position: announced("position_announcements_enabled"),
                wait_time: announced("wait_time_announcements_enabled"),
                media: PARTS.map(|part| (part, document.text_at(&["announcements", "media", part]))).to_vec(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn defaults_are_those_of_the_schema() {
        let settings = Settings::read(&json!({}));
        assert_eq!(settings.agent_ring_timeout, Duration::from_secs(15));
        assert_eq!(settings.connection_timeout, Some(Duration::from_secs(3_600)));
        assert_eq!((settings.max_queue_size, settings.ring_simultaneously), (None, 1));
        assert_eq!((settings.caller_exit_key, settings.enter_when_empty), ('#', true));
    }

    #[test]
    fn what_makes_no_sense_counts_as_missing() {
        let settings = Settings::read(&json!({
            "connection_timeout": 0, "agent_ring_timeout": -3, "ring_simultaneously": 0, "strategy": "loudest",
            "agent_wrapup_time": "7", "announcements": {"interval": 1},
        }));
        assert_eq!(settings.connection_timeout, None);
        assert_eq!(settings.agent_ring_timeout, Duration::from_secs(15));
        assert_eq!((settings.ring_simultaneously, settings.strategy), (1, Strategy::RoundRobin));
        assert_eq!(settings.agent_wrapup_time, Duration::from_secs(7));
        assert_eq!(settings.announcements.interval, Duration::from_secs(15));
    }
}
