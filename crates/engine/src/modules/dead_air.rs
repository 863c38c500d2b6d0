//! `dead_air`: answers and lets the caller hear nothing until they hang up (reference section 3.2).

use flow::graph::Object;

use crate::cx::Cx;
use crate::media::{Loops, Media};
use crate::module::{Exit, Module, Next, Outcome};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "dead_air",
    summary: "Answers and plays silence until the caller hangs up.",
    example: r#"{"module": "dead_air", "data": {}}"#,
    exits: &[Exit::HardStop],
    members: || &[],
    caption: |_| "Dead air".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, _data: Object) -> Outcome {
    cx.answer().await?;
    cx.play(vec![Media::Silence { duration: None }], Loops::Once, "").await?;
    // Silence that cannot be played is silence too.
    cx.wait(None, |_| None::<()>).await?;
    Ok(Next::HardStop)
}
