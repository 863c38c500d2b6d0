//! `conference_feature`: the feature code that lets into the conference named behind it (reference section 3.8).
//!
//! Kazoo wants the conference's document id there; a number of the conference does as well. Without digits the caller is asked.

use flow::graph::Object;

use crate::cx::Cx;
use crate::module::{Exit, Module, Outcome, read_data};
use crate::modules::conference::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "conference_feature",
    summary: "Lets the caller into the conference named behind the feature code.",
    example: r#"{"module": "conference_feature", "data": {"moderator": false}}"#,
    exits: &[Exit::HardStop, Exit::Key("_")],
    members: conference::MODULE.members,
    caption: |_| "Conference by code".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let mut data: Data = read_data(data)?;
    data.id = cx.vars(|vars| vars.capture_group.clone()).filter(|id| !id.is_empty());
    conference::enter(&cx, data).await
}
