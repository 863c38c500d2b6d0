//! `PinAuthorisation`: lets those on who know the service number's PIN.

use flow::graph::Object;
use flow::n2fe::config::{Config, Entry};

use super::asking::Asking;
use super::{TWO_EXITS, config, exit, tables};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.PinAuthorisation",
    summary: "Asks for the PIN of the service number.",
    example: r#"{"id": "3", "type": "PinAuthorisation", "exits": [4, 5], "config": {"main_announcement": {"set": "Default", "entry": "Enter"}, "reprompt_announcement": {"set": "Default", "entry": "Again"}, "max_iterations": 3}}"#,
    exits: TWO_EXITS,
    members: || Entry::MEMBERS,
    caption: |_| "Ask for the PIN".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

const ALLOWED: usize = 0;
const NOT_ALLOWED: usize = 1;

async fn run(cx: Cx, data: Object) -> Outcome {
    let Entry(collection) = config(&cx, &data)?;
    let service_number = tables::service_number(&cx).await;
    let pin = service_number.as_deref().and_then(|number| tables::profile(number, "pin"));
    let Some(pin) = pin.and_then(lenient::as_text) else { return exit(NOT_ALLOWED) };
    let mut asking = Asking::of_length(&collection, pin.len());
    while let Some(digits) = asking.next(&cx).await? {
        if digits == pin {
            return exit(ALLOWED);
        }
    }
    exit(NOT_ALLOWED)
}
