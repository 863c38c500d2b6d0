//! `conference`: lets the caller into a conference (reference section 3.8; documents in section 6).
//!
//! The caller is welcomed, names the conference if the node does not, enters a PIN where one is needed, and is in until
//! they leave. Children are not run afterwards, as with Kazoo; `_` follows only when there is no such conference or no room can
//! be had. Not here: what happens inside (`conference`).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::caller::Collect;
use crate::conference::document::{Conference, Role};
use crate::conference::{self, End};
use crate::cx::{Cx, HungUp};
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::media_path;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "conference",
    summary: "Lets the caller into a conference, asking for its number and a PIN where needed.",
    example: r#"{"module": "conference", "data": {"id": "board", "moderator": false, "welcome_prompt": {"play": true}}}"#,
    exits: &[Exit::HardStop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(Value::as_str) {
        Some(_) => "Conference".to_owned(),
        None if data.contains_key("config") => "Conference".to_owned(),
        None => "Conference by number".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

/// Times a number or a PIN is asked for.
const TRIES: usize = 3;

/// Digits of a number or PIN at most.
const DIGITS_MAX: usize = 16;

/// Until the first digit.
const DIGITS_TIMEOUT: Duration = Duration::from_secs(5);

/// A caller's name at most, and the silence that ends it.
const NAME_LIMIT: Duration = Duration::from_secs(10);
const NAME_SILENCE: Duration = Duration::from_secs(2);

/// What the node says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Data {
    /// The conference's document; the caller is asked for a number without one.
    #[serde(deserialize_with = "lenient::text")]
    pub(super) id: Option<String>,
    /// The caller is a moderator, or is none; absent: the number or the PIN says so.
    #[serde(deserialize_with = "lenient::opt_boolean")]
    moderator: Option<bool>,
    /// `play` and `media_id`.
    welcome_prompt: Object,
    /// Members of a conference document, in place of the document's own, or of one that has none.
    config: Option<Object>,
    /// `true`, `false`, or what is played.
    play_entry_tone: Option<Value>,
    /// See `play_entry_tone`.
    play_exit_tone: Option<Value>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    enter(&cx, data).await
}

/// All of it; `conference_feature` has its id from elsewhere.
pub(super) async fn enter(cx: &Cx, data: Data) -> Outcome {
    let config = data.config.clone().map(Value::Object);
    let known = match (&data.id, &config) {
        (Some(id), _) => {
            let Some(found) = named(cx, id, config.as_ref()).await else {
                cx.note("EN2037", "there is no such conference");
                cx.answer().await?;
                cx.prompt("conf-bad_conf").await?;
                return Ok(Next::default_exit());
            };
            Some(found)
        }
        (None, Some(config)) => Some(Conference::ad_hoc(ad_hoc_id(cx, config), config)),
        (None, None) => None,
    };
    cx.answer().await?;
    if let Some(language) = known.as_ref().and_then(Conference::language) {
        cx.vars(|vars| vars.language = language);
    }
    welcome(cx, &data, known.as_ref()).await?;
    let role = data.moderator.map(|moderator| if moderator { Role::Moderator } else { Role::Member });
    let (conference, role) = match known {
        Some(conference) => (conference, role),
        None => match ask_number(cx).await? {
            Some((conference, number)) => {
                let role = role.or_else(|| conference.role_of_number(&number));
                (conference, role)
            }
            None => return too_many_attempts(cx).await,
        },
    };
    let Some(role) = ask_pin(cx, &conference, role).await? else {
        return too_many_attempts(cx).await;
    };
    let (entry, exit) = (data.play_entry_tone.as_ref(), data.play_exit_tone.as_ref());
    let mut participation = conference.participation(cx, role, entry, exit).await;
    if conference.plays_name() {
        cx.prompt("vm-record_name").await?;
        participation.name = cx.record_caller(NAME_LIMIT, Some(NAME_SILENCE)).await.map(|name| name.id);
    }
    // As in Kazoo the conference takes the call over: nobody is told of a missed call.
    cx.vars(|vars| vars.alerts.clear());
    match conference::take_part(cx, participation).await? {
        End::Left | End::Over => Ok(Next::HardStop),
        End::Full => {
            let full = conference.full(cx);
            cx.play(vec![full], Loops::Once, "").await?;
            Ok(Next::HardStop)
        }
        End::Failed(failure) => {
            let reason = match failure {
                Failure::Unsupported { reason } | Failure::Media { reason } => reason,
                other => format!("{other:?}"),
            };
            cx.note("EN2036", format!("the caller could not be put into the conference: {reason}"));
            Ok(Next::default_exit())
        }
    }
}

/// A conference by its document, or by a number of it: feature codes and people who write flows by hand have numbers.
async fn named(cx: &Cx, id: &str, config: Option<&Value>) -> Option<Conference> {
    match Conference::by_id(cx, id, config).await {
        Some(found) => Some(found),
        None => Conference::by_number(cx, id, config).await,
    }
}

/// What callers of the same node share who have no document.
fn ad_hoc_id(cx: &Cx, config: &Value) -> String {
    let node = || cx.node().map(|node| node.pointer.clone()).unwrap_or_default();
    config.text_at(&["name"]).unwrap_or_else(node)
}

async fn welcome(cx: &Cx, data: &Data, conference: Option<&Conference>) -> Result<(), HungUp> {
    let of_node = data.welcome_prompt.get("play").filter(|play| !play.is_null()).map(lenient::is_true);
    let of_document = || conference.and_then(Conference::plays_welcome);
    if !of_node.or_else(of_document).unwrap_or(true) {
        return Ok(());
    }
    let own = data.welcome_prompt.get("media_id").and_then(lenient::as_text);
    let item = own.and_then(|path| media_path::item(cx, &path));
    let item = item.unwrap_or_else(|| cx.prompt_item("conf-welcome"));
    cx.play(vec![item], Loops::Once, crate::caller::ANY_KEY).await?;
    Ok(())
}

/// Asks which conference; `None` when the caller named none.
async fn ask_number(cx: &Cx) -> Result<Option<(Conference, String)>, HungUp> {
    for _ in 0..TRIES {
        let prompt = vec![cx.prompt_item("conf-enter_conf_number")];
        let number = collect(cx, prompt, DIGITS_TIMEOUT).await?;
        if !number.is_empty()
            && let Some(conference) = Conference::by_number(cx, &number, None).await
        {
            if let Some(language) = conference.language() {
                cx.vars(|vars| vars.language = language);
            }
            return Ok(Some((conference, number)));
        }
        cx.prompt("conf-bad_conf").await?;
    }
    Ok(None)
}

/// Finds out the caller's role, by a PIN where one is needed; `None` when they do not know it.
async fn ask_pin(cx: &Cx, conference: &Conference, role: Option<Role>) -> Result<Option<Role>, HungUp> {
    if !conference.asks_for_pin(role) {
        return Ok(Some(role.unwrap_or(Role::Member)));
    }
    let timeout = conference.pin_timeout_ms().map_or(DIGITS_TIMEOUT, Duration::from_millis);
    for _ in 0..TRIES {
        let pin = collect(cx, vec![cx.prompt_item("conf-enter_conf_pin")], timeout).await?;
        if let Some(role) = conference.role_of_pin(role, &pin) {
            return Ok(Some(role));
        }
        cx.prompt("conf-bad_pin").await?;
    }
    Ok(None)
}

async fn collect(cx: &Cx, prompt: Vec<Media>, timeout: Duration) -> Result<String, HungUp> {
    let spec = Collect { max_digits: DIGITS_MAX, timeout, interdigit: DIGITS_TIMEOUT, terminators: "#" };
    cx.collect(prompt, &spec).await
}

async fn too_many_attempts(cx: &Cx) -> Outcome {
    cx.prompt("conf-too_many_attempts").await?;
    Ok(Next::HardStop)
}
