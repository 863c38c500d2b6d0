//! `ProportionalDistribution`: shares calls out.

use flow::graph::Object;
use flow::n2fe::config::{Config, ProportionalDistribution};

use super::{OPEN_EXITS, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.ProportionalDistribution",
    summary: "Shares calls out at random, by weights.",
    example: r#"{"id": "3", "type": "ProportionalDistribution", "exits": [4, 5], "config": {"rules": [{"proportion": 70, "exit_idx": 0}, {"proportion": 30, "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || ProportionalDistribution::MEMBERS,
    caption: |_| "Share out".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let shares: ProportionalDistribution = config(&cx, &data)?;
    let total = shares.rules.iter().map(|(share, _)| u64::from(*share)).sum();
    let mut drawn = cx.with(|state| state.random_below(total));
    for (share, index) in &shares.rules {
        match drawn.checked_sub(u64::from(*share)) {
            Some(rest) => drawn = rest,
            None => return exit(*index),
        }
    }
    exit(0)
}
