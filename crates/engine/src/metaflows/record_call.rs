//! `record_call`: starts, stops or masks the recording of the call (reference section 4.5).
//!
//! `toggle` stops a recording that is going on and starts one otherwise; Kazoo's always starts.

use flow::graph::Object;
use serde_json::{Value, json};

use crate::command::Action;
use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit, ModuleError};
use crate::modules::record_call as module;

use super::sound_touch::apply;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "record_call",
    summary: "Starts, stops or masks the recording of the call.",
    example: r#"{"module": "record_call", "data": {"action": "toggle", "format": "wav"}}"#,
    exits: &[Exit::Key("_")],
    members: || (module::MODULE.members)(),
    caption: |data| match data.get("action").and_then(|action| action.as_str()) {
        Some("stop") => "Stop recording".to_owned(),
        Some("mask") => "Mask the recording".to_owned(),
        Some("unmask") => "Unmask the recording".to_owned(),
        Some("start") => "Record the call".to_owned(),
        _ => "Start or stop recording".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

async fn run(talk: &mut Talk, _: Side, mut data: Object) -> Outcome {
    let going_on = talk.cx.vars(|vars| vars.recording.as_ref().map(|recording| recording.id));
    let action = data.get("action").and_then(lenient::as_text).unwrap_or_else(|| "toggle".to_owned());
    let word = match (action.as_str(), going_on) {
        ("mask" | "unmask", Some(recording)) => {
            let masked = action == "mask";
            apply(talk, Action::MaskRecording { recording, masked }).await?;
            return Ok(Next::Continue(DEFAULT_EXIT));
        }
        ("mask" | "unmask" | "stop", None) => {
            return Err(Fault::Broken("the call is not being recorded".to_owned()));
        }
        ("stop", Some(_)) | ("toggle", Some(_)) => "stop",
        _ => "start",
    };
    data.insert("action".to_owned(), json!(word));
    data.retain(|name, value| !(name == "captures" || name == "collected" || *value == Value::Null));
    match module::run(talk.cx.clone(), data).await {
        Ok(_) => Ok(Next::Continue(DEFAULT_EXIT)),
        Err(ModuleError::Broken(reason)) => Err(Fault::Broken(reason)),
        Err(ModuleError::HungUp) => Err(Fault::Gone),
    }
}
