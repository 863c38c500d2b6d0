//! `play`: plays a file, a recording of the account, a URL or a tone (reference section 3.2).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::caller::ANY_KEY;
use crate::cx::Cx;
use crate::lenient;
use crate::media::Loops;
use crate::media_path;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// Pause after the answer, so that the first word is not lost (`callflow.post_answer_delay`).
const POST_ANSWER_DELAY: Duration = Duration::from_millis(100);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "play",
    summary: "Plays audio to the caller.",
    example: r#"{"module": "play", "data": {"id": "welcome", "answer": true}, "children": {"_": {"module": "menu", "data": {"id": "main-menu"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Play {id}"),
        None => "Play".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Media document id, path or URL.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Answer first unless explicitly false.
    #[serde(deserialize_with = "lenient::not_false")]
    answer: Option<bool>,
    /// Repeat until stopped.
    #[serde(deserialize_with = "lenient::boolean")]
    endless_playback: bool,
    /// How often.
    #[serde(deserialize_with = "lenient::opt_int")]
    loop_count: Option<i64>,
    /// Keys that end it; all twelve by default.
    #[serde(deserialize_with = "lenient::keys")]
    terminators: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(item) = data.id.as_deref().and_then(|id| media_path::item(&cx, id)) else {
        return Ok(Next::default_exit());
    };
    if data.answer != Some(false) && !cx.is_answered() {
        cx.answer().await?;
        cx.sleep(POST_ANSWER_DELAY).await?;
    }
    let loops = match data.loop_count {
        _ if data.endless_playback => Loops::Endless,
        Some(count) if count > 1 => Loops::Times(u32::try_from(count).unwrap_or(u32::MAX)),
        _ => Loops::Once,
    };
    let mut pressed = String::new();
    let terminators = data.terminators.as_deref().unwrap_or(ANY_KEY);
    cx.play_hearing(vec![item], loops, terminators, &mut pressed).await?;
    cx.add_to_default_collection(&pressed);
    Ok(Next::default_exit())
}
