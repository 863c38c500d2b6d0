//! From documents to parties: which telephones a device, user or group stands for (reference sections 7.1 and 7.4),
//! and what the ringing modules share.

use std::time::Duration;

use crate::bridge::{self, Attempt, BridgeEnd, Order, Party};
use crate::caller_id;
use crate::command::CallerId;
use crate::cx::Cx;
use crate::endpoint::{self, Endpoint, Kind, header_list};
use crate::lenient;
use crate::media::Media;
use crate::module::{Exit, Next, Outcome};
use crate::modules::set_alert_info;
use crate::number;
use crate::vars::AfterBridge;
use flow::graph::Object;

/// Exits of a module that rings somebody.
pub(crate) const EXITS: &[Exit] = &[Exit::Stop, Exit::Dynamic("hang-up cause or sip:NNN"), Exit::Key("_")];

/// What a node says about ringing one endpoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Begin this much later.
    pub(crate) delay: Duration,
    /// Stop after this long.
    pub(crate) timeout: Option<Duration>,
    /// The caller's own telephones may be rung.
    pub(crate) can_call_self: bool,
    /// Show no caller id.
    pub(crate) suppress_clid: bool,
    /// User part to call instead of the contact's.
    pub(crate) static_invite: Option<String>,
    /// More SIP headers.
    pub(crate) custom_sip_headers: Object,
}

/// Seconds of a node as a duration; 0 and less is none.
pub(crate) fn seconds(value: i64) -> Option<Duration> {
    u64::try_from(value).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// The telephones a device or user stands for, with the reasons of those that are left out in the trace.
pub(crate) async fn parties(cx: &Cx, id: &str, options: &Options) -> Vec<Party> {
    let Some(endpoint) = Endpoint::load(cx, id).await else {
        cx.note("EN2012", format!("`{id}` is not rung: there is no such device or user"));
        return Vec::new();
    };
    if let Err(reason) = endpoint.availability(cx, options.can_call_self) {
        cx.note("EN2012", format!("`{id}` is not rung: {}", reason.reason()));
        return Vec::new();
    }
    let caller_id =
        if options.suppress_clid { CallerId::default() } else { caller_id::for_leg(cx, None).await };
    match endpoint.kind {
        Kind::Device => vec![party(cx, &endpoint, options, &caller_id)],
        Kind::User => {
            let mut parties = Vec::new();
            let devices = endpoint::devices_of(cx, id).await;
            if devices.is_empty() {
                cx.note("EN2012", format!("`{id}` is not rung: the user has no devices"));
            }
            for device_id in devices {
                let Some(device) = Endpoint::load(cx, &device_id).await else { continue };
                match device.availability(cx, options.can_call_self) {
                    Ok(()) => parties.push(party(cx, &device, options, &caller_id)),
                    Err(reason) => {
                        cx.note("EN2012", format!("`{device_id}` is not rung: {}", reason.reason()));
                    }
                }
            }
            parties
        }
    }
}

fn party(cx: &Cx, device: &Endpoint, options: &Options, caller_id: &CallerId) -> Party {
    let offnet = cx.with(|state| state.setup.facts.is_offnet());
    let mut headers = device.headers(offnet);
    headers.extend(header_list(&options.custom_sip_headers));
    if let Some(alert) = cx.vars(|vars| vars.channel.get(set_alert_info::VARIABLE).and_then(lenient::as_text))
    {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Alert-Info"));
        headers.push(("Alert-Info".to_owned(), alert));
    }
    Party {
        target: device.target(options.static_invite.clone()),
        delay: options.delay,
        timeout: options.timeout,
        caller_id: caller_id.clone(),
        headers,
        codecs: device.codecs(),
        label: device.id.clone(),
    }
}

/// Any of these endpoints wants its early media ignored.
pub(crate) async fn wants_no_early_media(cx: &Cx, id: &str) -> bool {
    use crate::lenient::Read;
    match cx.document(id).await {
        Some(document) => document.is_true_at(&["media", "ignore_early_media"], false),
        None => false,
    }
}

/// Rings, and turns the result into the node's next step.
pub(crate) async fn ring(cx: &Cx, attempt: Attempt) -> Outcome {
    if attempt.parties.is_empty() {
        return Ok(Next::default_exit());
    }
    let end = bridge::run(cx, attempt).await?;
    Ok(after(cx, end).await.unwrap_or_else(Next::default_exit))
}

/// The next step after an attempt; `None` when it failed and the node has no child for the failure.
pub(crate) async fn after(cx: &Cx, end: BridgeEnd) -> Option<Next> {
    match end {
        BridgeEnd::Bridged => Some(after_talking(cx).await),
        BridgeEnd::Failed { cause, status } => {
            cx.note("EN2013", format!("nobody answered: {} {status}", cause.name()));
            bridge::failure_child(cx, cause, status)
        }
    }
}

/// What becomes of the caller when the other party has hung up: the flow stops, unless `after_bridge` said otherwise.
pub(crate) async fn after_talking(cx: &Cx) -> Next {
    match cx.vars(|vars| vars.after_bridge.take()) {
        None => Next::Stop(None),
        Some(AfterBridge::HangUp) => Next::HardStop,
        Some(AfterBridge::Transfer(extension)) => {
            let number = number::read(cx, &extension).await.e164;
            match cx.lookup(&number).await {
                Some(callflow) => {
                    cx.vars(|vars| vars.number = number);
                    cx.transfer(callflow)
                }
                None => {
                    cx.note(
                        "EN2025",
                        format!("no callflow takes `{extension}`, where the caller was to go on"),
                    );
                    Next::Stop(None)
                }
            }
        }
        Some(AfterBridge::Park) => {
            cx.note(
                "EN2027",
                "the caller was to be parked after the conversation, which is not possible yet",
            );
            Next::Stop(None)
        }
    }
}

/// The ring-back a node or its callflow asks for.
pub(crate) fn ringback(cx: &Cx, asked: Option<&str>) -> Option<Media> {
    let of_callflow = || cx.with(|state| state.setup.callflow.ringback.clone());
    let path = asked.map(str::to_owned).or_else(of_callflow)?;
    // FreeSWITCH writes a bare tone as `%(2000,4000,440,480)`.
    if path.starts_with("%(") {
        return Some(Media::Tone { spec: path });
    }
    crate::media_path::item(cx, &path)
}

/// The time an attempt may take as a whole: the node's timeout, or the default and the grace Kazoo gives it
/// (reference section 2.9).
pub(crate) fn attempt_timeout(timeout_s: i64) -> Duration {
    seconds(timeout_s).unwrap_or(bridge::DEFAULT_TIMEOUT * 2)
}

/// The order a `strategy` or `dial_strategy` names.
pub(crate) fn order(strategy: Option<&str>) -> Order {
    match strategy {
        Some("single" | "weighted_random") => Order::OneByOne,
        _ => Order::AllAtOnce,
    }
}
