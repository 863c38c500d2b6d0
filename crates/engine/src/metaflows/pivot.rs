//! `pivot`: the caller leaves the conversation for a flow that a web server decides (reference section 4.5; Kazoo has its
//! schema only).

use flow::graph::Object;

use crate::conversation::{self, Side, Talk};
use crate::input::Callflow;
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{self, Exit, ModuleError};
use crate::modules::pivot;

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
    match (pivot::MODULE.run)(talk.cx.clone(), data).await {
        Ok(module::Next::Replace(flow)) => {
            conversation::goes_to(&talk.cx, Callflow::of_flow("", flow));
            talk.let_go(Side::Far);
            Ok(Next::Leave)
        }
        Ok(_) => Err(Fault::Broken("the web server gave no flow".to_owned())),
        Err(ModuleError::Broken(reason)) => Err(Fault::Broken(reason)),
        Err(ModuleError::HungUp) => Err(Fault::Gone),
    }
}
