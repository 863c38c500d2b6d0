//! `callflow`: the caller leaves the conversation for a callflow (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{self, Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome, argument};
use crate::module::Exit;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "callflow",
    summary: "The caller leaves the conversation for a callflow, by id or by its exact number.",
    example: r#"{"module": "callflow", "data": {"id": "office-hours"}}"#,
    exits: &[Exit::Replace, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Run callflow {id}"),
        None => "Run the callflow of the digits".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The callflow; found by the digits otherwise.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
}

async fn run(talk: &mut Talk, _: Side, data: Object) -> Outcome {
    let named = super::read::<Data>(data.clone())?.id;
    let found = match (&named, argument(&data, "collected")) {
        (Some(id), _) => talk.cx.callflow(id).await,
        (None, Some(number)) => {
            // A static number only: patterns and the catch-all would take any digits.
            let found = talk.cx.lookup(&number).await;
            found.filter(|callflow| callflow.capture_group.is_none() && !callflow.no_match)
        }
        (None, None) => None,
    };
    let Some(callflow) = found else {
        return Err(Fault::Broken("there is no such callflow".to_owned()));
    };
    conversation::goes_to(&talk.cx, callflow);
    talk.let_go(Side::Far);
    Ok(Next::Leave)
}
