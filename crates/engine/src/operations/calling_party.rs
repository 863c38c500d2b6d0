//! `CallingParty`: branches by the caller's number.

use flow::graph::Object;
use flow::n2fe::config::{Config, PrefixRules};

use super::{OPEN_EXITS, buffers, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.CallingParty",
    summary: "Takes the exit of the longest prefix of the caller's number.",
    example: r#"{"id": "3", "type": "CallingParty", "exits": [4, 5], "config": {"rules": [{"prefix": "6421", "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || PrefixRules::MEMBERS,
    caption: |_| "Caller's number".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let prefixes: PrefixRules = config(&cx, &data)?;
    exit(prefixes.find(&buffers::caller(&cx)).unwrap_or(0))
}
