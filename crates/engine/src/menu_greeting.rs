//! Recording a menu's greeting over the telephone (reference section 7.8).

use std::time::Duration;

use serde_json::json;

use crate::caller::{Collect, Recorded};
use crate::command::Change;
use crate::cx::{Cx, HungUp};
use crate::greeting::{self, Owner};
use crate::media::{Loops, Media};

/// Shorter recordings are asked for again (`callflow.menu.min_greeting_length`).
const GREETING_MIN: Duration = Duration::from_millis(1500);

/// Longest recording.
const GREETING_MAX: Duration = Duration::from_secs(300);

/// The tone before a recording.
pub(crate) const RECORD_TONE: &str = "%(500,0,440)";

/// Reviews without a decision before the recording is given up; Kazoo's go on for ever.
const TRIES: usize = 10;

/// Records a greeting, lets the caller review it, and stores it. Gives the media document's id, or `None` when it
/// was given up.
pub(crate) async fn record(cx: &Cx, menu_id: &str, present: Option<&str>) -> Result<Option<String>, HungUp> {
    cx.prompt("vm-record_greeting").await?;
    let mut recorded = take(cx).await?;
    for _ in 0..TRIES {
        let key = cx.collect(vec![cx.prompt_item("vm-review_recording")], &Collect::default()).await?;
        match (key.as_str(), &recorded) {
            ("1", Some(recording)) if recording.duration < GREETING_MIN => {
                cx.prompt("vm-recording_to_short").await?;
                recorded = take(cx).await?;
            }
            ("1", Some(recording)) => return store(cx, menu_id, present, recording).await,
            ("2", Some(recording)) => {
                let item = Media::Recording { recording: recording.id };
                cx.play(vec![item], Loops::Once, crate::caller::ANY_KEY).await?;
            }
            ("3", _) | (_, None) => recorded = take(cx).await?,
            _ => {}
        }
    }
    cx.prompt("vm-deleted").await?;
    Ok(None)
}

async fn take(cx: &Cx) -> Result<Option<Recorded>, HungUp> {
    cx.play(vec![Media::Tone { spec: RECORD_TONE.to_owned() }], Loops::Once, "").await?;
    let recorded = cx.record_caller(GREETING_MAX, None).await;
    cx.sleep(Duration::ZERO).await?;
    Ok(recorded)
}

async fn store(
    cx: &Cx,
    menu_id: &str,
    present: Option<&str>,
    recording: &Recorded,
) -> Result<Option<String>, HungUp> {
    let owner = Owner { kind: "menu", id: menu_id, title: format!("{menu_id} menu greeting") };
    if let Some(media_id) = greeting::store(cx, owner, present, recording.id).await {
        let patch = Change::Patch {
            id: menu_id.to_owned(),
            patch: json!({"media": {"greeting": media_id}}),
            revision: None,
        };
        if cx.save(patch).await.is_ok() {
            cx.prompt("vm-saved").await?;
            return Ok(Some(media_id));
        }
    }
    cx.prompt("vm-deleted").await?;
    Ok(None)
}
