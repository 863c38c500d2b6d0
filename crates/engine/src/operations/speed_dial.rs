//! `SpeedDial`: lets the caller key in a code for a number.

use flow::graph::Object;
use flow::n2fe::config::{Config, SpeedDial};
use flow::n2fe::prefixes::digits_of;

use super::asking::Asking;
use super::{caption, config, exit, tables, terminate};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.SpeedDial",
    summary: "Asks for a code and calls the number it stands for.",
    example: r#"{"id": "3", "type": "SpeedDial", "exits": [4, 5, 6], "config": {"main_announcement": {"set": "Default", "entry": "Enter"}, "reprompt_announcement": {"set": "Default", "entry": "Again"}, "max_iterations": 3, "min_digits": 1, "max_digits": 2, "timeout_seconds": 20}}"#,
    exits: &[Exit::Stop, Exit::Key("0"), Exit::Key("1"), Exit::Key("2")],
    members: || SpeedDial::MEMBERS,
    caption: |data| caption::<SpeedDial>("Speed dial,", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

const INSUFFICIENT: usize = 1;
const NO_MATCH: usize = 2;

/// The lookup table from codes to numbers.
const SPEED_DIAL_TABLE: &str = "speed_dials";

async fn run(cx: Cx, data: Object) -> Outcome {
    let dialing: SpeedDial = config(&cx, &data)?;
    let mut asking = Asking::new(&dialing.collection);
    let mut failed = INSUFFICIENT;
    while let Some(code) = asking.next(&cx).await? {
        if code.len() < dialing.collection.min_digits as usize {
            failed = INSUFFICIENT;
        } else if let Some(number) = number_of(&cx, &code).await {
            return terminate::call_or_exit(&cx, &number, dialing.timeout_s).await;
        } else {
            failed = NO_MATCH;
        }
    }
    exit(failed)
}

/// What a code stands for: of this service number, else of the account.
async fn number_of(cx: &Cx, code: &str) -> Option<String> {
    let service_number = tables::service_number(cx).await;
    let own = service_number.as_deref().and_then(|number| tables::profile(number, "speed_dials"));
    let own = own.and_then(|codes| codes.get(code)).and_then(lenient::as_text);
    let found = match own {
        Some(number) => Some(number),
        None => tables::exactly(cx, SPEED_DIAL_TABLE, code).await,
    };
    found.map(|number| digits_of(&number)).filter(|number| !number.is_empty())
}
