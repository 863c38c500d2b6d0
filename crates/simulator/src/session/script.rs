//! What the people in a call do, step by step.
//!
//! Not here: the steps themselves (`world::party`). Everything a party does goes through the agenda, so that the engine
//! gets one input at a time.

use std::time::Duration;

use engine::ids::LegId;
use engine::input::{Input, LegEvent};

use super::{Due, Session};
use crate::text;
use crate::world::party::Step;

/// A party's steps and how far it has come.
#[derive(Debug)]
pub(super) struct Script {
    steps: Vec<Step>,
    at: usize,
    /// How far inside the step: keys pressed, or that its time is running.
    within: usize,
    token: u64,
    /// A wake-up is on the agenda.
    woken: bool,
    heard: Vec<Heard>,
    /// Items before this one were listened to, or passed before the present step began.
    mark: usize,
    pub(super) speaking: bool,
}

/// An item the party hears or heard.
#[derive(Debug)]
struct Heard {
    name: String,
    end: HeardEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeardEnd {
    Playing,
    ToEnd,
    CutOff,
}

impl Script {
    pub(super) fn new(steps: Vec<Step>) -> Script {
        Script {
            steps,
            at: 0,
            within: 0,
            token: 0,
            woken: false,
            heard: Vec::new(),
            mark: 0,
            speaking: false,
        }
    }

    pub(super) fn hears(&mut self, name: String) {
        self.heard_to_end();
        self.heard.push(Heard { name, end: HeardEnd::Playing });
    }

    /// Something that does not end what is playing.
    pub(super) fn hears_besides(&mut self, name: String) {
        let playing = usize::from(self.heard.last().is_some_and(|last| last.end == HeardEnd::Playing));
        self.heard.insert(self.heard.len() - playing, Heard { name, end: HeardEnd::ToEnd });
    }

    pub(super) fn heard_to_end(&mut self) {
        self.playing_ends(HeardEnd::ToEnd);
    }

    pub(super) fn cut_off(&mut self) {
        self.playing_ends(HeardEnd::CutOff);
    }

    fn playing_ends(&mut self, end: HeardEnd) {
        if let Some(last) = self.heard.last_mut().filter(|last| last.end == HeardEnd::Playing) {
            last.end = end;
        }
    }

    /// The step whose condition never came, in words; `None` when the party was not waiting for anything.
    pub(super) fn waited_for(&self) -> Option<String> {
        match self.steps.get(self.at)? {
            step @ (Step::Hear { .. } | Step::Answered | Step::Connected) => Some(step.describe()),
            step @ Step::Talk(_) if self.within == 0 => Some(step.describe()),
            _ => None,
        }
    }

    /// What was heard since the last step began and matches.
    fn find_heard(&self, what: &str, to_end: bool) -> Option<usize> {
        self.heard
            .iter()
            .enumerate()
            .skip(self.mark)
            .find(|(_, item)| text::contains(what, &item.name) && (!to_end || item.end == HeardEnd::ToEnd))
            .map(|(index, _)| index)
    }

    /// Forgets what was over before now: a later `hear` finds what is being played and what comes.
    fn forget_the_past(&mut self) {
        let playing = usize::from(self.heard.last().is_some_and(|last| last.end == HeardEnd::Playing));
        self.mark = self.mark.max(self.heard.len() - playing);
    }
}

/// What a step comes to.
enum Next {
    /// The next step, after a while.
    Step(Duration),
    /// The same step again, after a while.
    Again(Duration),
    /// The same step again when something has happened.
    Wait,
}

impl Session {
    /// Puts a party's next move on the agenda.
    pub(super) fn wake(&mut self, leg: LegId, after: Duration) {
        let Some(script) = self.legs.get_mut(&leg).map(|leg| &mut leg.script) else { return };
        script.token += 1;
        script.woken = true;
        let token = script.token;
        self.in_a_while(after, Due::Script(leg, token));
    }

    /// Something has happened: parties whose condition holds now go on.
    pub(super) fn wake_listeners(&mut self) {
        let ready: Vec<LegId> = self
            .legs
            .iter()
            .filter(|(_, leg)| !leg.script.woken && !leg.is_over() && !leg.ending)
            .filter(|(_, leg)| match leg.script.steps.get(leg.script.at) {
                Some(Step::Hear { what, to_end }) => leg.script.find_heard(what, *to_end).is_some(),
                Some(Step::Answered) => leg.phase == super::legs::Phase::Up,
                Some(Step::Connected) => leg.partner.is_some(),
                Some(Step::Talk(_)) => leg.script.within == 0 && leg.partner.is_some(),
                _ => false,
            })
            .map(|(id, _)| *id)
            .collect();
        for leg in ready {
            self.wake(leg, Duration::ZERO);
        }
    }

    /// A wake-up has come.
    pub(super) fn take_step(&mut self, id: LegId, token: u64) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.script.token == token && !leg.is_over())
        else {
            return;
        };
        leg.script.woken = false;
        let Some(step) = leg.script.steps.get(leg.script.at).cloned() else { return };
        match self.do_step(id, &step) {
            Next::Step(after) => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.script.at += 1;
                    leg.script.within = 0;
                }
                self.wake(id, after);
            }
            Next::Again(after) => self.wake(id, after),
            Next::Wait => {}
        }
    }

    fn do_step(&mut self, id: LegId, step: &Step) -> Next {
        let Some(leg) = self.legs.get_mut(&id) else { return Next::Wait };
        let within = leg.script.within;
        let begins = within == 0;
        if begins && !matches!(step, Step::Hear { .. }) {
            leg.script.forget_the_past();
        }
        match step {
            Step::Hear { what, to_end } => match leg.script.find_heard(what, *to_end) {
                Some(index) => {
                    leg.script.mark = index + 1;
                    Next::Step(Duration::ZERO)
                }
                None => Next::Wait,
            },
            Step::Answered if leg.phase == super::legs::Phase::Up => Next::Step(Duration::ZERO),
            Step::Connected if leg.partner.is_some() => Next::Step(Duration::ZERO),
            Step::Answered | Step::Connected => Next::Wait,
            Step::Talk(_) if begins && leg.partner.is_none() => Next::Wait,
            Step::Talk(time) | Step::Wait(time) | Step::Speak(time) if begins => {
                leg.script.within = 1;
                if matches!(step, Step::Talk(_) | Step::Speak(_)) {
                    leg.script.speaking = true;
                    let who = leg.who.clone();
                    self.say(format!("{who} speaks for {}", text::duration(*time)));
                }
                Next::Again(*time)
            }
            Step::Wait(_) => Next::Step(Duration::ZERO),
            Step::Talk(_) | Step::Speak(_) => {
                leg.script.speaking = false;
                self.falls_silent(id);
                Next::Step(Duration::ZERO)
            }
            Step::Press { keys, every, length } => {
                leg.script.within += 1;
                let Some(key) = keys.chars().nth(within) else { return Next::Step(Duration::ZERO) };
                let last = within + 1 >= keys.chars().count();
                self.press_key(id, key, *length);
                if last { Next::Step(*length) } else { Next::Again(*every) }
            }
            Step::Hold(held) => {
                let who = leg.who.clone();
                self.say(format!(
                    "{who} {}",
                    if *held { "puts the call on hold" } else { "takes the call back" }
                ));
                self.give(Input::Leg { leg: id, event: LegEvent::Held { held: *held } });
                Next::Step(Duration::ZERO)
            }
            Step::Transfer(to) => {
                let who = leg.who.clone();
                self.say(format!("{who} asks to be transferred to {to}"));
                let replaces = to.strip_prefix("replaces ").map(str::to_owned);
                let to = if replaces.is_some() { String::new() } else { to.clone() };
                let event = LegEvent::Transfer { to, replaces };
                self.give(Input::Leg { leg: id, event });
                Next::Step(Duration::ZERO)
            }
            Step::FaxTone => {
                let who = leg.who.clone();
                self.say(format!("{who} sends a fax tone"));
                self.fax_heard(id, None, true);
                Next::Step(Duration::ZERO)
            }
            Step::Taken => {
                leg.script.at += 1;
                self.party_taken(id);
                Next::Wait
            }
            Step::HangUp => {
                leg.script.at += 1;
                self.party_hangs_up(id);
                Next::Wait
            }
        }
    }

    /// A party presses a key. `false` when it cannot be heard.
    pub(super) fn press_key(&mut self, id: LegId, key: char, length: Duration) -> bool {
        let who = self.who(id);
        let heard =
            self.legs.get(&id).is_some_and(|leg| leg.has_audio() && !leg.ending) && self.ended.is_none();
        if heard {
            self.say(format!("{who} presses {key}"));
            let duration_ms = u32::try_from(length.as_millis()).unwrap_or(u32::MAX);
            self.give(Input::Leg { leg: id, event: LegEvent::Digit { digit: key, duration_ms } });
        } else {
            self.say(format!("{who} presses {key}, but there is no audio path"));
        }
        heard
    }
}
