//! What happens to a call: the inputs a driver gives, one at a time.

use std::sync::Arc;
use std::time::Duration;

use flow::graph::Flow;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cause::Cause;
use crate::ids::{CommandId, LegId};
use crate::queue::{QueueReply, QueueStatus};
use crate::script::ScriptEnd;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The first input of every call: it begins.
    Begin,
    /// A leg did something by itself.
    Leg {
        /// Which.
        leg: LegId,
        /// What.
        event: LegEvent,
    },
    /// A command ended. An id that is not outstanding is ignored and traced.
    Completed {
        /// Which.
        command: CommandId,
        /// How.
        result: Result<Done, Failure>,
    },
    /// The time of the last [`Deadline`](crate::output::Output::Deadline) has come. Early or repeated ones do no harm.
    Deadline,
    /// Somebody outside (an operator, the API) wants something of the call.
    Control(Control),
}

/// What a leg did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegEvent {
    /// A dialled leg rings (SIP 180).
    Ringing,
    /// A dialled leg sends audio before its answer (SIP 183 with SDP).
    EarlyMedia,
    /// A dialled leg answered.
    Answered,
    /// A dialled leg ended before its answer.
    Refused {
        /// SIP status; 0 when there was none (not sent, timed out, cancelled).
        status: u16,
        /// Why.
        cause: Cause,
    },
    /// Another call has taken the leg over: it is nothing of ours any more.
    Taken,
    /// A leg that was answered, or the unanswered caller, is gone.
    Gone {
        /// Why.
        cause: Cause,
    },
    /// A digit was pressed: one of `0-9*#A-D`.
    Digit {
        /// Which.
        digit: char,
        /// How long.
        duration_ms: u32,
    },
    /// The party put us on hold or took us back.
    Held {
        /// On hold.
        held: bool,
    },
    /// Somebody came into the leg's room, left it, or changed there; also told to one who has just come in.
    Room {
        /// How many are inside, the leg included.
        members: u32,
        /// How many of them are moderators.
        moderators: u32,
        /// One with whom everybody has to go has left.
        closed: bool,
    },
    /// The channel that the leg listened to is gone.
    ListeningEnded,
    /// The party asks to be transferred (SIP REFER).
    Transfer {
        /// `Refer-To` user part.
        to: String,
        /// The party's channel in the call it wants to give up for this, for an attended transfer.
        replaces: Option<String>,
    },
}

/// How a command ended well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)]
pub enum Done {
    /// It is done.
    Ok,
    /// A leg of another call is ours.
    Taken {
        /// It is answered; a caller that is not may be answered, a party that is not still rings.
        answered: bool,
        /// The account's device at its end, where it is one.
        device: Option<String>,
    },
    /// A leg is in a room.
    Joined {
        /// Its number there, counted from 1; the same as long as it stays.
        member: u32,
    },
    /// A playback ended.
    Played {
        /// It was stopped before its end.
        stopped: bool,
    },
    /// A recording ended.
    Recorded {
        /// Its length.
        duration: Duration,
        /// Why it ended.
        end: RecordingEnd,
    },
    /// A fax machine was listened for.
    FaxTone {
        /// It was heard.
        heard: bool,
    },
    /// Something was read.
    Loaded(Loaded),
    /// A change is safe on disk.
    Saved {
        /// The document's new `_rev`, where it has one.
        revision: Option<String>,
    },
    /// A shared counter was changed.
    Counted {
        /// Its value now.
        value: i64,
    },
    /// A queue's answer.
    Queue(QueueReply),
    /// A script ended, well or not.
    Scripted(ScriptEnd),
    /// A web server replied.
    Fetched {
        /// HTTP status.
        status: u16,
        /// `Content-Type` without parameters, lower case; empty when absent.
        content_type: String,
        /// The body as text; octets that are no UTF-8 are replaced.
        body: String,
        /// How long it took.
        took: Duration,
        /// The address finally asked, after redirects.
        final_url: String,
    },
}

/// Why a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingEnd {
    /// [`StopRecording`](crate::command::Action::StopRecording).
    Stopped,
    /// Its time limit.
    Limit,
    /// The silence limit.
    Silence,
    /// The leg is gone.
    LegGone,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loaded {
    /// One document, with its `id` member and `_rev` and `pvt_type` where known.
    Document(Arc<Value>),
    /// Several, in the order the query promises.
    Documents(Vec<Arc<Value>>),
    /// A callflow.
    Callflow(Callflow),
    /// How many there are.
    Count(u64),
    /// A number.
    Number {
        /// As the account's converters write it; unchanged when none applies.
        e164: String,
        /// Its classifier (`did_us`, `emergency`, `unknown` ...).
        class: String,
    },
    /// Legs of calls in progress.
    Channels(Vec<Channel>),
    /// An agent queue.
    Queue(QueueStatus),
    /// Calls of the account in progress, this one left out.
    Usage(Usage),
}

/// How many other calls an account has in progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All that began before this one.
    pub calls: u64,
    /// Those of them that came from outside.
    pub inbound: u64,
    /// Legs through carriers, of calls begun before or after.
    pub outbound: u64,
}

/// A leg of a call in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its name, for [`Action::Take`](crate::command::Action::Take).
    pub id: String,
    /// The device at its end.
    pub device: String,
    /// The call is theirs; otherwise it is being called, or was.
    pub caller: bool,
    /// It is answered.
    pub answered: bool,
    /// Somebody is at the other end of it.
    pub has_peer: bool,
}

/// A callflow found: the graph to run and how it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Callflow {
    /// Document id.
    pub id: String,
    /// The version that was live.
    pub version: u32,
    /// `name`, empty when it has none.
    pub name: String,
    /// What to run.
    pub flow: Arc<Flow>,
    /// Its `numbers` contain `no_match`: the account's catch-all.
    pub no_match: bool,
    /// The text a pattern captured; `None` for a static number (reference section 1.5).
    pub capture_group: Option<String>,
    /// Named captures.
    pub capture_groups: IndexMap<String, String>,
    /// `ringback.early` and `ringback.transfer` of the document.
    pub ringback: Option<String>,
    /// The document of the service number that led here; `None` for a callflow's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_number: Option<String>,
}

impl Callflow {
    /// A flow that is no document of the account: made for the moment, or fetched.
    pub fn of_flow(name: &str, flow: Arc<Flow>) -> Callflow {
        Callflow {
            id: String::new(),
            version: 0,
            name: name.to_owned(),
            flow,
            no_match: false,
            capture_group: None,
            capture_groups: IndexMap::new(),
            ringback: None,
            service_number: None,
        }
    }
}

/// How a command failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The leg is gone, or has not the state the command needs.
    LegState,
    /// Nothing with that id, number or property.
    NotFound,
    /// The room has as many as it may.
    Full,
    /// The document was changed by somebody else.
    Conflict,
    /// No phone is registered for the device.
    NotRegistered,
    /// There is no way to the target.
    NoRoute {
        /// Why.
        reason: String,
    },
    /// The media could not be had or decoded.
    Media {
        /// Why.
        reason: String,
    },
    /// No text-to-speech engine is available.
    NoSpeech {
        /// Why.
        reason: String,
    },
    /// The web server let us down.
    Web {
        /// How.
        fault: WebFault,
        /// In words.
        reason: String,
    },
    /// The driver does not know how to do this.
    Unsupported {
        /// What.
        reason: String,
    },
    /// Storage failed.
    Storage {
        /// Why.
        reason: String,
    },
}

/// How a web server let us down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebFault {
    /// Not an http(s) address, or one that cannot be parsed.
    BadAddress,
    /// An address that flows may not reach.
    Forbidden,
    /// No connection.
    Connection,
    /// Not over in time.
    Timeout,
    /// More bytes than allowed.
    TooLarge,
    /// Too many redirects, or a loop of them.
    Redirects,
    /// It spoke something that is not HTTP.
    Protocol,
}

impl WebFault {
    /// In one word, as traces and documents write it.
    pub fn name(self) -> &'static str {
        match self {
            WebFault::BadAddress => "bad address",
            WebFault::Forbidden => "forbidden address",
            WebFault::Connection => "no connection",
            WebFault::Timeout => "timeout",
            WebFault::TooLarge => "too large",
            WebFault::Redirects => "redirects",
            WebFault::Protocol => "protocol",
        }
    }
}

/// What somebody outside wants of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// End it.
    HangUp,
}
