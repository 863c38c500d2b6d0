//! `SuburbRouting`: finds the caller's suburb.

use flow::graph::Object;
use flow::n2fe::config::{Config, SuburbRouting};
use flow::n2fe::service::SUBURB_SET;

use super::{THREE_EXITS, buffers, caption, config, exit, tables};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.SuburbRouting",
    summary: "Looks the caller's number up in a suburb set and keeps the code found.",
    example: r#"{"id": "3", "type": "SuburbRouting", "exits": [4, 5, 6], "config": {"suburb_set_id": "7", "suburb_set_name": "Auckland"}}"#,
    exits: THREE_EXITS,
    members: || SuburbRouting::MEMBERS,
    caption: |data| caption::<SuburbRouting>("Suburb in", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let routing: SuburbRouting = config(&cx, &data)?;
    let number = buffers::caller(&cx);
    let by_name = tables::by_prefix(&cx, SUBURB_SET, &routing.set_name, &number).await;
    let found = match by_name {
        Err(()) => tables::by_prefix(&cx, SUBURB_SET, &routing.set_id, &number).await,
        found => found,
    };
    match found {
        Ok(Some(code)) => {
            cx.vars(|vars| vars.plan.suburb_code = Some(code));
            exit(0)
        }
        Ok(None) => exit(1),
        Err(()) => {
            cx.note("EN2102", format!("there is no suburb set `{}`", routing.set_name));
            exit(2)
        }
    }
}
