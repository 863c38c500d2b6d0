//! `group_pickup_feature`: the feature code that answers a call ringing at an extension (reference section 3.6).
//!
//! An extension without voicemail can be picked up too; Kazoo's walk needs a `_` child at every node.

use flow::graph::Object;
use serde::Deserialize;

use super::group_pickup;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};

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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feature {
    /// What the digits are: `extension`, `device` (a SIP user name), `user`, `group`.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    /// Only this device may.
    #[serde(deserialize_with = "lenient::text")]
    approved_device_id: Option<String>,
    /// Only devices of this user may.
    #[serde(deserialize_with = "lenient::text")]
    approved_user_id: Option<String>,
    /// Only members of this group may.
    #[serde(deserialize_with = "lenient::text")]
    approved_group_id: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Feature = read_data(data)?;
    let dialled = cx.vars(|vars| vars.capture_group.clone()).unwrap_or_default();
    let found = match data.kind.as_deref() {
        Some("device") => pickup::device_named(&cx, &dialled).await,
        Some("user" | "group") => None,
        _ => pickup::rung_by(&cx, &dialled).await,
    };
    let Some(id) = found else {
        cx.note("EN2064", format!("`{dialled}` rings nobody whose call could be picked up"));
        cx.answer().await?;
        cx.prompt("park-no_caller").await?;
        return Ok(Next::Stop(None));
    };
    let approved = Data {
        approved_device_id: data.approved_device_id,
        approved_user_id: data.approved_user_id,
        approved_group_id: data.approved_group_id,
        ..Data::default()
    };
    let target = pickup::target_of(&cx, id, approved).await;
    group_pickup::pick_up(&cx, &target).await
}
