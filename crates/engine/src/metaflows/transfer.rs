//! `transfer`: the pressing party speaks to somebody else and then connects the other with them (reference section
//! 4.6); also the blind transfer a telephone asks for (SIP REFER).
//!
//! The schema's `transfer_type` is not read, as in Kazoo: its default would turn every transfer into a blind one.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::bridge::{Party, RINGBACK_TONE};
use crate::cause::Cause;
use crate::command::{Action, CallerId, TakeFrom};
use crate::conversation::{self, PartyGone, Side, Talk, is_over, wait_with};
use crate::endpoint::Endpoint;
use crate::ids::LegId;
use crate::input::Done;
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::media_path;
use crate::metaflow::{After, Fault, Metaflow, Next, Outcome, argument};
use crate::module::{DEFAULT_EXIT, Exit};
use crate::modules::{resources, ring_group};
use crate::output::TraceEvent;
use crate::ring::{self, Options};

use super::take_over::{Answered, RING_TIME, Rung};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "transfer",
    summary: "Calls somebody else while the other party waits; hanging up connects those two.",
    example: r#"{"module": "transfer", "data": {"target": "102", "takeback_dtmf": "*1"}}"#,
    exits: &[Exit::Key(DEFAULT_EXIT), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |data| match data.get("target").and_then(lenient::as_text) {
        Some(number) => format!("Transfer to {number}"),
        None => "Transfer to the number pressed".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

/// The keys that take the held party back.
const TAKEBACK: &str = "*1";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Number to call; what the pattern captured goes before it.
    #[serde(deserialize_with = "lenient::text")]
    target: Option<String>,
    /// Keys that take the held party back.
    #[serde(deserialize_with = "lenient::text")]
    takeback_dtmf: Option<String>,
    /// What the held party hears.
    #[serde(deserialize_with = "lenient::text")]
    moh: Option<String>,
    /// What the pressing party hears while it rings.
    #[serde(deserialize_with = "lenient::text")]
    ringback: Option<String>,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let number = argument(&data, "target").unwrap_or_default();
    let data: Data = super::read(data)?;
    let parties = whom(talk, side, &number).await;
    if parties.is_empty() {
        return Err(Fault::Broken(format!("`{number}` leads to no telephone that can be rung")));
    }
    talk.part().await?;
    let music = media_path::music_on_hold(&talk.cx, data.moh.as_deref()).await;
    talk.start_playing(side.other(), vec![music], Loops::Endless);
    let ringback = match data.ringback.as_deref() {
        Some(spec) if spec.starts_with("%(") => Some(Media::Tone { spec: spec.to_owned() }),
        Some(path) => media_path::item(&talk.cx, path),
        None => None,
    };
    let ringback = ringback.unwrap_or_else(|| Media::Tone { spec: RINGBACK_TONE.to_owned() });
    talk.start_playing(side, vec![ringback], Loops::Endless);
    let rung = Rung::start(&talk.cx, parties, talk.leg(side));
    let takeback = data.takeback_dtmf.unwrap_or_else(|| TAKEBACK.to_owned());
    consult(talk, side, rung, &takeback).await
}

/// What happens while the target rings and while the pressing party speaks to it.
enum Happened {
    Answered(Answered),
    Failed,
    TakenBack,
    TransferorGone,
    TransfereeGone,
    TargetGone,
}

async fn consult(talk: &mut Talk, side: Side, mut rung: Rung, takeback: &str) -> Outcome {
    let until = talk.cx.mono().saturating_add(RING_TIME);
    let mut pressed = String::new();
    let (transferor, transferee) = (talk.leg(side), talk.leg(side.other()));
    let waited = wait_with(&talk.cx, &[], Some(until), |state| {
        if is_over(state, transferor) {
            return Some(Happened::TransferorGone);
        }
        if is_over(state, transferee) {
            return Some(Happened::TransfereeGone);
        }
        if keyed(state, transferor, &mut pressed, takeback) {
            return Some(Happened::TakenBack);
        }
        Some(match rung.look(state)? {
            Ok(answered) => Happened::Answered(answered),
            Err(_) => Happened::Failed,
        })
    })
    .await;
    let target = match waited {
        Ok(Some(Happened::Answered(answered))) => answered,
        Ok(Some(Happened::TransferorGone)) => return leave_behind(talk, side, rung).await,
        Ok(Some(Happened::TransfereeGone)) => return leave_behind(talk, side.other(), rung).await,
        Ok(_) => {
            rung.release(&talk.cx, Cause::NoAnswer);
            talk.join().await?;
            return Ok(Next::Continue(DEFAULT_EXIT));
        }
        Err(gone) => {
            rung.release(&talk.cx, Cause::NormalClearing);
            return Err(gone.into());
        }
    };
    rung.release(&talk.cx, Cause::LoseRace);
    talk.cx.send(Action::StopPlayback { leg: transferor });
    talk.cx.trace(TraceEvent::Connected { leg: target.leg });
    talk.cx.send(Action::Connect { a: transferor, b: target.leg });
    let waited = wait_with(&talk.cx, &[], None, |state| {
        if is_over(state, transferor) {
            Some(Happened::TransferorGone)
        } else if is_over(state, transferee) {
            Some(Happened::TransfereeGone)
        } else if is_over(state, target.leg) {
            Some(Happened::TargetGone)
        } else if keyed(state, transferor, &mut pressed, takeback) {
            Some(Happened::TakenBack)
        } else {
            None
        }
    })
    .await;
    match waited? {
        Some(Happened::TransferorGone) => {
            talk.put(side, target.leg, target.endpoint);
            talk.join().await?;
            Ok(Next::Stop)
        }
        Some(Happened::TransfereeGone) => {
            talk.put(side.other(), target.leg, target.endpoint);
            talk.joined = true;
            Ok(Next::Stop)
        }
        _ => {
            talk.cx.send(Action::Disconnect { leg: transferor });
            talk.cx.send(Action::HangUp { leg: target.leg, cause: Cause::NormalClearing });
            talk.join().await?;
            Ok(Next::Continue(DEFAULT_EXIT))
        }
    }
}

/// One of the two is gone (or goes) before the target has answered: the other waits for it alone.
async fn leave_behind(talk: &mut Talk, gone: Side, mut rung: Rung) -> Outcome {
    let waiting = talk.leg(gone.other());
    let until = talk.cx.mono().saturating_add(RING_TIME);
    let waited = wait_with(&talk.cx, &[waiting], Some(until), |state| rung.look(state)).await;
    match waited {
        Ok(Some(Ok(answered))) => {
            rung.release(&talk.cx, Cause::LoseRace);
            talk.cx.trace(TraceEvent::Connected { leg: answered.leg });
            talk.put(gone, answered.leg, answered.endpoint);
            talk.join().await?;
            Ok(Next::Stop)
        }
        Ok(_) | Err(PartyGone) => {
            rung.release(&talk.cx, Cause::NoAnswer);
            talk.cx.send(Action::HangUp { leg: waiting, cause: Cause::NoAnswer });
            Err(Fault::Gone)
        }
    }
}

/// The telephone of `side` asks for its peer to be connected with whom it talks to, or whom it is ringing, in another
/// call (SIP REFER with Replaces): `channel` is its leg there.
pub(crate) async fn attended(talk: &mut Talk, side: Side, channel: String) -> Result<After, PartyGone> {
    let leg = talk.cx.with(|state| state.new_leg());
    let taken = talk.run(Action::Take { leg, from: TakeFrom::PeerOf(channel) }).await?;
    match taken {
        Ok(Done::Taken { answered: true, device }) => {
            result(talk, side, 200);
            talk.replace(side, leg, device).await?;
            Ok(After::GoOn)
        }
        Ok(Done::Taken { answered: false, device }) => {
            result(talk, side, 200);
            talk.part().await?;
            let tone = Media::Tone { spec: RINGBACK_TONE.to_owned() };
            talk.start_playing(side.other(), vec![tone], Loops::Endless);
            talk.let_go(side);
            match leave_behind(talk, side, Rung::ringing(leg, device)).await {
                Ok(_) => Ok(After::GoOn),
                Err(_) => Err(PartyGone),
            }
        }
        other => {
            talk.cx.note("EN4007", format!("the call to be transferred to is not there: {other:?}"));
            result(talk, side, 481);
            Ok(After::GoOn)
        }
    }
}

/// Tells the telephone that asked for a transfer how it went.
fn result(talk: &Talk, side: Side, status: u16) {
    talk.cx.send(Action::TransferResult { leg: talk.leg(side), status });
}

/// The telephone of `side` asks for its peer to be connected with a number.
pub(crate) async fn blind(talk: &mut Talk, side: Side, number: &str) -> Result<After, PartyGone> {
    if talk.leg(side.other()) == LegId::CALLER {
        // The caller can run any callflow, not only one that rings somebody.
        let Some(callflow) = talk.cx.lookup(number).await else {
            talk.cx.note("EN4007", format!("`{number}`, to transfer to, leads nowhere"));
            result(talk, side, 404);
            return Ok(After::GoOn);
        };
        result(talk, side, 200);
        // The flow sees a call that was transferred to the number, by the telephone that did so (`Referred-By`).
        let by = match talk.endpoint(side) {
            Some(device) => {
                talk.cx.document(device).await.and_then(|device| device.text_at(&["sip", "username"]))
            }
            None => None,
        };
        talk.cx.with(|state| {
            number.clone_into(&mut state.setup.facts.request);
            number.clone_into(&mut state.vars.number);
            state.setup.facts.referred_by = by;
        });
        conversation::goes_to(&talk.cx, callflow);
        talk.let_go(side);
        return Ok(After::Leave);
    }
    let parties = whom(talk, side, number).await;
    if parties.is_empty() {
        talk.cx.note("EN4007", format!("`{number}`, to transfer to, leads to no telephone that can be rung"));
        result(talk, side, 404);
        return Ok(After::GoOn);
    }
    result(talk, side, 200);
    talk.part().await?;
    let tone = Media::Tone { spec: RINGBACK_TONE.to_owned() };
    talk.start_playing(side.other(), vec![tone], Loops::Endless);
    let rung = Rung::start(&talk.cx, parties, talk.leg(side));
    talk.let_go(side);
    match leave_behind(talk, side, rung).await {
        Ok(_) => Ok(After::GoOn),
        Err(_) => Err(PartyGone),
    }
}

/// The telephones a number's callflow rings first, called by `side`; none when it does something else first.
pub(super) async fn whom(talk: &Talk, side: Side, number: &str) -> Vec<Party> {
    let cx = &talk.cx;
    let Some(callflow) = cx.lookup(number).await else { return Vec::new() };
    let Some(node) = callflow.flow.entry_node() else { return Vec::new() };
    let mut parties = match node.module.as_str() {
        "device" | "user" => match node.data.get("id").and_then(lenient::as_text) {
            Some(id) => ring::parties(cx, &id, &Options { can_call_self: true, ..Options::default() }).await,
            None => Vec::new(),
        },
        "ring_group" => ring_group::telephones(cx, node.data.clone()).await,
        "resources" | "offnet" => resources::ways(cx, node.data.clone(), number).await,
        _ => Vec::new(),
    };
    if let Some(id) = talk.endpoint(side)
        && let Some(caller) = Endpoint::load(cx, id).await
        && let Some(own) = caller.caller_id("internal", "number")
    {
        for party in &mut parties {
            let name = caller.caller_id("internal", "name").unwrap_or_else(|| own.clone());
            party.caller_id = CallerId { name, number: own.clone(), ..CallerId::default() };
            party.delay = Duration::ZERO;
        }
    }
    parties
}

/// Takes a party's keys in; true when they end with the take-back sequence.
fn keyed(state: &mut crate::state::State, leg: LegId, pressed: &mut String, takeback: &str) -> bool {
    let Some(leg) = state.legs.get_mut(&leg) else { return false };
    while let Some(digit) = leg.digits.pop_front() {
        pressed.push(digit);
        if pressed.len() > 32 {
            pressed.remove(0);
        }
        if !takeback.is_empty() && pressed.ends_with(takeback) {
            return true;
        }
    }
    false
}
