//! The call's place in the account's agent queues.
//!
//! Not here: the others who wait there (`world::queues`).

use std::time::Duration;

use engine::ids::CommandId;
use engine::input::{Done, Loaded};
use engine::queue::{Around, Completion, QueueRequest};

use super::Session;
use super::legs::AT_ONCE;
use crate::world::queues::Queues;

impl Session {
    pub(super) fn queue(&mut self, request: &QueueRequest, command: CommandId) {
        let call = self.call_id();
        self.with_queues(|queues, around| {
            let done = queues.distributor.handle(around, &call, command, request);
            queues.answer_others(done, around)
        });
    }

    pub(super) fn queue_status(&mut self, queue: &str, window_s: Option<u64>) -> Done {
        let call = self.call_id();
        let mut status = engine::queue::QueueStatus::default();
        self.with_queues(|queues, around| {
            let window = window_s.map(Duration::from_secs);
            status = queues.distributor.status(around, queue, Some(&call), window);
            Vec::new()
        });
        Done::Loaded(Loaded::Queue(status))
    }

    /// When something happens in the queues; no sooner than now.
    pub(super) fn queues_next_at(&self) -> Option<Duration> {
        self.world.queues.next_at().map(|at| at.max(self.world.clock.mono()))
    }

    /// Lets happen in the queues what is due.
    pub(super) fn advance_queues(&mut self) {
        self.with_queues(|queues, around| queues.advance(around));
    }

    /// The call is over.
    pub(super) fn leave_queues(&mut self) {
        let call = self.call_id();
        self.with_queues(|queues, around| {
            let done = queues.distributor.gone(around, &call);
            queues.answer_others(done, around)
        });
    }

    /// The command with which the call waits for agents.
    pub(super) fn awaited_turn(&self) -> Option<CommandId> {
        self.world.queues.distributor.awaited(&self.call_id())
    }

    fn call_id(&self) -> String {
        self.call.journal().setup.call_id.clone()
    }

    fn with_queues(&mut self, act: impl FnOnce(&mut Queues, &Around<'_>) -> Vec<Completion<String>>) {
        let mut queues = std::mem::take(&mut self.world.queues);
        let is_busy = |devices: &[String]| self.calls_of(devices) > 0;
        let around =
            Around { now: self.world.clock.now(), index: self.world.account.index(), is_busy: &is_busy };
        let done = act(&mut queues, &around);
        self.world.queues = queues;
        let own = self.call_id();
        for (call, command, result) in done {
            if call == own {
                self.complete_after(AT_ONCE, command, result);
            }
        }
    }
}
