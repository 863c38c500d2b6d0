//! `group_pickup_feature`: the feature code that answers a call ringing at an extension (reference section 3.6).
//!
//! An extension without voicemail can be picked up too; Kazoo's walk needs a `_` child at every node.

use flow::graph::Object;

use super::group_pickup;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Outcome, read_data};
use crate::pickup::{self, Feature};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "group_pickup_feature",
    summary: "Answers a call that rings at the extension or device the caller dialled behind the feature code.",
    example: r#"{"module": "group_pickup_feature", "data": {"type": "extension"}}"#,
    exits: &[Exit::Stop],
    members: lenient::members::<Feature>,
    caption: |_| "Pick up by extension".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Feature = read_data(data)?;
    let dialled = cx.vars(|vars| vars.capture_group.clone()).unwrap_or_default();
    let found = match data.kind.as_deref() {
        Some("device") => pickup::device_named(&cx, &dialled).await,
        Some("user" | "group") => None,
        _ => pickup::rung_by(&cx, &dialled).await,
    };
    let Some(id) = found else {
        return pickup::nobody(&cx, format!("`{dialled}` rings nobody whose call could be picked up")).await;
    };
    let target = data.target(&cx, id).await;
    group_pickup::pick_up(&cx, &target).await
}
