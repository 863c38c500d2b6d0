//! The end of a call: legs are released, recordings that are still going are ended and stored, then it is over.

use crate::alert;
use crate::cause::Cause;
use crate::cx::Cx;
use crate::executor::hang_up_everything;
use crate::hooks;
use crate::ids::LegId;
use crate::output::{CallResult, Termination};
use crate::pivot;
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
    // A leg that we refused is over too, but nobody hung up.
    let refused = cx.with(|state| state.caller_refused);
    let result = match (result, given_up) {
        (CallResult::Finished | CallResult::CallerHungUp, _) if refused => CallResult::Rejected,
        (CallResult::Finished, None) if !answered => CallResult::Rejected,
        (other, _) => other,
    };
    let termination = Termination { result, cause: given_up.unwrap_or(cause) };
    pivot::call_ended(cx, &termination);
    alert::finish(cx, &termination).await;
    hooks::finish(cx).await;
    termination
}
