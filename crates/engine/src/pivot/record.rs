//! `Record`: what the caller says becomes a recording, and the web server is told of it.

use std::time::Duration;

use flow::twiml::Record;

use super::session::{Recording, Session};
use super::status;
use super::verbs::{Then, go_to};
use crate::caller::Recorded;
use crate::cx::{Cx, HungUp};
use crate::greeting::{self, Owner};
use crate::media::{Loops, Media};
use crate::menu_greeting::RECORD_TONE;
use crate::modules::record_call::{FORMAT, safe, upload};
use crate::recording;

/// Records, keeps the recording and tells of it. A caller who hangs up has been recorded all the same: the web server is
/// told so, and its answer does not matter.
pub(super) async fn run(cx: &Cx, session: &mut Session, asked: &Record) -> Result<Option<Then>, HungUp> {
    cx.answer().await?;
    if asked.beep {
        cx.play(vec![Media::Tone { spec: RECORD_TONE.to_owned() }], Loops::Once, "").await?;
    }
    let (recorded, key) = cx.record_until(&asked.finish_on, asked.limit, Some(asked.silence)).await;
    let Some(recorded) = recorded else { return Ok(None) };
    session.digits = key.map(String::from);
    match keep(cx, &recorded, asked.send_to.as_deref()).await {
        Ok(kept) => session.recording = Some(kept),
        Err(reason) => {
            cx.note("EN3004", reason);
            return Ok(None);
        }
    }
    if cx.with(|state| state.caller_gone()) {
        status::recorded(cx, session, &asked.next).await;
        return Err(HungUp);
    }
    Ok(Some(go_to(session, &asked.next)))
}

/// Sends the recording where the document says, or keeps it as audio of the account that `Play` can play.
async fn keep(cx: &Cx, recorded: &Recorded, send_to: Option<&str>) -> Result<Recording, String> {
    let (call_id, account_id) =
        cx.with(|state| (state.setup.call_id.clone(), state.setup.account_id.clone()));
    let seconds = whole_seconds(recorded.duration);
    let name = format!("{}-{}.{FORMAT}", safe(&call_id), recorded.id.0);
    if let Some(target) = upload(send_to.map(str::to_owned), None, &name)? {
        let url = target.url.clone();
        recording::store(cx, recorded.id, name.clone(), Some(target), recorded.duration).await;
        return Ok(Recording { url, sid: name, seconds });
    }
    let owner = Owner { kind: "pivot", id: &call_id, title: name };
    let kept = greeting::store(cx, owner, None, recorded.id).await;
    let id = kept.ok_or_else(|| "the recording was not kept".to_owned())?;
    Ok(Recording { url: format!("/v2/accounts/{account_id}/media/{id}/raw"), sid: id, seconds })
}

/// Seconds as people count them: half a second and more is one.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    duration.saturating_add(Duration::from_millis(500)).as_secs()
}
