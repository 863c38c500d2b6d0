//! What a call knows about itself while it runs: channel and application variables, digits collected, caller id in
//! the making, language. Kazoo's call object and its per-call key/value store (reference sections 0 and 2.10).

use indexmap::IndexMap;
use serde_json::Value;

use crate::ids::RecordingId;
use crate::setup::CallSetup;

/// The variables of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vars {
    /// The dialled number as modules see it; changed by modules that re-route (`privacy`, `disa`).
    pub(crate) number: String,
    /// The caller's number as it stands now.
    pub(crate) caller_number: String,
    /// The caller's name as it stands now.
    pub(crate) caller_name: String,
    /// What the pattern captured; `None` for a static number.
    pub(crate) capture_group: Option<String>,
    /// Named captures.
    pub(crate) capture_groups: IndexMap<String, String>,
    /// Prompt language, lower case.
    pub(crate) language: String,
    /// Document id of the user the caller belongs to.
    pub(crate) owner_id: Option<String>,
    /// Custom channel variables (CCV), `Call-Priority` style names.
    pub(crate) channel: IndexMap<String, Value>,
    /// Custom application variables (CAV).
    pub(crate) application: IndexMap<String, Value>,
    /// Application variables to be put on dialled legs too.
    pub(crate) exported: Vec<String>,
    /// Named DTMF collections.
    pub(crate) collections: IndexMap<String, String>,
    /// Caller-id prefixes and rewrites in force (section 7.2).
    pub(crate) caller_id: CallerIdRules,
    /// The module that ran before the present one.
    pub(crate) last_action: String,
    /// The call has been connected to somebody.
    pub(crate) bridged: bool,
    /// The conversation of the caller that began last.
    pub(crate) connected: Option<Connected>,
    /// What ends conversations from now on, beside the parties.
    pub(crate) talk_bounds: TalkBounds,
    /// A voicemail message was left.
    pub(crate) message_left: bool,
    /// The recording that `record_call` has going.
    pub(crate) recording: Option<CallRecording>,
    /// A recording to begin at the answer or the connection.
    pub(crate) recording_armed: Option<crate::modules::record_call::Wanted>,
    /// What happens to the caller when the next conversation is over.
    pub(crate) after_bridge: Option<AfterBridge>,
    /// People to be told when the call has ended.
    pub(crate) alerts: Vec<crate::alert::Alert>,
    /// Told about the call when it has ended (pivot's `cdr_url`).
    pub(crate) cdr_url: Option<String>,
    /// What a web server answered to a feature key, for the node that the caller leaves the conversation for.
    pub(crate) pivot_answer: Option<Box<(crate::pivot::Session, flow::twiml::Response)>>,
    /// Web-driven flows fetched so far.
    pub(crate) fetches: u32,
    /// Scripts run so far.
    pub(crate) scripts: u32,
    /// The callflow the caller leaves for, whatever the present module and the flows around it would do.
    pub(crate) goes_to: Option<Box<crate::input::Callflow>>,
    /// What the operations of a control plan remember.
    pub(crate) plan: crate::operations::Memory,
}

/// Changes to the caller id that a flow asked for (reference section 7.2 steps 2, 5 and 6).
#[derive(Clone, Debug, Default)]
pub(crate) struct CallerIdRules {
    /// Replaces the number that endpoint rules would give (`dynamic_cid`).
    pub(crate) dynamic_number: Option<String>,
    /// Replaces the name along with it.
    pub(crate) dynamic_name: Option<String>,
    /// Put before the name.
    pub(crate) prefix_name: String,
    /// Put before the number.
    pub(crate) prefix_number: String,
    /// Replaces the name completely.
    pub(crate) rewrite_name: String,
    /// Replaces the number completely.
    pub(crate) rewrite_number: String,
    /// The calling endpoint's own privacy does not count (`privacy` with `overwrite`).
    pub(crate) ignore_endpoint_privacy: bool,
    /// Keep the caller's id as it came (`Retain-CID`).
    pub(crate) retain: bool,
}

/// What happens to the caller when a conversation is over (`after_bridge`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AfterBridge {
    /// They are parked.
    Park,
    /// Their call ends, whatever flows are waiting.
    HangUp,
    /// They go on at this extension.
    Transfer(String),
}

/// A conversation that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connected {
    /// With whom.
    pub(crate) leg: crate::ids::LegId,
    /// Their name in the trace.
    pub(crate) label: String,
    /// When.
    pub(crate) since: std::time::Duration,
}

/// What a conversation is bound by beside the parties themselves, and who is told of it (`Dial` of TwiML).
#[derive(Clone, Debug, Default)]
pub(crate) struct TalkBounds {
    /// It lasts no longer.
    pub(crate) longest: Option<std::time::Duration>,
    /// Keys of the caller that end it.
    pub(crate) end_keys: String,
    /// Sent when it begins with one of these parties, named as in the trace.
    pub(crate) told: Vec<(Vec<String>, crate::command::Request)>,
}

/// A recording of the call under way.
#[derive(Clone, Debug)]
pub(crate) struct CallRecording {
    /// Which.
    pub(crate) id: RecordingId,
    /// Its command, whose completion tells the length.
    pub(crate) command: crate::ids::CommandId,
    /// File name with ending.
    pub(crate) name: String,
    /// Where to send it; `None` keeps it with the account.
    pub(crate) upload: Option<Upload>,
    /// Shorter ones are dropped.
    pub(crate) min_seconds: u64,
}

/// Where a recording goes.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Full address.
    pub(crate) url: String,
    /// `PUT` or `POST`.
    pub(crate) method: String,
    /// `wav` or `mp3`.
    pub(crate) format: String,
}

impl Vars {
    /// The variables a call starts with.
    pub(crate) fn new(setup: &CallSetup) -> Vars {
        let facts = &setup.facts;
        Vars {
            number: facts.number.clone(),
            caller_number: facts.caller_id_number.clone(),
            caller_name: facts.caller_id_name.clone(),
            capture_group: setup.callflow.capture_group.clone(),
            capture_groups: setup.callflow.capture_groups.clone(),
            language: "en-us".to_owned(),
            channel: facts.channel_variables.clone(),
            ..Vars::default()
        }
    }
}
