//! `callflow`: runs another callflow and comes back when it stops (reference sections 2.5 and 3.1).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "callflow",
    summary: "Runs another callflow; its own default exit comes after that one has stopped.",
    example: r#"{"module": "callflow", "data": {"id": "opening-hours"}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: &[Exit::Branch, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Callflow {id}"),
        None => "Callflow".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Document id of the other callflow.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = data.id.unwrap_or_default();
    match cx.callflow(&id).await {
        Some(callflow) => Ok(Next::Branch(Box::new(callflow))),
        None => {
            cx.note("EN2009", format!("the callflow `{id}` does not exist"));
            Ok(Next::default_exit())
        }
    }
}
