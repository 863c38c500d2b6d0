//! Two parties talking, until one of them is gone: feature keys of either (metaflows, reference section 4) and transfers
//! their telephones ask for.
//!
//! The caller may leave a conversation that goes on without them (a transfer, a move to another telephone), so waits here
//! end with the two legs, not with the caller. Not here: reaching the other party (`bridge`), what a feature key does
//! (`metaflows`).

use std::time::Duration;

use crate::cause::Cause;
use crate::command::Action;
use crate::cx::{Cx, HungUp};
use crate::ids::{CommandId, LegId};
use crate::input::{Callflow, Done, Failure, LegEvent};
use crate::media::{Loops, Media};
use crate::metaflow::{self, After, Keys, Pressed};
use crate::metaflows::transfer;
use crate::output::TraceEvent;
use crate::state::{LegPhase, State};

/// Which of the two parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The caller's, or who took their place.
    Near,
    /// The called party's, or who took its place.
    Far,
}

impl Side {
    /// The other one.
    pub(crate) fn other(self) -> Side {
        match self {
            Side::Near => Side::Far,
            Side::Far => Side::Near,
        }
    }
}

/// One of the two is gone, or the call has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartyGone;

/// A conversation.
pub(crate) struct Talk {
    pub(crate) cx: Cx,
    near: LegId,
    far: LegId,
    near_endpoint: Option<String>,
    far_endpoint: Option<String>,
    /// They hear each other; false while one holds the other.
    pub(crate) joined: bool,
    /// The keys that mean something; read when the first key is pressed, as most conversations have none.
    keys: Option<Keys>,
    /// It is ended then.
    until: Option<Duration>,
    /// Keys of the caller that end it.
    end_keys: String,
}

enum Event {
    Key(Side, char),
    Transfer { side: Side, to: String, replaces: Option<String> },
}

/// Waits until the other party hangs up, the caller's hang-up being an error. `endpoint` is the device that answered.
/// A feature key may have left another flow for the caller in the call's variables: see [`goes_to`].
pub(crate) async fn talk(cx: &Cx, leg: LegId, endpoint: Option<String>) -> Result<(), HungUp> {
    let near_endpoint = cx.with(|state| state.setup.facts.authorizing_id.clone());
    cx.flush_digits();
    between(cx, (LegId::CALLER, near_endpoint), (leg, endpoint)).await;
    cx.flush_digits();
    if cx.with(|state| state.caller_gone()) {
        return Err(HungUp);
    }
    Ok(())
}

/// Waits until one of two connected legs is gone, each with its device.
pub(crate) async fn between(cx: &Cx, near: (LegId, Option<String>), far: (LegId, Option<String>)) {
    let (longest, end_keys) = cx.vars(|vars| (vars.talk_bounds.longest, vars.talk_bounds.end_keys.clone()));
    let mut talk = Talk {
        cx: cx.clone(),
        near: near.0,
        far: far.0,
        near_endpoint: near.1,
        far_endpoint: far.1,
        joined: true,
        keys: None,
        until: longest.map(|longest| cx.mono().saturating_add(longest)),
        end_keys,
    };
    while talk.go_on().await == Ok(After::GoOn) {}
}

/// The caller leaves the conversation for this flow when the module that connected them ends. What its pattern captured
/// is the call's from then on.
pub(crate) fn goes_to(cx: &Cx, callflow: Callflow) {
    cx.vars(|vars| {
        vars.capture_group.clone_from(&callflow.capture_group);
        vars.capture_groups.clone_from(&callflow.capture_groups);
        vars.goes_to = Some(Box::new(callflow));
    });
}

impl Talk {
    /// Takes in one thing that happened.
    async fn go_on(&mut self) -> Result<After, PartyGone> {
        let due = [self.keys.as_ref().and_then(Keys::next_time), self.until].into_iter().flatten().min();
        let (near, far) = (self.near, self.far);
        let happened = self.wait(due, |state| event_of(state, near, far)).await?;
        match happened {
            Some(Event::Key(Side::Near, digit)) if self.end_keys.contains(digit) => {
                self.let_go(Side::Far);
                Ok(After::GoOn)
            }
            Some(Event::Key(side, digit)) => {
                if self.keys.is_none() {
                    let endpoints = [self.near_endpoint.as_deref(), self.far_endpoint.as_deref()];
                    self.keys = Some(metaflow::keys(&self.cx, endpoints).await);
                }
                let now = self.cx.mono();
                if let Some(keys) = &mut self.keys {
                    keys.press(side, digit, now);
                }
                Ok(After::GoOn)
            }
            Some(Event::Transfer { side, to, replaces: None }) => {
                Box::pin(transfer::blind(self, side, &to)).await
            }
            Some(Event::Transfer { side, replaces: Some(channel), .. }) => {
                Box::pin(transfer::attended(self, side, channel)).await
            }
            None => {
                let now = self.cx.mono();
                if self.until.take_if(|until| *until <= now).is_some() {
                    self.let_go(Side::Far);
                }
                let fired: Vec<Pressed> = self.keys.as_mut().map(|keys| keys.due(now)).unwrap_or_default();
                for pressed in fired {
                    if Box::pin(metaflow::run(self, pressed)).await? == After::Leave {
                        return Ok(After::Leave);
                    }
                }
                Ok(After::GoOn)
            }
        }
    }

    /// The leg of a side.
    pub(crate) fn leg(&self, side: Side) -> LegId {
        match side {
            Side::Near => self.near,
            Side::Far => self.far,
        }
    }

    /// The device of a side, where it is one of the account's.
    pub(crate) fn endpoint(&self, side: Side) -> Option<&str> {
        match side {
            Side::Near => self.near_endpoint.as_deref(),
            Side::Far => self.far_endpoint.as_deref(),
        }
    }

    /// Waits as [`Cx::wait`], until one of the two parties is gone.
    pub(crate) async fn wait<T>(
        &self,
        deadline: Option<Duration>,
        check: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<Option<T>, PartyGone> {
        wait_with(&self.cx, &[self.near, self.far], deadline, check).await
    }

    /// Gives a command and waits for its end.
    pub(crate) async fn run(&self, action: Action) -> Result<Result<Done, Failure>, PartyGone> {
        let id = self.cx.start(action);
        let done = self.wait(None, |state| state.completions.remove(&id)).await?;
        Ok(done.unwrap_or(Err(Failure::LegState)))
    }

    /// Starts a playback to a side.
    pub(crate) fn start_playing(&self, side: Side, items: Vec<Media>, loops: Loops) -> CommandId {
        if self.leg(side) == LegId::CALLER {
            self.cx.trace(TraceEvent::Heard { what: crate::caller::describe(&items) });
        }
        self.cx.start(Action::Play { leg: self.leg(side), items, loops })
    }

    /// Waits for the end of playbacks; one that fails is noted.
    pub(crate) async fn played(&self, playbacks: &[CommandId]) -> Result<(), PartyGone> {
        for playback in playbacks {
            if let Some(Err(failure)) = self.wait(None, |state| state.completions.remove(playback)).await? {
                self.cx.note("EN2005", format!("playback failed: {failure:?}"));
            }
        }
        Ok(())
    }

    /// Lets them hear each other again.
    pub(crate) async fn join(&mut self) -> Result<(), PartyGone> {
        self.cx.send(Action::StopPlayback { leg: self.near });
        self.cx.send(Action::StopPlayback { leg: self.far });
        match self.run(Action::Connect { a: self.near, b: self.far }).await? {
            Ok(_) => self.joined = true,
            Err(failure) => {
                self.cx.note("EN2010", format!("the parties could not be connected: {failure:?}"));
            }
        }
        Ok(())
    }

    /// Lets neither hear the other.
    pub(crate) async fn part(&mut self) -> Result<(), PartyGone> {
        if self.joined {
            let parted = self.run(Action::Disconnect { leg: self.near }).await?;
            if let Err(failure) = parted {
                self.cx.note("EN4005", format!("the parties could not be parted: {failure:?}"));
            }
            self.joined = false;
        }
        Ok(())
    }

    /// Puts another leg in the place of a side's, which is let go, and connects it with the peer.
    pub(crate) async fn replace(
        &mut self,
        side: Side,
        leg: LegId,
        endpoint: Option<String>,
    ) -> Result<(), PartyGone> {
        self.part().await?;
        let left = self.leg(side);
        self.put(side, leg, endpoint);
        self.cx.send(Action::HangUp { leg: left, cause: Cause::NormalClearing });
        self.cx.trace(TraceEvent::Connected { leg });
        self.join().await
    }

    /// Another leg stands for a side from now on; its former one is gone already.
    pub(crate) fn put(&mut self, side: Side, leg: LegId, endpoint: Option<String>) {
        match side {
            Side::Near => (self.near, self.near_endpoint) = (leg, endpoint),
            Side::Far => (self.far, self.far_endpoint) = (leg, endpoint),
        }
        self.keys = None;
    }

    /// Hangs up a side.
    pub(crate) fn let_go(&self, side: Side) {
        self.cx.send(Action::HangUp { leg: self.leg(side), cause: Cause::NormalClearing });
    }
}

/// As [`Cx::wait`], but it ends with any of these legs or with the call, not with the caller.
pub(crate) async fn wait_with<T>(
    cx: &Cx,
    legs: &[LegId],
    deadline: Option<Duration>,
    mut check: impl FnMut(&mut State) -> Option<T>,
) -> Result<Option<T>, PartyGone> {
    let longest = cx.with(|state| state.longest());
    let until = deadline.map_or(longest, |deadline| deadline.min(longest));
    let found = cx
        .wait_regardless(Some(until), |state| {
            if let Some(found) = check(state) {
                return Some(Ok(found));
            }
            (state.hang_up_asked || legs.iter().any(|leg| is_over(state, *leg))).then_some(Err(PartyGone))
        })
        .await;
    match found {
        Some(result) => result.map(Some),
        None if until == longest => Err(PartyGone),
        None => Ok(None),
    }
}

/// A leg is over, or never was.
pub(crate) fn is_over(state: &State, leg: LegId) -> bool {
    state.legs.get(&leg).is_none_or(|leg| matches!(leg.phase, LegPhase::Over(_)))
}

/// The next key or wish of one of the two; what nobody needs must not pile up.
fn event_of(state: &mut State, near: LegId, far: LegId) -> Option<Event> {
    for (side, id) in [(Side::Near, near), (Side::Far, far)] {
        let Some(leg) = state.legs.get_mut(&id) else { continue };
        while let Some(event) = leg.events.pop_front() {
            if let LegEvent::Transfer { to, replaces } = event {
                return Some(Event::Transfer { side, to, replaces });
            }
        }
        if let Some(digit) = leg.digits.pop_front() {
            return Some(Event::Key(side, digit));
        }
    }
    None
}
