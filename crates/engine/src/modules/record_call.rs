//! `record_call`: starts or stops recording the call (reference section 3.2).
//!
//! The recording goes on through later nodes and ends with `stop` or the call; then it is sent to its URL or kept
//! with the account.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::command::Action;
use crate::cx::Cx;
use crate::ids::LegId;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::recording;
use crate::state::LegPhase;
use crate::vars::{CallRecording, Upload};

/// Longest recording in seconds (`max_recording_time_limit`), and the one when none is given.
pub(crate) const TIME_LIMIT_MAX_S: i64 = 10_800;

/// What recordings are written as.
pub(crate) const FORMAT: &str = "wav";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "record_call",
    summary: "Starts or stops recording the call.",
    example: r#"{"module": "record_call", "data": {"action": "start", "format": "wav", "time_limit": 1200, "url": "http://recordings.example.com/calls"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(|action| action.as_str()) {
        Some("stop") => "Stop recording".to_owned(),
        _ => "Record the call".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `start` or `stop`; only exactly `stop` stops.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// `mp3` or `wav`; written is always `wav`.
    #[serde(deserialize_with = "lenient::text")]
    format: Option<String>,
    /// Base address the file is sent to.
    #[serde(deserialize_with = "lenient::text")]
    url: Option<String>,
    /// `put` or `post`.
    #[serde(deserialize_with = "lenient::text")]
    method: Option<String>,
    /// File name; made from the call id otherwise.
    #[serde(deserialize_with = "lenient::text")]
    media_name: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "lenient::opt_int")]
    time_limit: Option<i64>,
    /// Begin when the call is answered.
    #[serde(deserialize_with = "lenient::boolean")]
    record_on_answer: bool,
    /// Begin when the call is connected to somebody.
    #[serde(deserialize_with = "lenient::boolean")]
    record_on_bridge: bool,
    /// Shorter recordings are dropped.
    #[serde(deserialize_with = "lenient::opt_int")]
    record_min_sec: Option<i64>,
    /// Ours is the telephone's own rate; noted when another is asked for.
    #[serde(deserialize_with = "lenient::opt_int")]
    record_sample_rate: Option<i64>,
    /// Text that goes with the recording.
    #[serde(deserialize_with = "lenient::text")]
    label: Option<String>,
}

pub(crate) async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    if data.action.as_deref() == Some("stop") {
        cx.vars(|vars| vars.recording_armed = None);
        recording::finish(&cx).await;
        return Ok(Next::default_exit());
    }
    if cx.vars(|vars| vars.recording.is_some()) {
        cx.note("EN2017", "the call is being recorded already");
        return Ok(Next::default_exit());
    }
    let mut wanted = Wanted::read(&cx, data)?;
    if !wanted.on_bridge && cx.caller_phase() == LegPhase::Trying {
        // There is no audio yet: it begins with the answer.
        wanted.on_answer = true;
    }
    if wanted.on_answer && !cx.is_answered() || wanted.on_bridge {
        cx.vars(|vars| vars.recording_armed = Some(wanted));
        return Ok(Next::default_exit());
    }
    start(&cx, wanted);
    Ok(Next::default_exit())
}

/// A recording asked for, possibly to begin later.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Begin at the answer.
    pub(crate) on_answer: bool,
    /// Begin at the connection.
    pub(crate) on_bridge: bool,
    limit: Duration,
    name: String,
    upload: Option<Upload>,
    min_seconds: u64,
}

impl Wanted {
    fn read(cx: &Cx, data: Data) -> Result<Wanted, ModuleError> {
        note_format(cx, data.format.as_deref());
        let call_id = cx.with(|state| state.setup.call_id.clone());
        let mut name = data.media_name.unwrap_or_else(|| format!("call_recording_{}", safe(&call_id)));
        // A name that the flow gives keeps its ending only if that tells the truth.
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some(FORMAT) => {}
            Some("mp3") => name.replace_range(name.len() - "mp3".len().., FORMAT),
            _ => name = format!("{name}.{FORMAT}"),
        }
        let upload = upload(data.url, data.method.as_deref(), &name).map_err(ModuleError::Broken)?;
        let limit_s = data.time_limit.unwrap_or(TIME_LIMIT_MAX_S).clamp(1, TIME_LIMIT_MAX_S);
        Ok(Wanted {
            on_answer: data.record_on_answer,
            on_bridge: data.record_on_bridge && !data.record_on_answer,
            limit: Duration::from_secs(limit_s.unsigned_abs()),
            name,
            upload,
            min_seconds: data.record_min_sec.unwrap_or(0).max(0).unsigned_abs(),
        })
    }
}

/// Tells when another format is asked for than the one written; and that is so by default, which is mp3.
pub(crate) fn note_format(cx: &Cx, asked: Option<&str>) {
    if asked != Some(FORMAT) {
        let asked = asked.unwrap_or("mp3");
        cx.note("EN2022", format!("recordings are written as {FORMAT}, not as {asked}"));
    }
}

/// Where a recording of this name is sent; `None` without an address.
pub(crate) fn upload(
    url: Option<String>,
    method: Option<&str>,
    name: &str,
) -> Result<Option<Upload>, String> {
    match url {
        None => Ok(None),
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => Ok(Some(Upload {
            url: format!("{}/{name}", url.trim_end_matches('/')),
            method: match method {
                Some("post" | "POST") => "POST".to_owned(),
                _ => "PUT".to_owned(),
            },
            format: FORMAT.to_owned(),
        })),
        Some(url) => Err(format!("`{url}` is no http(s) address to send to")),
    }
}

/// Begins a recording now.
pub(crate) fn start(cx: &Cx, wanted: Wanted) {
    let id = cx.with(|state| state.new_recording());
    let command = cx.start(Action::Record {
        leg: LegId::CALLER,
        recording: id,
        both_ways: true,
        limit: wanted.limit,
        silence: None,
    });
    let recording = CallRecording {
        id,
        command,
        name: wanted.name,
        upload: wanted.upload,
        min_seconds: wanted.min_seconds,
    };
    cx.vars(|vars| vars.recording = Some(recording));
}

/// Begins a recording that waits for the answer, or (with `bridged`) for the connection.
pub(crate) fn begin_armed(cx: &Cx, bridged: bool) {
    let due = |wanted: &Wanted| if bridged { wanted.on_bridge } else { wanted.on_answer };
    let armed = cx.vars(|vars| vars.recording_armed.take_if(|wanted| due(wanted)));
    if let Some(wanted) = armed {
        start(cx, wanted);
    }
}

/// A call id as part of a file name.
pub(crate) fn safe(call_id: &str) -> String {
    call_id
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.@".contains(letter) { letter } else { '_' })
        .take(120)
        .collect()
}
