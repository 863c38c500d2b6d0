//! `transfer`: sends the caller to another number for good (reference section 3.8).
//!
//! The number's callflow takes the place of this one and of whatever waits to be resumed. There is no other party while a
//! module runs, so `bleg` has nobody to send; `attended` is the same as `blind`.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::hunt;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::number;

/// The number when none is named: the catch-all.
const NO_MATCH: &str = "no_match";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "transfer",
    summary: "Sends the caller to another number for good.",
    example: r#"{"module": "transfer", "data": {"target": "700", "transfer_type": "blind"}}"#,
    exits: &[Exit::Stop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("target").and_then(lenient::as_text) {
        Some(target) => format!("Transfer to {target}"),
        None => "Transfer".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The number.
    #[serde(deserialize_with = "lenient::text")]
    target: Option<String>,
    /// Numbers of which the first counts when there is no target.
    captures: Vec<Value>,
    /// `self` or `bleg`.
    #[serde(deserialize_with = "lenient::text")]
    leg: Option<String>,
    /// `blind` or `attended`.
    #[serde(deserialize_with = "lenient::text")]
    transfer_type: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    if data.leg.as_deref() == Some("bleg") {
        cx.note("EN2024", "there is no other party to transfer");
        return Ok(Next::default_exit());
    }
    if data.transfer_type.as_deref() == Some("attended") {
        cx.note("EN2024", "the caller is transferred at once, without asking the target first");
    }
    let first = || data.captures.iter().find_map(lenient::as_text);
    let target = data.target.clone().or_else(first).unwrap_or_else(|| NO_MATCH.to_owned());
    let number = number::dialled(&cx, &target).await.e164;
    match hunt::lookup(&cx, &number).await {
        Some(callflow) => {
            cx.dial(&number);
            // Whoever waits for the end of this flow is not told: the call goes on elsewhere.
            cx.vars(|vars| vars.alerts.clear());
            Ok(cx.transfer(callflow))
        }
        None => {
            cx.note("EN2025", format!("no callflow takes `{target}`, where the caller was to go"));
            Ok(Next::default_exit())
        }
    }
}
