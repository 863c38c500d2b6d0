//! `sound_touch`: changes pitch and tempo of a party's voice (reference section 4.5; Kazoo has its schema only).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::command::{Action, Effect};
use crate::conversation::{PartyGone, Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "sound_touch",
    summary: "Changes pitch and tempo of the voice the pressing party hears, or sends.",
    example: r#"{"module": "sound_touch", "data": {"action": "start", "adjust_in_semitones": -3}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Change the voice".to_owned(),
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

/// Semitones of an octave.
const OCTAVE: f64 = 12.0;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `start` or `stop`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// Octaves up or down, -1 to 1.
    adjust_in_octaves: Option<Value>,
    /// Semitones up or down, -14 to 14.
    adjust_in_semitones: Option<Value>,
    /// Pitch as a factor.
    pitch: Option<Value>,
    /// Speed and pitch as a factor.
    rate: Option<Value>,
    /// Speed as a factor.
    tempo: Option<Value>,
    /// What the party sends, not what it hears.
    #[serde(deserialize_with = "lenient::boolean")]
    sending_leg: bool,
    /// Let keys change the pitch; no driver does so.
    #[serde(deserialize_with = "lenient::boolean")]
    hook_dtmf: bool,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    if data.hook_dtmf {
        talk.cx.note("EN4006", "keys that change the pitch (`hook_dtmf`) are not supported");
    }
    let factor = |value: &Option<Value>, or: f64| value.as_ref().and_then(Value::as_f64).unwrap_or(or);
    let effect = match data.action.as_deref() {
        Some("stop") => {
            Effect::Voice { heard: !data.sending_leg, semitones_hundredths: 0, tempo_percent: 100 }
        }
        None | Some("start") => {
            let rate = factor(&data.rate, 1.0).clamp(0.25, 4.0);
            let pitch = (factor(&data.pitch, 1.0).clamp(0.25, 4.0) * rate).log2() * OCTAVE;
            let octaves = factor(&data.adjust_in_octaves, 0.0).clamp(-1.0, 1.0) * OCTAVE;
            let semitones = factor(&data.adjust_in_semitones, 0.0).clamp(-14.0, 14.0);
            let tempo = factor(&data.tempo, 1.0).clamp(0.25, 4.0) * rate;
            Effect::Voice {
                heard: !data.sending_leg,
                semitones_hundredths: ((pitch + octaves + semitones) * 100.0).round() as i32,
                tempo_percent: (tempo * 100.0).round() as u32,
            }
        }
        Some(other) => return Err(Fault::Broken(format!("there is no action `{other}`"))),
    };
    apply(talk, Action::Effect { leg: talk.leg(side), effect }).await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}

/// Gives a command that a driver may not know; the trace says so then.
pub(super) async fn apply(talk: &Talk, action: Action) -> Result<(), PartyGone> {
    if let Err(failure) = talk.run(action).await? {
        talk.cx.note("EN4006", format!("the audio could not be changed: {failure:?}"));
    }
    Ok(())
}
