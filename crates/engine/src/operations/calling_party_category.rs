//! `CallingPartyCategory`: branches by the kind of telephone that calls ("Caller Type").

use flow::graph::Object;
use flow::n2fe::config::{CallingPartyCategory, Category, Config};
use flow::n2fe::service::LOOKUP_TABLE;

use super::{OPEN_EXITS, buffers, config, exit, tables};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.CallingPartyCategory",
    summary: "Takes the exit of what calls: from abroad, a landline, a mobile, a pay phone.",
    example: r#"{"id": "3", "type": "CallingPartyCategory", "exits": [4, 5], "config": {"rules": [{"type": "mobile", "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || CallingPartyCategory::MEMBERS,
    caption: |_| "Caller type".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

/// Carries the caller's categories, with commas between them, when the network knows them.
const CATEGORY_HEADER: &str = "X-Calling-Party-Category";

/// The lookup table from prefixes to categories.
const CATEGORY_TABLE: &str = "caller_categories";

async fn run(cx: Cx, data: Object) -> Outcome {
    let category: CallingPartyCategory = config(&cx, &data)?;
    let told = match buffers::header(&cx, CATEGORY_HEADER) {
        Some(told) => told,
        None => {
            let found = tables::by_prefix(&cx, LOOKUP_TABLE, CATEGORY_TABLE, &buffers::caller(&cx)).await;
            found.ok().flatten().unwrap_or_default()
        }
    };
    let own: Vec<Category> = told.split(',').filter_map(Category::named).collect();
    let rule = Category::ALL
        .into_iter()
        .filter(|one| own.contains(one))
        .find_map(|one| category.rules.iter().find(|(ruled, _)| *ruled == one));
    exit(rule.map_or(0, |(_, index)| *index))
}
