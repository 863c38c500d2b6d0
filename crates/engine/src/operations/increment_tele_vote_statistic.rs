//! `IncrementTeleVoteStatistic`: counts a vote.

use flow::graph::Object;
use flow::n2fe::config::{Config, TeleVote};

use super::{ONE_EXIT, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.IncrementTeleVoteStatistic",
    summary: "Adds one to a statistic that all calls share.",
    example: r#"{"id": "3", "type": "IncrementTeleVoteStatistic", "exits": [4], "config": {"statistic": "yes"}}"#,
    exits: ONE_EXIT,
    members: || TeleVote::MEMBERS,
    caption: |data| caption::<TeleVote>("Vote for", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let vote: TeleVote = config(&cx, &data)?;
    cx.adjust_counter(&vote.counter, 1).await;
    exit(0)
}
