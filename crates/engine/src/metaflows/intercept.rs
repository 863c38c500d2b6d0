//! `intercept`: another person's telephone takes the pressing party's place (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Outcome, argument};
use crate::module::{DEFAULT_EXIT, Exit};
use crate::ring::{self, Options};

use super::take_over::take_over;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "intercept",
    summary: "Rings a device or user; who answers takes the pressing party's place.",
    example: r#"{"module": "intercept", "data": {"target_type": "user", "target_id": "alice"}}"#,
    exits: &[Exit::Stop, Exit::Key(DEFAULT_EXIT)],
    members: lenient::members::<Data>,
    caption: |data| match data.get("target_id").and_then(lenient::as_text) {
        Some(id) => format!("Hand over to {id}"),
        None => "Hand over".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `device`, `user` or `number`.
    #[serde(deserialize_with = "lenient::text")]
    target_type: Option<String>,
    /// Document id, or the number.
    #[serde(deserialize_with = "lenient::text")]
    target_id: Option<String>,
    /// Answer by itself where the telephone can.
    #[serde(deserialize_with = "lenient::boolean")]
    auto_answer: bool,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let number = argument(&data, "target_id");
    let data: Data = super::read(data)?;
    let parties = match data.target_type.as_deref() {
        Some("device" | "user") | None => {
            let Some(id) = data.target_id else { return Err(Fault::Broken("nobody to ring".to_owned())) };
            ring::parties(&talk.cx, &id, &options(data.auto_answer)).await
        }
        // Kazoo's code has no clause for it; a number rings whom its callflow rings.
        Some("number") => super::transfer::whom(talk, side, number.as_deref().unwrap_or_default()).await,
        Some(other) => return Err(Fault::Broken(format!("there is no target type `{other}`"))),
    };
    take_over(talk, side, parties).await
}

/// The pressing party's own other telephones may be rung.
pub(super) fn options(auto_answer: bool) -> Options {
    Options { can_call_self: true, auto_answer, ..Options::default() }
}
