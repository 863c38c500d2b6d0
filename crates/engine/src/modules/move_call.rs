//! `move`: brings the caller's own call from another of their telephones to this one (reference section 3.6).

use flow::graph::Object;
use serde::Deserialize;

use crate::command::TakeFrom;
use crate::cx::Cx;
use crate::endpoint;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::pickup;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "move",
    summary: "Brings the caller's call from another of their telephones to this one.",
    example: r#"{"module": "move", "data": {}}"#,
    exits: &[Exit::Stop],
    members: lenient::members::<Data>,
    caption: |_| "Move my call here".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {}

async fn run(cx: Cx, data: Object) -> Outcome {
    let _: Data = read_data(data)?;
    let (own, owner) = pickup::caller(&cx);
    let Some(owner) = owner else {
        cx.prompt("cf-move-no_owner").await?;
        return Ok(Next::Stop(None));
    };
    let mut devices = endpoint::devices_of(&cx, &owner).await;
    devices.retain(|device| Some(device) != own.as_ref());
    let mut channels: Vec<_> = pickup::with_peer(pickup::channels(&cx, devices).await).collect();
    let prompt = match (channels.pop(), channels.len()) {
        (None, _) => "cf-move-no_channel",
        (Some(channel), 0) => {
            if pickup::pick_up(&cx, TakeFrom::PeerOf(channel.id)).await? {
                return Ok(Next::Stop(None));
            }
            "cf-move-no_channel"
        }
        (Some(_), _) => "cf-move-too_many_channels",
    };
    cx.prompt(prompt).await?;
    Ok(Next::Stop(None))
}
