//! `after_bridge`: says what becomes of the caller when the next conversation is over (reference section 3.1).
//!
//! Not here: doing it (`ring`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::vars::AfterBridge;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "after_bridge",
    summary: "Says what becomes of the caller when the next conversation is over.",
    example: r#"{"module": "after_bridge", "data": {"action": "transfer", "data": "700"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some(action) => format!("After the call: {action}"),
        None => "After the call".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `park`, `hangup` or `transfer`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// True or false; for `transfer` the extension.
    data: Value,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let wanted = lenient::is_true(&data.data);
    let after = match (data.action.as_deref(), &data.data) {
        (Some("park"), _) => wanted.then_some(AfterBridge::Park),
        (Some("hangup"), _) => wanted.then_some(AfterBridge::HangUp),
        (Some("transfer"), Value::String(extension)) if !extension.is_empty() => {
            Some(AfterBridge::Transfer(extension.clone()))
        }
        (action, _) => {
            let action = action.unwrap_or_default();
            cx.note("EN2024", format!("`{action}` with this data says nothing; nothing was set"));
            return Ok(Next::default_exit());
        }
    };
    cx.vars(|vars| vars.after_bridge = after);
    Ok(Next::default_exit())
}
