//! What a call is made from: the flow, the call's facts, a seed, limits and behaviour flags.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::input::Callflow;
use crate::limits::Limits;

/// Everything a `Call` is made from. Recorded as the first entry of its journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallSetup {
    /// Unique: the SIP `Call-ID`, or a name a test gives.
    pub call_id: String,
    /// The account.
    pub account_id: String,
    /// The flow to run and how the dialled number led to it.
    pub callflow: Callflow,
    /// Who calls whom.
    pub facts: CallFacts,
    /// Seeds everything random in the call: new document ids, weighted choices.
    pub seed: u64,
    /// Bounds.
    pub limits: Limits,
    /// Numbered changes of behaviour that were in force when the call began (none yet).
    #[serde(default)]
    pub behaviour: Vec<u32>,
}

/// Who calls whom, as the driver knows it (reference section 1.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallFacts {
    /// User part of the request URI, as it came.
    pub request: String,
    /// Host part of the request URI: the realm.
    pub request_realm: String,
    /// The dialled number after dial plan and E.164 normalisation; what was looked up.
    pub number: String,
    /// User part of `From`.
    pub from: String,
    /// Host part of `From`.
    pub from_realm: String,
    /// User part of `To`.
    pub to: String,
    /// Host part of `To`.
    pub to_realm: String,
    /// Caller's display name.
    pub caller_id_name: String,
    /// Caller's number.
    pub caller_id_number: String,
    /// The caller asked for privacy of name or number.
    pub privacy: bool,
    /// Came from a carrier or another account (offnet); holds the request URI.
    pub inception: Option<String>,
    /// `device`, `user`, `resource`, `account` ...: what authenticated the call.
    pub authorizing_type: Option<String>,
    /// Document id of what authenticated the call.
    pub authorizing_id: Option<String>,
    /// User part of `Referred-By`, if the call results from a transfer.
    pub referred_by: Option<String>,
    /// User part of `Diversion`/`Redirected-By`.
    pub redirected_by: Option<String>,
    /// `X-` headers of the INVITE.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub custom_sip_headers: IndexMap<String, String>,
    /// Custom channel variables known at the start.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub channel_variables: IndexMap<String, Value>,
}

impl CallFacts {
    /// Came from a carrier or another account.
    pub fn is_offnet(&self) -> bool {
        self.inception.is_some()
    }
}
