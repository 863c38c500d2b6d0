//! `CallingPresentation`: branches by whether the caller's number may be shown.

use flow::graph::Object;
use flow::n2fe::config::{Config, Nothing};

use super::{TWO_EXITS, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.CallingPresentation",
    summary: "Branches by whether the caller withholds their number.",
    example: r#"{"id": "3", "type": "CallingPresentation", "exits": [4, 5]}"#,
    exits: TWO_EXITS,
    members: || Nothing::MEMBERS,
    caption: |_| "Number withheld?".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, _data: Object) -> Outcome {
    exit(usize::from(cx.with(|state| state.setup.facts.privacy)))
}
