//! One call in the world: the driver of an [`engine::Call`] under virtual time.
//!
//! Not here: the world itself (`world`), the verdict over a call (`scenario::expect`).

mod carry_out;
mod legs;
mod media;
mod observed;
mod queues;
mod rooms;
mod script;

use std::collections::BTreeMap;
use std::time::Duration;

use engine::Call;
use engine::cause::Cause;
use engine::command::Command;
use engine::ids::{CommandId, LegId, RecordingId};
use engine::input::{Control, Done, Failure, Input, LegEvent};
use engine::journal::Journal;
use engine::output::{Output, Termination};
use engine::setup::CallSetup;

use crate::clock::Agenda;
use crate::trace::{Line, Tracer};
use crate::world::World;
use crate::world::party::Step;
use legs::Leg;
use media::{Playback, Taping};
pub use observed::{ExitTaken, Observed, Rung};
use script::Script;

/// Events of one [`Session::run`].
const EVENTS_MAX: usize = 1_000_000;

/// One call in progress, or over. Time passes only in [`Session::step`] and [`Session::advance_to`].
pub struct Session {
    pub(crate) world: World,
    call: Call,
    began: Duration,
    agenda: Agenda<Due>,
    deadline: Option<Duration>,
    legs: BTreeMap<LegId, Leg>,
    playbacks: BTreeMap<LegId, Playback>,
    tapings: BTreeMap<RecordingId, Taping>,
    /// Commands that listen for a fax tone.
    fax_ears: BTreeMap<LegId, CommandId>,
    /// The number of the last leg that came into a room.
    last_member: u32,
    outstanding: BTreeMap<CommandId, String>,
    tracer: Tracer,
    drained: usize,
    outputs: Vec<Vec<Output>>,
    observed: Observed,
    ended: Option<Termination>,
}

/// Something that is going to happen.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    /// A command is done.
    Completed(CommandId, Result<Done, Failure>),
    /// A called phone rings, or sends early media.
    Rings(LegId),
    /// A called phone answers.
    Answers(LegId),
    /// A called phone refuses; `status` 0 is none.
    Refuses(LegId, u16, Cause),
    /// A leg that was hung up is gone.
    Ends(LegId, LegEvent),
    /// The incoming call has been answered.
    CallerAnswered(CommandId),
    /// A party takes its next step, or goes on with the one it is at. The number tells old wake-ups from new ones.
    Script(LegId, u64),
    /// A playback comes to an item.
    Item(LegId, CommandId, usize),
    /// A playback is at its end.
    PlaybackOver(LegId, CommandId),
    /// Nobody has sent a fax tone in time.
    NoFaxTone(LegId, CommandId),
    /// Somebody came into a room or left it; it may be closed with that.
    Room(String, bool),
    /// Another call is over.
    OtherEnds(String),
    /// A recording may have reached its silence limit.
    Silence(RecordingId),
    /// A recording has reached its time limit.
    TapeFull(RecordingId),
}

impl Session {
    /// A call begins in a world: `caller` says what the caller does. The engine gets its first input at once.
    pub fn begin(world: World, setup: CallSetup, caller: Vec<Step>) -> Session {
        let began = world.clock.mono();
        let mut legs = BTreeMap::new();
        legs.insert(LegId::CALLER, Leg::caller(Script::new(caller)));
        let mut session = Session {
            world,
            call: Call::new(setup),
            began,
            agenda: Agenda::default(),
            deadline: None,
            legs,
            playbacks: BTreeMap::new(),
            tapings: BTreeMap::new(),
            fax_ears: BTreeMap::new(),
            last_member: 0,
            outstanding: BTreeMap::new(),
            tracer: Tracer::default(),
            drained: 0,
            outputs: Vec::new(),
            observed: Observed::default(),
            ended: None,
        };
        // What happened in the queues since the call before.
        session.advance_queues();
        session.expect_others();
        session.give(Input::Begin);
        session.wake(LegId::CALLER, Duration::ZERO);
        session
    }

    /// When the next thing happens, in the world's time; `None` when the call is over or waits for somebody for ever.
    pub fn next_at(&self) -> Option<Duration> {
        if self.ended.is_some() {
            return None;
        }
        [self.agenda.next_at(), self.deadline, self.queues_next_at()].into_iter().flatten().min()
    }

    /// Lets time pass until the next thing happens, and lets it happen. `false` when nothing more can happen by itself.
    pub fn step(&mut self) -> bool {
        let Some(at) = self.next_at() else { return false };
        self.world.clock.advance_to(at);
        if self.agenda.next_at().is_some_and(|due| due <= at) {
            if let Some((_, due)) = self.agenda.take_next() {
                self.happen(due);
            }
        } else if self.queues_next_at().is_some_and(|due| due <= at) {
            self.advance_queues();
        } else {
            self.deadline = None;
            self.give(Input::Deadline);
        }
        true
    }

    /// Lets everything happen that is due until then, in the world's time, and the clock stand there.
    pub fn advance_to(&mut self, mono: Duration) {
        while self.next_at().is_some_and(|at| at <= mono) {
            self.step();
        }
        self.world.clock.advance_to(mono);
    }

    /// Runs until the call is over, or nothing more happens, or until it has lasted `at_most`, or for a million events,
    /// which only a loop that takes no time has. `true` when it is over.
    pub fn run(&mut self, at_most: Duration) -> bool {
        let until = self.began.saturating_add(at_most);
        let mut left = EVENTS_MAX;
        while left > 0 && self.next_at().is_some_and(|at| at <= until) {
            self.step();
            left -= 1;
        }
        self.ended.is_some()
    }

    /// The caller presses a key now: `0-9 * # A-D`. `false` when there is no audio path yet, or the call is over.
    pub fn press(&mut self, key: char) -> bool {
        self.press_key(LegId::CALLER, key, crate::world::party::KEY_LENGTH)
    }

    /// The caller hangs up now.
    pub fn hang_up(&mut self) {
        self.party_hangs_up(LegId::CALLER);
    }

    /// Somebody outside ends the call now.
    pub fn end(&mut self) {
        self.give(Input::Control(Control::HangUp));
    }

    /// How the call ended, if it did.
    pub fn ended(&self) -> Option<&Termination> {
        self.ended.as_ref()
    }

    /// Time since the call began.
    pub fn elapsed(&self) -> Duration {
        self.world.clock.mono().saturating_sub(self.began)
    }

    /// The call's age at a time of the world.
    pub fn age_at(&self, mono: Duration) -> Duration {
        mono.saturating_sub(self.began)
    }

    /// Trace lines that were not given yet.
    pub fn drain(&mut self) -> Vec<Line> {
        let lines = self.tracer.lines().get(self.drained..).unwrap_or_default().to_vec();
        self.drained += lines.len();
        lines
    }

    /// All trace lines so far.
    pub fn lines(&self) -> &[Line] {
        self.tracer.lines()
    }

    /// What was observed from outside so far.
    pub fn observed(&self) -> &Observed {
        &self.observed
    }

    /// What decided the call so far.
    pub fn journal(&self) -> &Journal {
        self.call.journal()
    }

    /// The engine's outputs after each input, in the order of the journal.
    pub fn outputs(&self) -> &[Vec<Output>] {
        &self.outputs
    }

    /// The world as it is.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The world as the call leaves it, for the next one.
    pub fn into_world(self) -> World {
        self.world
    }

    /// Legs that nobody has ended although the call is over: a fault of the engine.
    pub fn legs_left_up(&self) -> Vec<String> {
        self.legs.values().filter(|leg| !leg.is_over() && !leg.ending).map(|leg| leg.who.clone()).collect()
    }

    /// Commands that can never complete: a fault of this simulator. Empty at any moment between steps.
    pub fn forgotten_commands(&self) -> Vec<String> {
        let due: Vec<CommandId> = self
            .agenda
            .iter()
            .filter_map(|due| match due {
                Due::Completed(id, _) | Due::CallerAnswered(id) | Due::NoFaxTone(_, id) => Some(*id),
                _ => None,
            })
            .chain(self.playbacks.values().map(|playback| playback.command))
            .chain(self.tapings.values().filter(|taping| taping.ended.is_none()).map(|taping| taping.command))
            .chain(self.awaited_turn())
            .collect();
        self.outstanding.iter().filter(|(id, _)| !due.contains(id)).map(|(_, what)| what.clone()).collect()
    }

    /// Steps that a party was still waiting in when its call ended.
    pub fn unmet_steps(&self) -> Vec<String> {
        self.legs
            .values()
            .filter_map(|leg| {
                leg.script.waited_for().map(|step| format!("{} still waited for: {step}", leg.who))
            })
            .collect()
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Completed(command, result) => self.complete(command, result),
            Due::Rings(leg) => self.phone_rings(leg),
            Due::Answers(leg) => self.phone_answers(leg),
            Due::Refuses(leg, status, cause) => self.phone_refuses(leg, status, cause),
            Due::Ends(leg, event) => self.leg_ends(leg, event),
            Due::CallerAnswered(command) => self.caller_answered(command),
            Due::Script(leg, token) => self.take_step(leg, token),
            Due::Item(leg, command, index) => self.item_begins(leg, command, index),
            Due::PlaybackOver(leg, command) => self.playback_over(leg, command),
            Due::NoFaxTone(leg, command) => self.fax_heard(leg, Some(command), false),
            Due::OtherEnds(call_id) => self.other_ends(&call_id),
            Due::Room(room, closed) => self.others_moved(&room, closed),
            Due::Silence(recording) => self.silence_check(recording),
            Due::TapeFull(recording) => self.tape_full(recording),
        }
    }

    /// One input, then all outputs.
    fn give(&mut self, input: Input) {
        if self.ended.is_some() {
            return;
        }
        self.call.input(self.world.clock.now(), input);
        let outputs: Vec<Output> = std::iter::from_fn(|| self.call.poll_output()).collect();
        self.outputs.push(outputs.clone());
        for output in outputs {
            match output {
                Output::Command(Command { id, action }) => {
                    self.outstanding.insert(id, action_name(&action));
                    self.carry_out(id, action);
                }
                Output::Trace(trace) => {
                    self.tracer.engine(&trace);
                    self.observed.note(trace);
                }
                Output::Deadline(deadline) => self.deadline = deadline,
                Output::Ended(termination) => {
                    self.say(format!("the call is over: {}", crate::trace::ending(&termination)));
                    self.observed.took = self.elapsed();
                    self.ended = Some(termination);
                    self.leave_queues();
                }
            }
        }
        self.wake_listeners();
    }

    fn complete(&mut self, command: CommandId, result: Result<Done, Failure>) {
        self.outstanding.remove(&command);
        self.give(Input::Completed { command, result });
    }

    fn in_a_while(&mut self, after: Duration, due: Due) {
        self.agenda.put(self.world.clock.mono().saturating_add(after), due);
    }

    fn complete_after(&mut self, after: Duration, command: CommandId, result: Result<Done, Failure>) {
        self.in_a_while(after, Due::Completed(command, result));
    }

    /// A trace line of the world.
    fn say(&mut self, text: impl Into<String>) {
        self.tracer.world(self.elapsed(), text.into());
    }
}

fn action_name(action: &engine::command::Action) -> String {
    let text = format!("{action:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}
