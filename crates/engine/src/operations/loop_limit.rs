//! `LoopLimit`: bounds how often a loop is run through.

use flow::graph::Object;
use flow::n2fe::config::{Config, LoopLimit};

use super::{TWO_EXITS, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.LoopLimit",
    summary: "Lets the call pass a number of times, and then takes the other exit.",
    example: r#"{"id": "3", "type": "LoopLimit", "exits": [4, 5], "config": {"loop_limit": 3}}"#,
    exits: TWO_EXITS,
    members: || LoopLimit::MEMBERS,
    caption: |data| caption::<LoopLimit>("At most", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let limit: LoopLimit = config(&cx, &data)?;
    let place = cx.node().map(|node| node.pointer.clone()).unwrap_or_default();
    let before = cx.vars(|vars| {
        let passes = vars.plan.passes.entry(place).or_insert(0);
        let before = *passes;
        *passes = before.saturating_add(1);
        before
    });
    exit(usize::from(before >= limit.limit))
}
