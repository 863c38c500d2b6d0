//! Agents as the account's documents know them: who serves which queue, and who is logged in.
//!
//! A user serves the queues that `queues` of their document lists. Whether they are logged in is a document of its own
//! (`agent-state-<user id>`), so that it survives a restart. Not here: who rings or talks at the moment (`distributor`).

use std::time::Duration;

use flow::account::{AccountIndex, Document};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::lenient::{Read, as_text};

/// The type of the document with an agent's state.
pub const AGENT_STATE: &str = "agent_state";

/// The id of the document with an agent's state.
pub fn agent_state_id(user_id: &str) -> String {
    format!("agent-state-{user_id}")
}

/// A change of an agent's state from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentChange {
    /// They begin to work, or come back.
    Ready,
    /// They take a break of so many seconds; of 0, or without a number, until they come back.
    Pause(Option<u64>),
    /// They end their work.
    LogOut,
}

impl AgentChange {
    /// The members of the document of type [`AGENT_STATE`] from then on; those that do not count any more are null.
    pub fn members(self, now: Timestamp) -> Map<String, Value> {
        let presence = match self {
            AgentChange::Ready => Presence::Ready,
            AgentChange::Pause(seconds) => Presence::paused(seconds.unwrap_or(0), now),
            AgentChange::LogOut => Presence::LoggedOut,
        };
        match presence.members(now) {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

/// Whether an agent works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Not at all.
    LoggedOut,
    /// On a break, until then or until they come back.
    Paused(Option<Timestamp>),
    /// Takes calls.
    Ready,
}

impl Presence {
    /// On a break that ends after so many seconds; 0 for one without an end.
    pub(crate) fn paused(seconds: u64, now: Timestamp) -> Presence {
        let until = (seconds > 0).then(|| now.checked_add(Duration::from_secs(seconds)).ok()).flatten();
        Presence::Paused(until)
    }

    /// Reads it; who has no document is logged out, and a break that is over is none.
    pub(crate) fn read(document: Option<&Value>, now: Timestamp) -> Presence {
        let Some(document) = document else { return Presence::LoggedOut };
        match document.text_at(&["status"]).as_deref() {
            Some("ready") => Presence::Ready,
            Some("paused") => {
                let until =
                    document.int_at(&["until"]).and_then(|second| Timestamp::from_second(second).ok());
                match until {
                    Some(until) if until <= now => Presence::Ready,
                    until => Presence::Paused(until),
                }
            }
            _ => Presence::LoggedOut,
        }
    }

    /// The document's members; `until` is null where it does not count, for a merge patch.
    pub(crate) fn members(self, now: Timestamp) -> Value {
        let (status, until) = match self {
            Presence::LoggedOut => ("logged_out", None),
            Presence::Paused(until) => ("paused", until),
            Presence::Ready => ("ready", None),
        };
        json!({"status": status, "until": until.map(Timestamp::as_second), "since": now.as_second()})
    }
}

/// What an agent does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Not at work.
    LoggedOut,
    /// On a break.
    Paused,
    /// Waits for a call, or is in one that came another way.
    Ready,
    /// Is being called for a queue.
    Ringing,
    /// Talks with a queue's caller.
    OnCall,
    /// Has a moment after a call.
    WrapUp,
}

impl AgentState {
    /// The state's name, as the API and events write it.
    pub fn name(self) -> &'static str {
        match self {
            AgentState::LoggedOut => "logged_out",
            AgentState::Paused => "paused",
            AgentState::Ready => "ready",
            AgentState::Ringing => "ringing",
            AgentState::OnCall => "connected",
            AgentState::WrapUp => "wrapup",
        }
    }
}

/// A user who serves queues.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    /// The user.
    pub(super) agent: String,
    /// Queues served.
    pub(super) queues: Vec<String>,
    /// At work or not.
    pub(super) presence: Presence,
}

/// Everybody who serves queues, ordered by id.
pub(super) fn seats(index: &AccountIndex, now: Timestamp) -> Vec<Seat> {
    let enabled = |user: &&std::sync::Arc<Document>| user.body.is_true_at(&["enabled"], true);
    let mut seats: Vec<Seat> = index
        .of_type("user")
        .filter(enabled)
        .filter_map(|user| {
            let queues: Vec<String> =
                user.body.get("queues")?.as_array()?.iter().filter_map(as_text).collect();
            (!queues.is_empty()).then(|| Seat {
                agent: user.id.clone(),
                queues,
                presence: Presence::read(
                    index.document(&agent_state_id(&user.id)).map(|found| &found.body),
                    now,
                ),
            })
        })
        .collect();
    seats.sort_by(|a, b| a.agent.cmp(&b.agent));
    seats
}

/// The telephones a user is called at.
pub(super) fn devices(index: &AccountIndex, agent: &str) -> Vec<String> {
    index.devices_of(agent).map(|device| device.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_ends_by_itself_and_states_are_read_back() {
        let now = Timestamp::from_second(1_000).unwrap();
        let later = Timestamp::from_second(1_600).unwrap();
        let paused = Presence::Paused(Some(later)).members(now);
        assert_eq!(Presence::read(Some(&paused), now), Presence::Paused(Some(later)));
        assert_eq!(Presence::read(Some(&paused), later), Presence::Ready);
        for state in [Presence::LoggedOut, Presence::Ready, Presence::Paused(None)] {
            assert_eq!(Presence::read(Some(&state.members(now)), later), state);
        }
        assert_eq!(Presence::read(None, now), Presence::LoggedOut);
    }
}
