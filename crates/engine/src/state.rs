//! What a [`Call`](crate::Call) and the module running in it share: legs, commands, digits, outputs, time.
//!
//! Not here: waiting (`cx`), the order of nodes (`executor`).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::cause::Cause;
use crate::command::{Action, Command};
use crate::hooks::Hook;
use crate::ids::{CommandId, LegId, Now, RecordingId};
use crate::input::{Done, Failure, LegEvent};
use crate::limits::Limits;
use crate::output::{Output, Trace, TraceEvent};
use crate::setup::CallSetup;
use crate::vars::Vars;

/// How far a leg has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegPhase {
    /// Being called, or calling us; no audio yet.
    Trying,
    /// Audio flows before the answer.
    Early,
    /// Answered.
    Up,
    /// Over.
    Over(Cause),
}

/// One leg as the engine sees it.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) phase: LegPhase,
    /// Digits pressed and not yet taken by anybody.
    pub(crate) digits: VecDeque<char>,
    /// Events not yet taken by anybody, digits excepted.
    pub(crate) events: VecDeque<LegEvent>,
    /// The playback going on, if any.
    pub(crate) playback: Option<CommandId>,
}

impl Leg {
    fn new() -> Leg {
        Leg { phase: LegPhase::Trying, digits: VecDeque::new(), events: VecDeque::new(), playback: None }
    }
}

/// Events one leg may have waiting; a driver that floods loses the oldest.
const LEG_EVENTS_MAX: usize = 64;

/// The state of a call.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) setup: CallSetup,
    pub(crate) vars: Vars,
    pub(crate) now: Option<Now>,
    pub(crate) origin: Duration,
    pub(crate) legs: BTreeMap<LegId, Leg>,
    pub(crate) outputs: VecDeque<Output>,
    /// Commands without a completion; the flag says whether somebody waits for it.
    pub(crate) outstanding: BTreeMap<CommandId, bool>,
    pub(crate) completions: BTreeMap<CommandId, Result<Done, Failure>>,
    /// The earliest time somebody wants to be woken; collected anew at every poll.
    pub(crate) wanted_deadline: Option<Duration>,
    pub(crate) announced_deadline: Option<Duration>,
    /// Somebody outside wants the call to end.
    pub(crate) hang_up_asked: bool,
    /// The flow has refused the caller's call.
    pub(crate) caller_refused: bool,
    pub(crate) visited_nodes: u32,
    pub(crate) steps_without_wait: u32,
    /// Web servers being told something in the background.
    pub(crate) hooks: Vec<Hook>,
    next_command: u64,
    next_leg: u32,
    next_recording: u32,
    random: ChaCha8Rng,
}

impl State {
    pub(crate) fn new(setup: CallSetup) -> State {
        let mut legs = BTreeMap::new();
        legs.insert(LegId::CALLER, Leg::new());
        State {
            vars: Vars::new(&setup),
            random: ChaCha8Rng::seed_from_u64(setup.seed),
            setup,
            now: None,
            origin: Duration::ZERO,
            legs,
            outputs: VecDeque::new(),
            outstanding: BTreeMap::new(),
            completions: BTreeMap::new(),
            wanted_deadline: None,
            announced_deadline: None,
            hang_up_asked: false,
            caller_refused: false,
            visited_nodes: 0,
            steps_without_wait: 0,
            hooks: Vec::new(),
            next_command: 0,
            next_leg: 0,
            next_recording: 0,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.setup.limits
    }

    /// The time of the present input.
    pub(crate) fn mono(&self) -> Duration {
        self.now.map_or(self.origin, |now| now.mono)
    }

    pub(crate) fn trace(&mut self, event: TraceEvent) {
        let at = self.mono().saturating_sub(self.origin);
        self.outputs.push_back(Output::Trace(Trace { at, event }));
    }

    pub(crate) fn note(&mut self, code: &str, message: impl Into<String>) {
        self.trace(TraceEvent::Note {
            code: code.to_owned(),
            message: message.into(),
            data: serde_json::Value::Null,
        });
    }

    /// Gives a command to the driver. `awaited` says whether its completion is kept for somebody.
    pub(crate) fn command(&mut self, action: Action, awaited: bool) -> CommandId {
        self.next_command += 1;
        let id = CommandId(self.next_command);
        if self.outstanding.len() >= self.limits().outstanding_commands {
            self.note("EN1003", "too many commands without a completion; the command was not given");
            if awaited {
                self.completions
                    .insert(id, Err(Failure::Unsupported { reason: "too many commands".to_owned() }));
            }
            return id;
        }
        if let Action::Play { leg, .. } = &action
            && let Some(leg) = self.legs.get_mut(leg)
        {
            leg.playback = Some(id);
        }
        self.outstanding.insert(id, awaited);
        self.outputs.push_back(Output::Command(Command { id, action }));
        id
    }

    /// Takes a completion in.
    pub(crate) fn complete(&mut self, command: CommandId, result: Result<Done, Failure>) {
        match self.outstanding.remove(&command) {
            None => self.trace(TraceEvent::LateCompletion { command }),
            Some(awaited) => {
                for leg in self.legs.values_mut().filter(|leg| leg.playback == Some(command)) {
                    leg.playback = None;
                }
                if awaited {
                    self.completions.insert(command, result);
                }
            }
        }
    }

    /// Takes a leg's event in. Events of legs that are over or were never made are ignored.
    pub(crate) fn leg_event(&mut self, id: LegId, event: LegEvent) {
        let digits_max = self.limits().buffered_digits;
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if matches!(leg.phase, LegPhase::Over(_)) {
            return;
        }
        match &event {
            LegEvent::Digit { digit, .. } => {
                let digit = digit.to_ascii_uppercase();
                if !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') {
                    return;
                }
                if leg.digits.len() < digits_max {
                    leg.digits.push_back(digit);
                }
                if id == LegId::CALLER {
                    self.trace(TraceEvent::Digit { digit });
                }
                return;
            }
            LegEvent::EarlyMedia if leg.phase == LegPhase::Trying => leg.phase = LegPhase::Early,
            LegEvent::Answered => leg.phase = LegPhase::Up,
            LegEvent::Refused { cause, .. } | LegEvent::Gone { cause } => leg.phase = LegPhase::Over(*cause),
            LegEvent::Taken => leg.phase = LegPhase::Over(Cause::PickedOff),
            _ => {}
        }
        if leg.events.len() >= LEG_EVENTS_MAX {
            leg.events.pop_front();
        }
        leg.events.push_back(event);
    }

    pub(crate) fn new_leg(&mut self) -> LegId {
        self.next_leg += 1;
        let id = LegId(self.next_leg);
        self.legs.insert(id, Leg::new());
        id
    }

    pub(crate) fn new_recording(&mut self) -> RecordingId {
        self.next_recording += 1;
        RecordingId(self.next_recording)
    }

    /// The caller's leg has been answered and is not over.
    pub(crate) fn is_answered(&self) -> bool {
        self.legs.get(&LegId::CALLER).is_some_and(|leg| leg.phase == LegPhase::Up)
    }

    /// Nothing more can be said to the caller: their leg is over, somebody outside ended the call, or its time is up.
    pub(crate) fn caller_gone(&self) -> bool {
        let over = |leg: &Leg| matches!(leg.phase, LegPhase::Over(_));
        self.hang_up_asked || self.is_too_long() || self.legs.get(&LegId::CALLER).is_some_and(over)
    }

    /// The call has lasted longer than its limits allow.
    pub(crate) fn is_too_long(&self) -> bool {
        self.mono() >= self.longest()
    }

    /// When the call is too long, in monotonic time.
    pub(crate) fn longest(&self) -> Duration {
        self.origin.saturating_add(self.limits().call_duration)
    }

    pub(crate) fn want_deadline(&mut self, at: Duration) {
        self.wanted_deadline = Some(self.wanted_deadline.map_or(at, |other| other.min(at)));
    }

    /// A new document id: 32 hex digits from the call's seed.
    pub(crate) fn new_document_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.random.next_u64(), self.random.next_u64())
    }

    /// A number below `bound` (0 for a bound of 0), from the call's seed.
    pub(crate) fn random_below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.random.next_u64() % bound }
    }
}
