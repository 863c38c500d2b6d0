//! `noop`: waits until what was queued before has been played (reference section 3.1). Every playback of this engine
//! is waited for by the module that started it, so nothing is ever queued here.

use flow::graph::Object;

use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "noop",
    summary: "Does nothing but wait for earlier playback to end.",
    example: r#"{"module": "noop", "data": {}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "No operation".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(_cx: Cx, _data: Object) -> Outcome {
    Ok(Next::default_exit())
}
