//! `hangup`: ends the pressing party's side of the call (reference section 4.5).

use crate::cause::Cause;
use crate::command::Action;
use crate::conversation::{Side, Talk};
use crate::metaflow::{Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "hangup",
    summary: "Hangs up the pressing party.",
    example: r#"{"module": "hangup", "data": {}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "Hang up".to_owned(),
    run: |talk, side, _| Box::pin(run(talk, side)),
};

async fn run(talk: &mut Talk, side: Side) -> Outcome {
    let leg = talk.leg(side);
    talk.run(Action::HangUp { leg, cause: Cause::NormalClearing }).await?.ok();
    Ok(Next::Continue(DEFAULT_EXIT))
}
