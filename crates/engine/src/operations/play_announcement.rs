//! `PlayAnnouncement`: plays an announcement.

use flow::graph::Object;
use flow::n2fe::config::{Config, PlayAnnouncement};

use super::{ONE_EXIT, announcement, caption, config, exit};
use crate::cx::Cx;
use crate::media::Loops;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.PlayAnnouncement",
    summary: "Plays an announcement, without answering the call.",
    example: r#"{"id": "3", "type": "PlayAnnouncement", "exits": [4], "config": {"announcement": {"set": "Default", "entry": "Welcome", "repetition": 1}}}"#,
    exits: ONE_EXIT,
    members: || PlayAnnouncement::MEMBERS,
    caption: |data| caption::<PlayAnnouncement>("Play", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let play: PlayAnnouncement = config(&cx, &data)?;
    let items = announcement::items(&cx, &play.announcement).await;
    cx.play(items, Loops::Once, "").await?;
    exit(0)
}
