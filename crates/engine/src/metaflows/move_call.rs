//! `move`: another telephone of the pressing party takes the call over (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{Side, Talk};
use crate::endpoint::Endpoint;
use crate::lenient;
use crate::metaflow::{Fault, Metaflow, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};
use crate::ring;

use super::intercept::options;
use super::take_over::take_over;

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "move",
    summary: "Rings the pressing party's other telephones; the one that answers takes the call over.",
    example: r#"{"module": "move", "data": {"auto_answer": false}}"#,
    exits: &[Exit::Stop, Exit::Key(DEFAULT_EXIT)],
    members: lenient::members::<Data>,
    caption: |_| "Move to another telephone".to_owned(),
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Whose telephones; the pressing device's owner's by default.
    #[serde(deserialize_with = "lenient::text")]
    owner_id: Option<String>,
    /// Only this telephone.
    #[serde(deserialize_with = "lenient::text")]
    device_id: Option<String>,
    /// Answer by itself where the telephone can.
    #[serde(deserialize_with = "lenient::boolean")]
    auto_answer: bool,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let own = talk.endpoint(side).map(str::to_owned);
    let target = match (data.device_id.or(data.owner_id), own) {
        (Some(named), _) => Some(named),
        (None, Some(own)) => Endpoint::load(&talk.cx, &own).await.and_then(|device| device.owner_id()),
        (None, None) => None,
    };
    let Some(target) = target else {
        return Err(Fault::Broken("the pressing telephone belongs to nobody".to_owned()));
    };
    let parties = ring::parties(&talk.cx, &target, &options(data.auto_answer)).await;
    take_over(talk, side, parties).await
}
