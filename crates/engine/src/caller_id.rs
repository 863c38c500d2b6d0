//! The caller id a called party sees (reference section 7.2).

use crate::carrier;
use crate::command::CallerId;
use crate::cx::Cx;
use crate::endpoint::Endpoint;
use crate::lenient::Read;
use crate::number;

/// Characters put before and after a formatted number at most.
const AFFIX_MAX: usize = 32;

/// The caller id for a leg. `kind` is `internal`, `external`, `emergency` or another `caller_id` member, for a call
/// through a carrier; `None`, for a telephone, takes internal or external by where the call came from.
pub(crate) async fn for_leg(cx: &Cx, kind: Option<&str>) -> CallerId {
    let (facts, rules) = cx.with(|state| (state.setup.facts.clone(), state.vars.caller_id.clone()));
    let by_origin = if facts.is_offnet() { "external" } else { "internal" };
    let as_it_came = (facts.is_offnet() || rules.retain) && rules.dynamic_number.is_none();
    let endpoint = match &facts.authorizing_id {
        Some(id) if !as_it_came => Endpoint::load(cx, id).await,
        _ => None,
    };
    let (number, name) = match (&rules.dynamic_number, &endpoint) {
        (Some(number), _) => (Some(number.clone()), rules.dynamic_name),
        (None, Some(endpoint)) => {
            let (number, name) = of_endpoint(endpoint, kind.unwrap_or(by_origin));
            (formatted(cx, endpoint, number).await, name)
        }
        (None, None) => (None, None),
    };
    let mut shown = finished(cx, number, name);
    if let Some(endpoint) = endpoint.filter(|_| kind.is_some() && !rules.ignore_endpoint_privacy) {
        let (name, number) = endpoint.outbound_privacy();
        shown.hide_name |= name;
        shown.hide_number |= number;
    }
    shown
}

/// A number as the endpoint's `caller_id_options.format` has it for the number's class: what `regex` captures, or all of it,
/// between `prefix` and `suffix`.
async fn formatted(cx: &Cx, endpoint: &Endpoint, number: Option<String>) -> Option<String> {
    let number = number?;
    let options = endpoint.merged("caller_id_options");
    let Some(formats) = options.get("format").filter(|formats| formats.is_object()) else {
        return Some(number);
    };
    let class = number::read(cx, &number).await.class;
    let Some(format) = formats.at(&[&class]) else { return Some(number) };
    let kept = match format.text_at(&["regex"]) {
        Some(regex) => carrier::by_rule(&regex, &number).unwrap_or_else(|| number.clone()),
        None => number,
    };
    let affix = |name: &str| -> String {
        format
            .text_at(&[name])
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_graphic)
            .take(AFFIX_MAX)
            .collect()
    };
    Some(format!("{}{kept}{}", affix("prefix"), affix("suffix")))
}

/// The caller id of a call that an endpoint forwards: the caller's own, or with `keep` false the endpoint's.
pub(crate) fn for_forward(cx: &Cx, endpoint: &Endpoint, kind: &str, keep: bool) -> CallerId {
    let (number, name) = if keep { (None, None) } else { of_endpoint(endpoint, kind) };
    finished(cx, number, name)
}

/// Number and name an endpoint shows for a kind of call.
pub(crate) fn of_endpoint(endpoint: &Endpoint, kind: &str) -> (Option<String>, Option<String>) {
    let of = |member: &str| {
        let external = || (kind == "emergency").then(|| endpoint.caller_id("external", member)).flatten();
        endpoint.caller_id(kind, member).or_else(external).or_else(|| endpoint.caller_id("default", member))
    };
    let presence = || {
        let presence = (kind == "internal").then(|| endpoint.first_of("presence_id")).flatten()?;
        presence.split('@').next().map(str::to_owned)
    };
    (of("number").or_else(presence), of("name"))
}

/// What is missing is the caller's own; then come prefixes, rewrites and privacy.
fn finished(cx: &Cx, number: Option<String>, name: Option<String>) -> CallerId {
    cx.with(|state| {
        let (facts, vars) = (&state.setup.facts, &state.vars);
        let rules = &vars.caller_id;
        let or = |given: Option<String>, own: &String| {
            given.filter(|given| !given.is_empty()).unwrap_or_else(|| own.clone())
        };
        let replaced = |rewrite: &str, prefix: &str, value: String| {
            if rewrite.is_empty() { format!("{prefix}{value}") } else { rewrite.to_owned() }
        };
        let hidden = |variable: &str| vars.channel.get(variable).is_some_and(crate::lenient::is_true);
        CallerId {
            number: replaced(&rules.rewrite_number, &rules.prefix_number, or(number, &vars.caller_number)),
            name: replaced(&rules.rewrite_name, &rules.prefix_name, or(name, &vars.caller_name)),
            hide_name: facts.privacy || hidden("Privacy-Hide-Name"),
            hide_number: facts.privacy || hidden("Privacy-Hide-Number"),
        }
    })
}
