//! Telling people by e-mail or text message about a call, at once or when it has ended (`notification`,
//! `missed_call_alert`; reference section 3.2).
//!
//! Not here: sending (the driver), web servers (`hooks`).

use serde_json::{Map, Value, json};

use crate::command::Action;
use crate::cx::Cx;
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::output::Termination;

/// People told of one call at most.
const RECIPIENTS_MAX: usize = 100;

/// Alerts a call can have waiting for its end.
const ALERTS_MAX: usize = 20;

/// Somebody to be told when the call has ended.
#[derive(Clone, Debug)]
pub(crate) struct Alert {
    /// `missed_call` or `custom`.
    pub(crate) kind: &'static str,
    /// Only when the call reached nobody and left no message.
    pub(crate) only_missed: bool,
    /// Recipients as the node lists them.
    pub(crate) recipients: Vec<Value>,
    /// Members of the node that go along: `template_id`, `comments`, `media`.
    pub(crate) members: Map<String, Value>,
}

/// Keeps an alert for the end of the call.
pub(crate) fn at_the_end(cx: &Cx, alert: Alert) {
    let full = cx.vars(|vars| {
        let full = vars.alerts.len() >= ALERTS_MAX;
        if !full {
            vars.alerts.push(alert);
        }
        full
    });
    if full {
        cx.note("EN1012", format!("a call tells people at most {ALERTS_MAX} times when it ends"));
    }
}

/// Sends what waits for the end of the call.
pub(crate) async fn finish(cx: &Cx, termination: &Termination) {
    let (alerts, reached) =
        cx.vars(|vars| (std::mem::take(&mut vars.alerts), vars.bridged || vars.message_left));
    for alert in alerts.into_iter().filter(|alert| !(alert.only_missed && reached)) {
        send(cx, alert, Some(termination)).await;
    }
}

/// Sends an alert now. One that cannot be sent is noted.
pub(crate) async fn send(cx: &Cx, alert: Alert, termination: Option<&Termination>) {
    let mut data = alert.members;
    data.insert("recipients".to_owned(), json!(addresses(cx, &alert.recipients).await));
    let timestamp = cx.civil().as_second();
    cx.with(|state| {
        let (facts, vars) = (&state.setup.facts, &state.vars);
        let more = json!({
            "call_id": state.setup.call_id,
            "account_id": state.setup.account_id,
            "from_user": facts.from,
            "from_realm": facts.from_realm,
            "to_user": facts.to,
            "to_realm": facts.to_realm,
            "caller_id_name": vars.caller_name,
            "caller_id_number": vars.caller_number,
            "timestamp": timestamp + flow::time_rules::GREGORIAN_OFFSET_S,
            "call_bridged": vars.bridged,
            "message_left": vars.message_left,
            "hangup_cause": termination.map(|ended| ended.cause.name()),
        });
        data.extend(more.as_object().cloned().unwrap_or_default());
    });
    let command = cx.start(Action::Notify { kind: alert.kind.to_owned(), data: Value::Object(data) });
    if let Err(failure) = cx.completion(command).await {
        let reason = match failure {
            Failure::Unsupported { reason } => reason,
            other => format!("{other:?}"),
        };
        cx.note("EN3007", format!("the notification `{}` was not sent: {reason}", alert.kind));
    }
}

/// E-mail addresses: as written, or those of users.
async fn addresses(cx: &Cx, recipients: &[Value]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for recipient in recipients {
        let ids: Vec<String> = match recipient.at(&["id"]) {
            Some(Value::Array(ids)) => ids.iter().filter_map(lenient::as_text).collect(),
            Some(id) => lenient::as_text(id).into_iter().collect(),
            None => Vec::new(),
        };
        for id in ids {
            let address = match recipient.text_at(&["type"]).as_deref() {
                Some("user") => cx.document(&id).await.and_then(|user| user.text_at(&["email"])),
                Some("email") => Some(id),
                _ => None,
            };
            let fresh = address.filter(|address| !found.contains(address));
            if found.len() < RECIPIENTS_MAX {
                found.extend(fresh);
            }
        }
    }
    found
}
