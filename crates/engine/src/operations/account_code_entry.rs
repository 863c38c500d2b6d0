//! `AccountCodeEntry`: lets those on who know an account code of the service number.

use flow::graph::Object;
use flow::n2fe::config::{Config, Entry};
use serde_json::Value;

use super::asking::Asking;
use super::{TWO_EXITS, config, exit, tables};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.AccountCodeEntry",
    summary: "Asks for one of the account codes of the service number.",
    example: r#"{"id": "3", "type": "AccountCodeEntry", "exits": [4, 5], "config": {"main_announcement": {"set": "Default", "entry": "Enter"}, "reprompt_announcement": {"set": "Default", "entry": "Again"}, "max_iterations": 3}}"#,
    exits: TWO_EXITS,
    members: || Entry::MEMBERS,
    caption: |_| "Ask for an account code".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

const ALLOWED: usize = 0;
const NOT_ALLOWED: usize = 1;

async fn run(cx: Cx, data: Object) -> Outcome {
    let Entry(collection) = config(&cx, &data)?;
    let service_number = tables::service_number(&cx).await;
    let profile = |name: &str| service_number.as_deref().and_then(|number| tables::profile(number, name));
    let codes: Vec<String> = match profile("account_codes") {
        Some(Value::Array(codes)) => codes.iter().filter_map(lenient::as_text).collect(),
        _ => Vec::new(),
    };
    let bound =
        |name: &str| profile(name).and_then(lenient::as_int).and_then(|found| usize::try_from(found).ok());
    let longest = codes.iter().map(String::len).max().unwrap_or(0);
    if codes.is_empty() {
        return exit(NOT_ALLOWED);
    }
    let least = bound("account_code_min_digits").unwrap_or(1);
    let most = bound("account_code_max_digits").unwrap_or(longest).max(1);
    let mut asking = Asking::of_length(&collection, most);
    while let Some(digits) = asking.next(&cx).await? {
        if digits.len() >= least && codes.contains(&digits) {
            cx.vars(|vars| vars.application.insert("account_code".to_owned(), Value::String(digits)));
            return exit(ALLOWED);
        }
    }
    exit(NOT_ALLOWED)
}
