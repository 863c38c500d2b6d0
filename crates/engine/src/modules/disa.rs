//! `disa`: lets a caller from outside dial as if they were inside (direct inward system access; reference section 3.7).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::admission;
use crate::caller::Collect;
use crate::cx::{Cx, HungUp};
use crate::lenient::{self, Read};
use crate::media::Media;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::number;

/// Digits of a PIN that are waited for, unless it is longer (`callflow.default_pin_length`).
const PIN_DIGITS: usize = 10;

/// The module does not ask more often than this.
const RETRIES_MAX: i64 = 20;

/// Times an empty entry is asked for again; Kazoo asks for ever.
const EMPTY_MAX: usize = 5;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "disa",
    summary: "Lets a caller dial as if they were inside.",
    example: r#"{"module": "disa", "data": {"pin": "4711", "retries": 3, "max_digits": 15, "preconnect_audio": "dialtone"}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Branch, Exit::Key("_"), Exit::Stop, Exit::HardStop],
    members: lenient::members::<Data>,
    caption: |_| "Dial from outside".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// What the caller must know; nothing when empty.
    #[serde(deserialize_with = "lenient::text")]
    pin: Option<String>,
    /// Tries for the PIN, and for a number.
    #[serde(deserialize_with = "lenient::int")]
    retries: i64,
    /// Milliseconds between digits.
    #[serde(deserialize_with = "lenient::opt_int")]
    interdigit: Option<i64>,
    /// Most digits of a number.
    #[serde(deserialize_with = "lenient::int")]
    max_digits: i64,
    /// What is heard before dialling: `dialtone`, `ringing`, nothing for other words.
    #[serde(deserialize_with = "lenient::text")]
    preconnect_audio: Option<String>,
    /// How often it rings.
    #[serde(deserialize_with = "lenient::int")]
    ring_repeat_count: i64,
    /// Show the account's number instead of the caller's; that is so unless explicitly false.
    #[serde(deserialize_with = "lenient::not_false")]
    use_account_caller_id: Option<bool>,
    /// What the account may not call, they may not either.
    #[serde(deserialize_with = "lenient::boolean")]
    enforce_call_restriction: bool,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            pin: None,
            retries: 3,
            interdigit: None,
            max_digits: 15,
            preconnect_audio: None,
            ring_repeat_count: 1,
            use_account_caller_id: None,
            enforce_call_restriction: false,
        }
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let tries = data.retries.clamp(1, RETRIES_MAX);
    cx.answer().await?;
    if let Some(pin) = &data.pin
        && !knows_pin(&cx, pin, tries).await?
    {
        cx.prompt("disa-retries_exceeded").await?;
        return Ok(Next::Stop(None));
    }
    for _ in 0..tries {
        let dialled = ask(&cx, &data).await?;
        let read = number::read(&cx, &dialled).await;
        let found = if dialled.is_empty() { None } else { cx.lookup(&read.e164).await };
        let Some(callflow) = found else {
            cx.prompt("disa-invalid_extension").await?;
            continue;
        };
        let account = cx.account().await;
        let denied = account.text_at(&["call_restriction", &read.class, "action"]).as_deref() == Some("deny");
        if data.enforce_call_restriction && denied {
            admission::refuse(&cx).await?;
            return Ok(Next::HardStop);
        }
        show(&cx, &account, data.use_account_caller_id != Some(false));
        cx.dial(&read.e164);
        return Ok(cx.branch(callflow));
    }
    Ok(Next::default_exit())
}

async fn knows_pin(cx: &Cx, pin: &str, tries: i64) -> Result<bool, HungUp> {
    let spec = Collect { max_digits: PIN_DIGITS.max(pin.len()), ..Collect::default() };
    for _ in 0..tries {
        if cx.collect(vec![cx.prompt_item("disa-enter_pin")], &spec).await? == pin {
            return Ok(true);
        }
        cx.prompt("disa-invalid_pin").await?;
    }
    Ok(false)
}

/// The number dialled; empty when nothing was, again and again.
async fn ask(cx: &Cx, data: &Data) -> Result<String, HungUp> {
    let count = |value: i64| usize::try_from(value).unwrap_or(1).max(1);
    let tone = match data.preconnect_audio.as_deref() {
        None | Some("dialtone") => Some("%(10000,0,350,440)".to_owned()),
        Some("ringing") => {
            Some(format!("%(2000,4000,440,480);loops={}", count(data.ring_repeat_count).min(20)))
        }
        _ => None,
    };
    let interdigit = data.interdigit.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    let spec = Collect {
        max_digits: count(data.max_digits).min(64),
        interdigit: interdigit.map_or(Collect::default().interdigit, Duration::from_millis),
        ..Collect::default()
    };
    for _ in 0..EMPTY_MAX {
        let items = tone.iter().map(|spec| Media::Tone { spec: spec.clone() }).collect();
        let number = cx.collect(items, &spec).await?;
        if !number.is_empty() {
            return Ok(number);
        }
    }
    Ok(String::new())
}

/// The caller keeps the identity they have from here on: the account's or their own.
fn show(cx: &Cx, account: &Value, as_account: bool) {
    let of = |member: &str| {
        let kinds = ["external", "default"].into_iter().filter(|_| as_account);
        kinds.into_iter().find_map(|kind| account.text_at(&["caller_id", kind, member]))
    };
    let (number, name) = (of("number"), of("name"));
    cx.vars(|vars| {
        vars.caller_number = number.unwrap_or_else(|| vars.caller_number.clone());
        vars.caller_name = name.unwrap_or_else(|| vars.caller_name.clone());
        vars.caller_id.retain = true;
        vars.channel.insert("Retain-CID".to_owned(), Value::Bool(true));
    });
}
