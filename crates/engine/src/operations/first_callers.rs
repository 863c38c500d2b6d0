//! `FirstCallers`: tells the first callers from the others.

use flow::graph::Object;
use flow::n2fe::config::{Config, FirstCallers};

use super::{TWO_EXITS, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.FirstCallers",
    summary: "Counts the call and branches by whether the count is still within a limit.",
    example: r#"{"id": "3", "type": "FirstCallers", "exits": [4, 5], "config": {"counter": "prizes", "limit": 100}}"#,
    exits: TWO_EXITS,
    members: || FirstCallers::MEMBERS,
    caption: |data| caption::<FirstCallers>("First callers,", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let first: FirstCallers = config(&cx, &data)?;
    // A call that could not be counted is none of the first ones: there may have been any number before it.
    let within = cx.adjust_counter(&first.counter, 1).await.is_some_and(|count| count <= first.limit);
    exit(usize::from(!within))
}
