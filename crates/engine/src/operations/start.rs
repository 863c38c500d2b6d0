//! `Start`: where a control plan begins.

use flow::graph::Object;
use flow::n2fe::config::{Config, Nothing};

use super::{ONE_EXIT, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.Start",
    summary: "Begins the plan and goes on to its first operation.",
    example: r#"{"id": "2", "type": "Start", "base_node": "1", "exits": [1]}"#,
    exits: ONE_EXIT,
    members: || Nothing::MEMBERS,
    caption: |_| "Start".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(_cx: Cx, _data: Object) -> Outcome {
    exit(0)
}
