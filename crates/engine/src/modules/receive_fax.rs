//! `receive_fax`: receives a fax for a person (reference section 3.8). The call ends with it.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::command::Action;
use crate::cx::Cx;
use crate::ids::LegId;
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "receive_fax",
    summary: "Receives a fax for a person.",
    example: r#"{"module": "receive_fax", "data": {"owner_id": "alice", "media": {"fax_option": "auto"}}}"#,
    exits: &[Exit::HardStop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Receive a fax".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Whose fax it is.
    #[serde(deserialize_with = "lenient::text")]
    owner_id: Option<String>,
    /// `fax_option`: true, false or `auto` for T.38.
    media: Value,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let option = data.media.at(&["fax_option"]).cloned().unwrap_or(Value::Null);
    receive(&cx, json!({"owner_id": data.owner_id, "fax_option": option})).await
}

/// Receives a fax; where that is not possible the default exit is taken, and the trace says why.
pub(super) async fn receive(cx: &Cx, settings: Value) -> Outcome {
    cx.answer().await?;
    match cx.run(Action::ReceiveFax { leg: LegId::CALLER, settings }).await? {
        Ok(_) => {
            // The fax service took the call over: nobody has missed it.
            cx.vars(|vars| vars.alerts.clear());
            Ok(Next::HardStop)
        }
        Err(failure) => {
            let reason = match failure {
                Failure::Unsupported { reason } | Failure::NoRoute { reason } => reason,
                other => format!("{other:?}"),
            };
            cx.note("EN2035", format!("no fax was received: {reason}"));
            Ok(Next::default_exit())
        }
    }
}
