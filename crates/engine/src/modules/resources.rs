//! `resources`: calls a number through a carrier (reference section 3.3).
//!
//! The default exit is never taken: a failure ends in its own child, or in the answer that the cause stands for
//! (section 8.1, 23).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::bridge::{self, BridgeEnd, Party};
use crate::call_limits;
use crate::carrier::{self, Route};
use crate::cause::Cause;
use crate::command::View;
use crate::cx::Cx;
use crate::default_response;
use crate::endpoint::{Endpoint, header_list};
use crate::lenient;
use crate::module::{DEFAULT_EXIT, Exit, Module, Next, Outcome, read_data};
use crate::number;
use crate::outbound::{self, Outbound};
use crate::ring;

/// Seconds a carrier may take to answer when the flow names no timeout.
const TIMEOUT_S: i64 = 120;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "resources",
    summary: "Calls the number through a carrier, the account's own or a shared one.",
    example: r#"{"module": "resources", "data": {"to_did": "+35316877779", "use_local_resources": false}}"#,
    exits: &[Exit::Stop, Exit::Dynamic("hang-up cause or sip:NNN")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("to_did").and_then(lenient::as_text) {
        Some(number) => format!("Call {number} outside"),
        None => "Call outside".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

/// What a node says about a call through a carrier; shared with `offnet`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Data {
    /// The account's own carriers, or the shared ones.
    #[serde(deserialize_with = "lenient::not_false")]
    pub(super) use_local_resources: Option<bool>,
    /// The number; the dialled one when absent.
    #[serde(deserialize_with = "lenient::text")]
    to_did: Option<String>,
    /// Call the number as it was dialled.
    #[serde(deserialize_with = "lenient::boolean")]
    do_not_normalize: bool,
    /// Call the number as it was dialled, without turning it into E.164.
    #[serde(deserialize_with = "lenient::boolean")]
    bypass_e164: bool,
    /// Seconds to wait for the answer.
    #[serde(deserialize_with = "lenient::opt_int")]
    timeout: Option<i64>,
    /// What the caller hears meanwhile.
    #[serde(deserialize_with = "lenient::text")]
    ringback: Option<String>,
    /// The carrier's audio before the answer is not passed on.
    #[serde(deserialize_with = "lenient::boolean")]
    ignore_early_media: bool,
    /// `external`, `internal`, `emergency` ...
    #[serde(deserialize_with = "lenient::text")]
    caller_id_type: Option<String>,
    /// Tell the carrier the account in `X-Account-ID`.
    #[serde(deserialize_with = "lenient::boolean")]
    emit_account_id: bool,
    /// More SIP headers.
    custom_sip_headers: Object,
    /// Flags a carrier must have when it requires flags.
    outbound_flags: Vec<Value>,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            use_local_resources: None,
            to_did: None,
            do_not_normalize: false,
            bypass_e164: false,
            timeout: None,
            ringback: None,
            ignore_early_media: false,
            caller_id_type: None,
            emit_account_id: false,
            custom_sip_headers: Object::new(),
            outbound_flags: Vec::new(),
        }
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    call(cx, data).await
}

/// Calls the number through the carriers that take it.
pub(super) async fn call(cx: Cx, data: Data) -> Outcome {
    let caller = caller(&cx).await;
    let number = number_of(&cx, &data, caller.as_ref()).await;
    let ended = if is_denied(&cx, caller.as_ref(), &number).await {
        cx.note("EN2029", "the number's class is not allowed to whoever makes this call");
        BridgeEnd::Failed { cause: Cause::OutgoingCallBarred, status: Cause::OutgoingCallBarred.sip_status() }
    } else {
        let routes = routes(&cx, &data, &number, caller.as_ref()).await;
        outbound::through(&cx, routes, &outbound(&cx, &data)).await?
    };
    let (cause, status) = match ended {
        BridgeEnd::Bridged => return Ok(ring::after_talking(&cx).await),
        BridgeEnd::Failed { cause, status } => (cause, status),
    };
    if let Some(next) = bridge::failure_child(&cx, cause, status) {
        return Ok(next);
    }
    if !cx.has_child(DEFAULT_EXIT) {
        default_response::send(&cx, cause).await?;
    }
    Ok(Next::Stop(Some(cause)))
}

/// The first carrier a node would call a number through.
pub(crate) async fn ways(cx: &Cx, data: Object, number: &str) -> Vec<Party> {
    let Ok(data) = read_data::<Data>(data) else { return Vec::new() };
    let number = data.to_did.clone().unwrap_or_else(|| number.to_owned());
    let caller = caller(cx).await;
    if is_denied(cx, caller.as_ref(), &number).await {
        return Vec::new();
    }
    match routes(cx, &data, &number, caller.as_ref()).await.into_iter().next() {
        Some(route) if !route.emergency && !call_limits::may_call_out(cx).await => Vec::new(),
        Some(route) => outbound::attempt(cx, route, &outbound(cx, &data)).await.parties,
        None => Vec::new(),
    }
}

/// Who makes this call, if it is one of the account's.
async fn caller(cx: &Cx) -> Option<Endpoint> {
    let id = cx.with(|state| state.setup.facts.authorizing_id.clone())?;
    Endpoint::load(cx, &id).await
}

/// Whether whoever calls may not call numbers of this class, however the flow came to it (reference section 3.3, "denied
/// classifications").
async fn is_denied(cx: &Cx, caller: Option<&Endpoint>, number: &str) -> bool {
    match caller {
        Some(caller) => caller.denies(&number::read(cx, number).await.class),
        None => false,
    }
}

async fn routes(cx: &Cx, data: &Data, number: &str, caller: Option<&Endpoint>) -> Vec<Route> {
    let view = match data.use_local_resources {
        Some(false) => View::GlobalResources,
        _ => View::OfType { kind: "resource".to_owned() },
    };
    let mut flags = caller.map(Endpoint::outbound_flags).unwrap_or_default();
    flags.extend(data.outbound_flags.iter().filter_map(lenient::as_text));
    let resources = cx.list(view).await;
    carrier::routes(&resources, number, &flags)
}

fn outbound(cx: &Cx, data: &Data) -> Outbound {
    let mut headers = header_list(&data.custom_sip_headers);
    if data.emit_account_id {
        headers.push(("X-Account-ID".to_owned(), cx.with(|state| state.setup.account_id.clone())));
    }
    Outbound {
        caller_id_type: data.caller_id_type.clone(),
        always_present: false,
        headers,
        timeout: ring::attempt_timeout(data.timeout.filter(|timeout| *timeout > 0).unwrap_or(TIMEOUT_S)),
        ringback: ring::ringback(cx, data.ringback.as_deref()),
        ignore_early_media: data.ignore_early_media,
    }
}

/// The number to call: what the node says, or the dialled one by the caller's own dial plan.
async fn number_of(cx: &Cx, data: &Data, caller: Option<&Endpoint>) -> String {
    if let Some(number) = &data.to_did {
        return number.clone();
    }
    let (raw, normalised) = cx.with(|state| (state.setup.facts.request.clone(), state.vars.number.clone()));
    if data.do_not_normalize {
        return raw;
    }
    if let Some(caller) = caller {
        let plan = caller.merged("dial_plan");
        if !plan.is_empty() {
            return carrier::apply_dial_plan(&plan, &raw);
        }
    }
    if data.bypass_e164 { raw } else { normalised }
}
