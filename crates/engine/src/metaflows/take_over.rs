//! Ringing telephones while a conversation goes on, and putting the one that answers in somebody's place: what
//! `intercept`, `move` and `transfer` share.

use std::time::Duration;

use crate::bridge::Party;
use crate::cause::Cause;
use crate::command::{Action, Dial, Target};
use crate::conversation::{Side, Talk};
use crate::cx::Cx;
use crate::ids::{CommandId, LegId};
use crate::input::LegEvent;
use crate::metaflow::{Fault, Next, Outcome};
use crate::output::TraceEvent;
use crate::state::State;

/// Time telephones ring.
pub(super) const RING_TIME: Duration = Duration::from_secs(20);

/// A telephone that answered.
pub(crate) struct Answered {
    /// Its leg.
    pub(crate) leg: LegId,
    /// The device, where it is one of the account's.
    pub(crate) endpoint: Option<String>,
}

/// Telephones being rung, all at once.
pub(crate) struct Rung {
    calling: Vec<Calling>,
    last: Cause,
}

struct Calling {
    leg: LegId,
    /// None for a leg that another call has dialled.
    dial: Option<CommandId>,
    endpoint: Option<String>,
}

impl Rung {
    /// Rings them on behalf of a leg.
    pub(crate) fn start(cx: &Cx, parties: Vec<Party>, for_leg: LegId) -> Rung {
        let most = cx.with(|state| state.limits().ringing_legs);
        let calling = parties.into_iter().take(most).map(|party| {
            let leg = cx.with(|state| state.new_leg());
            let endpoint = device_of(&party.target);
            let dial = cx.start(Action::Dial(Dial {
                leg,
                target: party.target,
                caller_id: party.caller_id,
                headers: party.headers,
                codecs: party.codecs,
                for_leg,
            }));
            cx.trace(TraceEvent::Rung { leg, party: party.label });
            Calling { leg, dial: Some(dial), endpoint }
        });
        Rung { calling: calling.collect(), last: Cause::NoAnswer }
    }

    /// Waits for a leg that rings already.
    pub(super) fn ringing(leg: LegId, endpoint: Option<String>) -> Rung {
        Rung { calling: vec![Calling { leg, dial: None, endpoint }], last: Cause::NoAnswer }
    }

    /// The first to answer, or why nobody will; `None` while they ring.
    pub(crate) fn look(&mut self, state: &mut State) -> Option<Result<Answered, Cause>> {
        let mut place = 0;
        while let Some(calling) = self.calling.get_mut(place) {
            let dialled = calling.dial.and_then(|dial| state.completions.remove(&dial));
            let mut over = dialled.is_some_and(|done| done.is_err());
            while let Some(event) = state.legs.get_mut(&calling.leg).and_then(|leg| leg.events.pop_front()) {
                match event {
                    LegEvent::Answered => {
                        let won = self.calling.remove(place);
                        return Some(Ok(Answered { leg: won.leg, endpoint: won.endpoint }));
                    }
                    LegEvent::Refused { cause, .. } | LegEvent::Gone { cause } => {
                        self.last = cause;
                        over = true;
                    }
                    LegEvent::Taken => over = true,
                    _ => {}
                }
            }
            if over {
                self.calling.remove(place);
            } else {
                place += 1;
            }
        }
        self.calling.is_empty().then_some(Err(self.last))
    }

    /// Lets those go that still ring.
    pub(crate) fn release(&self, cx: &Cx, cause: Cause) {
        for calling in &self.calling {
            cx.send(Action::HangUp { leg: calling.leg, cause });
        }
    }
}

/// The account's device a target stands for.
pub(crate) fn device_of(target: &Target) -> Option<String> {
    match target {
        Target::Device { id, .. } => Some(id.clone()),
        Target::Uri { .. } => None,
    }
}

/// Rings telephones while the two talk on; the one that answers takes the place of `side`.
pub(super) async fn take_over(talk: &mut Talk, side: Side, parties: Vec<Party>) -> Outcome {
    let own = talk.endpoint(side).map(str::to_owned);
    let others: Vec<Party> = parties.into_iter().filter(|party| device_of(&party.target) != own).collect();
    if others.is_empty() {
        return Err(Fault::Broken("there is no other telephone to ring".to_owned()));
    }
    let mut rung = Rung::start(&talk.cx, others, talk.leg(side));
    let until = talk.cx.mono().saturating_add(RING_TIME);
    match talk.wait(Some(until), |state| rung.look(state)).await {
        Err(gone) => {
            rung.release(&talk.cx, Cause::NormalClearing);
            Err(gone.into())
        }
        Ok(Some(Ok(answered))) => {
            rung.release(&talk.cx, Cause::LoseRace);
            talk.replace(side, answered.leg, answered.endpoint).await?;
            Ok(Next::Stop)
        }
        Ok(Some(Err(_)) | None) => {
            rung.release(&talk.cx, Cause::NoAnswer);
            Err(Fault::Broken("no telephone answered".to_owned()))
        }
    }
}
