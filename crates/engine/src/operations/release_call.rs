//! `ReleaseCall`: releases the call ("End Call").

use flow::graph::Object;
use flow::n2fe::config::{Config, ReleaseCall};

use super::{caption, config};
use crate::cause::Cause;
use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.ReleaseCall",
    summary: "Ends the call with a release cause.",
    example: r#"{"id": "3", "type": "ReleaseCall", "exits": [], "config": {"cause": 17}}"#,
    exits: &[Exit::Stop],
    members: || ReleaseCall::MEMBERS,
    caption: |data| caption::<ReleaseCall>("End call,", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let release: ReleaseCall = config(&cx, &data)?;
    Ok(Next::Stop(Some(cause(release.cause))))
}

/// The cause with this value (ITU-T Q.850); those without one of our own are unspecified.
fn cause(value: u8) -> Cause {
    match value {
        1 => Cause::UnallocatedNumber,
        2 | 3 => Cause::NoRouteDestination,
        16 => Cause::NormalClearing,
        17 => Cause::UserBusy,
        18 => Cause::NoUserResponse,
        19 => Cause::NoAnswer,
        20 => Cause::SubscriberAbsent,
        21 => Cause::CallRejected,
        22 => Cause::NumberChanged,
        23 => Cause::RedirectionToNewDestination,
        25 => Cause::ExchangeRoutingError,
        27 => Cause::DestinationOutOfOrder,
        28 => Cause::InvalidNumberFormat,
        29 => Cause::FacilityRejected,
        _ => Cause::NormalUnspecified,
    }
}
