//! Agent queues (ACD): who waits, which agents are free, and who is called for whom (reference sections 3.8 and 6).
//!
//! Queues span calls, so no call owns them: the driver keeps one [`Distributor`] for each account, hands it the calls'
//! [`QueueRequest`]s and completes their commands with what it answers. It is as pure as a call: time, the account and
//! which telephones are busy are arguments. What it tells a call is a completion like any other, so journals replay.
//!
//! Not here: what the caller hears and how telephones ring (`modules::acdc_member`): a queue only names the agents.

mod agents;
mod distributor;
mod settings;

use std::time::Duration;

use flow::account::AccountIndex;
use serde::{Deserialize, Serialize};

pub(crate) use agents::Presence;
pub use agents::{AGENT_STATE, AgentChange, AgentState, agent_state_id};
pub use distributor::Distributor;
pub(crate) use settings::{Announcements, DOCUMENT, Settings};

use crate::ids::{CommandId, Now};
use crate::input::{Done, Failure};

/// What a call asks of its account's queues. A call stands in one queue at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueRequest {
    /// Stand in a queue. Completes with [`QueueReply::Entered`], `Full` or `NoAgents`, or fails `NotFound`.
    Enter {
        /// The queue's document id.
        queue: String,
        /// Higher goes first.
        priority: i64,
    },
    /// Wait until agents are to be called. Completes with [`QueueReply::Agents`], or fails `NotFound` when the call
    /// stands in no queue (any more).
    Await,
    /// One of these agents has answered and talks with the caller; the others are free again. Completes `Ok`.
    Answered {
        /// Who.
        agent: String,
    },
    /// None of them has answered: they rest for a moment, and the call keeps its place. Completes `Ok`.
    Unanswered,
    /// The call stands in no queue any more; an agent it talked with has their time to wrap up. Completes `Ok`.
    Leave,
    /// An agent has logged in or come back and takes calls at once. Completes `Ok`.
    Ready {
        /// Who.
        agent: String,
    },
}

/// What a queue answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueReply {
    /// The call stands in the queue.
    Entered,
    /// As many wait as may.
    Full,
    /// Nobody is logged in, and the queue takes no callers then.
    NoAgents,
    /// Call these agents (users), all at once.
    Agents(Vec<String>),
}

/// A queue at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStatus {
    /// How many wait.
    pub waiting: u32,
    /// The place of the call that asks, from 1; `None` when it does not wait there.
    pub position: Option<u32>,
    /// How long callers waited for an agent on average, in whole seconds; those who wait now count once they have
    /// waited longer.
    pub average_wait_s: u64,
    /// Its agents, ordered by id.
    pub agents: Vec<(String, AgentState)>,
}

/// The world around the queues at a moment.
pub struct Around<'a> {
    /// The time.
    pub now: Now,
    /// The account's documents.
    pub index: &'a AccountIndex,
    /// Whether one of these telephones is in a call.
    pub is_busy: &'a dyn Fn(&[String]) -> bool,
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Around").field("now", &self.now).finish_non_exhaustive()
    }
}

/// A command of a call that has ended.
pub type Completion<K> = (K, CommandId, Result<Done, Failure>);

/// How long agents who did not answer are left alone.
pub const REST: Duration = Duration::from_secs(5);

/// How often free agents are looked for while somebody waits: other calls of theirs end, and documents change, without
/// the queue being told.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
