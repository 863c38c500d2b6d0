//! `tts`: speaks a text (reference section 3.2). Without a speech engine the trace says so and the flow goes on.

use flow::graph::Object;
use serde::Deserialize;

use crate::caller::{ANY_KEY, PlayEnd};
use crate::cx::Cx;
use crate::lenient;
use crate::media::{Loops, Media};
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// Longest text, in characters; the schema's bound.
const TEXT_MAX_CHARS: usize = 1000;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "tts",
    summary: "Speaks a text to the caller.",
    example: r#"{"module": "tts", "data": {"text": "Please enter up to four digits."}, "children": {"_": {"module": "collect_dtmf", "data": {"max_digits": 4}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("text").and_then(lenient::as_text) {
        Some(text) => format!("Say \u{201c}{text}\u{201d}"),
        None => "Say".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// What to say.
    #[serde(deserialize_with = "lenient::text")]
    text: Option<String>,
    /// `female`, `male`, or an engine's own name.
    #[serde(deserialize_with = "lenient::text")]
    voice: Option<String>,
    /// Language; the call's by default.
    #[serde(deserialize_with = "lenient::text")]
    language: Option<String>,
    /// Speech engine; the server's by default.
    #[serde(deserialize_with = "lenient::text")]
    engine: Option<String>,
    /// Keys that end it; all twelve by default.
    #[serde(deserialize_with = "lenient::keys")]
    terminators: Option<String>,
    /// Repeat until stopped.
    #[serde(deserialize_with = "lenient::boolean")]
    endless_playback: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(text) = data.text else { return Ok(Next::default_exit()) };
    cx.answer().await?;
    let speech = Media::Speech {
        text: text.chars().take(TEXT_MAX_CHARS).collect(),
        voice: data.voice.unwrap_or_else(|| "female".to_owned()),
        language: data.language.unwrap_or_else(|| cx.vars(|vars| vars.language.clone())),
        engine: data.engine.unwrap_or_default(),
    };
    let loops = if data.endless_playback { Loops::Endless } else { Loops::Once };
    let mut pressed = String::new();
    let terminators = data.terminators.as_deref().unwrap_or(ANY_KEY);
    let end = cx.play_hearing(vec![speech], loops, terminators, &mut pressed).await?;
    cx.add_to_default_collection(&pressed);
    if let PlayEnd::Failed(failure) = end {
        cx.note("EN3001", format!("the text was not spoken: {failure:?}"));
    }
    Ok(Next::default_exit())
}
