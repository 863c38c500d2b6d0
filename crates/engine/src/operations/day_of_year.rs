//! `DayOfYear`: branches by date and holiday.

use flow::graph::Object;
use flow::n2fe::config::{Config, DayOfYear};

use super::{OPEN_EXITS, caption, config, when};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.DayOfYear",
    summary: "Takes the exit of the first rule of dates and holidays that applies now.",
    example: r#"{"id": "3", "type": "DayOfYear", "exits": [4, 5], "config": {"default_exit_idx": 0, "holiday_set": "NZ", "rules": [{"start_date": "12-24", "end_date": "01-02", "exit_idx": 1}, {"days": "any_holiday", "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || DayOfYear::MEMBERS,
    caption: |data| caption::<DayOfYear>("Day of year", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let DayOfYear(hours) = config(&cx, &data)?;
    when::branch(&cx, &hours).await
}
