//! `intercept_feature`: the feature code that takes over a call of an extension (reference section 3.6).

use flow::graph::Object;
use serde::Deserialize;

use super::intercept;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "intercept_feature",
    summary: "Takes over a call of the extension or device the caller dialled behind the feature code.",
    example: r#"{"module": "intercept_feature", "data": {"type": "extension"}}"#,
    exits: &[Exit::Stop],
    members: lenient::members::<Feature>,
    caption: |_| "Take over by extension".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feature {
    /// What the digits are: `extension` or `device` (a SIP user name).
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
        Some("extension") => pickup::rung_by(&cx, &dialled).await,
        _ => None,
    };
    let Some(id) = found else {
        cx.note("EN2064", format!("`{dialled}` has no call that could be taken over"));
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
    intercept::take(&cx, &target).await
}
