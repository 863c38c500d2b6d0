//! `CellsiteRouting`: branches by the caller's cell site.

use flow::graph::Object;
use flow::n2fe::config::{CellsiteRouting, Config};

use super::{OPEN_EXITS, buffers, config, exit, tables};
use crate::cx::Cx;
use crate::module::{Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.CellsiteRouting",
    summary: "Takes the exit beside the name of the caller's cell site.",
    example: r#"{"id": "3", "type": "CellsiteRouting", "exits": [4, 5], "config": {"cellsites": ["No match found", "Queen Street"]}}"#,
    exits: OPEN_EXITS,
    members: || CellsiteRouting::MEMBERS,
    caption: |_| "Cell site".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

/// Carries the cell site's name, when the network tells it.
const SITE_HEADER: &str = "X-Cellsite";

/// Carries the service key of the call.
const KEY_HEADER: &str = "X-Service-Key";

/// The lookup table from service keys to names of cell sites.
const SITE_TABLE: &str = "cellsites";

async fn run(cx: Cx, data: Object) -> Outcome {
    let routing: CellsiteRouting = config(&cx, &data)?;
    let site = match (buffers::header(&cx, SITE_HEADER), buffers::header(&cx, KEY_HEADER)) {
        (Some(site), _) => Some(site),
        (None, Some(key)) => tables::exactly(&cx, SITE_TABLE, &key).await,
        (None, None) => None,
    };
    let place = site.and_then(|site| routing.cellsites.iter().skip(1).position(|known| *known == site));
    exit(place.map_or(0, |place| place + 1))
}
