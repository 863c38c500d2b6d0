//! The account's agent queues, and other people who wait in them.
//!
//! Not here: how queues work (`engine::queue`), what the call does in one.

use std::time::Duration;

use engine::ids::{CommandId, Now};
use engine::input::Done;
use engine::queue::{Around, Completion, Distributor, QueueReply, QueueRequest};
use flow::account::AccountIndex;

/// The queues of a world. Calls are named by their call ids.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    pub(crate) distributor: Distributor<String>,
    others: Vec<Other>,
}

/// Somebody else who waits in a queue from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherMember {
    /// The queue.
    pub queue: String,
    /// Higher goes first.
    pub priority: i64,
    /// They give up after this long.
    pub leaves_after: Option<Duration>,
    /// How long they talk with an agent.
    pub talks: Duration,
}

#[derive(Clone, Debug)]
struct Other {
    id: String,
    member: OtherMember,
    /// When they go.
    goes_at: Option<Duration>,
}

/// Commands of others are not numbered.
const NO_COMMAND: CommandId = CommandId(0);

impl Queues {
    /// Others begin to wait.
    pub(crate) fn put(&mut self, members: &[OtherMember], now: Now, index: &AccountIndex) {
        let around = Around { now, index, is_busy: &|_| false };
        for member in members {
            let id = format!("other-{}", self.others.len() + 1);
            let enter = QueueRequest::Enter { queue: member.queue.clone(), priority: member.priority };
            let goes_at = member.leaves_after.map(|after| now.mono.saturating_add(after));
            self.others.push(Other { id: id.clone(), member: member.clone(), goes_at });
            self.distributor.handle(&around, &id, NO_COMMAND, &enter);
        }
        for other in self.others.clone() {
            let done = self.distributor.handle(&around, &other.id, NO_COMMAND, &QueueRequest::Await);
            self.answer_others(done, &around);
        }
    }

    /// When the next thing happens in them.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        let goes = self.others.iter().filter_map(|other| other.goes_at).min();
        [goes, self.distributor.next_at()].into_iter().flatten().min()
    }

    /// Lets happen what is due. Gives the completions of calls that are none of the others'.
    pub(crate) fn advance(&mut self, around: &Around<'_>) -> Vec<Completion<String>> {
        let now = around.now.mono;
        let mut done = Vec::new();
        for place in 0..self.others.len() {
            let Some(other) = self.others.get_mut(place) else { break };
            if other.goes_at.is_some_and(|at| at <= now) {
                other.goes_at = None;
                let id = other.id.clone();
                done.extend(self.distributor.handle(around, &id, NO_COMMAND, &QueueRequest::Leave));
            }
        }
        done.extend(self.distributor.tick(around));
        self.answer_others(done, around)
    }

    /// What the others do when they are answered; the completions of all who are none of them come back.
    pub(crate) fn answer_others(
        &mut self,
        done: Vec<Completion<String>>,
        around: &Around<'_>,
    ) -> Vec<Completion<String>> {
        let mut rest = Vec::new();
        for (call, command, result) in done {
            let Some(other) = self.others.iter_mut().find(|other| other.id == call) else {
                rest.push((call, command, result));
                continue;
            };
            if let Ok(Done::Queue(QueueReply::Agents(agents))) = result
                && let Some(agent) = agents.first()
            {
                other.goes_at = Some(around.now.mono.saturating_add(other.member.talks));
                let answered = QueueRequest::Answered { agent: agent.clone() };
                rest.extend(self.distributor.handle(around, &call, NO_COMMAND, &answered));
                rest.retain(|(call, ..)| !self.others.iter().any(|other| other.id == *call));
            }
        }
        rest
    }
}
