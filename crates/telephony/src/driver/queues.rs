//! The accounts' agent queues: one distributor each, which calls ask through their commands.
//!
//! Not here: whose turn it is (`engine::queue`). Queues are kept in memory: they are made of calls, which a restart ends.

use std::collections::HashMap;
use std::time::Duration;

use engine::ids::CommandId;
use engine::input::{Done, Failure, Loaded};
use engine::queue::{Around, Completion, Distributor, QueueRequest};

use super::call::CallKey;
use super::switch::Switch;

/// The queues of accounts that have had any, by account id.
pub(super) type Queues = HashMap<String, Distributor<CallKey>>;

impl Switch {
    /// Carries out a call's request to the queues of its account.
    pub(super) fn queue(&mut self, key: CallKey, command: CommandId, request: &QueueRequest) {
        let Some(account) = self.calls.get(&key).map(|call| call.account_id.clone()) else { return };
        let known =
            self.with_queues(&account, |queues, around| queues.handle(around, &key, command, request));
        if !known {
            self.complete(key, command, Err(Failure::NotFound));
        }
    }

    /// A queue as a call sees it.
    pub(super) fn queue_status(
        &mut self,
        key: CallKey,
        queue: &str,
        window_s: Option<u64>,
    ) -> Result<Done, Failure> {
        let account = self.calls.get(&key).map(|call| call.account_id.clone()).ok_or(Failure::NotFound)?;
        let mut status = None;
        self.with_queues(&account, |queues, around| {
            status = Some(queues.status(around, queue, Some(&key), window_s.map(Duration::from_secs)));
            Vec::new()
        });
        status.map(|status| Done::Loaded(Loaded::Queue(status))).ok_or(Failure::NotFound)
    }

    /// A call is over, whatever it had to do with queues.
    pub(super) fn leave_queues(&mut self, key: CallKey, account: &str) {
        let known = self.queues.lock().contains_key(account);
        if known {
            self.with_queues(account, |queues, around| queues.gone(around, &key));
        }
    }

    /// When free agents are to be looked for.
    pub(super) fn queues_next_at(&self) -> Option<Duration> {
        self.queues.lock().values().filter_map(Distributor::next_at).min()
    }

    /// Looks for free agents in all accounts where that is due.
    pub(super) fn advance_queues(&mut self) {
        let now = self.now();
        let due = |queues: &Distributor<CallKey>| queues.next_at().is_some_and(|at| at <= now);
        let accounts: Vec<String> = {
            let queues = self.queues.lock();
            queues.iter().filter(|(_, queues)| due(queues)).map(|(account, _)| account.clone()).collect()
        };
        for account in accounts {
            self.with_queues(&account, |queues, around| queues.tick(around));
        }
    }

    /// Lets an account's queues act, and completes the commands that end by it; false when the account is gone.
    fn with_queues(
        &mut self,
        account: &str,
        act: impl FnOnce(&mut Distributor<CallKey>, &Around<'_>) -> Vec<Completion<CallKey>>,
    ) -> bool {
        let Some(index) = self.host.index(account) else {
            self.queues.lock().remove(account);
            return false;
        };
        let is_busy = |devices: &[String]| self.calls_in(account, devices) > 0;
        let around = Around { now: self.engine_now(), index: &index, is_busy: &is_busy };
        let done = act(self.queues.lock().entry(account.to_owned()).or_default(), &around);
        for (key, command, result) in done {
            self.complete(key, command, result);
        }
        true
    }
}
