//! `menu`: plays a greeting, collects digits, and takes the child with that key (reference section 7.8).
//!
//! Digits without a child may be hunted: looked up like a dialled number. Recording a new greeting over the
//! telephone is in `menu_greeting`.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::caller::{ANY_KEY, Collect};
use crate::cx::{Cx, HungUp};
use crate::hunt;
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::media_path;
use crate::menu_greeting;
use crate::module::{DEFAULT_EXIT, Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "menu",
    summary: "Plays a menu and takes the branch of the key the caller presses.",
    example: r#"{"module": "menu", "data": {"id": "main-menu"}, "children": {"1": {"module": "user", "data": {"id": "alice"}}, "_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: &[
        Exit::Dynamic("digits"),
        Exit::Key("timeout"),
        Exit::Key("max_retries"),
        Exit::Branch,
        Exit::Key("_"),
        Exit::Stop,
    ],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Menu {id}"),
        None => "Menu".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The menu document.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Milliseconds between digits, when the document has none.
    #[serde(deserialize_with = "lenient::opt_int")]
    interdigit_timeout: Option<i64>,
}

/// A menu document, read.
struct Menu {
    id: String,
    retries: u32,
    timeout: Duration,
    interdigit: Duration,
    max_digits: usize,
    hunt: bool,
    hunt_allow: Option<String>,
    hunt_deny: Option<String>,
    record_pin: Option<String>,
    allow_record_from_offnet: bool,
    greeting: Option<String>,
    exit_media: Choice,
    transfer_media: Choice,
    invalid_media: Choice,
}

/// Which audio stands for a moment of the menu.
enum Choice {
    Silent,
    Stock,
    Media(String),
}

impl Menu {
    fn read(id: &str, document: &Value, interdigit_timeout: Option<i64>) -> Menu {
        let count = |name: &str, default: u32| {
            document.int_at(&[name]).and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
        };
        let ms = |value: Option<i64>, default: u64| {
            let value = value.and_then(|value| u64::try_from(value).ok()).filter(|value| *value > 0);
            Duration::from_millis(value.unwrap_or(default))
        };
        let choice = |name: &str| match document.at(&["media", name]) {
            Some(value) if lenient::is_false(value) => Choice::Silent,
            Some(Value::String(id)) if !id.is_empty() && id != "true" => Choice::Media(id.clone()),
            _ => Choice::Stock,
        };
        Menu {
            id: id.to_owned(),
            retries: count("retries", 3),
            timeout: ms(document.int_at(&["timeout"]), 10_000),
            interdigit: ms(document.int_at(&["interdigit_timeout"]).or(interdigit_timeout), 2_000),
            max_digits: count("max_extension_length", 4) as usize,
            hunt: document.is_true_at(&["hunt"], false),
            hunt_allow: document.text_at(&["hunt_allow"]),
            hunt_deny: document.text_at(&["hunt_deny"]),
            record_pin: document.text_at(&["record_pin"]),
            allow_record_from_offnet: document.is_true_at(&["allow_record_from_offnet"], false),
            greeting: document.text_at(&["media", "greeting"]),
            exit_media: choice("exit_media"),
            transfer_media: choice("transfer_media"),
            invalid_media: choice("invalid_media"),
        }
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = data.id.unwrap_or_default();
    let document = cx.document(&id).await;
    if document.is_none() {
        cx.note("EN2015", format!("the menu `{id}` does not exist; a menu without a greeting is used"));
    }
    let empty = Value::Object(Object::new());
    let mut menu = Menu::read(&id, document.as_deref().unwrap_or(&empty), data.interdigit_timeout);
    cx.answer().await?;
    let mut left = menu.retries;
    while left > 0 {
        let spec = Collect {
            max_digits: menu.max_digits,
            timeout: menu.timeout,
            interdigit: menu.interdigit,
            terminators: "#",
        };
        let digits = cx.collect(greeting(&cx, &menu), &spec).await?;
        if digits.is_empty() {
            if cx.has_child("timeout") {
                return Ok(Next::Child("timeout".to_owned()));
            }
            if let Some(next) = hunt(&cx, &menu, "timeout").await? {
                return Ok(next);
            }
            left -= 1;
            continue;
        }
        if cx.has_child(&digits) {
            return Ok(Next::Child(digits));
        }
        if let Some(next) = hunt(&cx, &menu, &digits).await? {
            return Ok(next);
        }
        if menu.record_pin.as_deref() == Some(digits.as_str()) && may_record(&cx, &menu) {
            if let Some(media_id) = menu_greeting::record(&cx, &menu.id, menu.greeting.as_deref()).await? {
                menu.greeting = Some(media_id);
            }
            cx.prompt("menu-return").await?;
            continue;
        }
        play_choice(&cx, &menu.invalid_media, "menu-invalid_entry").await?;
        left -= 1;
    }
    give_up(&cx, &menu).await
}

async fn give_up(cx: &Cx, menu: &Menu) -> Outcome {
    cx.flush_digits();
    play_choice(cx, &menu.exit_media, "menu-exit").await?;
    if cx.has_child("max_retries") {
        return Ok(Next::Child("max_retries".to_owned()));
    }
    if cx.has_child(DEFAULT_EXIT) {
        play_choice(cx, &menu.transfer_media, "menu-transferring_call").await?;
        return Ok(Next::default_exit());
    }
    cx.prompt("vm-goodbye").await?;
    Ok(Next::Stop(None))
}

fn greeting(cx: &Cx, menu: &Menu) -> Vec<Media> {
    let item = menu.greeting.as_deref().and_then(|path| media_path::item(cx, path));
    vec![item.unwrap_or_else(|| cx.prompt_item("menu-no_prompt"))]
}

fn may_record(cx: &Cx, menu: &Menu) -> bool {
    menu.allow_record_from_offnet || !cx.with(|state| state.setup.facts.is_offnet())
}

/// Looks the digits up as a number, if the menu hunts and its patterns let them through. The catch-all is refused.
async fn hunt(cx: &Cx, menu: &Menu, digits: &str) -> Result<Option<Next>, HungUp> {
    if !menu.hunt || !hunt::is_allowed(cx, menu.hunt_allow.as_deref(), menu.hunt_deny.as_deref(), digits) {
        return Ok(None);
    }
    let Some(callflow) = cx.lookup(digits).await.filter(|callflow| !callflow.no_match) else {
        return Ok(None);
    };
    cx.flush_digits();
    play_choice(cx, &menu.transfer_media, "menu-transferring_call").await?;
    Ok(Some(cx.branch(callflow)))
}

async fn play_choice(cx: &Cx, choice: &Choice, stock: &str) -> Result<(), HungUp> {
    let item = match choice {
        Choice::Silent => return Ok(()),
        Choice::Stock => cx.prompt_item(stock),
        Choice::Media(id) => media_path::item(cx, id).unwrap_or_else(|| cx.prompt_item(stock)),
    };
    cx.play(vec![item], Loops::Once, ANY_KEY).await.map(|_| ())
}
