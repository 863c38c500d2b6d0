//! `Link`: another way to an operation that has a parent already.

use flow::graph::Object;
use flow::n2fe::config::{Config, Nothing};

use super::{ONE_EXIT, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.Link",
    summary: "Goes on at the operation it is linked to.",
    example: r#"{"id": "3", "type": "Link", "exits": [1]}"#,
    exits: ONE_EXIT,
    members: || Nothing::MEMBERS,
    caption: |_| "Link".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(_cx: Cx, _data: Object) -> Outcome {
    exit(0)
}
