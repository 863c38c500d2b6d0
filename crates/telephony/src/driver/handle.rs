//! A running switch, seen from outside: calls in progress, registrations, and what can be asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use engine::ids::Now;
use engine::queue::{Around, Distributor, QueueStatus};
use flow::account::AccountIndex;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;

use super::call::CallKey;
use super::mailbox::{Event, Mailbox};
use super::queues::Queues;

/// One call in progress.
#[derive(Clone, Debug, Serialize)]
pub struct CallSummary {
    /// The account.
    pub account_id: String,
    /// SIP `Call-ID`.
    pub call_id: String,
    /// The caller's number.
    pub from: String,
    /// The caller's name.
    pub from_name: String,
    /// The number dialled.
    pub to: String,
    /// The callflow it runs.
    pub callflow_id: String,
    /// That callflow's name.
    pub callflow_name: String,
    /// Its version.
    pub callflow_version: u32,
    /// When it came.
    pub started: Timestamp,
    /// When it was answered, if it has been.
    pub answered: Option<Timestamp>,
    /// The device or trunk that authenticated it.
    pub authorizing_id: Option<String>,
    /// The node it is at: JSON pointer and module.
    pub node: Option<(String, String)>,
}

/// One registered telephone.
#[derive(Clone, Debug, Serialize)]
pub struct RegistrationSummary {
    /// The account.
    pub account_id: String,
    /// The device.
    pub device_id: String,
    /// Address of record.
    pub aor: String,
    /// Contact URI.
    pub contact: String,
    /// Where it registers from.
    pub source: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// When it ends unless it is renewed.
    pub expires: Timestamp,
}

/// What the signalling thread shows of itself.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) calls: BTreeMap<CallKey, CallSummary>,
    pub(super) registrations: BTreeMap<(String, String), RegistrationSummary>,
}

/// A running switch; cheap to clone.
#[derive(Clone, Debug)]
pub struct SwitchHandle {
    pub(super) shown: Arc<Mutex<Shown>>,
    pub(super) queues: Arc<Mutex<Queues>>,
    /// The beginning of the switch's monotonic time.
    pub(super) origin: Instant,
    pub(super) mailbox: Mailbox,
}

impl SwitchHandle {
    /// Calls in progress, oldest first; of one account, or all.
    pub fn calls(&self, account_id: Option<&str>) -> Vec<CallSummary> {
        let shown = self.shown.lock();
        let of_account = |call: &&CallSummary| account_id.is_none_or(|account| call.account_id == account);
        shown.calls.values().filter(of_account).cloned().collect()
    }

    /// Registered telephones; of one account, or all.
    pub fn registrations(&self, account_id: Option<&str>) -> Vec<RegistrationSummary> {
        let shown = self.shown.lock();
        let of_account =
            |entry: &&RegistrationSummary| account_id.is_none_or(|account| entry.account_id == account);
        shown.registrations.values().filter(of_account).cloned().collect()
    }

    /// An agent queue at this moment; `index` is the account's.
    pub fn queue(&self, account_id: &str, index: &AccountIndex, queue: &str) -> QueueStatus {
        let now = Now { mono: self.origin.elapsed(), civil: Timestamp::now() };
        let around = Around { now, index, is_busy: &|_| false };
        let queues = self.queues.lock();
        match queues.get(account_id) {
            Some(queues) => queues.status(&around, queue, None, None),
            None => Distributor::<CallKey>::default().status(&around, queue, None, None),
        }
    }

    /// Ends a call of an account. True when there is such a call.
    pub fn hang_up(&self, account_id: &str, call_id: &str) -> bool {
        let there = self
            .shown
            .lock()
            .calls
            .values()
            .any(|call| call.call_id == call_id && call.account_id == account_id);
        if there {
            let (account_id, call_id) = (account_id.to_owned(), call_id.to_owned());
            self.mailbox.post(Event::HangUp { account_id, call_id });
        }
        there
    }

    /// Messages of a voicemail box came, were heard or went: lamps are told.
    pub fn box_changed(&self, account_id: &str, box_id: &str) {
        let (account_id, box_id) = (account_id.to_owned(), box_id.to_owned());
        self.mailbox.post(Event::BoxChanged { account_id, box_id });
    }

    /// Refuses new calls; the switch ends with its last call.
    pub fn drain(&self) {
        self.mailbox.post(Event::Drain);
    }

    /// Ends all calls and the switch.
    pub fn stop(&self) {
        self.mailbox.post(Event::Stop);
    }
}
