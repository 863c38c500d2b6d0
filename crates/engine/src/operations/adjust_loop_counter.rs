//! `AdjustLoopCounter`: adds to a counter of this call ("Increment Counter").

use flow::graph::Object;
use flow::n2fe::config::{AdjustLoopCounter, Config};

use super::{ONE_EXIT, buffers, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.AdjustLoopCounter",
    summary: "Adds to a counter that lives as long as the call.",
    example: r#"{"id": "3", "type": "AdjustLoopCounter", "exits": [4], "config": {"buffer": "user.counter1", "value": 1}}"#,
    exits: ONE_EXIT,
    members: || AdjustLoopCounter::MEMBERS,
    caption: |data| caption::<AdjustLoopCounter>("Count", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let adjust: AdjustLoopCounter = config(&cx, &data)?;
    let count = buffers::count(&cx, &adjust.buffer).saturating_add(adjust.value);
    buffers::write(&cx, &adjust.buffer, count.to_string());
    exit(0)
}
