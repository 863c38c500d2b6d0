//! What the HTTP interface sees of telephony.

use api::{CallSummary, Direction, Registration, Switchboard};
use engine::queue::QueueStatus;
use jiff::Timestamp;
use store::Store;
use telephony::driver::SwitchHandle;

use super::records::gregorian;

/// The running switch as the HTTP interface knows it.
pub(crate) struct LiveSwitchboard {
    switch: SwitchHandle,
    store: Store,
}

impl LiveSwitchboard {
    pub(crate) fn new(switch: SwitchHandle, store: Store) -> LiveSwitchboard {
        LiveSwitchboard { switch, store }
    }
}

impl Switchboard for LiveSwitchboard {
    fn calls(&self, account: &str) -> Vec<CallSummary> {
        let calls = self.switch.calls(Some(account)).into_iter().map(|call| CallSummary {
            id: call.call_id,
            direction: Direction::Inbound,
            from: call.from,
            from_name: call.from_name,
            to: call.to,
            authorizing_id: call.authorizing_id,
            owner_id: None,
            callflow_id: Some(call.callflow_id),
            version: Some(call.callflow_version),
            node: call.node.map(|(pointer, _)| pointer),
            other_leg: None,
            started: gregorian(call.started),
            answered: call.answered.map(gregorian),
        });
        calls.collect()
    }

    fn queue(&self, account: &str, queue: &str) -> QueueStatus {
        let index = self.store.index(account);
        index.map(|index| self.switch.queue(account, &index, queue)).unwrap_or_default()
    }

    fn hang_up(&self, account: &str, call_id: &str) -> bool {
        self.switch.hang_up(account, call_id)
    }

    fn registrations(&self, account: &str) -> Vec<Registration> {
        let now = Timestamp::now();
        let entries = self.switch.registrations(Some(account)).into_iter().map(|entry| Registration {
            device_id: entry.device_id,
            username: entry.aor.split('@').next().unwrap_or_default().to_owned(),
            contact: entry.contact,
            user_agent: entry.user_agent,
            source: entry.source,
            expires_s: u64::try_from(entry.expires.as_second() - now.as_second()).unwrap_or(0),
        });
        entries.collect()
    }
}
