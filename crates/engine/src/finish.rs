//! The end of a call: legs are released, recordings that are still going are ended and stored, then it is over.

use crate::cause::Cause;
use crate::cx::Cx;
use crate::executor::hang_up_everything;
use crate::ids::LegId;
use crate::output::{CallResult, Termination};
use crate::recording;
use crate::state::LegPhase;

/// Ends the call. `result` and `cause` say how the flow ended; a hang-up of the caller goes before both.
pub(crate) async fn finish(cx: &Cx, result: CallResult, cause: Cause) -> Termination {
    let (answered, given_up) = cx.with(|state| match state.legs.get(&LegId::CALLER).map(|leg| leg.phase) {
        Some(LegPhase::Over(cause)) => (false, Some(cause)),
        Some(LegPhase::Up) => (true, None),
        _ => (false, None),
    });
    cx.with(|state| hang_up_everything(state, cause));
    recording::finish(cx).await;
    let result = match (result, given_up) {
        (CallResult::Finished, None) if !answered => CallResult::Rejected,
        (other, _) => other,
    };
    Termination { result, cause: given_up.unwrap_or(cause) }
}
