//! One account's queues: members in line, agents' calls, and who is called for whom.
//!
//! The rule: members of all queues are served by priority, then by arrival; each takes the free agents that its queue's
//! strategy puts first. An agent is called for one member at a time, and a member that is not answered keeps its place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::agents::{self, AgentState, Presence, Seat};
use super::settings::{self, Settings, Strategy};
use super::{Around, Completion, LOOK_EVERY, QueueReply, QueueRequest, QueueStatus, REST};
use crate::ids::CommandId;
use crate::input::{Done, Failure};

/// Waits remembered of one queue, for its average.
const WAITS_MAX: usize = 1_000;

/// One account's queues. `K` names calls.
#[derive(Clone, Debug)]
pub struct Distributor<K> {
    members: BTreeMap<K, Member>,
    agents: BTreeMap<String, Agent<K>>,
    /// By queue: when somebody was answered, and how long they had waited.
    waits: BTreeMap<String, VecDeque<(Duration, Duration)>>,
    arrivals: u64,
    calls: u64,
    /// When free agents were last looked for.
    looked: Duration,
}

/// A call in a queue.
#[derive(Clone, Debug)]
struct Member {
    queue: String,
    priority: i64,
    arrival: u64,
    since: Duration,
    stage: Stage,
    /// Its command that waits for agents.
    turn: Option<CommandId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// In line.
    Standing,
    /// These agents are being called for it.
    Called(Vec<String>),
    /// It talks with this one.
    Talking(String),
}

/// What an agent has to do with queues at the moment.
#[derive(Clone, Debug)]
struct Agent<K> {
    /// The call they are called for or talk with.
    with: Option<K>,
    talks: bool,
    /// They are left alone until then.
    free_at: Duration,
    /// Because they wrap up.
    wraps_up: bool,
    /// The number of their last call among all.
    called: u64,
    idle_since: Duration,
}

impl<K> Default for Distributor<K> {
    fn default() -> Self {
        Distributor {
            members: BTreeMap::new(),
            agents: BTreeMap::new(),
            waits: BTreeMap::new(),
            arrivals: 0,
            calls: 0,
            looked: Duration::ZERO,
        }
    }
}

impl<K> Default for Agent<K> {
    fn default() -> Self {
        Agent {
            with: None,
            talks: false,
            free_at: Duration::ZERO,
            wraps_up: false,
            called: 0,
            idle_since: Duration::ZERO,
        }
    }
}

impl<K: Ord + Clone> Distributor<K> {
    /// Carries out a call's request. Gives the commands that have ended by it: this one, unless it waits, and those of
    /// other calls.
    pub fn handle(
        &mut self,
        around: &Around<'_>,
        call: &K,
        command: CommandId,
        request: &QueueRequest,
    ) -> Vec<Completion<K>> {
        let mut done = Vec::new();
        let answer = match request {
            QueueRequest::Enter { queue, priority } => {
                self.leave(around, call, &mut done);
                Some(self.enter(around, call, queue, *priority))
            }
            QueueRequest::Await => self.wait(call, command, &mut done),
            QueueRequest::Answered { agent } => Some(self.answered(around, call, agent)),
            QueueRequest::Unanswered => {
                self.unanswered(around, call);
                Some(Ok(Done::Ok))
            }
            QueueRequest::Leave => {
                self.leave(around, call, &mut done);
                Some(Ok(Done::Ok))
            }
            QueueRequest::Ready { agent } => {
                let agent = self.agents.entry(agent.clone()).or_default();
                if agent.with.is_none() {
                    agent.free_at = around.now.mono;
                    agent.wraps_up = false;
                    agent.idle_since = around.now.mono;
                }
                Some(Ok(Done::Ok))
            }
        };
        done.extend(answer.map(|answer| (call.clone(), command, answer)));
        self.look(around, &mut done);
        done
    }

    /// A call is over, whatever it had to do with queues.
    pub fn gone(&mut self, around: &Around<'_>, call: &K) -> Vec<Completion<K>> {
        let mut done = Vec::new();
        if self.members.contains_key(call) {
            self.leave(around, call, &mut done);
            // Nobody waits for the commands of a call that is over.
            done.clear();
            self.look(around, &mut done);
        }
        done
    }

    /// The time of [`Distributor::next_at`] has come.
    pub fn tick(&mut self, around: &Around<'_>) -> Vec<Completion<K>> {
        let mut done = Vec::new();
        self.look(around, &mut done);
        done
    }

    /// When free agents are to be looked for again; `None` while nobody waits for any.
    pub fn next_at(&self) -> Option<Duration> {
        self.members.values().find(|member| member.turn.is_some())?;
        let rest = self.agents.values().filter(|agent| agent.with.is_none()).map(|agent| agent.free_at);
        let next = rest.filter(|at| *at > self.looked).min();
        let look = self.looked.saturating_add(LOOK_EVERY);
        Some(next.map_or(look, |next| next.min(look)))
    }

    /// The command with which a call waits for agents.
    pub fn awaited(&self, call: &K) -> Option<CommandId> {
        self.members.get(call)?.turn
    }

    /// A queue as `call` sees it; the average is that of the last `window`, or of all waits remembered.
    pub fn status(
        &self,
        around: &Around<'_>,
        queue: &str,
        call: Option<&K>,
        window: Option<Duration>,
    ) -> QueueStatus {
        let now = around.now.mono;
        let line = self.line(queue);
        let place = call.and_then(|call| line.iter().position(|(other, _)| *other == call));
        let seats = agents::seats(around.index, around.now.civil);
        let of_queue = seats.iter().filter(|seat| seat.queues.iter().any(|id| id == queue));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        QueueStatus {
            waiting: count(line.len()),
            position: place.map(|place| count(place + 1)),
            average_wait_s: self.average(queue, &line, now, window).as_secs(),
            agents: of_queue.map(|seat| (seat.agent.clone(), self.state(seat, now))).collect(),
        }
    }

    /// Who waits in a queue, in the order they are served.
    fn line(&self, queue: &str) -> Vec<(&K, &Member)> {
        let waits = |member: &Member| member.queue == queue && !matches!(member.stage, Stage::Talking(_));
        let mut line: Vec<(&K, &Member)> = self.members.iter().filter(|(_, member)| waits(member)).collect();
        line.sort_by_key(|(_, member)| member.order());
        line
    }

    fn average(
        &self,
        queue: &str,
        line: &[(&K, &Member)],
        now: Duration,
        window: Option<Duration>,
    ) -> Duration {
        let from = window.map_or(Duration::ZERO, |window| now.saturating_sub(window));
        let remembered = self.waits.get(queue).into_iter().flatten();
        let mut waits: Vec<Duration> =
            remembered.filter(|(at, _)| *at >= from).map(|(_, waited)| *waited).collect();
        let known = mean(&waits);
        waits.extend(
            line.iter().map(|(_, member)| now.saturating_sub(member.since)).filter(|wait| *wait > known),
        );
        mean(&waits)
    }

    fn state(&self, seat: &Seat, now: Duration) -> AgentState {
        let agent = self.agents.get(&seat.agent);
        match (agent, seat.presence) {
            (Some(agent), _) if agent.with.is_some() => {
                if agent.talks {
                    AgentState::OnCall
                } else {
                    AgentState::Ringing
                }
            }
            (_, Presence::LoggedOut) => AgentState::LoggedOut,
            (_, Presence::Paused(_)) => AgentState::Paused,
            (Some(agent), Presence::Ready) if agent.wraps_up && agent.free_at > now => AgentState::WrapUp,
            (_, Presence::Ready) => AgentState::Ready,
        }
    }

    fn enter(&mut self, around: &Around<'_>, call: &K, queue: &str, priority: i64) -> Result<Done, Failure> {
        let document = around.index.document(queue).filter(|found| found.kind == settings::DOCUMENT);
        let settings = Settings::read(&document.ok_or(Failure::NotFound)?.body);
        let waiting = self.line(queue).len();
        if settings.max_queue_size.is_some_and(|most| waiting >= most as usize) {
            return Ok(Done::Queue(QueueReply::Full));
        }
        let works =
            |seat: &Seat| seat.presence == Presence::Ready && seat.queues.iter().any(|id| id == queue);
        if !settings.enter_when_empty && !agents::seats(around.index, around.now.civil).iter().any(works) {
            return Ok(Done::Queue(QueueReply::NoAgents));
        }
        self.arrivals += 1;
        let member = Member {
            queue: queue.to_owned(),
            priority: priority.clamp(0, settings.max_priority),
            arrival: self.arrivals,
            since: around.now.mono,
            stage: Stage::Standing,
            turn: None,
        };
        self.members.insert(call.clone(), member);
        Ok(Done::Queue(QueueReply::Entered))
    }

    /// The command waits, unless the call has no place in a queue.
    fn wait(
        &mut self,
        call: &K,
        command: CommandId,
        done: &mut Vec<Completion<K>>,
    ) -> Option<Result<Done, Failure>> {
        match self.members.get_mut(call) {
            Some(member) if member.stage == Stage::Standing => {
                if let Some(former) = member.turn.replace(command) {
                    done.push((call.clone(), former, Err(Failure::NotFound)));
                }
                None
            }
            _ => Some(Err(Failure::NotFound)),
        }
    }

    fn answered(&mut self, around: &Around<'_>, call: &K, agent: &str) -> Result<Done, Failure> {
        let member = self.members.get_mut(call).ok_or(Failure::NotFound)?;
        let Stage::Called(called) = &member.stage else { return Err(Failure::NotFound) };
        if !called.iter().any(|one| one == agent) {
            return Err(Failure::NotFound);
        }
        let others: Vec<String> = called.iter().filter(|one| *one != agent).cloned().collect();
        member.stage = Stage::Talking(agent.to_owned());
        let waited = around.now.mono.saturating_sub(member.since);
        let waits = self.waits.entry(member.queue.clone()).or_default();
        waits.push_back((around.now.mono, waited));
        if waits.len() > WAITS_MAX {
            waits.pop_front();
        }
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.talks = true;
        }
        self.release(&others, around.now.mono, false);
        Ok(Done::Ok)
    }

    fn unanswered(&mut self, around: &Around<'_>, call: &K) {
        let Some(member) = self.members.get_mut(call) else { return };
        let called = match std::mem::replace(&mut member.stage, Stage::Standing) {
            Stage::Standing => return,
            Stage::Called(called) => called,
            // Who answered could not be connected.
            Stage::Talking(agent) => vec![agent],
        };
        self.release(&called, around.now.mono.saturating_add(REST), false);
    }

    fn leave(&mut self, around: &Around<'_>, call: &K, done: &mut Vec<Completion<K>>) {
        let Some(member) = self.members.remove(call) else { return };
        done.extend(member.turn.map(|turn| (call.clone(), turn, Err(Failure::NotFound))));
        let now = around.now.mono;
        match member.stage {
            Stage::Standing => {}
            Stage::Called(called) => self.release(&called, now, false),
            Stage::Talking(agent) => {
                let document = around.index.document(&member.queue);
                let time =
                    document.map(|queue| Settings::read(&queue.body).agent_wrapup_time).unwrap_or_default();
                self.release(&[agent], now.saturating_add(time), true);
            }
        }
    }

    /// These agents have no call any more, and are free from then on. `talked`: they had one.
    fn release(&mut self, agents: &[String], free_at: Duration, talked: bool) {
        for id in agents {
            let Some(agent) = self.agents.get_mut(id) else { continue };
            agent.with = None;
            agent.talks = false;
            agent.free_at = free_at;
            agent.wraps_up = talked;
            if talked {
                agent.idle_since = free_at;
            }
        }
    }

    /// Calls free agents for those who wait.
    fn look(&mut self, around: &Around<'_>, done: &mut Vec<Completion<K>>) {
        let now = around.now.mono;
        self.looked = self.looked.max(now);
        let mut waiting: Vec<(Reverse<i64>, u64, K)> = self
            .members
            .iter()
            .filter(|(_, member)| member.turn.is_some())
            .map(|(call, member)| (member.order().0, member.arrival, call.clone()))
            .collect();
        if waiting.is_empty() {
            return;
        }
        waiting.sort();
        let mut free: Vec<Seat> = agents::seats(around.index, around.now.civil);
        free.retain(|seat| seat.presence == Presence::Ready && self.is_free(&seat.agent, around));
        for (_, _, call) in waiting {
            if free.is_empty() {
                return;
            }
            self.serve(around, call, &mut free, done);
        }
    }

    fn is_free(&self, agent: &str, around: &Around<'_>) -> bool {
        let known = self.agents.get(agent);
        if known.is_some_and(|agent| agent.with.is_some() || agent.free_at > around.now.mono) {
            return false;
        }
        let devices = agents::devices(around.index, agent);
        !devices.is_empty() && !(around.is_busy)(&devices)
    }

    /// Calls the agents for a member whose turn it is, as many as its queue calls at a time.
    fn serve(&mut self, around: &Around<'_>, call: K, free: &mut Vec<Seat>, done: &mut Vec<Completion<K>>) {
        let Some(member) = self.members.get_mut(&call) else { return };
        let document = around.index.document(&member.queue);
        let Some(settings) = document.map(|queue| Settings::read(&queue.body)) else { return };
        let mut chosen: Vec<(Duration, u64, String)> = free
            .iter()
            .filter(|seat| seat.queues.contains(&member.queue))
            .map(|seat| {
                let known = self.agents.get(&seat.agent);
                let idle_since = known.map_or(Duration::ZERO, |agent| agent.idle_since);
                let called = known.map_or(0, |agent| agent.called);
                match settings.strategy {
                    Strategy::MostIdle => (idle_since, called, seat.agent.clone()),
                    Strategy::RoundRobin => (Duration::ZERO, called, seat.agent.clone()),
                }
            })
            .collect();
        chosen.sort();
        chosen.truncate(settings.ring_simultaneously);
        let chosen: Vec<String> = chosen.into_iter().map(|(_, _, agent)| agent).collect();
        let Some(turn) = member.turn.take_if(|_| !chosen.is_empty()) else { return };
        member.stage = Stage::Called(chosen.clone());
        free.retain(|seat| !chosen.contains(&seat.agent));
        for id in &chosen {
            self.calls += 1;
            let agent = self.agents.entry(id.clone()).or_default();
            agent.with = Some(call.clone());
            agent.talks = false;
            agent.wraps_up = false;
            agent.called = self.calls;
        }
        done.push((call, turn, Ok(Done::Queue(QueueReply::Agents(chosen)))));
    }
}

impl Member {
    /// Higher priorities first, then who came first.
    fn order(&self) -> (Reverse<i64>, u64) {
        (Reverse(self.priority), self.arrival)
    }
}

fn mean(waits: &[Duration]) -> Duration {
    let count = u32::try_from(waits.len()).unwrap_or(u32::MAX);
    waits.iter().sum::<Duration>().checked_div(count).unwrap_or_default()
}

#[cfg(test)]
mod tests;
