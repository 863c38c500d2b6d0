//! The rules of the distributor, one by one and over random histories.

use flow::account::{AccountIndex, Document};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::Strategy;
use serde_json::{Value, json};

use super::*;
use crate::ids::Now;

fn document(id: &str, kind: &str, body: Value) -> Document {
    Document { id: id.to_owned(), kind: kind.to_owned(), version: 1, revision: "1-0".to_owned(), body }
}

/// A queue, and agents with a telephone each who are ready.
fn account(queue: Value, agents: &[&str]) -> AccountIndex {
    let mut documents = vec![document("q", "queue", queue)];
    for agent in agents {
        documents.push(document(agent, "user", json!({"queues": ["q"]})));
        documents.push(document(&format!("{agent}-phone"), "device", json!({"owner_id": agent})));
        documents.push(document(&format!("agent-state-{agent}"), "agent_state", json!({"status": "ready"})));
    }
    AccountIndex::build(document("account", "account", json!({})), documents).0
}

struct Hall {
    queues: Distributor<u32>,
    index: AccountIndex,
    at: Duration,
    busy: Vec<String>,
    commands: u64,
}

impl Hall {
    fn new(queue: Value, agents: &[&str]) -> Hall {
        Hall {
            queues: Distributor::default(),
            index: account(queue, agents),
            at: Duration::ZERO,
            busy: Vec::new(),
            commands: 0,
        }
    }

    fn around<R>(&mut self, act: impl FnOnce(&mut Distributor<u32>, &Around<'_>) -> R) -> R {
        let busy = self.busy.clone();
        let is_busy = move |devices: &[String]| devices.iter().any(|device| busy.contains(device));
        let civil = Timestamp::UNIX_EPOCH;
        let around = Around { now: Now { mono: self.at, civil }, index: &self.index, is_busy: &is_busy };
        act(&mut self.queues, &around)
    }

    fn ask(&mut self, call: u32, request: QueueRequest) -> Vec<Completion<u32>> {
        self.commands += 1;
        let command = CommandId(self.commands);
        self.around(|queues, around| queues.handle(around, &call, command, &request))
    }

    fn enter(&mut self, call: u32, priority: i64) -> QueueReply {
        let done = self.ask(call, QueueRequest::Enter { queue: "q".to_owned(), priority });
        // Who stood in a queue already leaves it, which ends what they waited for.
        let own = done.iter().find(|(_, command, _)| *command == CommandId(self.commands));
        match own {
            Some((_, _, Ok(Done::Queue(reply)))) => reply.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Enters and waits; who is called for whom by it.
    fn join(&mut self, call: u32, priority: i64) -> Vec<(u32, Vec<String>)> {
        assert_eq!(self.enter(call, priority), QueueReply::Entered);
        called(&self.ask(call, QueueRequest::Await))
    }

    fn leave(&mut self, call: u32) -> Vec<(u32, Vec<String>)> {
        called(&self.ask(call, QueueRequest::Leave))
    }

    fn answered(&mut self, call: u32, agent: &str) {
        let done = self.ask(call, QueueRequest::Answered { agent: agent.to_owned() });
        assert_eq!(done[0].2, Ok(Done::Ok));
    }

    /// Lets time pass, with all looks on the way.
    fn pass(&mut self, seconds: u64) -> Vec<(u32, Vec<String>)> {
        let until = self.at + Duration::from_secs(seconds);
        let mut all = Vec::new();
        while let Some(next) = self.queues.next_at().filter(|next| *next <= until) {
            assert!(next > self.queues.looked, "time stands still");
            self.at = next;
            all.extend(called(&self.around(|queues, around| queues.tick(around))));
        }
        self.at = until;
        all
    }

    fn status(&mut self, call: u32) -> QueueStatus {
        self.around(|queues, around| queues.status(around, "q", Some(&call), None))
    }
}

fn called(done: &[Completion<u32>]) -> Vec<(u32, Vec<String>)> {
    let agents = |(call, _, result): &Completion<u32>| match result {
        Ok(Done::Queue(QueueReply::Agents(agents))) => Some((*call, agents.clone())),
        _ => None,
    };
    done.iter().filter_map(agents).collect()
}

fn one(call: u32, agent: &str) -> Vec<(u32, Vec<String>)> {
    vec![(call, vec![agent.to_owned()])]
}

#[test]
fn the_first_caller_gets_the_first_agent_and_the_next_waits_for_the_wrap_up() {
    let mut hall = Hall::new(json!({"agent_wrapup_time": 10}), &["ann"]);
    assert_eq!(hall.join(1, 0), one(1, "ann"));
    hall.answered(1, "ann");
    assert!(hall.join(2, 0).is_empty());
    assert_eq!(hall.status(2).position, Some(1));
    assert_eq!(hall.status(2).agents, [("ann".to_owned(), AgentState::OnCall)]);
    assert!(hall.pass(60).is_empty());
    assert!(hall.leave(1).is_empty());
    assert_eq!(hall.status(2).agents, [("ann".to_owned(), AgentState::WrapUp)]);
    assert!(hall.pass(9).is_empty());
    assert_eq!(hall.pass(1), one(2, "ann"));
}

#[test]
fn who_has_priority_goes_first_and_equals_go_by_arrival() {
    let mut hall = Hall::new(json!({"max_priority": 10}), &["ann"]);
    hall.join(1, 0);
    hall.answered(1, "ann");
    for (call, priority) in [(2, 0), (3, 200), (4, 10), (5, 0)] {
        hall.join(call, priority);
    }
    let places: Vec<Option<u32>> = [2, 3, 4, 5].map(|call| hall.status(call).position).to_vec();
    assert_eq!(places, [Some(3), Some(1), Some(2), Some(4)]);
    assert_eq!(hall.leave(1), one(3, "ann"));
}

#[test]
fn agents_take_turns_or_the_most_idle_is_called() {
    let mut hall = Hall::new(json!({}), &["ann", "bob"]);
    let turns: Vec<_> = (1..=3)
        .map(|call| {
            let called = hall.join(call, 0).remove(0).1.remove(0);
            hall.answered(call, &called);
            hall.pass(5);
            hall.leave(call);
            called
        })
        .collect();
    assert_eq!(turns, ["ann", "bob", "ann"]);
    let mut hall = Hall::new(json!({"strategy": "most_idle"}), &["ann", "bob"]);
    assert_eq!(hall.join(1, 0), one(1, "ann"));
    hall.answered(1, "ann");
    assert_eq!(hall.join(2, 0), one(2, "bob"));
    hall.answered(2, "bob");
    hall.pass(10);
    hall.leave(2);
    hall.pass(10);
    hall.leave(1);
    hall.pass(1);
    assert_eq!(hall.join(3, 0), one(3, "bob"), "bob has been idle for longer, though ann was called first");
}

#[test]
fn who_does_not_answer_rests_and_the_caller_keeps_the_place() {
    let mut hall = Hall::new(json!({}), &["ann", "bob"]);
    assert_eq!(hall.join(1, 0), one(1, "ann"));
    assert_eq!(hall.join(2, 0), one(2, "bob"));
    hall.ask(1, QueueRequest::Unanswered);
    assert!(called(&hall.ask(1, QueueRequest::Await)).is_empty());
    assert_eq!(hall.status(1).position, Some(1));
    assert!(hall.pass(4).is_empty());
    assert_eq!(hall.pass(1), one(1, "ann"));
}

#[test]
fn several_ring_at_once_and_those_who_lose_are_free_again() {
    let mut hall = Hall::new(json!({"ring_simultaneously": 5}), &["ann", "bob", "cid"]);
    assert_eq!(hall.join(1, 0)[0].1, ["ann", "bob", "cid"]);
    assert!(hall.join(2, 0).is_empty());
    let done = hall.ask(1, QueueRequest::Answered { agent: "bob".to_owned() });
    assert_eq!(called(&done), [(2, vec!["ann".to_owned(), "cid".to_owned()])]);
}

#[test]
fn a_full_queue_and_one_without_agents_take_nobody() {
    let mut hall = Hall::new(json!({"max_queue_size": 1, "enter_when_empty": false}), &["ann"]);
    hall.busy.push("ann-phone".to_owned());
    assert!(hall.join(1, 0).is_empty(), "ann is in another call");
    assert_eq!(hall.enter(2, 0), QueueReply::Full);
    hall.busy.clear();
    assert_eq!(hall.pass(1), one(1, "ann"), "her other call is over");
    let mut hall = Hall::new(json!({"enter_when_empty": false}), &[]);
    assert_eq!(hall.enter(1, 0), QueueReply::NoAgents);
    let nowhere = hall.ask(1, QueueRequest::Enter { queue: "none".to_owned(), priority: 0 });
    assert_eq!(nowhere[0].2, Err(Failure::NotFound));
}

#[test]
fn who_is_logged_out_or_on_a_break_is_not_called() {
    let mut hall = Hall::new(json!({}), &["ann", "bob"]);
    let state = |body| document("agent-state-ann", "agent_state", body);
    hall.index = hall.index.with(state(json!({"status": "paused"})));
    assert_eq!(hall.join(1, 0), one(1, "bob"));
    hall.index = hall.index.with(state(json!({"status": "logged_out"})));
    assert!(hall.join(2, 0).is_empty());
    hall.index = hall.index.with(state(json!({"status": "ready"})));
    let done = hall.ask(9, QueueRequest::Ready { agent: "ann".to_owned() });
    assert_eq!(called(&done), one(2, "ann"));
}

#[test]
fn the_average_wait_counts_those_who_wait_longer() {
    let mut hall = Hall::new(json!({}), &["ann"]);
    hall.busy.push("ann-phone".to_owned());
    hall.join(1, 0);
    hall.pass(30);
    hall.busy.clear();
    assert_eq!(hall.pass(1), one(1, "ann"));
    hall.answered(1, "ann");
    assert_eq!(hall.status(1).average_wait_s, 31);
    hall.join(2, 0);
    hall.pass(10);
    assert_eq!(hall.status(2).average_wait_s, 31);
    hall.pass(81);
    assert_eq!(hall.status(2).average_wait_s, (31 + 91) / 2);
    let window = Some(Duration::from_secs(1));
    let recent = hall.around(|queues, around| queues.status(around, "q", None, window));
    assert_eq!(recent.average_wait_s, 91);
}

#[test]
fn a_call_that_ends_leaves_no_trace() {
    let mut hall = Hall::new(json!({}), &["ann"]);
    hall.join(1, 0);
    assert!(hall.join(2, 0).is_empty());
    let done = hall.around(|queues, around| queues.gone(around, &1));
    assert_eq!(called(&done), one(2, "ann"));
    hall.around(|queues, around| queues.gone(around, &2));
    assert_eq!(hall.status(1).waiting, 0);
    assert_eq!(hall.queues.next_at(), None);
}

/// Something that happens to a hall of calls 0 to 5.
#[derive(Clone, Debug)]
enum Step {
    Join(u32, i64),
    Await(u32),
    Answer(u32, usize),
    Miss(u32),
    Leave(u32),
    Gone(u32),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let call = 0_u32..6;
    let step = prop_oneof![
        3 => (call.clone(), 0_i64..3).prop_map(|(call, priority)| Step::Join(call, priority)),
        2 => call.clone().prop_map(Step::Await),
        3 => (call.clone(), 0_usize..3).prop_map(|(call, nth)| Step::Answer(call, nth)),
        2 => call.clone().prop_map(Step::Miss),
        2 => call.clone().prop_map(Step::Leave),
        1 => call.prop_map(Step::Gone),
        3 => (1_u64..20).prop_map(Step::Pass),
    ];
    proptest::collection::vec(step, 1..80)
}

/// What must hold at any moment.
fn hold(hall: &Hall) {
    let mut taken: Vec<(&String, u32)> = Vec::new();
    for (call, member) in &hall.queues.members {
        match &member.stage {
            Stage::Standing => {}
            Stage::Called(agents) => taken.extend(agents.iter().map(|agent| (agent, *call))),
            Stage::Talking(agent) => taken.push((agent, *call)),
        }
        assert!(
            member.turn.is_none() || member.stage == Stage::Standing,
            "a turn is waited for in line only"
        );
    }
    let held = taken.len();
    taken.sort();
    taken.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(taken.len(), held, "an agent is called for one caller at a time");
    for (agent, state) in &hall.queues.agents {
        let with = taken.iter().find(|(taken, _)| *taken == agent).map(|(_, call)| *call);
        assert_eq!(state.with, with, "agents and callers agree about {agent}");
    }
}

proptest! {
    #[test]
    fn nobody_is_lost_rung_twice_or_overtaken(steps in steps(), simultaneously in 1_i64..4) {
        let mut hall = Hall::new(
            json!({"ring_simultaneously": simultaneously, "agent_wrapup_time": 3}),
            &["ann", "bob", "cid"],
        );
        for step in steps {
            match step {
                Step::Join(call, priority) => {
                    hall.join(call, priority);
                }
                Step::Await(call) => {
                    hall.ask(call, QueueRequest::Await);
                }
                Step::Answer(call, nth) => {
                    let stage = hall.queues.members.get(&call).map(|member| member.stage.clone());
                    if let Some(Stage::Called(agents)) = stage {
                        let agent = agents[nth % agents.len()].clone();
                        hall.answered(call, &agent);
                    }
                }
                Step::Miss(call) => {
                    hall.ask(call, QueueRequest::Unanswered);
                }
                Step::Leave(call) => {
                    hall.leave(call);
                }
                Step::Gone(call) => {
                    hall.around(|queues, around| queues.gone(around, &call));
                }
                Step::Pass(seconds) => {
                    hall.pass(seconds);
                }
            }
            hold(&hall);
            // Who waits for a turn and is next in line has got every agent who is free.
            let free = hall.around(|queues, around| queues.is_free("ann", around) || queues.is_free("bob", around));
            let waits = hall.queues.members.values().any(|member| member.turn.is_some());
            let looked = hall.queues.looked == hall.at;
            prop_assert!(!(free && waits && looked), "an agent is free and somebody waits");
            let line: Vec<u32> = hall.queues.line("q").iter().map(|(call, _)| **call).collect();
            for pair in line.windows(2) {
                let (first, second) = (&hall.queues.members[&pair[0]], &hall.queues.members[&pair[1]]);
                prop_assert!(first.priority > second.priority
                    || first.priority == second.priority && first.arrival < second.arrival);
            }
        }
        // Everybody who stays in line is served, one after the other, and everybody can leave.
        for call in 0..6 {
            hall.leave(call);
        }
        hall.pass(60);
        for call in 0..6 {
            hall.join(call, 0);
        }
        for _ in 0..6 {
            let next = hall.queues.members.iter().find_map(|(call, member)| match &member.stage {
                Stage::Called(agents) => Some((*call, agents[0].clone())),
                _ => None,
            });
            let (call, agent) = next.expect("somebody is called");
            hall.answered(call, &agent);
            hall.leave(call);
            hall.pass(4);
            hold(&hall);
        }
        prop_assert!(hall.queues.members.is_empty());
        prop_assert_eq!(hall.queues.next_at(), None);
    }
}
