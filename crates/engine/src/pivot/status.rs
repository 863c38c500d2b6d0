//! What web servers are told without being asked anything: how called parties fare, a recording whose caller has hung up,
//! and the end of the call. It happens in the background, and again when the server does not take it.

use flow::twiml::{Method, Next as Target, StatusCallback};
use serde_json::{Map, Value, json};

use super::session::{Dialled, Session};
use super::{FORM, TOLD_TIMEOUT, parameters, request};
use crate::command::{Body, Request};
use crate::cx::Cx;
use crate::hooks;
use crate::output::Termination;
use crate::web_form;

/// Tells that a recording was made although the caller is gone.
pub(super) async fn recorded(cx: &Cx, session: &Session, next: &Target) {
    let Ok(url) = session.resolve(next.url.as_deref()) else { return };
    let parameters = parameters::of(cx, session).await;
    let request = request(cx, &session.settings, &url, next.method, &parameters);
    hooks::begin(cx, request, hooks::RETRIES, "EN3006");
}

/// What there is to tell of a called party.
pub(super) enum Fares<'a> {
    /// It is being called.
    Initiated,
    /// It has answered.
    Answered,
    /// How it ended.
    Ended(&'a Dialled),
}

/// The request that tells how a called party fares; `None` when the callback is not for that, or is no address, which is
/// noted.
pub(super) fn of_party(
    cx: &Cx,
    session: &Session,
    callback: &StatusCallback,
    to: &str,
    fares: &Fares<'_>,
) -> Option<Request> {
    let (wanted, status, ended) = match fares {
        Fares::Initiated => (callback.initiated, "initiated", None),
        Fares::Answered => (callback.answered, "in-progress", None),
        Fares::Ended(ended) => (callback.completed, ended.status, Some(ended)),
    };
    if !wanted {
        return None;
    }
    let url = match session.resolve(Some(&callback.url)) {
        Ok(url) => url,
        Err(reason) => {
            cx.note("EN3006", reason);
            return None;
        }
    };
    let members = cx.with(|state| {
        json!({
            "CallSid": ended.and_then(|ended| ended.sid.clone()),
            "ParentCallSid": state.setup.call_id,
            "AccountSid": state.setup.account_id,
            "CallStatus": status,
            "CallDuration": ended.map(|ended| ended.seconds),
            "From": state.vars.caller_number,
            "To": to,
            "Direction": "outbound-dial",
            "ApiVersion": "2010-04-01",
        })
    });
    Some(form(cx, callback.method, url, members.as_object().cloned().unwrap_or_default()))
}

/// Posts the call's record to the `cdr_url` of its last pivot, by Kazoo's names and TwiML's (section 5.4; Kazoo does so only
/// for TwiML: section 8.1, 22).
pub(crate) fn call_ended(cx: &Cx, termination: &Termination) {
    let Some(url) = cx.vars(|vars| vars.cdr_url.take()) else { return };
    let record = cx.with(|state| {
        let facts = &state.setup.facts;
        let lasted = state.mono().saturating_sub(state.origin).as_secs();
        json!({
            "Account-ID": state.setup.account_id,
            "Call-Direction": "inbound",
            "Call-ID": state.setup.call_id,
            "Caller-ID-Name": state.vars.caller_name,
            "Caller-ID-Number": state.vars.caller_number,
            "Duration-Seconds": lasted,
            "From": facts.from,
            "Hangup-Cause": termination.cause.name(),
            "Request": facts.request,
            "To": facts.to,
            "AccountSid": state.setup.account_id,
            "ApiVersion": "2010-04-01",
            "CallDuration": lasted,
            "CallSid": state.setup.call_id,
            "CallStatus": "completed",
            "Direction": "inbound",
        })
    });
    let request = form(cx, Method::Post, url, record.as_object().cloned().unwrap_or_default());
    hooks::begin(cx, request, hooks::RETRIES, "EN3005");
}

fn form(cx: &Cx, method: Method, url: String, mut members: Map<String, Value>) -> Request {
    members.retain(|_, value| !value.is_null());
    let form = web_form::encode(&members);
    let (timeout, max_bytes) = (TOLD_TIMEOUT, cx.with(|state| state.limits().document_bytes));
    if method == Method::Get {
        let url = web_form::with_query(&url, &form);
        return Request {
            method: "GET".to_owned(),
            url,
            headers: Vec::new(),
            body: Body::Empty,
            timeout,
            max_bytes,
        };
    }
    let headers = vec![("Content-Type".to_owned(), FORM.to_owned())];
    Request { method: "POST".to_owned(), url, headers, body: Body::Text(form), timeout, max_bytes }
}
