//! Ringing parties and connecting the caller with the one that answers (reference sections 2.9 and 7.4).
//!
//! Strategies, delays and timeouts are decided here, so they are the same in the simulator and on the wire; a driver
//! only dials, rings and connects legs. Not here: who is rung (`endpoint`, the modules).

use std::time::Duration;

use crate::cause::Cause;
use crate::command::{Action, CallerId, Dial, Target};
use crate::conversation;
use crate::cx::{Cx, HungUp};
use crate::hooks;
use crate::ids::{CommandId, LegId};
use crate::input::{Failure, LegEvent};
use crate::media::{Loops, Media};
use crate::metaflows::take_over;
use crate::module::{DEFAULT_EXIT, Next};
use crate::modules::record_call;
use crate::output::TraceEvent;
use crate::state::{LegPhase, State};
use crate::vars::Connected;

/// Wait for an answer when a flow names no timeout.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// What an answered caller hears while parties ring: the North American ring-back tone.
pub(crate) const RINGBACK_TONE: &str = "%(2000,4000,440,480)";

/// One party to ring.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// Where.
    pub(crate) target: Target,
    /// Begin this much later (all at once), ignored one by one.
    pub(crate) delay: Duration,
    /// Stop ringing after this long; `None` for as long as the whole attempt takes.
    pub(crate) timeout: Option<Duration>,
    /// The caller as it sees them.
    pub(crate) caller_id: CallerId,
    /// More SIP headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Its codecs.
    pub(crate) codecs: Vec<String>,
    /// For the trace.
    pub(crate) label: String,
    /// Whoever answers must accept the call with key 1.
    pub(crate) confirm: bool,
    /// Its audio before the answer is not passed on.
    pub(crate) no_early_media: bool,
    /// It is not called but counts as busy at once.
    pub(crate) is_busy: bool,
    /// Rung when it has failed.
    pub(crate) fallback: Vec<Party>,
    /// Parties with the same name here share one fallback: it is rung when all of them have failed.
    pub(crate) fallback_of: Option<String>,
    /// The fallback is not rung when somebody is there who does not want to talk.
    pub(crate) only_unreached: bool,
    /// Who counts as having answered: an agent of a queue.
    pub(crate) stands_for: Option<String>,
}

impl Party {
    /// Somebody to be rung at once, with nothing special about it.
    pub(crate) fn new(target: Target, label: String, caller_id: CallerId) -> Party {
        Party {
            target,
            delay: Duration::ZERO,
            timeout: None,
            caller_id,
            headers: Vec::new(),
            codecs: Vec::new(),
            label,
            confirm: false,
            no_early_media: false,
            is_busy: false,
            fallback: Vec::new(),
            fallback_of: None,
            only_unreached: false,
            stands_for: None,
        }
    }
}

/// The key that accepts a forwarded call.
const CONFIRM_KEY: char = '1';

/// Time to press it, after the prompt.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(3);

/// In what order parties ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// All at once, each after its delay.
    AllAtOnce,
    /// One after the other.
    OneByOne,
}

/// One attempt to reach somebody.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// Whom.
    pub(crate) parties: Vec<Party>,
    /// In what order.
    pub(crate) order: Order,
    /// The whole attempt, whatever its parties' own timeouts.
    pub(crate) timeout: Duration,
    /// What the caller hears meanwhile; `None` for a plain "it rings".
    pub(crate) ringback: Option<Media>,
    /// Audio a party sends before its answer is not passed on.
    pub(crate) ignore_early_media: bool,
    /// One party that rejects ends the attempt.
    pub(crate) fail_on_single_reject: bool,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BridgeEnd {
    /// Somebody answered, they talked, and the other party hung up.
    Bridged,
    /// Nobody answered.
    Failed {
        /// The cause that names the child.
        cause: Cause,
        /// SIP status, 0 when there was none.
        status: u16,
    },
}

/// The child for a failed attempt: by cause, by SIP status (`sip:486`); `None` when the node has neither.
pub(crate) fn failure_child(cx: &Cx, cause: Cause, status: u16) -> Option<Next> {
    let by_status = format!("sip:{}", if status == 0 { cause.sip_status() } else { status });
    [cause.name().to_owned(), by_status]
        .into_iter()
        .find(|key| key != DEFAULT_EXIT && cx.has_child(key))
        .map(Next::Child)
}

/// What goes on for the caller while parties ring.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meanwhile {
    /// The caller hears something already, and is not told that it rings.
    pub(crate) hears_other: bool,
    /// The key with which the caller ends the attempt.
    pub(crate) leave_key: Option<char>,
}

/// How ringing ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Somebody answered; nobody is connected yet.
    Answered {
        /// Their leg.
        leg: LegId,
        /// Their device, where it is one of the account's.
        device: Option<String>,
        /// [`Party::label`].
        label: String,
        /// [`Party::stands_for`].
        stands_for: Option<String>,
    },
    /// Nobody did.
    Failed {
        /// The cause that names the child.
        cause: Cause,
        /// SIP status, 0 when there was none.
        status: u16,
    },
    /// The caller has pressed [`Meanwhile::leave_key`].
    Left,
}

/// Rings, connects, and waits for the end of the conversation.
pub(crate) async fn run(cx: &Cx, attempt: Attempt) -> Result<BridgeEnd, HungUp> {
    match reach(cx, &attempt, Meanwhile::default()).await? {
        Reached::Answered { leg, device, label, .. } => {
            if !connect(cx, leg).await? {
                return Ok(BridgeEnd::Failed { cause: Cause::DestinationOutOfOrder, status: 0 });
            }
            begun(cx, leg, label);
            conversation::talk(cx, leg, device).await?;
            Ok(BridgeEnd::Bridged)
        }
        Reached::Failed { cause, status } => Ok(BridgeEnd::Failed { cause, status }),
        Reached::Left => Ok(BridgeEnd::Failed { cause: Cause::OriginatorCancel, status: 0 }),
    }
}

/// Keeps whom the caller talks to, and tells whoever asked to be told.
fn begun(cx: &Cx, leg: LegId, label: String) {
    let since = cx.mono();
    let told = cx.vars(|vars| {
        let told = std::mem::take(&mut vars.talk_bounds.told);
        vars.connected = Some(Connected { leg, label: label.clone(), since });
        told
    });
    for (_, request) in told.into_iter().filter(|(labels, _)| labels.contains(&label)) {
        hooks::begin(cx, request, hooks::RETRIES, "EN3006");
    }
}

/// Rings until somebody answers. The others are let go.
pub(crate) async fn reach(cx: &Cx, attempt: &Attempt, meanwhile: Meanwhile) -> Result<Reached, HungUp> {
    let started = cx.mono();
    let ends = started.saturating_add(attempt.timeout).saturating_add(fallback_time(&attempt.parties));
    let most = cx.with(|state| state.limits().ringing_legs);
    if attempt.parties.len() > most {
        cx.note(
            "EN1010",
            format!("{} telephones were to be rung, at most {most} are", attempt.parties.len()),
        );
    }
    let parties: Vec<Party> = attempt.parties.iter().take(most).cloned().collect();
    let mut ringing = Ringing {
        cx,
        attempt,
        parties,
        progress: Vec::new(),
        ringback: None,
        told: meanwhile.hears_other,
        leave_key: meanwhile.leave_key,
        left: false,
    };
    ringing.progress.extend(ringing.parties.iter().map(|party| match attempt.order {
        Order::AllAtOnce => Progress::Waiting { from: started.saturating_add(party.delay) },
        Order::OneByOne => Progress::Waiting { from: started },
    }));
    let won = ringing.until_answered(ends).await?;
    ringing.release_others(won.ok());
    ringing.stop_ringback().await?;
    Ok(match won {
        Ok(leg) => {
            let party = ringing.party_of(leg);
            Reached::Answered {
                leg,
                device: party.and_then(|party| take_over::device_of(&party.target)),
                label: party.map(|party| party.label.clone()).unwrap_or_default(),
                stands_for: party.and_then(|party| party.stands_for.clone()),
            }
        }
        Err(_) if ringing.left => Reached::Left,
        Err((cause, status)) => Reached::Failed { cause, status },
    })
}

#[derive(Clone, Copy, Debug)]
enum Progress {
    Waiting {
        from: Duration,
    },
    Calling {
        leg: LegId,
        dial: CommandId,
        until: Option<Duration>,
    },
    /// Answered, and asked whether to take the call; `until` is set when the prompt has ended.
    Confirming {
        leg: LegId,
        prompt: CommandId,
        until: Option<Duration>,
    },
    Over {
        cause: Cause,
        status: u16,
    },
}

struct Ringing<'a> {
    cx: &'a Cx,
    attempt: &'a Attempt,
    /// Who is rung, fallbacks included once they are; `progress` has one entry for each.
    parties: Vec<Party>,
    progress: Vec<Progress>,
    /// The ring-back playback going on.
    ringback: Option<CommandId>,
    /// The caller has been told that it rings.
    told: bool,
    leave_key: Option<char>,
    /// The caller has pressed it.
    left: bool,
}

/// Something that happened to a party while it was rung.
enum Happened {
    Event(usize, LegEvent),
    NotDialled(usize, Failure),
    /// The prompt that asks to accept has ended.
    Asked(usize),
    /// A key was pressed where a party is asked to accept.
    Key(usize, char),
    /// The caller does not want to wait any more.
    Left,
}

impl Ringing<'_> {
    async fn until_answered(&mut self, ends: Duration) -> Result<Result<LegId, (Cause, u16)>, HungUp> {
        if self.cx.is_answered() || self.attempt.ringback.is_some() {
            self.tell_caller().await?;
        }
        loop {
            let now = self.cx.mono();
            if now >= ends {
                return Ok(Err((Cause::NoAnswer, 0)));
            }
            self.start_due(now);
            let Some(next) = self.next_time(ends) else { return Ok(Err(self.failure())) };
            let (progress, leave_key) = (&self.progress, self.leave_key);
            let find = |state: &mut State| find(state, progress).or_else(|| leaves(state, leave_key?));
            let happened = self.cx.wait(Some(next), find).await?;
            match happened {
                Some(Happened::Left) => {
                    self.left = true;
                    return Ok(Err((Cause::OriginatorCancel, 0)));
                }
                None => self.end_overdue(self.cx.mono()),
                Some(Happened::NotDialled(party, failure)) => {
                    let cause = match failure {
                        Failure::NotRegistered => Cause::UserNotRegistered,
                        Failure::NoRoute { .. } => Cause::NoRouteDestination,
                        _ => Cause::DestinationOutOfOrder,
                    };
                    self.over(party, cause, 0);
                }
                Some(Happened::Asked(party)) => {
                    let until = Some(self.cx.mono().saturating_add(CONFIRM_TIMEOUT));
                    if let Progress::Confirming { leg, prompt, .. } = self.progress[party] {
                        self.progress[party] = Progress::Confirming { leg, prompt, until };
                    }
                }
                Some(Happened::Key(party, key)) => {
                    if let (Progress::Confirming { leg, .. }, CONFIRM_KEY) = (self.progress[party], key) {
                        self.cx.send(Action::StopPlayback { leg });
                        return Ok(Ok(leg));
                    }
                }
                Some(Happened::Event(party, event)) => {
                    if let Some(end) = self.react(party, event).await? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    async fn react(
        &mut self,
        party: usize,
        event: LegEvent,
    ) -> Result<Option<Result<LegId, (Cause, u16)>>, HungUp> {
        let leg = match self.progress.get(party).copied() {
            Some(Progress::Calling { leg, .. } | Progress::Confirming { leg, .. }) => leg,
            _ => return Ok(None),
        };
        match event {
            LegEvent::Answered if self.parties[party].confirm => {
                let items = vec![self.cx.prompt_item("ivr-group_confirm")];
                let prompt = self.cx.start(Action::Play { leg, items, loops: Loops::Once });
                self.progress[party] = Progress::Confirming { leg, prompt, until: None };
            }
            LegEvent::Answered => return Ok(Some(Ok(leg))),
            LegEvent::Ringing => self.tell_caller().await?,
            LegEvent::EarlyMedia if self.passes_early_media(party) => {
                self.stop_ringback().await?;
                self.cx.open_audio().await?;
                self.cx.send(Action::Connect { a: LegId::CALLER, b: leg });
                self.told = true;
            }
            LegEvent::EarlyMedia => self.tell_caller().await?,
            LegEvent::Refused { status, cause } => {
                self.over(party, cause, status);
                let rejected = matches!(cause, Cause::CallRejected | Cause::UserBusy);
                if rejected && self.attempt.fail_on_single_reject {
                    return Ok(Some(Err((cause, status))));
                }
            }
            LegEvent::Gone { .. } if matches!(self.progress[party], Progress::Confirming { .. }) => {
                self.over(party, Cause::NoAnswer, 0);
            }
            LegEvent::Gone { cause } => self.over(party, cause, 0),
            LegEvent::Taken => self.over(party, Cause::PickedOff, 0),
            LegEvent::Digit { .. }
            | LegEvent::Held { .. }
            | LegEvent::Room { .. }
            | LegEvent::ListeningEnded
            | LegEvent::Transfer { .. } => {}
        }
        Ok(None)
    }

    /// A single party's early audio (a carrier's announcement, a remote ring-back) is worth hearing.
    fn passes_early_media(&self, party: usize) -> bool {
        let wanted = !self.attempt.ignore_early_media && !self.parties[party].no_early_media;
        wanted && self.parties.len() == 1
    }

    /// A party has failed; what is to be rung then takes its place.
    fn over(&mut self, party: usize, cause: Cause, status: u16) {
        self.progress[party] = Progress::Over { cause, status };
        let shared = self.parties[party].fallback_of.clone();
        let others_ring = shared.is_some()
            && self.parties.iter().zip(&self.progress).any(|(other, progress)| {
                other.fallback_of == shared && !matches!(progress, Progress::Over { .. })
            });
        let there = matches!(cause, Cause::UserBusy | Cause::NoAnswer | Cause::CallRejected);
        let mut fallback = std::mem::take(&mut self.parties[party].fallback);
        if others_ring || fallback.is_empty() || (there && self.parties[party].only_unreached) {
            return;
        }
        let from = self.cx.mono();
        self.progress[party] = Progress::Waiting { from };
        let mut fallback = fallback.drain(..);
        if let Some(first) = fallback.next() {
            self.parties[party] = first;
        }
        for next in fallback {
            self.parties.push(next);
            self.progress.push(Progress::Waiting { from });
        }
    }

    fn start_due(&mut self, now: Duration) {
        let busy = self
            .progress
            .iter()
            .any(|progress| matches!(progress, Progress::Calling { .. } | Progress::Confirming { .. }));
        if self.attempt.order == Order::OneByOne && busy {
            return;
        }
        for index in 0..self.progress.len() {
            let Progress::Waiting { from } = self.progress[index] else { continue };
            if from > now {
                continue;
            }
            if self.parties[index].is_busy {
                self.over(index, Cause::UserBusy, Cause::UserBusy.sip_status());
                continue;
            }
            self.progress[index] = self.dial(&self.parties[index], now);
            if self.attempt.order == Order::OneByOne {
                return;
            }
        }
    }

    fn dial(&self, party: &Party, now: Duration) -> Progress {
        let leg = self.cx.with(|state| state.new_leg());
        let dial = self.cx.start(Action::Dial(Dial {
            leg,
            target: party.target.clone(),
            caller_id: party.caller_id.clone(),
            headers: party.headers.clone(),
            codecs: party.codecs.clone(),
            for_leg: LegId::CALLER,
        }));
        self.cx.trace(TraceEvent::Rung { leg, party: party.label.clone() });
        Progress::Calling { leg, dial, until: party.timeout.map(|timeout| now.saturating_add(timeout)) }
    }

    /// The next time something is due; `None` when nothing can happen any more.
    fn next_time(&self, ends: Duration) -> Option<Duration> {
        let mut next = None;
        for progress in &self.progress {
            let time = match progress {
                Progress::Waiting { from } => *from,
                Progress::Calling { until, .. } | Progress::Confirming { until, .. } => until.unwrap_or(ends),
                Progress::Over { .. } => continue,
            };
            next = Some(next.map_or(time, |other: Duration| other.min(time)));
        }
        // A waiting party one by one is not due by time but when the one before it is over.
        let next = match self.attempt.order {
            Order::OneByOne => {
                let calling = self.progress.iter().find_map(|progress| match progress {
                    Progress::Calling { until, .. } | Progress::Confirming { until, .. } => {
                        Some(until.unwrap_or(ends))
                    }
                    _ => None,
                });
                calling.or(next)
            }
            Order::AllAtOnce => next,
        };
        next.map(|next| next.min(ends))
    }

    /// Stops ringing parties whose own time is over.
    fn end_overdue(&mut self, now: Duration) {
        for party in 0..self.progress.len() {
            if let Progress::Calling { leg, until: Some(until), .. }
            | Progress::Confirming { leg, until: Some(until), .. } = self.progress[party]
                && until <= now
            {
                self.cx.send(Action::HangUp { leg, cause: Cause::NoAnswer });
                self.over(party, Cause::NoAnswer, 0);
            }
        }
    }

    /// The cause of a failed attempt: the one all parties share, else "no answer" when somebody did not answer, else
    /// "busy" when somebody was, else the last one.
    fn failure(&self) -> (Cause, u16) {
        let ends: Vec<(Cause, u16)> = self
            .progress
            .iter()
            .filter_map(|progress| match progress {
                Progress::Over { cause, status } => Some((*cause, *status)),
                _ => None,
            })
            .collect();
        let of = |wanted: Cause| ends.iter().copied().find(|(cause, _)| *cause == wanted);
        match ends.split_first() {
            None => (Cause::NoRouteDestination, 0),
            Some((first, rest)) if rest.iter().all(|(cause, _)| *cause == first.0) => *first,
            Some((first, rest)) => of(Cause::NoAnswer)
                .or_else(|| of(Cause::UserBusy))
                .unwrap_or_else(|| rest.last().copied().unwrap_or(*first)),
        }
    }

    /// The party that a leg was dialled for.
    fn party_of(&self, wanted: LegId) -> Option<&Party> {
        let mut rung = self.progress.iter().zip(&self.parties);
        rung.find_map(|(progress, party)| match progress {
            Progress::Calling { leg, .. } | Progress::Confirming { leg, .. } if *leg == wanted => Some(party),
            _ => None,
        })
    }

    fn release_others(&self, winner: Option<LegId>) {
        for progress in &self.progress {
            if let Progress::Calling { leg, .. } | Progress::Confirming { leg, .. } = progress
                && Some(*leg) != winner
            {
                let cause = if winner.is_some() { Cause::LoseRace } else { Cause::NoAnswer };
                self.cx.send(Action::HangUp { leg: *leg, cause });
            }
        }
    }

    /// Lets the caller know that it rings: "ringing" while unanswered, a tone or the flow's own ring-back otherwise.
    async fn tell_caller(&mut self) -> Result<(), HungUp> {
        if self.told {
            return Ok(());
        }
        self.told = true;
        let tone = match &self.attempt.ringback {
            Some(media) => media.clone(),
            None if self.cx.caller_phase() == LegPhase::Trying => {
                self.cx.send(Action::Ring { leg: LegId::CALLER });
                return Ok(());
            }
            None => Media::Tone { spec: RINGBACK_TONE.to_owned() },
        };
        self.ringback = self.cx.begin_playback(vec![tone], Loops::Endless).await?.ok();
        Ok(())
    }

    async fn stop_ringback(&mut self) -> Result<(), HungUp> {
        match self.ringback.take() {
            Some(playback) => self.cx.stop_playback(playback).await,
            None => Ok(()),
        }
    }
}

fn find(state: &mut State, progress: &[Progress]) -> Option<Happened> {
    for (party, progress) in progress.iter().enumerate() {
        let leg = match progress {
            Progress::Calling { leg, dial, .. } => {
                if let Some(Err(failure)) = state.completions.remove(dial) {
                    return Some(Happened::NotDialled(party, failure));
                }
                leg
            }
            Progress::Confirming { leg, prompt, until } => {
                if until.is_none() && state.completions.remove(prompt).is_some() {
                    return Some(Happened::Asked(party));
                }
                let key = state.legs.get_mut(leg).and_then(|leg| leg.digits.pop_front());
                if let Some(key) = key {
                    return Some(Happened::Key(party, key));
                }
                leg
            }
            Progress::Waiting { .. } | Progress::Over { .. } => continue,
        };
        if let Some(event) = state.legs.get_mut(leg).and_then(|leg| leg.events.pop_front()) {
            return Some(Happened::Event(party, event));
        }
    }
    None
}

/// The caller presses the key that ends the attempt; other keys mean nothing.
fn leaves(state: &mut State, key: char) -> Option<Happened> {
    let caller = state.legs.get_mut(&LegId::CALLER)?;
    while let Some(digit) = caller.digits.pop_front() {
        if digit == key {
            return Some(Happened::Left);
        }
    }
    None
}

/// The time that fallbacks of parties who do not answer may take on top of the attempt's own.
fn fallback_time(parties: &[Party]) -> Duration {
    let late = parties.iter().filter(|party| !party.only_unreached).flat_map(|party| &party.fallback);
    late.map(|party| party.timeout.unwrap_or(DEFAULT_TIMEOUT)).max().unwrap_or_default()
}

/// Answers the caller and lets both hear each other; false when that is impossible and the party was let go. One who
/// has hung up already was there all the same.
pub(crate) async fn connect(cx: &Cx, leg: LegId) -> Result<bool, HungUp> {
    cx.answer().await?;
    if let Err(failure) = cx.run(Action::Connect { a: LegId::CALLER, b: leg }).await? {
        let over =
            |state: &mut State| state.legs.get(&leg).is_none_or(|leg| matches!(leg.phase, LegPhase::Over(_)));
        let gone = cx.with(over);
        if !gone {
            cx.note("EN2010", format!("the parties could not be connected: {failure:?}"));
            cx.send(Action::HangUp { leg, cause: Cause::DestinationOutOfOrder });
        }
        return Ok(gone);
    }
    cx.vars(|vars| vars.bridged = true);
    record_call::begin_armed(cx, true);
    cx.trace(TraceEvent::Connected { leg });
    Ok(true)
}
