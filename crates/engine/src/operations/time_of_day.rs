//! `TimeOfDay`: branches by the time of day.

use flow::graph::Object;
use flow::n2fe::config::{Config, TimeOfDay};

use super::{OPEN_EXITS, caption, config, when};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.TimeOfDay",
    summary: "Takes the exit of the first rule of times that applies now.",
    example: r#"{"id": "3", "type": "TimeOfDay", "exits": [4, 5], "config": {"default_exit_idx": 1, "rules": [{"start_time": "08:00", "end_time": "17:30", "exit_idx": 0}]}}"#,
    exits: OPEN_EXITS,
    members: || TimeOfDay::MEMBERS,
    caption: |data| caption::<TimeOfDay>("Time of day", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let TimeOfDay(hours) = config(&cx, &data)?;
    when::branch(&cx, &hours).await
}
