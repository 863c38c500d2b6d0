//! `CallerLocation`: branches by where the caller is ("Location Routing").

use flow::graph::Object;
use flow::n2fe::config::{CallerLocation, Config};
use flow::n2fe::geography::Geography;
use flow::n2fe::service::GEOGRAPHY_SET;

use super::{OPEN_EXITS, buffers, caption, config, exit};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.CallerLocation",
    summary: "Takes the exit of the place the caller's number belongs to.",
    example: r#"{"id": "3", "type": "CallerLocation", "exits": [4, 5], "config": {"geography_set": "NZ_REGIONS", "source_buffer": "system.network_calling_party", "rules": [{"entry": "Auckland", "exit_idx": 1}]}}"#,
    exits: OPEN_EXITS,
    members: || CallerLocation::MEMBERS,
    caption: |data| caption::<CallerLocation>("Location in", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let location: CallerLocation = config(&cx, &data)?;
    let Some(document) = cx.named(GEOGRAPHY_SET, &location.geography_set).await else {
        cx.note("EN2102", format!("there is no geography set `{}`", location.geography_set));
        return exit(0);
    };
    let number = buffers::read(&cx, &location.source).unwrap_or_default();
    let set = Geography::read(&document);
    // Innermost first: a rule for the town counts before one for the country.
    let ruled = set.locate(&number).into_iter().find_map(|place| {
        location.rules.iter().find(|rule| rule.place == place.name || rule.place == place.id)
    });
    exit(ruled.map_or(0, |rule| rule.exit))
}
