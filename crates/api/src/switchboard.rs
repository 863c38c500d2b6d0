//! What the HTTP interfaces need to know about calls in progress and registered phones.
//!
//! Not here: how calls are made; the binary implements [`Switchboard`] over the telephony driver.

use engine::queue::QueueStatus;
use serde::{Deserialize, Serialize};

/// Who called whom, seen from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// A phone or trunk called us.
    #[default]
    Inbound,
    /// We called a phone or trunk.
    Outbound,
}

/// One call in progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSummary {
    /// Its id, as in `hang_up`, call records and traces.
    pub id: String,
    /// Seen from here.
    pub direction: Direction,
    /// The caller's number.
    pub from: String,
    /// The caller's name; empty when unknown.
    pub from_name: String,
    /// The dialled number.
    pub to: String,
    /// The device or trunk that authenticated the call.
    pub authorizing_id: Option<String>,
    /// The user it belongs to.
    pub owner_id: Option<String>,
    /// The callflow it runs.
    pub callflow_id: Option<String>,
    /// The version of that callflow.
    pub version: Option<u32>,
    /// The node it is in, as a JSON pointer into the callflow.
    pub node: Option<String>,
    /// The leg it is connected with.
    pub other_leg: Option<String>,
    /// When it began, Gregorian seconds.
    pub started: u64,
    /// When it was answered, Gregorian seconds.
    pub answered: Option<u64>,
}

/// One registered phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The device.
    pub device_id: String,
    /// Its SIP user name.
    pub username: String,
    /// Where it is reached, a SIP URI.
    pub contact: String,
    /// What it says it is.
    pub user_agent: String,
    /// Address and port it registered from.
    pub source: String,
    /// Seconds until the registration ends.
    pub expires_s: u64,
}

/// Calls in progress and registrations of this node. Methods must not block for long.
pub trait Switchboard: Send + Sync {
    /// The account's calls in progress, oldest first.
    fn calls(&self, account: &str) -> Vec<CallSummary>;
    /// Ends a call of the account; `false` when there is none with this id.
    fn hang_up(&self, account: &str, call_id: &str) -> bool;
    /// The account's registered phones.
    fn registrations(&self, account: &str) -> Vec<Registration>;
    /// An agent queue at this moment. Without telephony nobody waits and nobody works.
    fn queue(&self, account: &str, queue: &str) -> QueueStatus {
        let _ = (account, queue);
        QueueStatus::default()
    }
}

/// No telephony: for a server that only keeps documents, and for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSwitchboard;

impl Switchboard for NoSwitchboard {
    fn calls(&self, _account: &str) -> Vec<CallSummary> {
        Vec::new()
    }

    fn hang_up(&self, _account: &str, _call_id: &str) -> bool {
        false
    }

    fn registrations(&self, _account: &str) -> Vec<Registration> {
        Vec::new()
    }
}
