//! The caller id a called party sees (reference section 7.2).

use crate::command::CallerId;
use crate::cx::Cx;
use crate::endpoint::Endpoint;

/// The caller id for a leg. `kind` is `internal`, `external`, `emergency` or another `caller_id` member;
/// `None` takes internal or external by where the call came from.
pub(crate) async fn for_leg(cx: &Cx, kind: Option<&str>) -> CallerId {
    let (facts, rules, number, name) = cx.with(|state| {
        let vars = &state.vars;
        let facts = &state.setup.facts;
        (facts.clone(), vars.caller_id.clone(), vars.caller_number.clone(), vars.caller_name.clone())
    });
    let kind = kind.unwrap_or(if facts.is_offnet() { "external" } else { "internal" });
    let as_it_came = (facts.is_offnet() || rules.retain) && rules.dynamic_number.is_none();

    let (mut shown_number, mut shown_name) = (None, None);
    if !as_it_came {
        shown_number.clone_from(&rules.dynamic_number);
        let endpoint = match &facts.authorizing_id {
            Some(id) if shown_number.is_none() => Endpoint::load(cx, id).await,
            _ => None,
        };
        if let Some(endpoint) = endpoint {
            let of = |member: &str| {
                let own = endpoint.caller_id(kind, member);
                let external =
                    || (kind == "emergency").then(|| endpoint.caller_id("external", member)).flatten();
                own.or_else(external).or_else(|| endpoint.caller_id("default", member))
            };
            shown_number = of("number").or_else(|| {
                let presence = (kind == "internal").then(|| endpoint.first_of("presence_id")).flatten()?;
                presence.split('@').next().map(str::to_owned)
            });
            shown_name = of("name");
        }
    }
    let number = shown_number.filter(|number| !number.is_empty()).unwrap_or(number);
    let name = shown_name.filter(|name| !name.is_empty()).unwrap_or(name);

    let replaced = |rewrite: &str, prefix: &str, value: String| {
        if rewrite.is_empty() { format!("{prefix}{value}") } else { rewrite.to_owned() }
    };
    CallerId {
        number: replaced(&rules.rewrite_number, &rules.prefix_number, number),
        name: replaced(&rules.rewrite_name, &rules.prefix_name, name),
        hide_name: facts.privacy || hidden(cx, "Privacy-Hide-Name"),
        hide_number: facts.privacy || hidden(cx, "Privacy-Hide-Number"),
    }
}

fn hidden(cx: &Cx, variable: &str) -> bool {
    cx.vars(|vars| vars.channel.get(variable).is_some_and(crate::lenient::is_true))
}
