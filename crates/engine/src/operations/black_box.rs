//! `BlackBox`: an operation of a type that is not run here.

use flow::graph::Object;
use flow::n2fe::config::{Config, Nothing};

use crate::cause::Cause;
use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.BlackBox",
    summary: "Ends the call: what the operation would have done is not known, and going on could pass an authorisation.",
    example: r#"{"id": "3", "type": "BlackBox", "exits": [1]}"#,
    exits: &[Exit::Stop],
    members: || Nothing::MEMBERS,
    caption: |_| "Black box".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, _data: Object) -> Outcome {
    let module = cx.node().map(|node| node.module.clone()).unwrap_or_default();
    cx.note("EN2104", format!("operations of type `{module}` are not run here; the call is released"));
    Ok(Next::Stop(Some(Cause::ServiceNotImplemented)))
}
