//! `answer`: answers the call and waits until that is done (reference section 3.2).

use flow::graph::Object;

use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "answer",
    summary: "Answers the call.",
    example: r#"{"module": "answer", "data": {}, "children": {"_": {"module": "play", "data": {"id": "welcome"}}}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "Answer".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, _data: Object) -> Outcome {
    cx.answer().await?;
    Ok(Next::default_exit())
}
