//! `send_dtmf`: sends digits to the caller (reference section 3.2).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::command::Action;
use crate::cx::Cx;
use crate::ids::LegId;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// Digits sent at most by one node.
const DIGITS_MAX: usize = 128;

/// Bounds of a single digit's length.
const DURATION_MS: std::ops::RangeInclusive<i64> = 40..=10_000;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "send_dtmf",
    summary: "Sends digits to the caller.",
    example: r##"{"module": "send_dtmf", "data": {"digits": "123ABC#", "duration_ms": 2000}, "children": {}}"##,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("digits").and_then(lenient::as_text) {
        Some(digits) => format!("Send digits {digits}"),
        None => "Send digits".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// `0-9*#A-D`; anything else is left out.
    #[serde(deserialize_with = "lenient::text")]
    digits: Option<String>,
    /// Milliseconds per digit.
    #[serde(deserialize_with = "lenient::int")]
    duration_ms: i64,
}

impl Default for Data {
    fn default() -> Self {
        Data { digits: None, duration_ms: 2000 }
    }
}

/// The digits are waited for, unlike in Kazoo, where a following node would cut them off.
async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let digits: String = data
        .digits
        .unwrap_or_default()
        .to_ascii_uppercase()
        .chars()
        .filter(|digit| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D'))
        .take(DIGITS_MAX)
        .collect();
    if digits.is_empty() {
        return Ok(Next::default_exit());
    }
    cx.open_audio().await?;
    let duration_ms = data.duration_ms.clamp(*DURATION_MS.start(), *DURATION_MS.end());
    let duration = Duration::from_millis(duration_ms.unsigned_abs());
    if let Err(failure) = cx.run(Action::SendDigits { leg: LegId::CALLER, digits, duration }).await? {
        cx.note("EN2008", format!("the digits could not be sent: {failure:?}"));
    }
    Ok(Next::default_exit())
}
