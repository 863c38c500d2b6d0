//! The legs of a call: how they come up, how they end, and who is connected to whom.
//!
//! Not here: what their users do (`script`), what is played and recorded (`media`).

use std::time::Duration;

use engine::cause::Cause;
use engine::command::{Dial, TakeFrom, Target};
use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure, Input, LegEvent};

use super::rooms::Place;
use super::script::Script;
use super::{Due, Rung, Session};
use crate::world::others;
use crate::world::party::{Behaviour, Ends};

/// Time until a command to a leg is done.
pub(super) const AT_ONCE: Duration = Duration::ZERO;
/// From the answer to its confirmation (SIP ACK).
const ANSWER_TAKES: Duration = Duration::from_millis(20);
/// From an attempt to its being under way.
const DIAL_TAKES: Duration = Duration::from_millis(5);
/// From its being taken over to the answer of a party that was ringing.
const TAKEN_ANSWERS_AFTER: Duration = Duration::from_secs(2);
/// RFC 3261 section 17.1.1.2, timer B: 64 times T1.
const NO_REPLY_AFTER: Duration = Duration::from_secs(32);

/// How far a leg has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Calling or being called; no audio.
    Trying,
    /// Audio before the answer.
    Early,
    /// Answered.
    Up,
    /// Gone.
    Over,
}

/// One leg.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) who: String,
    pub(super) phase: Phase,
    /// It has been hung up, and its end is on the agenda.
    pub(super) ending: bool,
    pub(super) partner: Option<LegId>,
    /// The room it is in.
    pub(super) room: Option<Place>,
    /// The channel of another call it listens to.
    pub(super) listens_to: Option<String>,
    pub(super) script: Script,
    behaviour: Option<Behaviour>,
    /// It called in another call and was taken over from there.
    taken: bool,
}

impl Leg {
    pub(super) fn caller(script: Script) -> Leg {
        Leg {
            who: "caller".to_owned(),
            phase: Phase::Trying,
            ending: false,
            partner: None,
            room: None,
            listens_to: None,
            script,
            behaviour: None,
            taken: false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    pub(super) fn has_audio(&self) -> bool {
        matches!(self.phase, Phase::Early | Phase::Up)
    }
}

impl Session {
    pub(super) fn who(&self, leg: LegId) -> String {
        self.legs.get(&leg).map_or_else(|| format!("leg {}", leg.0), |leg| leg.who.clone())
    }

    pub(super) fn phase(&self, leg: LegId) -> Phase {
        self.legs.get(&leg).map_or(Phase::Over, |leg| leg.phase)
    }

    /// Completes a command with `Ok` when the leg's phase allows it, otherwise with a failure.
    pub(super) fn complete_if(&mut self, allowed: bool, command: CommandId) {
        self.complete_after(AT_ONCE, command, if allowed { Ok(Done::Ok) } else { Err(Failure::LegState) });
    }

    pub(super) fn answer(&mut self, leg: LegId, command: CommandId) {
        let taken = |leg: &&mut Leg| leg.taken && leg.phase == Phase::Trying && !leg.ending;
        if let Some(taken) = self.legs.get_mut(&leg).filter(taken) {
            taken.phase = Phase::Up;
            self.wake(leg, Duration::ZERO);
            return self.complete_after(ANSWER_TAKES, command, Ok(Done::Ok));
        }
        if leg != LegId::CALLER || !matches!(self.phase(leg), Phase::Trying | Phase::Early) {
            self.complete_if(false, command);
        } else if self.world.faults.answer_lost {
            self.say("the caller is gone while the call is being answered");
            self.leg_over(leg);
            self.complete_after(ANSWER_TAKES, command, Err(Failure::LegState));
            self.in_a_while(ANSWER_TAKES, Due::Ends(leg, LegEvent::Gone { cause: Cause::OriginatorCancel }));
        } else {
            self.in_a_while(ANSWER_TAKES, Due::CallerAnswered(command));
        }
    }

    pub(super) fn caller_answered(&mut self, command: CommandId) {
        let Some(leg) = self.legs.get_mut(&LegId::CALLER).filter(|leg| !leg.is_over() && !leg.ending) else {
            return self.complete(command, Err(Failure::LegState));
        };
        leg.phase = Phase::Up;
        self.observed.answered = true;
        self.say("the call is answered");
        self.complete(command, Ok(Done::Ok));
    }

    pub(super) fn reject(&mut self, leg: LegId, status: u16, command: CommandId) {
        let allowed = leg == LegId::CALLER && matches!(self.phase(leg), Phase::Trying | Phase::Early);
        self.complete_if(allowed, command);
        if allowed {
            self.observed.status = Some(status);
            self.say(format!("the call is refused with {status}"));
            self.end_soon(leg, LegEvent::Gone { cause: Cause::from_sip(status) });
        }
    }

    pub(super) fn hang_up_leg(&mut self, leg: LegId, cause: Cause, command: CommandId) {
        self.complete_if(true, command);
        let Some((phase, false)) = self.legs.get(&leg).map(|leg| (leg.phase, leg.ending)) else { return };
        let dialled = leg != LegId::CALLER;
        let event = match phase {
            Phase::Over => return,
            Phase::Trying | Phase::Early if dialled => LegEvent::Refused { status: 487, cause },
            Phase::Trying | Phase::Early => {
                self.observed.status = Some(cause.sip_status());
                LegEvent::Gone { cause }
            }
            Phase::Up => LegEvent::Gone { cause },
        };
        self.say(format!("{} is hung up: {}", self.who(leg), cause.name()));
        self.end_soon(leg, event);
    }

    fn end_soon(&mut self, leg: LegId, event: LegEvent) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.ending = true;
        }
        self.in_a_while(AT_ONCE, Due::Ends(leg, event));
    }

    pub(super) fn dial(&mut self, dial: Dial, command: CommandId) {
        let (who, behaviour) = match &dial.target {
            Target::Device { id, .. } => (id.clone(), Some(self.world.call_phone(id))),
            Target::Uri { uri, .. } => (uri.clone(), self.world.call_uri(uri)),
        };
        self.observed.rung.push(Rung {
            who: who.clone(),
            at: self.elapsed(),
            caller_id: dial.caller_id,
            headers: dial.headers,
        });
        let Some(behaviour) = behaviour else {
            self.say(format!("no way to {who}"));
            let reason = "no trunk answers for it".to_owned();
            return self.complete_after(DIAL_TAKES, command, Err(Failure::NoRoute { reason }));
        };
        if behaviour.ends == Ends::Unregistered {
            self.say(format!("{who} is not registered"));
            return self.complete_after(DIAL_TAKES, command, Err(Failure::NotRegistered));
        }
        self.say(format!("{who} is called"));
        self.complete_after(DIAL_TAKES, command, Ok(Done::Ok));
        if let Some(after) = behaviour.ring_after {
            self.in_a_while(DIAL_TAKES.max(after), Due::Rings(dial.leg));
        }
        match behaviour.ends {
            Ends::Answers(after) => self.in_a_while(DIAL_TAKES.max(after), Due::Answers(dial.leg)),
            Ends::Refuses { status, after } => {
                self.in_a_while(
                    DIAL_TAKES.max(after),
                    Due::Refuses(dial.leg, status, Cause::from_sip(status)),
                );
            }
            Ends::Silent => {
                self.in_a_while(NO_REPLY_AFTER, Due::Refuses(dial.leg, 0, Cause::RecoveryOnTimerExpire));
            }
            Ends::Rings | Ends::Unregistered => {}
        }
        let script = Script::new(behaviour.then.clone());
        let leg = Leg {
            who,
            phase: Phase::Trying,
            ending: false,
            partner: None,
            room: None,
            listens_to: None,
            script,
            behaviour: Some(behaviour),
            taken: false,
        };
        self.legs.insert(dial.leg, leg);
    }

    pub(super) fn phone_rings(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.phase == Phase::Trying && !leg.ending) else {
            return;
        };
        let early = leg.behaviour.as_ref().is_some_and(|behaviour| behaviour.early_media);
        if early {
            leg.phase = Phase::Early;
        }
        let who = leg.who.clone();
        self.say(format!("{who} {}", if early { "sends early media" } else { "rings" }));
        let event = if early { LegEvent::EarlyMedia } else { LegEvent::Ringing };
        self.give(Input::Leg { leg: id, event });
    }

    pub(super) fn phone_answers(&mut self, id: LegId) {
        let open = |leg: &&mut Leg| matches!(leg.phase, Phase::Trying | Phase::Early) && !leg.ending;
        let Some(leg) = self.legs.get_mut(&id).filter(open) else { return };
        leg.phase = Phase::Up;
        let who = leg.who.clone();
        self.say(format!("{who} answers"));
        self.wake(id, Duration::ZERO);
        self.give(Input::Leg { leg: id, event: LegEvent::Answered });
    }

    pub(super) fn phone_refuses(&mut self, id: LegId, status: u16, cause: Cause) {
        let open = |leg: &&Leg| matches!(leg.phase, Phase::Trying | Phase::Early) && !leg.ending;
        let Some(who) = self.legs.get(&id).filter(open).map(|leg| leg.who.clone()) else { return };
        match status {
            0 => self.say(format!("{who} does not reply")),
            _ => self.say(format!("{who} refuses with {status}")),
        }
        self.leg_over(id);
        self.give(Input::Leg { leg: id, event: LegEvent::Refused { status, cause } });
    }

    /// A leg that was hung up by the engine is gone.
    pub(super) fn leg_ends(&mut self, id: LegId, event: LegEvent) {
        self.leg_over(id);
        self.give(Input::Leg { leg: id, event });
    }

    /// A party of another call comes over.
    pub(super) fn take(&mut self, leg: LegId, from: &TakeFrom, command: CommandId) {
        let Some(taken) = others::take(&mut self.world.others, from) else {
            return self.complete_after(AT_ONCE, command, Err(Failure::NotFound));
        };
        let party = taken.party;
        self.say(format!("{} is taken over from another call", party.who));
        let device = party.is_device.then(|| party.who.clone());
        let script = Script::new(party.then);
        let phase = if taken.answered { Phase::Up } else { Phase::Trying };
        let new = Leg {
            who: party.who,
            phase,
            ending: false,
            partner: None,
            script,
            behaviour: None,
            taken: !taken.dialled,
            room: None,
            listens_to: None,
        };
        self.legs.insert(leg, new);
        if taken.answered {
            self.wake(leg, Duration::ZERO);
        } else if taken.dialled {
            self.in_a_while(TAKEN_ANSWERS_AFTER, Due::Answers(leg));
        }
        let done = Done::Taken { answered: taken.answered, device };
        self.complete_after(AT_ONCE, command, Ok(done));
    }

    /// A party is taken over by another call.
    pub(super) fn party_taken(&mut self, id: LegId) {
        self.say(format!("{} is taken over by another call", self.who(id)));
        self.leg_over(id);
        self.give(Input::Leg { leg: id, event: LegEvent::Taken });
    }

    /// The user of a leg hangs up.
    pub(super) fn party_hangs_up(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| !leg.is_over() && !leg.ending) else { return };
        let cause = if leg.phase == Phase::Up { Cause::NormalClearing } else { Cause::OriginatorCancel };
        self.say(format!("{} hangs up", self.who(id)));
        self.leg_over(id);
        self.give(Input::Leg { leg: id, event: LegEvent::Gone { cause } });
    }

    /// A leg is gone: its partner is alone, its playback and its recordings end.
    fn leg_over(&mut self, id: LegId) {
        self.separate(id);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.phase = Phase::Over;
        }
        self.end_playback(id);
        self.end_tapings_of(id);
    }

    pub(super) fn connect(&mut self, a: LegId, b: LegId, command: CommandId) {
        let audio = |id: LegId| self.legs.get(&id).is_some_and(|leg| leg.has_audio() && !leg.ending);
        let allowed = a != b && audio(a) && audio(b);
        self.complete_if(allowed, command);
        if !allowed {
            return;
        }
        self.separate(a);
        self.separate(b);
        for (one, other) in [(a, b), (b, a)] {
            if let Some(leg) = self.legs.get_mut(&one) {
                leg.partner = Some(other);
            }
            if one == LegId::CALLER {
                self.observed.connected.push(self.who(other));
            }
        }
        self.say(format!("{} and {} are connected", self.who(a), self.who(b)));
    }

    pub(super) fn disconnect(&mut self, leg: LegId, command: CommandId) {
        self.separate(leg);
        self.complete_if(true, command);
    }

    pub(super) fn separate(&mut self, id: LegId) {
        self.leave_room(id);
        let partner = self.legs.get_mut(&id).and_then(|leg| leg.partner.take());
        if let Some(leg) = partner.and_then(|partner| self.legs.get_mut(&partner)) {
            leg.partner = None;
        }
    }
}
