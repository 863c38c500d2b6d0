//! The end of a call: legs are released, recordings that are still going are ended and stored, then it is over.

use std::time::Duration;

use serde_json::json;

use crate::alert;
use crate::cause::Cause;
use crate::command::{Action, Body, Request};
use crate::cx::Cx;
use crate::executor::hang_up_everything;
use crate::hooks;
use crate::ids::LegId;
use crate::output::{CallResult, Termination};
use crate::recording;
use crate::state::LegPhase;
use crate::web_form;

/// Time the web server has to take a call record.
const CDR_TIMEOUT: Duration = Duration::from_secs(5);

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
    tell_web_server(cx, &termination).await;
    alert::finish(cx, &termination).await;
    hooks::finish(cx).await;
    termination
}

/// Posts the call's record to the `cdr_url` of its last pivot (Kazoo does so only for TwiML: section 8.1, 22).
async fn tell_web_server(cx: &Cx, termination: &Termination) {
    let Some(url) = cx.vars(|vars| vars.cdr_url.take()) else { return };
    let record = cx.with(|state| {
        let facts = &state.setup.facts;
        json!({
            "Account-ID": state.setup.account_id,
            "Call-ID": state.setup.call_id,
            "Caller-ID-Name": state.vars.caller_name,
            "Caller-ID-Number": state.vars.caller_number,
            "Duration-Seconds": state.mono().saturating_sub(state.origin).as_secs(),
            "From": facts.from,
            "Hangup-Cause": termination.cause.name(),
            "Request": facts.request,
            "To": facts.to,
        })
    });
    let fields = record.as_object().cloned().unwrap_or_default();
    let request = Request {
        method: "POST".to_owned(),
        url,
        headers: vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: Body::Text(web_form::encode(&fields)),
        timeout: CDR_TIMEOUT,
        max_bytes: cx.with(|state| state.limits().document_bytes),
    };
    let command = cx.start(Action::Fetch(request));
    if let Err(failure) = cx.completion(command).await {
        cx.note("EN3005", format!("the call record could not be sent to the cdr_url: {failure:?}"));
    }
}
