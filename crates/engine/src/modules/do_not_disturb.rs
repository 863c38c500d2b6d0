//! `do_not_disturb`: keeps a telephone or person from being rung (reference section 3.5).
//!
//! Not here: leaving them out (`endpoint`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::toggle;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "do_not_disturb",
    summary: "Turns do not disturb on or off.",
    example: r#"{"module": "do_not_disturb", "data": {"action": "toggle"}}"#,
    exits: &[Exit::Key("_"), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("activate") => "Do not disturb on".to_owned(),
        Some("deactivate") => "Do not disturb off".to_owned(),
        _ => "Do not disturb on/off".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `activate`, `deactivate` or `toggle`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// The telephone or person; the caller's own by default.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let own = || {
        let owner = cx.vars(|vars| vars.owner_id.clone());
        owner.or_else(|| cx.with(|state| state.setup.facts.authorizing_id.clone()))
    };
    let Some((id, document)) = toggle::document(&cx, data.id.or_else(own)).await else {
        cx.prompt("dnd-not_available").await?;
        return Ok(Next::Stop(None));
    };
    cx.answer().await?;
    let enabled = document.is_true_at(&["do_not_disturb", "enabled"], false);
    let Some(wanted) = toggle::wanted(data.action.as_deref().unwrap_or_default(), enabled) else {
        cx.prompt("dnd-not_available").await?;
        return Ok(Next::default_exit());
    };
    let patch = json!({"do_not_disturb": {"enabled": wanted}});
    if wanted != enabled && !toggle::save(&cx, &id, patch).await {
        cx.prompt("dnd-not_available").await?;
        return Ok(Next::default_exit());
    }
    cx.prompt(if wanted { "dnd-activated" } else { "dnd-deactivated" }).await?;
    Ok(Next::default_exit())
}
