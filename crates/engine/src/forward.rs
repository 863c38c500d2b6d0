//! Call forwarding of telephones and people (reference section 7.3): when it counts, and whom it rings instead.
//!
//! The number is looked up as if the forwarding party dialled it, and the flow found is followed to whom it rings:
//! telephones, people, ring groups, carriers. A flow that rings nobody (voicemail, a menu) can take the whole call, when
//! nobody else is rung with it. Not here: ringing (`bridge`), the key that accepts a forwarded call (`bridge`).

use std::sync::Arc;

use flow::graph::{Flow, Node, Object};
use serde_json::Value;

use crate::admission;
use crate::bridge::Party;
use crate::caller_id;
use crate::carrier::{self, Route};
use crate::command::{CallerId, View};
use crate::cx::Cx;
use crate::endpoint::{Endpoint, header_list};
use crate::input::Callflow;
use crate::lenient::{self, Read};
use crate::modules::ring_group;
use crate::number;
use crate::ring::{self, Options, Reach};

/// Forwards that are followed one after the other.
const FORWARDS_MAX: u8 = 4;

/// Nodes followed on the way to somebody who is rung.
const NODES_MAX: usize = 30;

/// What happens to the party's own telephones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They do not ring.
    Instead,
    /// They ring too.
    Too,
    /// They ring first, and the forward when they have failed.
    AfterFailure,
}

/// The forwarding of a telephone or person.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    /// Where to, as it was dialled.
    pub(crate) number: String,
    /// What happens to their own telephones.
    pub(crate) mode: Mode,
    /// Not for calls of a ring group.
    pub(crate) direct_calls_only: bool,
    require_keypress: bool,
    keep_caller_id: bool,
}

/// The forwarding in force. `enabled` goes before `failover` (section 8.1, 27).
pub(crate) fn of(endpoint: &Endpoint) -> Option<Forward> {
    let document = endpoint.document();
    let is = |name: &str, default: bool| document.is_true_at(&["call_forward", name], default);
    let mode = match (is("enabled", false), is("failover", false)) {
        (true, _) if is("substitute", true) => Mode::Instead,
        (true, _) => Mode::Too,
        (false, true) => Mode::AfterFailure,
        (false, false) => return None,
    };
    Some(Forward {
        number: document.text_at(&["call_forward", "number"])?,
        mode,
        direct_calls_only: is("direct_calls_only", false),
        require_keypress: is("require_keypress", true),
        keep_caller_id: is("keep_caller_id", true),
    })
}

/// Whom a forward rings, or the flow it leads to when that rings nobody.
pub(crate) async fn reach(cx: &Cx, endpoint: &Endpoint, forward: &Forward, options: &Options) -> Reach {
    let refuse = |reason: &str| {
        cx.note("EN2030", format!("calls to `{}` are not forwarded: {reason}", endpoint.id));
        Reach::default()
    };
    if options.forwards >= FORWARDS_MAX {
        return refuse("too many forwards one after the other");
    }
    let class = admission::class_of(cx, endpoint, &forward.number).await;
    if endpoint.denies(&class) {
        return refuse("the number is not allowed to them");
    }
    let number = number::dialled(cx, &forward.number).await.e164;
    let Some(callflow) = cx.lookup(&number).await else { return refuse("nobody has the number") };
    let mut reach = match follow(cx, &callflow, endpoint, forward, &number, options).await {
        Some(parties) if parties.is_empty() => return refuse("nobody can be rung there"),
        Some(parties) => Reach { parties, instead: None },
        None => Reach { parties: Vec::new(), instead: Some((number, callflow)) },
    };
    for party in &mut reach.parties {
        party.confirm |= forward.require_keypress;
        party.no_early_media = true;
    }
    reach
}

/// The parties that a flow rings; `None` when it does something else.
async fn follow(
    cx: &Cx,
    callflow: &Callflow,
    endpoint: &Endpoint,
    forward: &Forward,
    number: &str,
    options: &Options,
) -> Option<Vec<Party>> {
    let mut flow: Arc<Flow> = Arc::clone(&callflow.flow);
    let mut at = flow.entry?;
    for _ in 0..NODES_MAX {
        let node: Node = flow.node(at)?.clone();
        let id = node.data.get("id").and_then(lenient::as_text);
        let data = &node.data;
        if !node.is_skipped() {
            let caller_id = |kind: &str| caller_id::for_forward(cx, endpoint, kind, forward.keep_caller_id);
            match node.module.as_str() {
                "device" | "user" => {
                    let inner = inner_options(options, Some(caller_id("internal")));
                    return Some(ring::parties(cx, &id?, &inner).await);
                }
                "ring_group" => {
                    let inner = inner_options(options, Some(caller_id("internal")));
                    return Some(ring_group::everybody(cx, data, &inner).await);
                }
                "resources" | "offnet" => {
                    let kind = data.get("caller_id_type").and_then(lenient::as_text);
                    let local = node.module == "resources"
                        && !data.get("use_local_resources").is_some_and(lenient::is_false);
                    let wanted = data.get("to_did").and_then(lenient::as_text);
                    let number = wanted.as_deref().unwrap_or(number);
                    let shown = caller_id(kind.as_deref().unwrap_or("external"));
                    let routes = routes(cx, local, number, data).await;
                    return Some(through_carriers(cx, endpoint, routes, shown, options).await);
                }
                "callflow" => {
                    flow = cx.callflow(&id?).await?.flow;
                    at = flow.entry?;
                    continue;
                }
                other if is_passed(other) => {}
                _ => return None,
            }
        }
        at = node.exit("_")?;
    }
    None
}

/// Modules on the way that change nothing about who is rung.
fn is_passed(module: &str) -> bool {
    matches!(
        module,
        "answer"
            | "noop"
            | "skel"
            | "set"
            | "set_variable"
            | "set_variables"
            | "set_alert_info"
            | "edr"
            | "webhook"
            | "notification"
            | "missed_call_alert"
            | "record_call"
            | "language"
            | "after_bridge"
    )
}

fn inner_options(options: &Options, caller_id: Option<CallerId>) -> Options {
    Options {
        static_invite: None,
        custom_sip_headers: Object::new(),
        forwards: options.forwards + 1,
        caller_id,
        ..options.clone()
    }
}

async fn routes(cx: &Cx, local: bool, number: &str, data: &Object) -> Vec<Route> {
    let view = match local {
        true => View::OfType { kind: "resource".to_owned() },
        false => View::GlobalResources,
    };
    let flags: Vec<String> = match data.get("outbound_flags") {
        Some(Value::Array(flags)) => flags.iter().filter_map(lenient::as_text).collect(),
        _ => Vec::new(),
    };
    carrier::routes(&cx.list(view).await, number, &flags)
}

/// One party that tries the carriers one after the other, as long as they do not reach anybody. It tells them on whose
/// behalf (RFC 5806).
async fn through_carriers(
    cx: &Cx,
    endpoint: &Endpoint,
    routes: Vec<Route>,
    shown: CallerId,
    options: &Options,
) -> Vec<Party> {
    let realm = cx.account().await.text_at(&["realm"]).unwrap_or_default();
    let (number, _) = caller_id::of_endpoint(endpoint, "external");
    let diverted = number.unwrap_or_else(|| cx.vars(|vars| vars.number.clone()));
    let diversion = format!("<sip:{diverted}@{realm}>;reason=unconditional");
    let mut chain: Vec<Party> = Vec::new();
    for route in routes.into_iter().rev() {
        let mut headers = route.headers;
        headers.extend(header_list(&options.custom_sip_headers));
        headers.push(("Diversion".to_owned(), diversion.clone()));
        chain = vec![Party {
            timeout: options.timeout,
            headers,
            codecs: route.codecs,
            fallback: chain,
            only_unreached: true,
            ..Party::new(route.target, route.label, shown.clone())
        }];
    }
    if let Some(first) = chain.first_mut() {
        first.delay = options.delay;
    }
    chain
}
