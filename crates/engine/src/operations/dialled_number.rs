//! `DialledNumber`: branches by the dialled number.

use flow::graph::Object;
use flow::n2fe::config::{Config, PrefixRules};

use super::{OPEN_EXITS, buffers, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.DialledNumber",
    summary: "Takes the exit of the longest prefix of the dialled number, normalised or else as it was dialled.",
    example: r#"{"id": "3", "type": "DialledNumber", "exits": [4, 5], "config": {"rules": [{"prefix": "0800", "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || PrefixRules::MEMBERS,
    caption: |_| "Dialled number".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let prefixes: PrefixRules = config(&cx, &data)?;
    let normalised = prefixes.find(&buffers::dialled(&cx));
    exit(normalised.or_else(|| prefixes.find(&buffers::dialled_as_it_came(&cx))).unwrap_or(0))
}
