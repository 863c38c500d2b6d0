//! `BusinessHours`: branches by days, holidays and times of day.

use flow::graph::Object;
use flow::n2fe::config::{BusinessHours, Config};

use super::{OPEN_EXITS, caption, config, when};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.BusinessHours",
    summary: "Takes the exit of the first rule of days, holidays and hours that applies now.",
    example: r#"{"id": "3", "type": "BusinessHours", "exits": [4, 5], "config": {"timezone": "Pacific/Auckland", "default_exit_idx": 1, "rules": [{"days": "dow", "start_day": 1, "end_day": 5, "start_time": "08:00", "end_time": "17:30", "exit_idx": 0}]}}"#,
    exits: OPEN_EXITS,
    members: || BusinessHours::MEMBERS,
    caption: |data| caption::<BusinessHours>("Business hours", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let BusinessHours(hours) = config(&cx, &data)?;
    when::branch(&cx, &hours).await
}
