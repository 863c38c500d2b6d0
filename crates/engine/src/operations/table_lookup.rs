//! `TableLookup`: translates one profile tag into another by a table.

use flow::graph::Object;
use flow::n2fe::config::{Config, TableLookup};
use flow::n2fe::service::LOOKUP_TABLE;

use super::{THREE_EXITS, buffers, caption, config, exit, tables};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.TableLookup",
    summary: "Looks a profile tag up in a table and writes what it says into another tag.",
    example: r#"{"id": "3", "type": "TableLookup", "exits": [4, 5, 6], "config": {"source_profile_block": "18", "source_tag_code": "327683", "target_profile_block": "3", "target_tag_code": "100", "lookup_dataset": "branches"}}"#,
    exits: THREE_EXITS,
    members: || TableLookup::MEMBERS,
    caption: |data| caption::<TableLookup>("Look up in", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let lookup: TableLookup = config(&cx, &data)?;
    let source = buffers::read_tag(&cx, &lookup.source).unwrap_or_default();
    match tables::by_prefix(&cx, LOOKUP_TABLE, &lookup.dataset, &source).await {
        Ok(Some(value)) => {
            buffers::write_tag(&cx, lookup.target, value);
            exit(0)
        }
        Ok(None) => exit(1),
        Err(()) => {
            cx.note("EN2102", format!("there is no lookup table `{}`", lookup.dataset));
            exit(2)
        }
    }
}
