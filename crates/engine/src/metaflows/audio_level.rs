//! `audio_level`: makes what the pressing party says or hears louder or softer (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::command::{Action, Effect};
use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

use super::sound_touch::apply;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "audio_level",
    summary: "Makes what the pressing party says or hears louder or softer.",
    example: r#"{"module": "audio_level", "data": {"action": "start", "mode": "read", "level": 2}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("level").and_then(lenient::as_int) {
        Some(level) => format!("Audio level {level:+}"),
        None => "Audio level".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

/// The range of levels, in steps.
const LEVEL_MAX: i64 = 4;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `start` or `stop`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// `read` is what the party says, `write` what it hears.
    #[serde(deserialize_with = "lenient::text")]
    mode: Option<String>,
    /// Steps, -4 to 4.
    #[serde(deserialize_with = "lenient::int")]
    level: i64,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let steps = match data.action.as_deref() {
        Some("stop") => 0,
        None | Some("start") => data.level.clamp(-LEVEL_MAX, LEVEL_MAX),
        Some(other) => return Err(Fault::Broken(format!("there is no action `{other}`"))),
    };
    let heard = data.mode.as_deref() == Some("write");
    let effect = Effect::Level { heard, steps: i8::try_from(steps).unwrap_or_default() };
    apply(talk, Action::Effect { leg: talk.leg(side), effect }).await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}
