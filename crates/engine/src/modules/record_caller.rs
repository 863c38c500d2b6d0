//! `record_caller`: records what the caller says until a key, silence or the limit (reference section 3.2), and sends it
//! to a web server, or keeps it with the account when no address is given.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::modules::record_call::{FORMAT, TIME_LIMIT_MAX_S, note_format, safe, upload};
use crate::recording;

/// Silence that ends the recording: Kazoo's five hits of its silence detector, in its steps of a second.
const SILENCE: Duration = Duration::from_secs(5);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "record_caller",
    summary: "Records what the caller says.",
    example: r#"{"module": "record_caller", "data": {"format": "wav", "url": "http://recordings.example.com/", "time_limit": 120}, "children": {"_": {"module": "play", "data": {"id": "thank-you"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Record the caller".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `mp3` or `wav`; written is always `wav`.
    #[serde(deserialize_with = "lenient::text")]
    format: Option<String>,
    /// Base address the file is sent to; kept with the account without one.
    #[serde(deserialize_with = "lenient::text")]
    url: Option<String>,
    /// `put` or `post`.
    #[serde(deserialize_with = "lenient::text")]
    method: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "lenient::opt_int")]
    time_limit: Option<i64>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    note_format(&cx, data.format.as_deref());
    let name = format!("{}.{FORMAT}", safe(&cx.with(|state| state.setup.call_id.clone())));
    let upload = upload(data.url, data.method.as_deref(), &name).map_err(ModuleError::Broken)?;
    let limit = data.time_limit.unwrap_or(TIME_LIMIT_MAX_S).clamp(1, TIME_LIMIT_MAX_S);
    cx.answer().await?;
    if let Some(made) = cx.record_caller(Duration::from_secs(limit.unsigned_abs()), Some(SILENCE)).await {
        recording::store(&cx, made.id, name, upload, made.duration).await;
    }
    Ok(Next::default_exit())
}
