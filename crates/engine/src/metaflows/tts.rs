//! `tts`: speaks a text to the pressing party (reference section 4.5). A key of theirs ends it.

use flow::graph::Object;
use serde::Deserialize;

use crate::caller::ANY_KEY;
use crate::command::Action;
use crate::conversation::{PartyGone, Side, Talk};
use crate::lenient;
use crate::media::{Loops, Media};
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "tts",
    summary: "Speaks a text to the pressing party.",
    example: r#"{"module": "tts", "data": {"text": "This call is recorded."}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("text").and_then(lenient::as_text) {
        Some(text) => format!("Say \u{201c}{text}\u{201d}"),
        None => "Say".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

/// Longest text, in characters.
const TEXT_MAX_CHARS: usize = 1000;

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
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let Some(text) = data.text else { return Err(Fault::Broken("nothing to say".to_owned())) };
    let speech = Media::Speech {
        text: text.chars().take(TEXT_MAX_CHARS).collect(),
        voice: data.voice.unwrap_or_else(|| "female".to_owned()),
        language: data.language.unwrap_or_else(|| talk.cx.vars(|vars| vars.language.clone())),
        engine: data.engine.unwrap_or_default(),
    };
    speak(talk, side, vec![speech], data.terminators.as_deref().unwrap_or(ANY_KEY)).await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}

/// Plays to one side until the end or one of its keys.
pub(super) async fn speak(
    talk: &Talk,
    side: Side,
    items: Vec<Media>,
    terminators: &str,
) -> Result<(), PartyGone> {
    let leg = talk.leg(side);
    let playback = talk.start_playing(side, items, Loops::Once);
    let ended = talk
        .wait(None, |state| {
            if let Some(done) = state.completions.remove(&playback) {
                return Some(Some(done));
            }
            let digits = &mut state.legs.get_mut(&leg)?.digits;
            while let Some(digit) = digits.pop_front() {
                if terminators.contains(digit) {
                    return Some(None);
                }
            }
            None
        })
        .await?;
    match ended {
        Some(Some(Err(failure))) => talk.cx.note("EN3001", format!("nothing was spoken: {failure:?}")),
        Some(None) => {
            talk.cx.send(Action::StopPlayback { leg });
            talk.played(&[playback]).await?;
        }
        Some(Some(Ok(_))) | None => {}
    }
    Ok(())
}
