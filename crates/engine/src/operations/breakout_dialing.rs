//! `BreakoutDialing`: lets the caller key in a number to be called.

use flow::graph::Object;
use flow::n2fe::config::{BreakoutDialing, Config};

use super::asking::Asking;
use super::{caption, config, exit, terminate};
use crate::cx::Cx;
use crate::module::{Exit, Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.BreakoutDialing",
    summary: "Asks for a number and calls it. Put a PIN before it.",
    example: r#"{"id": "3", "type": "BreakoutDialing", "exits": [4, 5, 6], "config": {"main_announcement": {"set": "Default", "entry": "Enter"}, "reprompt_announcement": {"set": "Default", "entry": "Again"}, "max_iterations": 3, "min_digits": 6, "max_digits": 12, "destination_patterns": ["^64"]}}"#,
    exits: &[Exit::Stop, Exit::Key("0"), Exit::Key("1"), Exit::Key("2")],
    members: || BreakoutDialing::MEMBERS,
    caption: |data| caption::<BreakoutDialing>("Dial out,", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

const INSUFFICIENT: usize = 1;
const NO_MATCH: usize = 2;

async fn run(cx: Cx, data: Object) -> Outcome {
    let dialing: BreakoutDialing = config(&cx, &data)?;
    let mut asking = Asking::new(&dialing.collection);
    let mut failed = INSUFFICIENT;
    while let Some(number) = asking.next(&cx).await? {
        failed = if number.len() < dialing.collection.min_digits as usize {
            INSUFFICIENT
        } else if dialing.patterns.is_empty() || dialing.patterns.iter().any(|one| one.matches(&number)) {
            return terminate::call_or_exit(&cx, &number, dialing.timeout_s).await;
        } else {
            NO_MATCH
        };
    }
    exit(failed)
}
