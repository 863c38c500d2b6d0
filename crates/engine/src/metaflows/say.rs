//! `say`: reads a number or letters out to the pressing party (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};
use crate::say;

use super::tts::speak;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "say",
    summary: "Reads a number or letters out to the pressing party.",
    example: r#"{"module": "say", "data": {"text": "1204", "type": "number"}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("text").and_then(lenient::as_text) {
        Some(text) => format!("Say {text}"),
        None => "Say".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

/// Longest text, in characters.
const TEXT_MAX_CHARS: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// What to say.
    #[serde(deserialize_with = "lenient::text")]
    text: Option<String>,
    /// What it is: `number`, `telephone_number`, `name_spelled` ...
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    /// `pronounced`, `iterated` (one by one) or `counted`.
    #[serde(deserialize_with = "lenient::text")]
    method: Option<String>,
    /// Language; the call's is used.
    #[serde(deserialize_with = "lenient::text")]
    language: Option<String>,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let Some(text) = data.text else { return Err(Fault::Broken("nothing to say".to_owned())) };
    let text: String = text.chars().take(TEXT_MAX_CHARS).collect();
    let counts = matches!(data.kind.as_deref(), Some("number" | "items" | "persons" | "messages"));
    let items = match text.parse::<u64>() {
        Ok(number) if counts && data.method.as_deref() != Some("iterated") => say::number(&talk.cx, number),
        _ => say::spelled(&talk.cx, &text),
    };
    if items.is_empty() {
        return Err(Fault::Broken(format!("`{text}` cannot be said")));
    }
    speak(talk, side, items, crate::caller::ANY_KEY).await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}
