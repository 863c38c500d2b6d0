//! `intercept`: takes over a call of somebody else's telephone, ringing or answered (reference section 3.6).

use flow::graph::Object;

use crate::command::TakeFrom;
use crate::cx::Cx;
use crate::endpoint::Endpoint;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "intercept",
    summary: "Takes over a call of a device, or of a user's or group's telephones, ringing or answered.",
    example: r#"{"module": "intercept", "data": {"user_id": "alice", "approved_group_id": "sales"}}"#,
    exits: &[Exit::Stop],
    members: lenient::members::<Data>,
    caption: |_| "Take over a call".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    take(&cx, &data).await
}

/// The work, also for the feature code.
pub(crate) async fn take(cx: &Cx, data: &Data) -> Outcome {
    cx.answer().await?;
    if !may(cx, data).await {
        cx.note("EN2063", "the caller is not approved to take over these calls");
        cx.prompt("intercept-no_channels").await?;
        return Ok(Next::Stop(None));
    }
    let devices = pickup::targets(cx, data).await;
    if devices.is_empty() {
        cx.prompt("intercept-no_users").await?;
        return Ok(Next::Stop(None));
    }
    let channels = pickup::channels(cx, devices).await;
    for channel in pickup::with_peer(channels) {
        if pickup::pick_up(cx, TakeFrom::PeerOf(channel.id)).await? {
            return Ok(Next::Stop(None));
        }
    }
    cx.prompt("intercept-no_channels").await?;
    Ok(Next::Stop(None))
}

/// An approval decides; without one the caller must be the target user, own the target device, or be in the group.
async fn may(cx: &Cx, data: &Data) -> bool {
    if let Some(approved) = pickup::approved(cx, data).await {
        return approved;
    }
    let (device, owner) = pickup::caller(cx);
    if owner.is_some() && owner == data.user_id {
        return true;
    }
    if let Some(target) = &data.device_id
        && let Some(endpoint) = Endpoint::load(cx, target).await
        && owner.is_some()
        && owner == endpoint.owner_id()
    {
        return true;
    }
    match (&data.group_id, device) {
        (Some(group), Some(device)) => pickup::devices_of_group(cx, group).await.contains(&device),
        _ => false,
    }
}
