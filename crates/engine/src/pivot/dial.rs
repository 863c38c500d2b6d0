//! `Dial`: somebody is called and connected, and the web server is told how it ended.
//!
//! Not here: conferences (`conference`), ringing itself (`bridge`).

use std::time::Duration;

use flow::twiml::{Dial, Party as Called, Who};
use serde_json::json;

use super::record::whole_seconds;
use super::session::{Dialled, Recording, Session};
use super::status::{self, Fares};
use super::verbs::{Then, go_to};
use crate::bridge::{self, Attempt, BridgeEnd, Order, Party};
use crate::caller_id;
use crate::carrier;
use crate::cause::Cause;
use crate::command::{CallerId, Request, Target, View};
use crate::cx::{Cx, HungUp};
use crate::hooks;
use crate::modules::record_call;
use crate::number;
use crate::outbound::{self, Outbound};
use crate::recording;
use crate::ring::{self, Options};
use crate::vars::{Connected, TalkBounds};

/// The wait for an answer when the document names none: for the account's telephones, and for numbers.
const TIMEOUT: Duration = Duration::from_secs(20);
const NUMBER_TIMEOUT: Duration = Duration::from_secs(30);

/// Calls and connects; then the web server is told, or the next verb follows.
pub(super) async fn run(cx: &Cx, session: &mut Session, asked: &Dial) -> Result<Option<Then>, HungUp> {
    let (attempt, labels) = attempt(cx, asked).await;
    // What `record_call` has begun goes on.
    let records = asked.record && cx.vars(|vars| vars.recording.is_none());
    if records {
        let data = json!({"action": "start", "format": record_call::FORMAT, "record_on_bridge": true});
        // It can only fail on data that make no sense.
        let _ = record_call::run(cx.clone(), data.as_object().cloned().unwrap_or_default()).await;
    }
    tell(cx, session, asked, |_| Fares::Initiated);
    let bounds = TalkBounds {
        longest: Some(asked.time_limit),
        end_keys: asked.hang_up_on.clone(),
        told: told_when_answered(cx, session, asked, &labels),
    };
    cx.vars(|vars| {
        vars.talk_bounds = bounds;
        vars.connected = None;
    });
    let end = if attempt.parties.is_empty() {
        cx.note("EN2014", "there is nobody to call");
        Ok(BridgeEnd::Failed { cause: Cause::NoRouteDestination, status: 0 })
    } else {
        bridge::run(cx, attempt).await
    };
    let connected = cx.vars(|vars| {
        vars.talk_bounds = TalkBounds::default();
        vars.connected.take()
    });
    let dialled = ended(cx, end.as_ref().ok().copied(), connected.as_ref());
    let answered = connected.map(|connected| connected.label);
    let others = Dialled {
        status: if answered.is_some() { "canceled" } else { dialled.status },
        sid: None,
        seconds: 0,
    };
    tell(cx, session, asked, |party| {
        let is_it =
            answered.as_ref().is_some_and(|label| labels.get(party).is_some_and(|own| own.contains(label)));
        Fares::Ended(if is_it { &dialled } else { &others })
    });
    session.dialled = Some(dialled);
    if records {
        keep_recording(cx, session).await;
    }
    let end = end?;
    if cx.vars(|vars| vars.goes_to.is_some() || vars.after_bridge.is_some()) {
        return Ok(Some(Then::Leave(ring::after_talking(cx).await)));
    }
    after(cx, session, asked, end == BridgeEnd::Bridged)
}

/// Tells those who asked for it how each party fares, by the party's place.
fn tell<'a>(cx: &Cx, session: &Session, asked: &Dial, fares: impl Fn(usize) -> Fares<'a>) {
    for (place, party) in asked.parties.iter().enumerate() {
        if let Some(callback) = &party.status
            && let Some(request) = status::of_party(cx, session, callback, name(&party.who), &fares(place))
        {
            hooks::begin(cx, request, hooks::RETRIES, "EN3006");
        }
    }
}

/// What is sent when a party answers, with the labels of its telephones.
fn told_when_answered(
    cx: &Cx,
    session: &Session,
    asked: &Dial,
    labels: &[Vec<String>],
) -> Vec<(Vec<String>, Request)> {
    let each = asked.parties.iter().zip(labels);
    each.filter_map(|(party, labels)| {
        let callback = party.status.as_ref()?;
        let request = status::of_party(cx, session, callback, name(&party.who), &Fares::Answered)?;
        Some((labels.clone(), request))
    })
    .collect()
}

/// What follows a `Dial` or a conference.
pub(super) fn after(cx: &Cx, session: &Session, asked: &Dial, reached: bool) -> Result<Option<Then>, HungUp> {
    if !reached {
        let status = session.dialled.as_ref().map_or("failed", |dialled| dialled.status);
        cx.note("EN2013", format!("nobody answered: {status}"));
        if !asked.continue_on_fail {
            return Ok(Some(Then::End));
        }
    }
    Ok(asked.next.as_ref().map(|next| go_to(session, next)))
}

/// The attempt, and for each party of the document the labels of the telephones it stands for.
async fn attempt(cx: &Cx, asked: &Dial) -> (Attempt, Vec<Vec<String>>) {
    let is_number = |party: &Called| matches!(party.who, Who::Number(_));
    let default = if asked.parties.iter().any(is_number) { NUMBER_TIMEOUT } else { TIMEOUT };
    let timeout = asked.timeout.unwrap_or(default);
    let (mut parties, mut labels) = (Vec::new(), Vec::new());
    for party in &asked.parties {
        let stands_for = parties_of(cx, &party.who, asked.caller_id.as_deref()).await;
        labels.push(stands_for.iter().flat_map(labels_of).collect());
        parties.extend(stands_for);
    }
    let order = if asked.one_by_one { Order::OneByOne } else { Order::AllAtOnce };
    let mut longest = timeout;
    if asked.one_by_one {
        parties.iter_mut().for_each(|party| party.timeout = Some(timeout));
        longest = timeout.saturating_mul(u32::try_from(parties.len().max(1)).unwrap_or(u32::MAX));
    }
    let attempt = Attempt {
        parties,
        order,
        timeout: longest,
        ringback: ring::ringback(cx, None),
        ignore_early_media: false,
        fail_on_single_reject: false,
    };
    (attempt, labels)
}

/// The labels of a party and of those that are rung in its place.
fn labels_of(party: &Party) -> Vec<String> {
    let instead = party.fallback.iter().flat_map(labels_of);
    std::iter::once(party.label.clone()).chain(instead).collect()
}

async fn parties_of(cx: &Cx, who: &Who, shown: Option<&str>) -> Vec<Party> {
    match who {
        Who::User(id) | Who::Device(id) => {
            let caller_id = match shown {
                Some(_) => Some(with_number(caller_id::for_leg(cx, None).await, shown)),
                None => None,
            };
            ring::parties(cx, id, &Options { caller_id, ..Options::default() }).await
        }
        Who::Number(text) => number_parties(cx, text, shown).await,
        Who::Sip(text) => {
            let uri = if text.starts_with("sip") { text.clone() } else { format!("sip:{text}") };
            let caller_id = with_number(caller_id::for_leg(cx, Some("external")).await, shown);
            let target = Target::Uri { uri: uri.clone(), route: None, credentials: None };
            vec![Party::new(target, uri, caller_id)]
        }
        Who::Conference(_) => Vec::new(),
    }
}

/// The carriers that take a number, one after the other as long as they do not reach anybody: the account's own, or
/// else the shared ones.
async fn number_parties(cx: &Cx, text: &str, shown: Option<&str>) -> Vec<Party> {
    let digits: String =
        text.chars().enumerate().filter(|(at, key)| is_dialled(*at, *key)).map(|(_, key)| key).collect();
    let number = number::read(cx, &digits).await.e164;
    let own = cx.list(View::OfType { kind: "resource".to_owned() }).await;
    let mut routes = carrier::routes(&own, &number, &[]);
    if routes.is_empty() {
        routes = carrier::routes(&cx.list(View::GlobalResources).await, &number, &[]);
    }
    if routes.is_empty() {
        cx.note("EN2020", "no carrier takes the number");
    }
    let how = Outbound { timeout: NUMBER_TIMEOUT, ..Outbound::default() };
    let mut chain: Vec<Party> = Vec::new();
    for route in routes.into_iter().rev() {
        for mut party in outbound::attempt(cx, route, &how).await.parties {
            party.caller_id = with_number(party.caller_id, shown);
            party.fallback = std::mem::take(&mut chain);
            party.only_unreached = true;
            chain.push(party);
        }
    }
    chain
}

fn is_dialled(at: usize, key: char) -> bool {
    key.is_ascii_digit() || matches!(key, '*' | '#') || (key == '+' && at == 0)
}

fn with_number(caller_id: CallerId, shown: Option<&str>) -> CallerId {
    match shown {
        Some(number) => CallerId { number: number.to_owned(), ..caller_id },
        None => caller_id,
    }
}

/// How it ended, as the web server is told; `None` stands for a caller who hung up.
fn ended(cx: &Cx, end: Option<BridgeEnd>, connected: Option<&Connected>) -> Dialled {
    let now = cx.mono();
    let call_id = cx.with(|state| state.setup.call_id.clone());
    let status = match (end, connected) {
        (_, Some(_)) => "completed",
        (Some(BridgeEnd::Failed { cause, .. }), None) => match cause {
            Cause::UserBusy | Cause::CallRejected => "busy",
            Cause::NoAnswer | Cause::NoUserResponse | Cause::ProgressTimeout => "no-answer",
            _ => "failed",
        },
        (None | Some(BridgeEnd::Bridged), None) => "canceled",
    };
    Dialled {
        status,
        sid: connected.map(|connected| format!("{call_id}-{}", connected.leg.0)),
        seconds: connected.map_or(0, |connected| whole_seconds(now.saturating_sub(connected.since))),
    }
}

/// Ends the recording of the conversation, if one was made, and tells of it.
async fn keep_recording(cx: &Cx, session: &mut Session) {
    cx.vars(|vars| vars.recording_armed = None);
    let Some(name) = cx.vars(|vars| vars.recording.as_ref().map(|recording| recording.name.clone())) else {
        return;
    };
    let seconds = session.dialled.as_ref().map_or(0, |dialled| dialled.seconds);
    recording::finish(cx).await;
    session.recording = Some(Recording { url: String::new(), sid: name, seconds });
}

/// Whom a party is, in a word.
fn name(who: &Who) -> &str {
    match who {
        Who::Number(name) | Who::User(name) | Who::Device(name) | Who::Sip(name) => name,
        Who::Conference(room) => &room.name,
    }
}
