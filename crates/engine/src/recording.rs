//! Recordings of a call that outlive the module that started them: ending and storing them.

use std::time::Duration;

use serde_json::json;

use crate::command::{Action, Body, Change, Request};
use crate::cx::Cx;
use crate::ids::RecordingId;
use crate::input::Done;
use crate::vars::Upload;

/// Time a recording's upload may take.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Ends the recording under way, if any, and stores it: sent to its address, or kept with the account.
pub(crate) async fn finish(cx: &Cx) {
    let Some(recording) = cx.vars(|vars| vars.recording.take()) else { return };
    cx.send(Action::StopRecording { recording: recording.id });
    match cx.completion(recording.command).await {
        Ok(Done::Recorded { duration, .. }) if duration.as_secs() >= recording.min_seconds => {
            store(cx, recording.id, recording.name, recording.upload, duration).await;
        }
        Ok(Done::Recorded { .. }) => {
            cx.note("EN2011", "the recording is shorter than record_min_sec; dropped")
        }
        Ok(_) => {}
        Err(failure) => cx.note("EN2006", format!("recording failed: {failure:?}")),
    }
}

/// Sends a recording to its address, or keeps it with the account when it has none.
pub(crate) async fn store(
    cx: &Cx,
    id: RecordingId,
    name: String,
    upload: Option<Upload>,
    duration: Duration,
) {
    let Some(upload) = upload else {
        let metadata = cx.with(|state| {
            json!({
                "call_id": state.setup.call_id,
                "duration_ms": duration.as_millis() as u64,
                "from": state.setup.facts.caller_id_number,
                "to": state.setup.facts.number,
            })
        });
        let change = Change::KeepRecording { recording: id, name, metadata };
        let _ = cx.save(change).await;
        return;
    };
    let request = Request {
        method: upload.method,
        url: upload.url,
        headers: vec![("Content-Type".to_owned(), format!("audio/{}", upload.format))],
        body: Body::Recording { recording: id, format: upload.format },
        timeout: UPLOAD_TIMEOUT,
        max_bytes: cx.with(|state| state.limits().document_bytes),
    };
    let command = cx.start(Action::Fetch(request));
    match cx.completion(command).await {
        Ok(Done::Fetched { status: 200..=299, .. }) => {}
        Ok(Done::Fetched { status, .. }) => {
            cx.note("EN3004", format!("the recording was refused by its server with HTTP {status}"));
        }
        Ok(_) => {}
        Err(failure) => cx.note("EN3004", format!("the recording could not be sent: {failure:?}")),
    }
}
