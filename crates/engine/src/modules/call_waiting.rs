//! `call_waiting`: lets second calls through or refuses them as busy, for a telephone or a person (reference section 3.5).
//!
//! Not here: refusing them (`ring`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::toggle;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "call_waiting",
    summary: "Turns call waiting on or off.",
    example: r#"{"module": "call_waiting", "data": {"action": "toggle", "scope": "user"}}"#,
    exits: &[Exit::Key("_"), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("activate") => "Call waiting on".to_owned(),
        Some("deactivate") => "Call waiting off".to_owned(),
        _ => "Call waiting on/off".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `device` or `user`.
    #[serde(deserialize_with = "lenient::text")]
    scope: Option<String>,
    /// `toggle`, `activate` or `deactivate`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = match data.scope.as_deref() {
        Some("user") => cx.vars(|vars| vars.owner_id.clone()),
        _ => toggle::calling_device(&cx),
    };
    let Some((id, document)) = toggle::document(&cx, id).await else {
        cx.prompt("cw-not_available").await?;
        return Ok(Next::Stop(None));
    };
    cx.answer().await?;
    let enabled = document.is_true_at(&["call_waiting", "enabled"], true);
    let Some(wanted) = toggle::wanted(data.action.as_deref().unwrap_or("toggle"), enabled) else {
        cx.prompt("cw-not_available").await?;
        return Ok(Next::default_exit());
    };
    let patch = json!({"call_waiting": {"enabled": wanted}});
    if wanted != enabled && !toggle::save(&cx, &id, patch).await {
        cx.prompt("cw-not_available").await?;
        return Ok(Next::default_exit());
    }
    cx.prompt(if wanted { "cw-activated" } else { "cw-deactivated" }).await?;
    Ok(Next::default_exit())
}
