//! `dynamic_cid`: gives the caller another number to show: keyed in, fixed, or chosen from a list by the digits dialled
//! before the number (reference section 3.4).
//!
//! Named groups (`idx_name`) and lists that hold their entries themselves work, and no entry at all takes the default
//! exit; in Kazoo all three crash or fail (section 8.1, 3).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::admission;
use crate::caller::Collect;
use crate::command::View;
use crate::cx::{Cx, HungUp};
use crate::endpoint::Endpoint;
use crate::hunt;
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::media_path;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::number;

/// Fewest and most digits keyed in (`callflow.dynamic_cid.min_digits`, `max_digits`).
const DIGITS: i64 = 10;

/// Digits of the key before the number, when neither entry nor list says (`capture_group_length`).
const KEY_DIGITS: i64 = 2;

/// Played when a number is accepted.
const ACCEPT_TONE: &str = "%(250,0,440)";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "dynamic_cid",
    summary: "Gives the caller another number to show.",
    example: r#"{"module": "dynamic_cid", "data": {"action": "static", "caller_id": {"name": "Acme", "number": "+15550100"}}, "children": {"_": {"module": "resources", "data": {}}}}"#,
    exits: &[Exit::Key("_"), Exit::Branch, Exit::Stop, Exit::HardStop],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("static") => "Show a fixed number".to_owned(),
        Some("list" | "lists") => "Show a number by list".to_owned(),
        _ => "Show a number keyed in".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `manual`, `list`, `lists` or `static`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// The list.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// The named group that holds the key.
    #[serde(deserialize_with = "lenient::text")]
    idx_name: Option<String>,
    /// `name` and `number`, for `static`.
    caller_id: Value,
    /// What asks for the number.
    #[serde(deserialize_with = "lenient::text")]
    media_id: Option<String>,
    /// Fewest digits.
    #[serde(deserialize_with = "lenient::opt_int")]
    min_digits: Option<i64>,
    /// Most digits.
    #[serde(deserialize_with = "lenient::opt_int")]
    max_digits: Option<i64>,
    /// Pattern of numbers that may be keyed in.
    #[serde(deserialize_with = "lenient::text")]
    whitelist_regex: Option<String>,
    /// Milliseconds between digits.
    #[serde(deserialize_with = "lenient::opt_int")]
    interdigit_timeout: Option<i64>,
    /// What the caller's telephone may not call, they may not call so either, unless explicitly false.
    #[serde(deserialize_with = "lenient::not_false")]
    enforce_call_restriction: Option<bool>,
    /// The number may lead to any callflow, not to the catch-all only.
    #[serde(deserialize_with = "lenient::boolean")]
    permit_custom_callflow: bool,
}

/// What a list says.
enum Choice {
    Entry { name: Option<String>, number: Option<String>, destination: String },
    NoEntry,
    TooShort,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let captured = cx.vars(|vars| vars.capture_group.clone()).filter(|captured| !captured.is_empty());
    match (data.action.as_deref(), captured) {
        (Some("static"), _) => {
            let of = |member: &str| data.caller_id.text_at(&[member]);
            if of("number").is_none() {
                cx.prompt("dynamic-cid-invalid_using_default").await?;
            }
            set(&cx, of("name"), of("number"));
            Ok(Next::default_exit())
        }
        (Some("list" | "lists"), Some(captured)) => by_list(&cx, &data, &captured).await,
        _ => {
            let number = keyed_in(&cx, &data).await?;
            set(&cx, None, number);
            Ok(Next::default_exit())
        }
    }
}

/// Shows this name and number; what is missing stays as it is.
fn set(cx: &Cx, name: Option<String>, number: Option<String>) {
    cx.vars(|vars| {
        vars.caller_number = number.unwrap_or_else(|| vars.caller_number.clone());
        vars.caller_name = name.unwrap_or_else(|| vars.caller_name.clone());
        vars.caller_id.dynamic_number = Some(vars.caller_number.clone());
        vars.caller_id.dynamic_name = Some(vars.caller_name.clone());
    });
}

async fn keyed_in(cx: &Cx, data: &Data) -> Result<Option<String>, HungUp> {
    let count = |value: Option<i64>| usize::try_from(value.unwrap_or(DIGITS)).unwrap_or(0).clamp(1, 64);
    let interdigit = data.interdigit_timeout.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    let spec = Collect {
        max_digits: count(data.max_digits),
        interdigit: interdigit.map_or(Collect::default().interdigit, Duration::from_millis),
        ..Collect::default()
    };
    let own = data.media_id.as_deref().and_then(|id| media_path::item(cx, id));
    let ask = own.unwrap_or_else(|| cx.prompt_item("dynamic-cid-enter_cid"));
    let items = vec![Media::Silence { duration: Some(Duration::from_millis(100)) }, ask];
    let number = cx.collect(items, &spec).await?;
    let pattern = data.whitelist_regex.as_deref().unwrap_or(r"\d+");
    let allowed = hunt::pattern(cx, "EN2016", pattern).is_some_and(|pattern| pattern.is_match(&number));
    if number.len() < count(data.min_digits) || !allowed {
        cx.prompt("dynamic-cid-invalid_using_default").await?;
        return Ok(None);
    }
    cx.play(vec![Media::Tone { spec: ACCEPT_TONE.to_owned() }], Loops::Once, "").await?;
    Ok(Some(number))
}

async fn by_list(cx: &Cx, data: &Data, captured: &str) -> Outcome {
    let Some(list_id) = data.id.clone() else { return cx.bad_destination().await };
    let (name, number, destination) = match choose(cx, data, &list_id, captured).await {
        Choice::Entry { name, number, destination } => (name, number, destination),
        Choice::TooShort => return cx.bad_destination().await,
        Choice::NoEntry => {
            cx.note("EN2033", format!("the list `{list_id}` has no entry for the digits dialled"));
            return Ok(Next::default_exit());
        }
    };
    set(cx, name, number);
    let read = number::read(cx, &destination).await;
    cx.dial(&read.e164);
    let found = cx.lookup(&read.e164).await;
    let Some(callflow) = found.filter(|found| found.no_match || data.permit_custom_callflow) else {
        cx.prompt("disa-invalid_extension").await?;
        return Ok(Next::Stop(None));
    };
    if data.enforce_call_restriction != Some(false)
        && let Some(id) = cx.with(|state| state.setup.facts.authorizing_id.clone())
        && let Some(endpoint) = Endpoint::load(cx, &id).await
        && endpoint.denies(&admission::class_of(cx, &endpoint, &destination).await)
    {
        admission::refuse(cx).await?;
        return Ok(Next::HardStop);
    }
    Ok(cx.branch(callflow))
}

/// The entry whose key the digits begin with (or the named group holds), and the number behind the key.
async fn choose(cx: &Cx, data: &Data, list_id: &str, captured: &str) -> Choice {
    let named = data.idx_name.as_ref().map(|name| {
        let key = cx.vars(|vars| vars.capture_groups.get(name).cloned());
        (key.unwrap_or_default(), captured.to_owned())
    });
    let split = |length: i64| {
        let length = usize::try_from(length).unwrap_or(0);
        let (key, rest) = captured.split_at_checked(length)?;
        (!rest.is_empty()).then(|| (key.to_owned(), rest.to_owned()))
    };
    let mut entries: Vec<(Option<String>, i64, Value)> = cx
        .list(View::EntriesOfList { list_id: list_id.to_owned() })
        .await
        .iter()
        .map(|entry| {
            let length = entry.int_at(&["capture_group_length"]).unwrap_or(KEY_DIGITS);
            (entry.text_at(&["capture_group_key"]), length, entry.as_ref().clone())
        })
        .collect();
    if entries.is_empty()
        && let Some(list) = cx.document(list_id).await
        && let Some(Value::Object(own)) = list.at(&["entries"])
    {
        let length = list.int_at(&["length"]).unwrap_or(KEY_DIGITS);
        entries.extend(own.iter().map(|(key, entry)| (Some(key.clone()), length, entry.clone())));
    }
    let mut too_short = false;
    for (entry_key, length, entry) in entries {
        let Some((key, destination)) = named.clone().or_else(|| split(length)) else {
            too_short = true;
            continue;
        };
        if entry_key.as_deref() == Some(key.as_str()) {
            let of = |names: [&str; 2]| names.iter().find_map(|name| entry.text_at(&[name]));
            return Choice::Entry {
                name: of(["name", "cid_name"]),
                number: of(["number", "cid_number"]),
                destination,
            };
        }
    }
    if too_short { Choice::TooShort } else { Choice::NoEntry }
}
