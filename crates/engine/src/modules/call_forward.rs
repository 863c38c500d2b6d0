//! `call_forward`: turns the forwarding of the caller's calls on and off, and changes its number (reference section 3.5).
//!
//! Not here: forwarding calls (`forward`).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::caller::{ANY_KEY, Collect};
use crate::cx::{Cx, HungUp};
use crate::endpoint::Endpoint;
use crate::lenient::{self, Read};
use crate::media::Loops;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::{say, toggle};

/// Fewest and most digits of a number (`callflow.call_forward.min_callfwd_number_length`, `max_...`).
const DIGITS_MIN: usize = 3;
const DIGITS_MAX: usize = 20;

/// Time for the first digit or key (`callflow.call_forward.callfwd_number_timeout`).
const TIMEOUT: Duration = Duration::from_millis(8000);

/// Times a number or key is asked for; Kazoo asks for ever.
const TRIES: usize = 10;

/// Keys of the menu (`callflow.call_forward.keys`).
const KEY_TOGGLE: &str = "1";
const KEY_CHANGE: &str = "2";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "call_forward",
    summary: "Turns call forwarding on or off, or changes its number.",
    example: r#"{"module": "call_forward", "data": {"action": "toggle"}}"#,
    exits: &[Exit::Key("_"), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("activate") => "Call forwarding on".to_owned(),
        Some("deactivate") => "Call forwarding off".to_owned(),
        Some("update") => "Change the forward".to_owned(),
        Some("menu") => "Call forwarding menu".to_owned(),
        _ => "Call forwarding on/off".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `activate`, `deactivate`, `update`, `toggle` or `menu`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
}

/// The setting being changed.
struct Setting {
    id: String,
    enabled: bool,
    number: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some((id, document)) = toggle::document(&cx, whose(&cx).await).await else {
        cx.prompt("cf-not_available").await?;
        return Ok(Next::Stop(None));
    };
    let mut setting = Setting {
        id,
        enabled: document.is_true_at(&["call_forward", "enabled"], false),
        number: document.text_at(&["call_forward", "number"]),
    };
    cx.answer().await?;
    let captured = cx.vars(|vars| vars.capture_group.clone()).filter(|captured| !captured.is_empty());
    match data.action.as_deref() {
        Some("activate") => activate(&cx, &mut setting, captured).await?,
        Some("deactivate") => deactivate(&cx, &mut setting).await?,
        Some("update") => update(&cx, &mut setting, captured).await?,
        Some("toggle") => flip(&cx, &mut setting, captured).await?,
        Some("menu") => menu(&cx, &mut setting).await?,
        other => {
            let other = other.unwrap_or_default();
            cx.note("EN2024", format!("`{other}` is no action of call forwarding; nothing was changed"));
        }
    }
    Ok(Next::default_exit())
}

/// The only owner of the calling telephone, else the telephone itself.
async fn whose(cx: &Cx) -> Option<String> {
    let id = cx.with(|state| state.setup.facts.authorizing_id.clone())?;
    let endpoint = Endpoint::load(cx, &id).await?;
    Some(endpoint.owner_id().unwrap_or(id))
}

async fn activate(cx: &Cx, setting: &mut Setting, number: Option<String>) -> Result<(), HungUp> {
    match number {
        Some(number) => setting.number = Some(number),
        None => {
            update(cx, setting, None).await?;
            if setting.number.is_none() {
                return Ok(());
            }
        }
    }
    turn_on(cx, setting).await
}

async fn turn_on(cx: &Cx, setting: &mut Setting) -> Result<(), HungUp> {
    let number = setting.number.clone().unwrap_or_default();
    let patch = json!({"call_forward": {"enabled": true, "number": number}});
    if !toggle::save(cx, &setting.id, patch).await {
        cx.prompt("cf-not_available").await?;
        return Ok(());
    }
    setting.enabled = true;
    let mut items = vec![cx.prompt_item("cf-now_forwarded_to")];
    items.extend(say::spelled(cx, &number));
    cx.play(items, Loops::Once, ANY_KEY).await.map(|_| ())
}

async fn deactivate(cx: &Cx, setting: &mut Setting) -> Result<(), HungUp> {
    let patch = json!({"call_forward": {"enabled": false}});
    if !toggle::save(cx, &setting.id, patch).await {
        cx.prompt("cf-not_available").await?;
        return Ok(());
    }
    setting.enabled = false;
    cx.prompt("cf-disabled").await.map(|_| ())
}

/// Changes the number only: silently to the one captured, or asking for it.
async fn update(cx: &Cx, setting: &mut Setting, number: Option<String>) -> Result<(), HungUp> {
    let asked = number.is_none();
    let number = match number {
        Some(number) => Some(number),
        None => ask(cx).await?,
    };
    let Some(number) = number else { return Ok(()) };
    let saved = toggle::save(cx, &setting.id, json!({"call_forward": {"number": number}})).await;
    if saved {
        setting.number = Some(number);
    }
    match (asked, saved) {
        (_, false) => cx.prompt("cf-not_available").await.map(|_| ()),
        (true, true) => cx.prompt("vm-saved").await.map(|_| ()),
        (false, true) => Ok(()),
    }
}

/// Asks for a number until it is long enough.
async fn ask(cx: &Cx) -> Result<Option<String>, HungUp> {
    let spec = Collect { max_digits: DIGITS_MAX, timeout: TIMEOUT, ..Collect::default() };
    for _ in 0..TRIES {
        let number = cx.collect(vec![cx.prompt_item("cf-enter_number")], &spec).await?;
        if number.len() >= DIGITS_MIN {
            return Ok(Some(number));
        }
    }
    cx.prompt("cf-not_available").await?;
    Ok(None)
}

async fn flip(cx: &Cx, setting: &mut Setting, captured: Option<String>) -> Result<(), HungUp> {
    match (setting.enabled, captured.is_some() || setting.number.is_none()) {
        (true, _) => deactivate(cx, setting).await,
        (false, true) => activate(cx, setting, captured).await,
        (false, false) => turn_on(cx, setting).await,
    }
}

async fn menu(cx: &Cx, setting: &mut Setting) -> Result<(), HungUp> {
    let spec = Collect { timeout: TIMEOUT, ..Collect::default() };
    let mut tries = TRIES;
    while tries > 0 {
        let prompt = if setting.enabled { "cf-enabled_menu" } else { "cf-disabled_menu" };
        match cx.collect(vec![cx.prompt_item(prompt)], &spec).await?.as_str() {
            KEY_TOGGLE => flip(cx, setting, None).await?,
            KEY_CHANGE => update(cx, setting, None).await?,
            _ => {
                tries -= 1;
                continue;
            }
        }
        tries = TRIES;
    }
    Ok(())
}
