//! Telling people by e-mail or text message about a call, at once or when it has ended (`notification`,
//! `missed_call_alert`; reference section 3.2).
//!
//! Not here: sending (the driver), web servers (`hooks`).

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::command::{Action, View};
use crate::cx::Cx;
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::output::Termination;
use crate::zone;

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
    let media: Vec<String> = match data.get("media") {
        Some(Value::Array(media)) => media.iter().filter_map(lenient::as_text).collect(),
        _ => Vec::new(),
    };
    let wants = |name: &str| media.iter().any(|one| one == name);
    let (mail, text) = (media.is_empty() || wants("email"), wants("sms"));
    let people = people(cx, &alert.recipients, mail, text).await;
    if people.addresses.is_empty() && people.numbers.is_empty() {
        let told =
            format!("the notification `{}` was not sent: no recipient has an address for it", alert.kind);
        return cx.note("EN3012", told);
    }
    data.insert("recipients".to_owned(), json!(people.addresses));
    data.insert("numbers".to_owned(), json!(people.numbers));
    data.insert("time".to_owned(), json!(local_time(cx, None).await));
    let timestamp = cx.civil().as_second();
    cx.with(|state| {
        let (facts, vars) = (&state.setup.facts, &state.vars);
        let more = json!({
            "call_id": state.setup.call_id,
            "account_id": state.setup.account_id,
            "dialled": facts.number,
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
    hand_over(cx, alert.kind, data).await;
}

/// Hands a notification to the driver, which keeps it until it is sent. What it does not take is noted.
pub(crate) async fn hand_over(cx: &Cx, kind: &str, data: Map<String, Value>) {
    let command = cx.start(Action::Notify { kind: kind.to_owned(), data: Value::Object(data) });
    if let Err(failure) = cx.completion(command).await {
        let reason = match failure {
            Failure::Unsupported { reason } | Failure::Storage { reason } => reason,
            other => format!("{other:?}"),
        };
        cx.note("EN3007", format!("the notification `{kind}` was not sent: {reason}"));
    }
}

/// Now, for people: in this zone, else in the account's.
pub(crate) async fn local_time(cx: &Cx, zone: Option<TimeZone>) -> String {
    let zone = match zone {
        Some(zone) => zone,
        None => {
            let named = cx.account().await.text_at(&["timezone"]).and_then(|name| zone::named(&name));
            named.unwrap_or(TimeZone::UTC)
        }
    };
    cx.civil().to_zoned(zone).strftime("%A, %-d %B %Y, %H:%M:%S %Z").to_string()
}

/// Where people can be told.
#[derive(Debug, Default)]
struct People {
    /// E-mail addresses.
    addresses: Vec<String>,
    /// Numbers for text messages.
    numbers: Vec<String>,
}

/// Where recipients can be told: addresses as written, and what the documents of users say.
async fn people(cx: &Cx, recipients: &[Value], mail: bool, text: bool) -> People {
    let mut people = People::default();
    let keep = |found: &mut Vec<String>, one: Option<String>| {
        let fresh = one.filter(|one| found.len() < RECIPIENTS_MAX && !found.contains(one));
        found.extend(fresh);
    };
    for recipient in recipients {
        let ids: Vec<String> = match recipient.at(&["id"]) {
            Some(Value::Array(ids)) => ids.iter().filter_map(lenient::as_text).collect(),
            Some(id) => lenient::as_text(id).into_iter().collect(),
            None => Vec::new(),
        };
        for id in ids.into_iter().take(RECIPIENTS_MAX) {
            match recipient.text_at(&["type"]).as_deref() {
                Some("email") if mail => keep(&mut people.addresses, Some(id)),
                Some("user") => {
                    if mail {
                        let user = cx.document(&id).await;
                        keep(&mut people.addresses, user.and_then(|user| user.text_at(&["email"])));
                    }
                    if text {
                        keep(&mut people.numbers, mobile_number(cx, &id).await);
                    }
                }
                _ => {}
            }
        }
    }
    people
}

/// The number of a user's mobile telephone: where their device of that type forwards its calls to.
async fn mobile_number(cx: &Cx, user_id: &str) -> Option<String> {
    let devices = cx.list(View::DevicesOf { user_id: user_id.to_owned() }).await;
    devices.iter().find_map(|device| {
        let is_mobile = matches!(
            device.text_at(&["device_type"]).as_deref(),
            Some("cellphone" | "smartphone" | "mobile")
        );
        device.text_at(&["call_forward", "number"]).filter(|_| is_mobile)
    })
}
