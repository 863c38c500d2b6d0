//! `relate`: decides whether two participants of a conference hear each other (reference section 4.5; Kazoo has its
//! schema only).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Outcome};
use crate::module::Exit;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "relate",
    summary: "Decides whether two participants of a conference hear each other.",
    example: r#"{"module": "relate", "data": {"conference_id": "board", "participant_id": 1, "other_participant": 2, "relationship": "deaf"}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| {
        format!(
            "Relate participants: {}",
            data.get("relationship").and_then(Value::as_str).unwrap_or("clear")
        )
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The conference.
    #[serde(deserialize_with = "lenient::text")]
    conference_id: Option<String>,
    /// One participant.
    #[serde(deserialize_with = "lenient::text")]
    participant_id: Option<String>,
    /// The other.
    #[serde(deserialize_with = "lenient::text")]
    other_participant: Option<String>,
    /// `deaf`, `clear` or `mute`.
    #[serde(deserialize_with = "lenient::text")]
    relationship: Option<String>,
}

/// A conversation of two is no conference, so there is never anybody to relate: the trace says so.
async fn run(_: &mut Talk, _: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    if data.conference_id.is_none() || data.participant_id.is_none() || data.other_participant.is_none() {
        return Err(Fault::Broken("a conference and two participants are needed".to_owned()));
    }
    if let Some(other) = data.relationship.filter(|word| !["deaf", "clear", "mute"].contains(&word.as_str()))
    {
        return Err(Fault::Broken(format!("there is no relationship `{other}`")));
    }
    Err(Fault::Broken("these two parties talk to each other, not in a conference".to_owned()))
}
