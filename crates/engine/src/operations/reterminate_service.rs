//! `ReterminateService`: sends the call on to the service number behind a prefix.

use flow::graph::Object;
use flow::n2fe::config::{Config, ReterminateService};
use flow::n2fe::prefixes::digits_of;

use super::{buffers, caption, config, terminate};
use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.ReterminateService",
    summary: "Calls the service number behind a routing prefix.",
    example: r#"{"id": "3", "type": "ReterminateService", "exits": [], "config": {"routing_prefix": "1589", "append_moli": 1, "missing_moli": "000"}}"#,
    exits: &[Exit::Stop],
    members: || ReterminateService::MEMBERS,
    caption: |data| caption::<ReterminateService>("Send on to", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

/// Carries the three digits for where the call came from.
const MOLI_HEADER: &str = "X-MoLI";

async fn run(cx: Cx, data: Object) -> Outcome {
    let service: ReterminateService = config(&cx, &data)?;
    let mut address = format!("{}{}", service.routing_prefix, buffers::dialled_as_it_came(&cx));
    if service.append_moli {
        let moli = buffers::header(&cx, MOLI_HEADER).map(|moli| digits_of(&moli));
        let moli = moli.filter(|moli| moli.len() == 3).unwrap_or(service.missing_moli);
        address.push_str(&moli);
    }
    let failed = terminate::send_on(&cx, &address).await?;
    Ok(Next::Stop(failed.map(|failed| failed.cause)))
}
