//! `hangup`: ends the call, whatever flows are waiting to be resumed (reference section 3.1).

use flow::graph::Object;

use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "hangup",
    summary: "Ends the call.",
    example: r#"{"module": "hangup", "data": {}}"#,
    exits: &[Exit::HardStop],
    members: || &[],
    caption: |_| "Hang up".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(_cx: Cx, _data: Object) -> Outcome {
    Ok(Next::HardStop)
}
