//! `wait_for_hangup`: waits until the caller hangs up (reference section 3.1), which ends the call. Does not answer.

use flow::graph::Object;

use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "wait_for_hangup",
    summary: "Waits until the caller hangs up.",
    example: r#"{"module": "wait_for_hangup", "data": {}}"#,
    exits: &[Exit::HardStop],
    members: || &[],
    caption: |_| "Wait for the hang-up".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, _data: Object) -> Outcome {
    cx.wait(None, |_| None::<()>).await?;
    Ok(Next::HardStop)
}
