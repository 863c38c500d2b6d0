//! `ExtensionDialing`: lets the caller key in an extension behind a prefix.

use flow::graph::Object;
use flow::n2fe::config::{Config, ExtensionDialing};

use super::asking::Asking;
use super::{caption, config, exit, terminate};
use crate::cx::Cx;
use crate::module::{Exit, Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.ExtensionDialing",
    summary: "Asks for an extension and calls it behind a prefix.",
    example: r#"{"id": "3", "type": "ExtensionDialing", "exits": [4, 5, 6], "config": {"main_announcement": {"set": "Default", "entry": "Enter"}, "reprompt_announcement": {"set": "Default", "entry": "Again"}, "max_iterations": 3, "prefix": "6463581", "min_digits": 3, "max_digits": 3, "destination_patterns": ["^64"]}}"#,
    exits: &[Exit::Stop, Exit::Key("0"), Exit::Key("1"), Exit::Key("2")],
    members: || ExtensionDialing::MEMBERS,
    caption: |data| caption::<ExtensionDialing>("Dial an extension,", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

const INSUFFICIENT: usize = 1;
const NO_MATCH: usize = 2;

async fn run(cx: Cx, data: Object) -> Outcome {
    let dialing: ExtensionDialing = config(&cx, &data)?;
    let mut asking = Asking::new(&dialing.collection);
    let mut failed = INSUFFICIENT;
    while let Some(digits) = asking.next(&cx).await? {
        let number = format!("{}{digits}", dialing.prefix);
        failed = if digits.len() < dialing.collection.min_digits as usize {
            INSUFFICIENT
        } else if dialing.patterns.is_empty() || dialing.patterns.iter().any(|one| one.matches(&number)) {
            return terminate::call_or_exit(&cx, &number, dialing.timeout_s).await;
        } else {
            NO_MATCH
        };
    }
    exit(failed)
}
