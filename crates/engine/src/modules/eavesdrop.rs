//! `eavesdrop`: listens to somebody's call (reference section 3.6).

use flow::graph::Object;

use crate::command::Action;
use crate::cx::Cx;
use crate::ids::LegId;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "eavesdrop",
    summary: "Lets an approved caller listen to a call of a device or user.",
    example: r#"{"module": "eavesdrop", "data": {"user_id": "alice", "approved_group_id": "supervisors"}}"#,
    exits: &[Exit::Stop],
    members: || &["approved_device_id", "approved_user_id", "approved_group_id", "device_id", "user_id"],
    caption: |_| "Listen to a call".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.answer().await?;
    if pickup::approved(&cx, &data).await != Some(true) {
        cx.note("EN2063", "the caller is not approved to listen");
        cx.prompt("eavesdrop-no_channels").await?;
        return Ok(Next::Stop(None));
    }
    let devices = pickup::targets(&cx, &data).await;
    if devices.is_empty() {
        cx.prompt("pickup-no_users").await?;
        return Ok(Next::Stop(None));
    }
    let channels = pickup::channels(&cx, devices).await;
    let talking = pickup::with_peer(channels).find(|channel| channel.answered);
    let Some(channel) = talking else {
        cx.prompt("pickup-no_channels").await?;
        return Ok(Next::Stop(None));
    };
    match cx.run(Action::Listen { leg: LegId::CALLER, channel: channel.id }).await? {
        Ok(_) => {
            cx.wait(None, |_| None::<()>).await?;
        }
        Err(failure) => {
            cx.note("EN2065", format!("the call cannot be listened to: {failure:?}"));
            cx.prompt("eavesdrop-no_channels").await?;
        }
    }
    Ok(Next::Stop(None))
}
