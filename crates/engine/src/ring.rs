//! From documents to parties: which telephones a device, user or group stands for (reference sections 7.1 and 7.4),
//! and what the ringing modules share.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use flow::graph::Object;
use serde_json::{Value, json};

use crate::bridge::{self, Attempt, BridgeEnd, Order, Party};
use crate::caller_id;
use crate::command::{CallerId, Query};
use crate::cx::Cx;
use crate::endpoint::{self, Endpoint, Kind, header_list};
use crate::forward::{self, Mode};
use crate::input::{Callflow, Loaded};
use crate::lenient::{self, Read};
use crate::media::Media;
use crate::module::{Exit, Next, Outcome};
use crate::modules::set_alert_info;
use crate::number;
use crate::vars::AfterBridge;
/// Exits of a module that rings somebody.
pub(crate) const EXITS: &[Exit] = &[Exit::Stop, Exit::Dynamic("hang-up cause or sip:NNN"), Exit::Key("_")];

/// Channel variable that makes telephones answer by themselves (`intercom`).
pub(crate) const AUTO_ANSWER: &str = "Auto-Answer-Suppress-Notify";

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
    /// They ring as members of a group: forwards for direct calls do not count.
    pub(crate) in_group: bool,
    /// They ring for a queue: endpoints with `exclude_from_queues` are left out.
    pub(crate) in_queue: bool,
    /// They are asked to answer by themselves.
    pub(crate) auto_answer: bool,
    /// The caller id shown, for a forwarded call; the call's own otherwise.
    pub(crate) caller_id: Option<CallerId>,
    /// Forwards followed so far.
    pub(crate) forwards: u8,
}

/// Seconds of a node as a duration; 0 and less is none.
pub(crate) fn seconds(value: i64) -> Option<Duration> {
    u64::try_from(value).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// Whom a device or user stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Who is rung.
    pub(crate) parties: Vec<Party>,
    /// The number and the flow that their calls are forwarded to, when that rings nobody.
    pub(crate) instead: Option<(String, Callflow)>,
}

/// The telephones a device or user stands for, with the reasons of those that are left out in the trace. Forwards to
/// flows that ring nobody are left out too.
pub(crate) async fn parties(cx: &Cx, id: &str, options: &Options) -> Vec<Party> {
    let reach = reach(cx, id, options).await;
    if reach.instead.is_some() {
        cx.note("EN2030", format!("calls to `{id}` are not forwarded: the number rings nobody"));
    }
    reach.parties
}

/// Whom a device or user stands for, forwards followed.
pub(crate) fn reach<'a>(
    cx: &'a Cx,
    id: &'a str,
    options: &'a Options,
) -> Pin<Box<dyn Future<Output = Reach> + Send + 'a>> {
    Box::pin(async move {
        let Some(endpoint) = Endpoint::load(cx, id).await else {
            cx.note("EN2012", format!("`{id}` is not rung: there is no such device or user"));
            return Reach::default();
        };
        if let Err(reason) = endpoint.availability(cx, options.can_call_self) {
            cx.note("EN2012", format!("`{id}` is not rung: {}", reason.reason()));
            return Reach::default();
        }
        if options.in_queue && endpoint.document().is_true_at(&["exclude_from_queues"], false) {
            cx.note("EN2012", format!("`{id}` is not rung: it takes no calls from queues"));
            return Reach::default();
        }
        let forward =
            forward::of(&endpoint).filter(|forward| !(forward.direct_calls_only && options.in_group));
        // A telephone that answers by itself must be the one that was meant.
        let forward = forward.filter(|_| !options.auto_answer);
        let beyond = match &forward {
            Some(forward) => forward::reach(cx, &endpoint, forward, options).await,
            None => Reach::default(),
        };
        let mode = forward.map(|forward| forward.mode);
        if mode == Some(Mode::Instead) && !(beyond.parties.is_empty() && beyond.instead.is_none()) {
            return beyond;
        }
        let own = own_parties(cx, &endpoint, options).await;
        join(&endpoint, own, beyond, mode)
    })
}

/// The party's own telephones.
async fn own_parties(cx: &Cx, endpoint: &Endpoint, options: &Options) -> Vec<Party> {
    if endpoint.kind == Kind::Device {
        return vec![party(cx, endpoint, options).await];
    }
    let devices = endpoint::devices_of(cx, &endpoint.id).await;
    if devices.is_empty() {
        cx.note("EN2012", format!("`{}` is not rung: the user has no devices", endpoint.id));
    }
    let mut parties = Vec::new();
    for device_id in devices {
        parties.extend(self::parties(cx, &device_id, options).await);
    }
    parties
}

/// Own telephones and those a forward rings, together or one after the other.
fn join(endpoint: &Endpoint, mut own: Vec<Party>, beyond: Reach, mode: Option<Mode>) -> Reach {
    if mode == Some(Mode::AfterFailure) && !own.is_empty() {
        for party in own.iter_mut().filter(|party| party.fallback.is_empty()) {
            party.fallback.clone_from(&beyond.parties);
            party.fallback_of = Some(endpoint.id.clone());
            party.timeout = party.timeout.or(Some(bridge::DEFAULT_TIMEOUT));
        }
    } else {
        own.extend(beyond.parties);
    }
    Reach { parties: own, instead: beyond.instead }
}

/// The call goes on in the flow that it was forwarded to.
pub(crate) fn forwarded(cx: &Cx, number: String, callflow: Callflow) -> Next {
    cx.vars(|vars| vars.channel.insert("Call-Forward".to_owned(), Value::Bool(true)));
    cx.dial(&number);
    cx.branch(callflow)
}

async fn party(cx: &Cx, device: &Endpoint, options: &Options) -> Party {
    let offnet = cx.with(|state| state.setup.facts.is_offnet());
    let caller_id = match &options.caller_id {
        _ if options.suppress_clid => CallerId::default(),
        Some(caller_id) => caller_id.clone(),
        None => caller_id::for_leg(cx, None).await,
    };
    let mut headers = device.headers(offnet);
    headers.extend(header_list(&options.custom_sip_headers));
    let variable = |name: &str| cx.vars(|vars| vars.channel.get(name).and_then(lenient::as_text));
    let mut alert = |value: String| {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Alert-Info"));
        headers.push(("Alert-Info".to_owned(), value));
    };
    if let Some(value) = variable(set_alert_info::VARIABLE) {
        alert(value);
    }
    if options.auto_answer || variable(AUTO_ANSWER).is_some() {
        let realm = cx.account().await.text_at(&["realm"]).unwrap_or_default();
        alert(format!("<sip:{realm}>;info=alert-autoanswer;delay=0"));
        headers.push(("Call-Info".to_owned(), format!("<sip:{realm}>;answer-after=0")));
    }
    Party {
        delay: options.delay,
        timeout: options.timeout,
        headers,
        codecs: device.codecs(),
        is_busy: is_busy(cx, device).await,
        ..Party::new(device.target(options.static_invite.clone()), device.id.clone(), caller_id)
    }
}

/// A telephone that refuses second calls while one of its owner's is in a call.
async fn is_busy(cx: &Cx, device: &Endpoint) -> bool {
    if !device.refuses_second_call() {
        return false;
    }
    let mut devices = match device.owner_id() {
        Some(owner) => endpoint::devices_of(cx, &owner).await,
        None => Vec::new(),
    };
    if !devices.contains(&device.id) {
        devices.push(device.id.clone());
    }
    let busy = matches!(cx.load(Query::CallsOf { devices }).await, Some(Loaded::Count(calls)) if calls > 0);
    if busy {
        cx.note("EN2031", format!("`{}` is busy and takes no second call", device.id));
    }
    busy
}

/// Any of these endpoints wants its early media ignored.
pub(crate) async fn wants_no_early_media(cx: &Cx, id: &str) -> bool {
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
    // A feature key may have sent the caller elsewhere already.
    if cx.vars(|vars| vars.goes_to.is_some()) {
        return Next::Stop(None);
    }
    match cx.vars(|vars| vars.after_bridge.take()) {
        None => Next::Stop(None),
        Some(AfterBridge::HangUp) => Next::HardStop,
        Some(AfterBridge::Transfer(extension)) => {
            let number = number::read(cx, &extension).await.e164;
            match cx.lookup(&number).await {
                Some(callflow) => {
                    cx.dial(&number);
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
            // In the lowest free slot, not in one that a pattern captured for something else.
            cx.vars(|vars| vars.capture_group = None);
            let node = json!({"module": "park", "data": {"action": "direct_park"}, "children": {}});
            Next::Replace(Arc::new(flow::kazoo::read_flow(&node).0))
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
