//! `resume`: lets the two parties hear each other again (reference section 4.5).

use crate::conversation::{Side, Talk};
use crate::metaflow::{Metaflow, Next, Outcome};
use crate::module::{DEFAULT_EXIT, Exit};

/// The action.
pub(crate) const METAFLOW: Metaflow = Metaflow {
    name: "resume",
    summary: "Lets the two parties hear each other again.",
    example: r#"{"module": "resume", "data": {}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "Resume".to_owned(),
    run: |talk, side, _| Box::pin(run(talk, side)),
};

async fn run(talk: &mut Talk, _: Side) -> Outcome {
    talk.join().await?;
    Ok(Next::Continue(DEFAULT_EXIT))
}
