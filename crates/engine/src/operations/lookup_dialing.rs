//! `LookupDialing`: translates the pending number and calls it.

use flow::graph::Object;
use flow::n2fe::config::{Config, Nothing};
use flow::n2fe::prefixes::digits_of;
use flow::n2fe::service::LOOKUP_TABLE;

use super::{buffers, exit, tables, terminate};
use crate::cx::Cx;
use crate::module::{Exit, Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.LookupDialing",
    summary: "Translates the number to be called by the account's table and calls it.",
    example: r#"{"id": "3", "type": "LookupDialing", "exits": [4, 5], "config": {}}"#,
    exits: &[Exit::Stop, Exit::Key("0"), Exit::Key("1")],
    members: || Nothing::MEMBERS,
    caption: |_| "Translate and dial".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

const NOT_FOUND: usize = 1;

/// The lookup table from prefixes of numbers to the numbers called instead.
const TRANSLATION_TABLE: &str = "number_translations";

async fn run(cx: Cx, _data: Object) -> Outcome {
    let pending = cx.vars(|vars| vars.plan.pending.clone());
    let number = pending.unwrap_or_else(|| buffers::dialled(&cx));
    match tables::by_prefix(&cx, LOOKUP_TABLE, TRANSLATION_TABLE, &number).await {
        Ok(Some(translated)) => terminate::call_or_exit(&cx, &digits_of(&translated), 0).await,
        Ok(None) | Err(()) => exit(NOT_FOUND),
    }
}
