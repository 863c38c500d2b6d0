//! `group_pickup`: answers a call that rings at somebody else's telephone (reference section 3.6).

use flow::graph::Object;

use crate::command::TakeFrom;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "group_pickup",
    summary: "Answers a call that rings at a device, at a user's or a group's telephones.",
    example: r#"{"module": "group_pickup", "data": {"group_id": "sales"}}"#,
    exits: &[Exit::Stop],
    members: lenient::members::<Data>,
    caption: |_| "Pick up a ringing call".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    pick_up(&cx, &data).await
}

/// The work, also for the feature code.
pub(crate) async fn pick_up(cx: &Cx, data: &Data) -> Outcome {
    cx.answer().await?;
    if pickup::approved(cx, data).await == Some(false) {
        cx.note("EN2063", "the caller is not approved to pick up these calls");
        cx.prompt("pickup-no_channels").await?;
        return Ok(Next::Stop(None));
    }
    let devices = pickup::targets(cx, data).await;
    if devices.is_empty() {
        cx.prompt("pickup-no_users").await?;
        return Ok(Next::Stop(None));
    }
    let channels = pickup::channels(cx, devices).await;
    let ringing = pickup::with_peer(channels).filter(|channel| !channel.answered && !channel.caller);
    for channel in ringing {
        if pickup::pick_up(cx, TakeFrom::PeerOf(channel.id)).await? {
            return Ok(Next::Stop(None));
        }
    }
    cx.prompt("pickup-no_channels").await?;
    Ok(Next::Stop(None))
}
