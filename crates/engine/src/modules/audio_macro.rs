//! `audio_macro`: plays a sequence of audio, prompts, sayings, speech and tones (reference section 3.2).
//!
//! Entries take all their members; in Kazoo a missing one drops those behind it, a saying with all five crashes, and
//! tones do not sound (section 8.1, 16). Does not answer.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::caller::{ANY_KEY, PlayEnd};
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::media_path;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::say;

/// Loudest level of a tone, in decibels of a full signal, for a volume of 100.
const VOLUME_DB: i64 = -7;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "audio_macro",
    summary: "Plays a sequence of audio, prompts, sayings, speech and tones.",
    example: r#"{"module": "audio_macro", "data": {"macros": [{"macro": "prompt", "id": "vm-you_have"}, {"macro": "say", "text": "3", "type": "number"}, {"macro": "tone", "frequencies": [400, 450], "duration_on": 400, "duration_off": 200}]}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| {
        let parts = data.get("macros").and_then(Value::as_array).map_or(0, Vec::len);
        format!("Play {parts} parts")
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// What to play: objects told apart by their `macro`.
    macros: Vec<Value>,
    /// Keys that end it, for entries without their own; all twelve by default.
    #[serde(deserialize_with = "lenient::keys")]
    terminators: Option<String>,
    /// Language of entries without their own.
    #[serde(deserialize_with = "lenient::text")]
    language: Option<String>,
}

/// One part of the sequence.
struct Part {
    items: Vec<Media>,
    terminators: String,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let mut parts: Vec<Part> = Vec::new();
    for entry in &data.macros {
        let items = items(&cx, entry, data.language.as_deref()).map_err(ModuleError::Broken)?;
        let terminators = keys_of(entry).or_else(|| data.terminators.clone());
        let terminators = terminators.unwrap_or_else(|| ANY_KEY.to_owned());
        // Parts that end by the same keys are played without a gap.
        match parts.last_mut().filter(|last| last.terminators == terminators) {
            Some(last) => last.items.extend(items),
            None => parts.push(Part { items, terminators }),
        }
    }
    for part in parts.into_iter().filter(|part| !part.items.is_empty()) {
        let mut pressed = String::new();
        let end = cx.play_hearing(part.items, Loops::Once, &part.terminators, &mut pressed).await?;
        cx.add_to_default_collection(&pressed);
        match end {
            PlayEnd::Digit(_) => break,
            PlayEnd::Failed(failure @ crate::input::Failure::NoSpeech { .. }) => {
                cx.note("EN3001", format!("the text was not spoken: {failure:?}"));
            }
            PlayEnd::Failed(_) | PlayEnd::Finished => {}
        }
    }
    Ok(Next::default_exit())
}

fn keys_of(entry: &Value) -> Option<String> {
    match entry.at(&["terminators"])? {
        Value::Array(keys) => Some(keys.iter().filter_map(lenient::as_text).collect()),
        key => lenient::as_text(key),
    }
}

/// The playlist of one entry.
fn items(cx: &Cx, entry: &Value, language: Option<&str>) -> Result<Vec<Media>, String> {
    let text = |name: &str| entry.text_at(&[name]);
    let language = || {
        let own = text("language").or_else(|| language.map(str::to_owned));
        own.map_or_else(|| cx.vars(|vars| vars.language.clone()), |own| own.to_ascii_lowercase())
    };
    let speech = |words: String| Media::Speech {
        text: words,
        voice: text("voice").unwrap_or_else(|| "female".to_owned()),
        language: language(),
        engine: text("engine").unwrap_or_default(),
    };
    Ok(match text("macro").as_deref() {
        Some("play") => text("id").and_then(|id| media_path::item(cx, &id)).into_iter().collect(),
        Some("prompt") => {
            let prompt = |name| Media::Prompt { name, language: language() };
            text("id").map(prompt).into_iter().collect()
        }
        Some("tts") => text("text").map(speech).into_iter().collect(),
        Some("tone") => vec![Media::Tone { spec: tone(entry)? }],
        Some("say") => {
            let words = text("text").unwrap_or_default();
            let kind = text("type").unwrap_or_else(|| "name_spelled".to_owned());
            let iterated = text("method").as_deref() == Some("iterated");
            say::as_type(cx, &words, &kind, iterated).unwrap_or_else(|| vec![speech(words)])
        }
        other => return Err(format!("`{}` is no macro", other.unwrap_or_default())),
    })
}

/// `v=-7;%(400,200,400,450);loops=2`
fn tone(entry: &Value) -> Result<String, String> {
    let number = |name: &str, default: i64| entry.int_at(&[name]).unwrap_or(default).max(0);
    let frequencies: Vec<String> = match entry.at(&["frequencies"]) {
        Some(Value::Array(list)) => {
            list.iter().filter_map(lenient::as_int).filter(|hz| *hz > 0).map(|hz| hz.to_string()).collect()
        }
        _ => Vec::new(),
    };
    if frequencies.is_empty() {
        return Err("a tone without frequencies".to_owned());
    }
    let volume = number("volume", 100).min(100);
    let level = VOLUME_DB - (100 - volume) / 2;
    let (on, off) = (number("duration_on", 400), number("duration_off", 0));
    let loops = number("repeat", 1).max(1);
    Ok(format!("v={level};%({on},{off},{});loops={loops}", frequencies.join(",")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tones_are_written_in_the_fields_notation() {
        let entry = json!({"frequencies": [400, "450"], "duration_on": 400, "duration_off": 200, "repeat": 2, "volume": 50});
        assert_eq!(tone(&entry).as_deref(), Ok("v=-32;%(400,200,400,450);loops=2"));
        assert_eq!(tone(&json!({"frequencies": [440]})).as_deref(), Ok("v=-7;%(400,0,440);loops=1"));
        assert!(tone(&json!({})).is_err());
    }
}
