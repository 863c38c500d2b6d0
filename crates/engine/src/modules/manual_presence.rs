//! `manual_presence`: sets the state that lamps watching an extension show (reference section 3.4).
//!
//! The state is kept in the document `manual_presence`, so that a telephone that asks later learns it too.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::command::{Action, Change};
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// The document states are kept in.
const DOCUMENT: &str = "manual_presence";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "manual_presence",
    summary: "Sets what the lamps that watch an extension show.",
    example: r#"{"module": "manual_presence", "data": {"presence_id": "700", "status": "busy"}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(data) => {
            let id = data.presence_id.unwrap_or_default();
            format!("Lamp {id} {}", data.status.as_deref().unwrap_or("idle"))
        }
        Err(_) => "Set a lamp".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// What lamps watch; the number captured by default.
    #[serde(deserialize_with = "lenient::text")]
    presence_id: Option<String>,
    /// `idle`, `ringing` or `busy`.
    #[serde(deserialize_with = "lenient::text")]
    status: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = data.presence_id.or_else(|| cx.vars(|vars| vars.capture_group.clone()));
    let id = id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ModuleError::Broken("there is no presence_id".to_owned()))?;
    let state = match data.status.as_deref() {
        Some("ringing") => "early",
        Some("busy") => "confirmed",
        _ => "terminated",
    };
    cx.answer().await?;
    show(&cx, id, state).await;
    Ok(Next::default_exit())
}

/// Lamps that watch this id show a state (`early`, `confirmed`, `terminated`) from now on.
pub(super) async fn show(cx: &Cx, id: String, state: &str) {
    let id = if id.contains('@') { id } else { format!("{id}@{}", realm(cx).await) };
    let mut members = Map::new();
    members.insert(id.clone(), Value::String(state.to_owned()));
    let change = Change::PutDocument {
        id: DOCUMENT.to_owned(),
        kind: DOCUMENT.to_owned(),
        members: Value::Object(members),
    };
    // A state that cannot be kept is noted by `save`; lamps that watch now still learn it.
    let _ = cx.save(change).await;
    cx.send(Action::Publish {
        event: "presence".to_owned(),
        data: json!({"presence_id": id, "state": state}),
    });
}

async fn realm(cx: &Cx) -> String {
    let asked = cx.with(|state| state.setup.facts.request_realm.clone());
    if asked.is_empty() { cx.account().await.text_at(&["realm"]).unwrap_or_default() } else { asked }
}
