//! `LoopCounterBranching`: branches by a counter of this call ("Branch Counter").

use flow::graph::Object;
use flow::n2fe::config::{Config, LoopCounterBranching};

use super::{TWO_EXITS, buffers, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.LoopCounterBranching",
    summary: "Branches by whether a counter of this call has reached a limit.",
    example: r#"{"id": "3", "type": "LoopCounterBranching", "exits": [4, 5], "config": {"buffer": "user.counter1", "limit": 3}}"#,
    exits: TWO_EXITS,
    members: || LoopCounterBranching::MEMBERS,
    caption: |data| caption::<LoopCounterBranching>("Counter", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let branch: LoopCounterBranching = config(&cx, &data)?;
    exit(usize::from(buffers::count(&cx, &branch.buffer) >= branch.limit))
}
