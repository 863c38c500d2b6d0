//! `eavesdrop_feature`: the feature code that listens to a call of an extension (reference section 3.6).

use flow::graph::Object;
use std::sync::Arc;

use flow::kazoo;
use serde_json::{Value, json};

use crate::cx::Cx;
use crate::input::Callflow;
use crate::lenient::Read;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "eavesdrop_feature",
    summary: "Listens to a call of the extension the caller dialled behind the feature code.",
    example: r#"{"module": "eavesdrop_feature", "data": {"approved_group_id": "supervisors", "group_id": "sales"}}"#,
    exits: &[Exit::Branch, Exit::Stop],
    members: || &["approved_device_id", "approved_user_id", "approved_group_id", "group_id"],
    caption: |_| "Listen by extension".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let dialled = cx.vars(|vars| vars.capture_group.clone()).unwrap_or_default();
    let target = pickup::rung_by(&cx, &dialled).await;
    let allowed = pickup::approved(&cx, &data).await == Some(true)
        && match (&data.group_id, &target) {
            (Some(group), Some(target)) => is_member(&cx, group, target).await,
            _ => false,
        };
    let (caller, _) = pickup::caller(&cx);
    let (Some(target), Some(caller), true) = (target, caller, allowed) else {
        cx.note("EN2063", "the caller is not approved to listen");
        cx.answer().await?;
        cx.prompt("eavesdrop-no_channels").await?;
        return Ok(Next::Stop(None));
    };
    let named = pickup::target_of(&cx, target, Data::default()).await;
    let node = json!({"module": "eavesdrop", "data": {
        "approved_device_id": caller, "device_id": named.device_id, "user_id": named.user_id}});
    let (flow, _) = kazoo::read_flow(&node);
    Ok(Next::Branch(Box::new(Callflow::of_flow("eavesdrop", Arc::new(flow)))))
}

async fn is_member(cx: &Cx, group: &str, target: &str) -> bool {
    match cx.document(group).await {
        Some(group) => matches!(group.at(&["endpoints", target]), Some(Value::Object(_))),
        None => false,
    }
}
