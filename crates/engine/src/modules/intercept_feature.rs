//! `intercept_feature`: the feature code that takes over a call of an extension (reference section 3.6).

use flow::graph::Object;

use super::intercept;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Outcome, read_data};
use crate::pickup::{self, Feature};

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

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Feature = read_data(data)?;
    let dialled = cx.vars(|vars| vars.capture_group.clone()).unwrap_or_default();
    let found = match data.kind.as_deref() {
        Some("device") => pickup::device_named(&cx, &dialled).await,
        Some("extension") => pickup::rung_by(&cx, &dialled).await,
        _ => None,
    };
    let Some(id) = found else {
        return pickup::nobody(&cx, format!("`{dialled}` has no call that could be taken over")).await;
    };
    let target = data.target(&cx, id).await;
    intercept::take(&cx, &target).await
}
