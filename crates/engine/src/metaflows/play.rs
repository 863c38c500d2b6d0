//! `play`: plays something to the pressing party, the other, or both (reference section 4.5).

use flow::graph::Object;
use serde::Deserialize;

use crate::conversation::{Side, Talk};
use crate::lenient;
use crate::media::Loops;
use crate::media_path;
use crate::metaflow::{Fault, Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "play",
    summary: "Plays something to the pressing party, the other, or both.",
    example: r#"{"module": "play", "data": {"id": "legal-notice", "leg": "both"}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Play {id}"),
        None => "Play".to_owned(),
    },
    run: |talk, side, data| Box::pin(run(talk, side, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Media id, path or URL.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// `self`, `peer` or `both`.
    #[serde(deserialize_with = "lenient::text")]
    leg: Option<String>,
}

async fn run(talk: &mut Talk, side: Side, data: Object) -> Outcome {
    let data: Data = super::read(data)?;
    let item = data.id.as_deref().and_then(|path| media_path::item(&talk.cx, path));
    let Some(item) = item else { return Err(Fault::Broken("nothing to play".to_owned())) };
    let sides: &[Side] = match data.leg.as_deref() {
        Some("self") => &[side],
        Some("peer") => &[side.other()],
        _ => &[Side::Near, Side::Far],
    };
    let playbacks: Vec<_> =
        sides.iter().map(|side| talk.start_playing(*side, vec![item.clone()], Loops::Once)).collect();
    talk.played(&playbacks).await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}
