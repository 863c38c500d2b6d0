//! `NumberMatching`: matches a buffer against patterns.

use flow::graph::Object;
use flow::n2fe::config::{Config, NumberMatching};

use super::{THREE_EXITS, buffers, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.NumberMatching",
    summary: "Branches by whether a buffer matches one of several number patterns.",
    example: r#"{"id": "3", "type": "NumberMatching", "exits": [4, 5, 6], "config": {"match_rules": ["021?%"], "source_buffer": "user.input"}}"#,
    exits: THREE_EXITS,
    members: || NumberMatching::MEMBERS,
    caption: |data| caption::<NumberMatching>("Match", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let matching: NumberMatching = config(&cx, &data)?;
    match buffers::read(&cx, &matching.source) {
        None => exit(2),
        Some(number) => exit(usize::from(!matching.patterns.iter().any(|one| one.matches(&number)))),
    }
}
