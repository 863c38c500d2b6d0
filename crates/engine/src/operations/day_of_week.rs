//! `DayOfWeek`: branches by the day of the week.

use flow::graph::Object;
use flow::n2fe::config::{Config, DayOfWeek};

use super::{OPEN_EXITS, caption, config, when};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.DayOfWeek",
    summary: "Takes the exit of the first rule of weekdays that applies now.",
    example: r#"{"id": "3", "type": "DayOfWeek", "exits": [4, 5], "config": {"default_exit_idx": 0, "rules": [{"start_day": 6, "end_day": 0, "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || DayOfWeek::MEMBERS,
    caption: |data| caption::<DayOfWeek>("Day of week", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let DayOfWeek(hours) = config(&cx, &data)?;
    when::branch(&cx, &hours).await
}
