//! `Switch`: one exit, chosen by hand.

use flow::graph::Object;
use flow::n2fe::config::{Config, Switch};

use super::{OPEN_EXITS, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.Switch",
    summary: "Always takes the exit its owner has chosen.",
    example: r#"{"id": "3", "type": "Switch", "exits": [4, 5], "config": {"exit_idx": 0}}"#,
    exits: OPEN_EXITS,
    members: || Switch::MEMBERS,
    caption: |_| "Switch".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let switch: Switch = config(&cx, &data)?;
    exit(switch.exit)
}
