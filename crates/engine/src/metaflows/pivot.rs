//! `pivot`: the caller leaves the conversation for a flow that a web server decides (reference section 4.5; Kazoo has its
//! schema only).

use std::sync::Arc;

use flow::graph::Object;
use flow::kazoo;
use serde_json::json;

use crate::conversation::{self, Side, Talk};
use crate::input::Callflow;
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{Exit, ModuleError};
use crate::modules::pivot;
use crate::pivot::Answer;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "pivot",
    summary: "The caller leaves the conversation for a flow that a web server decides.",
    example: r#"{"module": "pivot", "data": {"voice_url": "http://ivr.example.com/next", "method": "get"}}"#,
    exits: &[Exit::Replace, Exit::Key("_")],
    members: || (pivot::MODULE.members)(),
    caption: |data| match data.get("voice_url").and_then(lenient::as_text) {
        Some(url) => format!("Ask {url}"),
        None => "Ask the web server".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

async fn run(talk: &mut Talk, _: Side, data: Object) -> Outcome {
    let node = json!({"module": "pivot", "data": data.clone(), "children": {}});
    let flow = match pivot::begin(&talk.cx, data).await {
        Ok((_, Some(Answer::Flow(flow)))) => flow,
        // Its verbs are for the caller alone: a node of its own carries them out when the conversation is over.
        Ok((session, Some(Answer::Twiml(response)))) => {
            talk.cx.vars(|vars| vars.pivot_answer = Some(Box::new((session, response))));
            Arc::new(kazoo::read_flow(&node).0)
        }
        Ok((_, None)) => return Err(Fault::Broken("the web server gave no flow".to_owned())),
        Err(ModuleError::Broken(reason)) => return Err(Fault::Broken(reason)),
        Err(ModuleError::HungUp) => return Err(Fault::Gone),
    };
    conversation::goes_to(&talk.cx, Callflow::of_flow("", flow));
    talk.let_go(Side::Far);
    Ok(Next::Leave)
}
