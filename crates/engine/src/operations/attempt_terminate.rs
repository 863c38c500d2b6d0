//! `AttemptTerminate`: connects the caller to a destination ("Connect").

use flow::graph::Object;
use flow::n2fe::config::{AttemptTerminate, Config};
use flow::n2fe::{exit_count, type_of};

use super::terminate::{self, Failed, Unreached};
use super::{caption, config};
use crate::cause::Cause;
use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.AttemptTerminate",
    summary: "Calls the destinations in order until one answers.",
    example: r#"{"id": "1", "type": "AttemptTerminate", "base_node": "4", "exits": [null], "config": {"destinations": [{"address": "6463581140", "timeout_seconds": 15}]}}"#,
    exits: &[Exit::Stop, Exit::Key("0"), Exit::Key("1"), Exit::Key("2")],
    members: || AttemptTerminate::MEMBERS,
    caption: |data| caption::<AttemptTerminate>("Connect", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let connect: AttemptTerminate = config(&cx, &data)?;
    let mut last = Failed { why: Unreached::NoSuchNumber, cause: Cause::NoRouteDestination };
    for destination in &connect.destinations {
        match terminate::call(&cx, &destination.address, destination.timeout_s).await? {
            None => return Ok(Next::Stop(None)),
            Some(failed) => last = failed,
        }
    }
    let exits = cx.node().map_or(1, |node| exit_count(type_of(node), node.extra.get("exits")));
    terminate::leave(&cx, exit_for(last.why, exits), last.cause)
}

/// One exit is for every outcome, two tell busy apart, three also numbers that do not exist.
fn exit_for(why: Unreached, exits: usize) -> usize {
    match (exits, why) {
        (0 | 1, _) | (_, Unreached::Busy) => 0,
        (2, _) | (_, Unreached::NoAnswer) => 1,
        (_, Unreached::NoSuchNumber) => 2,
    }
}
