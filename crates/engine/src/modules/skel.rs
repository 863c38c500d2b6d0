//! `skel`: does nothing (reference section 3.1).

use flow::graph::Object;

use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "skel",
    summary: "Does nothing.",
    example: r#"{"module": "skel", "data": {}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "Nothing".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(_cx: Cx, _data: Object) -> Outcome {
    Ok(Next::default_exit())
}
