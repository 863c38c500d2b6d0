//! `privacy`: hides the caller's name and number, and goes on with the number dialled behind the feature code
//! (reference section 3.4).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::number;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "privacy",
    summary: "Hides the caller's name and number, and calls the number dialled.",
    example: r#"{"module": "privacy", "data": {"mode": "full"}}"#,
    exits: &[Exit::Branch, Exit::Stop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("mode").and_then(Value::as_str) {
        Some("name") => "Hide the caller's name".to_owned(),
        Some("number") => "Hide the caller's number".to_owned(),
        Some("none") => "Hide nothing more".to_owned(),
        _ => "Hide the caller".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `full`, `yes`, `name`, `number`, `none`; any other word hides both.
    #[serde(deserialize_with = "lenient::text")]
    mode: Option<String>,
    /// `overwrite`: the calling endpoint's own privacy does not count any more; `merge`: it is added.
    #[serde(deserialize_with = "lenient::text")]
    endpoint_strategy: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let merge = match data.endpoint_strategy.as_deref() {
        None | Some("overwrite") => false,
        Some("merge") => true,
        Some(other) => {
            let message = format!("endpoint_strategy is `overwrite` or `merge`, found `{other}`");
            return Err(ModuleError::Broken(message));
        }
    };
    let hidden = match data.mode.as_deref() {
        Some("none") => None,
        Some("name") => Some((true, false)),
        Some("number") => Some((false, true)),
        _ => Some((true, true)),
    };
    cx.vars(|vars| {
        if let Some((name, number)) = hidden {
            vars.channel.insert("Privacy-Hide-Name".to_owned(), Value::Bool(name));
            vars.channel.insert("Privacy-Hide-Number".to_owned(), Value::Bool(number));
        }
        vars.caller_id.ignore_endpoint_privacy = !merge;
    });
    let Some(number) = number::captured(&cx).await else { return Ok(Next::default_exit()) };
    match cx.lookup(&number).await {
        Some(callflow) => {
            cx.dial(&number);
            Ok(cx.branch(callflow))
        }
        None => {
            cx.note("EN2025", "no callflow takes the number behind the feature code");
            Ok(Next::Stop(None))
        }
    }
}
