//! `UserInput`: keeps what the caller keys in.

use flow::graph::Object;
use flow::n2fe::config::{Config, UserInput};

use super::asking::Asking;
use super::{TWO_EXITS, buffers, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.UserInput",
    summary: "Asks for digits and keeps them in a buffer.",
    example: r#"{"id": "3", "type": "UserInput", "exits": [4, 5], "config": {"main_announcement": {"set": "Default", "entry": "Enter"}, "reprompt_announcement": {"set": "Default", "entry": "Again"}, "max_iterations": 3, "min_digits": 4, "max_digits": 4, "buffer": "user.postcode"}}"#,
    exits: TWO_EXITS,
    members: || UserInput::MEMBERS,
    caption: |data| caption::<UserInput>("Ask,", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let input: UserInput = config(&cx, &data)?;
    let mut asking = Asking::new(&input.collection);
    while let Some(digits) = asking.next(&cx).await? {
        if digits.len() >= input.collection.min_digits as usize {
            buffers::write(&cx, &input.buffer, digits);
            return exit(0);
        }
    }
    exit(1)
}
