//! `park`: leaves a call in a numbered slot, or fetches one from there (reference section 7.7).
//!
//! A slot is a document of the account, so slots are the same for all calls, and two calls never get the same one: a
//! slot is taken by creating its document, or by changing it at the revision that was read.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bridge::{self, Attempt, BridgeEnd, Order};
use crate::command::{Change, TakeFrom};
use crate::cx::{Cx, HungUp};
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::media::Loops;
use crate::media_path;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::pickup;
use crate::ring::{self, Options};
use crate::say;

/// The first slot given out when no number is named.
const FIRST_SLOT: u64 = 101;

/// Slots tried when none is named.
const SLOTS_TRIED_MAX: u64 = 1_000;

/// Time the one who parks by dialling has to put the call through.
const RESERVATION: Duration = Duration::from_secs(30);

/// Tries to fetch a call that is just being put into the slot, one second apart.
const FETCH_TRIES: usize = 3;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "park",
    summary: "Leaves the call in a numbered slot, or fetches one from there.",
    example: r#"{"module": "park", "data": {"action": "auto", "default_ringback_timeout": 120000}}"#,
    exits: &[Exit::Stop, Exit::Key("MAX_SLOT_EXCEEDED"), Exit::Dynamic("slot"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("retrieve") => "Fetch a parked call".to_owned(),
        Some("auto") => "Park or fetch".to_owned(),
        Some("direct_park") => "Park this call".to_owned(),
        _ => "Park".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `park`, `direct_park`, `retrieve` or `auto`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// The slot; otherwise what the feature code captured, or the lowest free one.
    #[serde(deserialize_with = "lenient::text")]
    slot: Option<String>,
    /// Slot number to its own settings.
    slots: Object,
    /// Until the one who parked is called back, in ms.
    #[serde(deserialize_with = "lenient::opt_int")]
    default_ringback_timeout: Option<i64>,
    /// How long they are called, in ms.
    #[serde(deserialize_with = "lenient::opt_int")]
    default_callback_timeout: Option<i64>,
    /// Presence shown while the slot is taken: `early`, `terminated` or `confirmed`.
    #[serde(deserialize_with = "lenient::text")]
    default_presence_type: Option<String>,
    /// Use `presence_id` instead of the number dialled.
    #[serde(deserialize_with = "lenient::boolean")]
    custom_presence_id: bool,
    /// Presence id of the slots.
    #[serde(deserialize_with = "lenient::text")]
    presence_id: Option<String>,
    /// Highest slot number.
    #[serde(deserialize_with = "lenient::opt_int")]
    max_slot_number: Option<i64>,
}

/// A slot as its document has it.
struct Slot {
    number: String,
    revision: Option<String>,
    /// Call id of the call in it.
    call_id: Option<String>,
    /// It is reserved by somebody who is putting a call through to it.
    attended: bool,
}

/// What became of an attempt to take a slot.
enum Taken {
    Ours(String),
    Occupied,
    TooHigh,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let transferred = cx.with(|state| state.setup.facts.referred_by.is_some());
    match data.action.as_deref() {
        Some("retrieve") => match fetch(&cx, &data).await? {
            true => Ok(Next::Stop(None)),
            false => nobody_there(&cx).await,
        },
        Some("direct_park") => park_this(&cx, &data).await,
        // A call that was transferred here is the one to be parked.
        _ if transferred => park_this(&cx, &data).await,
        Some("auto") if fetch(&cx, &data).await? => Ok(Next::Stop(None)),
        None | Some("park" | "auto") => reserve(&cx, &data).await,
        Some(other) => Err(ModuleError::Broken(format!("there is no action `{other}`"))),
    }
}

async fn nobody_there(cx: &Cx) -> Outcome {
    cx.answer().await?;
    cx.prompt("park-no_caller").await?;
    Ok(Next::Stop(None))
}

/// Fetches the call in the slot; true when the caller talked with it.
async fn fetch(cx: &Cx, data: &Data) -> Result<bool, HungUp> {
    let Some(number) = named_slot(cx, data) else { return Ok(false) };
    for _ in 0..FETCH_TRIES {
        let slot = read(cx, &number).await;
        match slot.call_id.clone() {
            None => return Ok(false),
            Some(_) if slot.attended => cx.sleep(Duration::from_secs(1)).await?,
            Some(call_id) => {
                free(cx, &slot).await;
                publish(cx, "park_retrieved", &number, data);
                return pickup::pick_up(cx, TakeFrom::CallerOf(call_id)).await;
            }
        }
    }
    Ok(false)
}

/// The caller parks a call by dialling first: the slot is theirs until they put the call through.
async fn reserve(cx: &Cx, data: &Data) -> Outcome {
    cx.answer().await?;
    match take(cx, data, true).await {
        Taken::Occupied => {
            cx.prompt("park-already_in_use").await?;
        }
        Taken::TooHigh => return Ok(Next::Continue("MAX_SLOT_EXCEEDED".to_owned())),
        Taken::Ours(number) => {
            let mut items = vec![cx.prompt_item("park-call_placed_in_spot")];
            items.extend(say::spelled(cx, &number));
            let told = cx.play(items, Loops::Once, crate::caller::ANY_KEY).await;
            let waited = match told {
                Ok(_) => cx.sleep(RESERVATION).await,
                Err(hung_up) => Err(hung_up),
            };
            let slot = read(cx, &number).await;
            let own = cx.with(|state| state.setup.call_id.clone());
            if slot.attended && slot.call_id.as_ref() == Some(&own) {
                free(cx, &slot).await;
            }
            waited?;
        }
    }
    Ok(Next::Stop(None))
}

/// Leaves this very call in the slot until somebody fetches it, it is given up, or the one who parked takes it back.
async fn park_this(cx: &Cx, data: &Data) -> Outcome {
    let number = match take(cx, data, false).await {
        Taken::Ours(number) => number,
        Taken::TooHigh => return Ok(Next::Continue("MAX_SLOT_EXCEEDED".to_owned())),
        Taken::Occupied => {
            cx.answer().await?;
            cx.prompt("park-already_in_use").await?;
            return Ok(Next::Stop(None));
        }
    };
    cx.answer().await?;
    publish(cx, "park_parked", &number, data);
    let ended = wait_parked(cx, data, &number).await;
    let slot = read(cx, &number).await;
    let own = cx.with(|state| state.setup.call_id.clone());
    if slot.call_id.as_ref() == Some(&own) {
        free(cx, &slot).await;
        let event = if ended.is_ok() { "park_retrieved" } else { "park_abandoned" };
        publish(cx, event, &number, data);
    }
    ended
}

async fn wait_parked(cx: &Cx, data: &Data, number: &str) -> Outcome {
    let parker = parker(cx).await;
    let own = data.slots.get(number);
    let setting = |name: &str, default: Option<i64>, or: i64| {
        let ms = own.and_then(|own| own.int_at(&[name])).or(default).unwrap_or(or);
        Duration::from_millis(u64::try_from(ms).unwrap_or_default())
    };
    let ringback = setting("ringback_timeout", data.default_ringback_timeout, 120_000);
    let callback = setting("callback_timeout", data.default_callback_timeout, 30_000);
    loop {
        let playback =
            cx.begin_playback(vec![media_path::music_on_hold(cx, None).await], Loops::Endless).await?.ok();
        let until = parker.as_ref().map(|_| cx.mono().saturating_add(ringback));
        cx.wait(until, |_| None::<()>).await?;
        if let Some(playback) = playback {
            cx.stop_playback(playback).await?;
        }
        let Some(parker) = &parker else { continue };
        match call_back(cx, parker, callback).await? {
            BridgeEnd::Bridged => return Ok(Next::default_exit()),
            BridgeEnd::Failed { .. } if cx.has_child(number) || cx.has_child("_") => {
                return Ok(Next::Continue(number.to_owned()));
            }
            BridgeEnd::Failed { .. } => {}
        }
    }
}

/// Rings the one who parked the call.
async fn call_back(cx: &Cx, device: &str, timeout: Duration) -> Result<BridgeEnd, HungUp> {
    let options = Options { can_call_self: true, ..Options::default() };
    let attempt = Attempt {
        parties: ring::parties(cx, device, &options).await,
        order: Order::AllAtOnce,
        timeout,
        ringback: None,
        ignore_early_media: true,
        fail_on_single_reject: false,
    };
    bridge::run(cx, attempt).await
}

/// The device of the one who transferred the call here.
async fn parker(cx: &Cx) -> Option<String> {
    let username = cx.with(|state| state.setup.facts.referred_by.clone())?;
    pickup::device_named(cx, &username).await
}

/// The slot the node or the feature code names.
fn named_slot(cx: &Cx, data: &Data) -> Option<String> {
    let captured = || cx.vars(|vars| vars.capture_group.clone());
    data.slot.clone().or_else(captured).filter(|slot| !slot.is_empty())
}

/// Takes the named slot, or the lowest free one.
async fn take(cx: &Cx, data: &Data, attended: bool) -> Taken {
    let highest = data.max_slot_number.and_then(|highest| u64::try_from(highest).ok());
    let too_high = |number: u64| highest.is_some_and(|highest| number > highest);
    if let Some(number) = named_slot(cx, data) {
        if number.parse::<u64>().is_ok_and(too_high) {
            return Taken::TooHigh;
        }
        return match occupy(cx, &number, attended).await {
            true => Taken::Ours(number),
            false => Taken::Occupied,
        };
    }
    for number in FIRST_SLOT..FIRST_SLOT + SLOTS_TRIED_MAX {
        if too_high(number) {
            return Taken::TooHigh;
        }
        let number = number.to_string();
        if occupy(cx, &number, attended).await {
            return Taken::Ours(number);
        }
    }
    Taken::Occupied
}

/// Puts this call into a slot that is free, or that is reserved by the one who transfers it.
async fn occupy(cx: &Cx, number: &str, attended: bool) -> bool {
    let slot = read(cx, number).await;
    let own = cx.with(|state| state.setup.call_id.clone());
    if slot.call_id.as_ref().is_some_and(|other| *other != own) && (attended || !slot.attended) {
        return false;
    }
    let content = cx.with(|state| {
        json!({
            "Call-ID": own,
            "Attended": attended,
            "CID-Name": state.vars.caller_name,
            "CID-Number": state.vars.caller_number,
        })
    });
    let members = json!({ "slot": content });
    let id = document_id(number);
    let change = match slot.revision {
        Some(revision) => Change::Patch { id, patch: members, revision: Some(revision) },
        None => Change::Create { id, kind: "parked_call".to_owned(), document: members },
    };
    match cx.save(change).await {
        Ok(_) => true,
        // Somebody else was faster.
        Err(Failure::Conflict) => false,
        Err(_) => false,
    }
}

async fn read(cx: &Cx, number: &str) -> Slot {
    let document = cx.document(&document_id(number)).await;
    let at = |path: &[&str]| document.as_ref().and_then(|document| document.text_at(path));
    Slot {
        number: number.to_owned(),
        revision: at(&["_rev"]),
        call_id: at(&["slot", "Call-ID"]),
        attended: document.as_ref().is_some_and(|document| document.is_true_at(&["slot", "Attended"], false)),
    }
}

/// Empties a slot, unless somebody else has changed it since it was read.
async fn free(cx: &Cx, slot: &Slot) {
    let patch = json!({ "slot": Value::Null });
    let change = Change::Patch { id: document_id(&slot.number), patch, revision: slot.revision.clone() };
    cx.save(change).await.ok();
}

fn document_id(number: &str) -> String {
    format!("parking-slot-{number}")
}

/// Tells presence watchers and event listeners about the slot.
fn publish(cx: &Cx, event: &str, number: &str, data: &Data) {
    let own = data.slots.get(number);
    let text = |name: &str| own.and_then(|own| own.text_at(&[name]));
    let (dialled, captured) = cx.with(|state| {
        (
            state.setup.facts.request.clone(),
            state.vars.capture_group.as_ref().is_some_and(|text| !text.is_empty()),
        )
    });
    let of_number = if captured { dialled } else { format!("{dialled}{number}") };
    let presence_id = match data.custom_presence_id {
        true => text("presence_id").or_else(|| data.presence_id.clone()).unwrap_or(of_number),
        false => of_number,
    };
    let shown = text("presence_type")
        .or_else(|| data.default_presence_type.clone())
        .unwrap_or_else(|| "early".to_owned());
    let state = if event == "park_parked" { shown } else { "terminated".to_owned() };
    cx.send(crate::command::Action::Publish {
        event: event.to_owned(),
        data: json!({ "slot": number, "presence_id": presence_id, "presence": state }),
    });
}
