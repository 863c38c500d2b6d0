//! `break`: ends what the pressing party is being played (reference section 4.5).

use crate::command::Action;
use crate::conversation::{Side, Talk};
use crate::metaflow::{Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "break",
    summary: "Ends what the pressing party is being played.",
    example: r#"{"module": "break", "data": {}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "Stop playing".to_owned(),
    run: |talk, side, _| Box::pin(run(talk, side)),
};

async fn run(talk: &mut Talk, side: Side) -> Outcome {
    talk.cx.send(Action::StopPlayback { leg: talk.leg(side) });
    Ok(Next::Continue(DEFAULT_EXIT))
}
