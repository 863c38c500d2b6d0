//! `hold_control`: holds the other party, takes it back, or turns from one to the other (reference section 4.5; Kazoo
//! has its schema only).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

use super::hold;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "hold_control",
    summary: "Holds the other party, takes it back, or turns from one to the other.",
    example: r#"{"module": "hold_control", "data": {"action": "toggle"}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(|action| action.as_str()) {
        Some("hold") => "Hold".to_owned(),
        Some("unhold") => "End the hold".to_owned(),
        _ => "Hold or end the hold".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `hold`, `unhold` or `toggle`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let held = match data.action.as_deref() {
        Some("hold") => true,
        Some("unhold") => false,
        None | Some("toggle") => talk.joined,
        Some(other) => return Err(Fault::Broken(format!("there is no action `{other}`"))),
    };
    hold::set(talk, side, held).await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}
