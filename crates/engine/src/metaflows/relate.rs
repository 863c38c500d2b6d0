//! `relate`: decides whether two participants of a conference hear each other (reference section 4.5; Kazoo has its
//! schema only).
//!
//! The conference is any of the account's, and its participants are told by their numbers in it, counted from 1 in the
//! order they came. Of the words, `deaf` is that the participant does not hear the other, `mute` that the other does not hear
//! the participant, and `clear` that both hear each other.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::command::Action;
use crate::conference::room_of;
use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

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
    #[serde(deserialize_with = "lenient::opt_int")]
    participant_id: Option<i64>,
    /// The other.
    #[serde(deserialize_with = "lenient::opt_int")]
    other_participant: Option<i64>,
    /// `deaf`, `clear` or `mute`.
    #[serde(deserialize_with = "lenient::text")]
    relationship: Option<String>,
}

async fn run(talk: &mut Talk, _: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let number = |id: Option<i64>| id.and_then(|id| u32::try_from(id).ok());
    let (one, other) = (number(data.participant_id), number(data.other_participant));
    let (Some(conference), Some(one), Some(other)) = (data.conference_id, one, other) else {
        return Err(Fault::Broken("a conference and two participants are needed".to_owned()));
    };
    let (hears, is_heard) = match data.relationship.as_deref() {
        None | Some("clear") => (true, true),
        Some("deaf") => (false, true),
        Some("mute") => (true, false),
        Some(word) => return Err(Fault::Broken(format!("there is no relationship `{word}`"))),
    };
    let room = room_of(&conference);
    for (listener, speaker, hears) in [(one, other, hears), (other, one, is_heard)] {
        let relation = Action::Relate { room: room.clone(), listener, speaker, hears };
        if let Err(failure) = talk.run(relation).await? {
            let reason = format!("the participants could not be related: {failure:?}");
            return Err(Fault::Broken(reason));
        }
    }
    Ok(Next::Continue(DEFAULT_EXIT))
}
