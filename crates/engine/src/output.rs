//! What a call gives back: commands for the driver, a trace for people, the next deadline, and its end.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cause::Cause;
use crate::command::Command;
use crate::ids::{CommandId, LegId};

/// One output. Drain them all before the next input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Something to do.
    Command(Command),
    /// Something to know.
    Trace(Trace),
    /// When to give [`Input::Deadline`](crate::input::Input::Deadline), in monotonic time; replaces the former one;
    /// `None` for never. Given only when it changes.
    Deadline(Option<Duration>),
    /// The call is over; nothing follows.
    Ended(Termination),
}

/// One entry of the trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Monotonic time since the call's first input.
    pub at: Duration,
    /// What happened.
    pub event: TraceEvent,
}

/// What happened, as far as an engineer wants to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceEvent {
    /// A callflow was entered.
    Flow {
        /// Callflow document id.
        callflow_id: String,
        /// Its version.
        version: u32,
        /// Its name.
        name: String,
    },
    /// A node was entered.
    Node {
        /// Callflow document id; empty for a flow fetched from a web server.
        callflow_id: String,
        /// JSON pointer of the node.
        pointer: String,
        /// Its module.
        module: String,
    },
    /// A node was left by an exit.
    Exit {
        /// JSON pointer of the node left.
        pointer: String,
        /// Its module.
        module: String,
        /// The exit key asked for.
        key: String,
        /// The child key really taken (`_` when the one asked for is missing); `None` when there was none.
        taken: Option<String>,
    },
    /// The flow ended or resumed its parent at this node.
    Stop {
        /// JSON pointer of the node.
        pointer: String,
        /// Its module.
        module: String,
    },
    /// A feature key of a conversation named an action, and it ran.
    Metaflow {
        /// The leg that pressed it.
        leg: LegId,
        /// The action.
        module: String,
        /// The exit asked for: a child's key, `stop`, `leave`; empty when a party went away meanwhile.
        exit: String,
    },
    /// Another flow was entered as a branch.
    Branch {
        /// Callflow document id.
        callflow_id: String,
    },
    /// A prompt, text or tone is played: what a caller hears, in order.
    Heard {
        /// In words: `prompt menu-no_prompt`, `speech "Welcome"`, `media 0f...`.
        what: String,
    },
    /// A party is called.
    Rung {
        /// Its leg.
        leg: LegId,
        /// Document id of the device, or the address called.
        party: String,
    },
    /// The caller and a party hear each other.
    Connected {
        /// The party's leg.
        leg: LegId,
    },
    /// The caller pressed a digit.
    Digit {
        /// Which.
        digit: char,
    },
    /// A module noticed something worth telling (missing document, web server failed, limit hit).
    Note {
        /// Stable code: `EN2001`.
        code: String,
        /// In words.
        message: String,
        /// More, where useful.
        #[serde(skip_serializing_if = "Value::is_null", default)]
        data: Value,
    },
    /// A completion came for a command that is not outstanding.
    LateCompletion {
        /// Which.
        command: CommandId,
    },
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Termination {
    /// In one word.
    pub result: CallResult,
    /// The cause given or received.
    pub cause: Cause,
}

/// How a call ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// The caller hung up.
    CallerHungUp,
    /// The flow ended, or the called party hung up.
    Finished,
    /// The flow refused the call before an answer.
    Rejected,
    /// A limit ended it.
    LimitReached,
    /// The call was transferred away.
    Transferred,
    /// Somebody outside ended it.
    Controlled,
    /// A fault of ours.
    Failed,
}
