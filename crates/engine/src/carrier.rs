//! Which carriers take a number, in which order, and what is sent to them (reference section 6, `resource`).

use std::sync::Arc;

use flow::numbers::{Classifiers, DialPlan};
use regex::RegexBuilder;
use serde_json::{Map, Value};

use crate::command::{Credentials, Target};
use crate::endpoint::header_list;
use crate::lenient::{self, Read};

/// Largest compiled rule.
const PATTERN_BYTES_MAX: usize = 1 << 18;

/// Routes tried for one call at most.
const ROUTES_MAX: usize = 20;

/// One way to a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    /// Where to call.
    pub(crate) target: Target,
    /// The gateway's own headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The gateway's codecs.
    pub(crate) codecs: Vec<String>,
    /// Resource and gateway, for the trace.
    pub(crate) label: String,
    /// The number is one of the emergency services.
    pub(crate) emergency: bool,
}

/// The ways to a number: enabled resources whose rules match, cheapest first, each with its enabled gateways in
/// order. Emergency numbers go through resources for emergencies when there are any. A resource that lists classes of
/// numbers (`classifiers`) takes those only, each with a price, a rule and gateway prefixes of its own if it likes.
pub(crate) fn routes(resources: &[Arc<Value>], number: &str, flags: &[String]) -> Vec<Route> {
    let classifiers = Classifiers::default();
    let emergency = classifiers.find(number).is_some_and(|class| class.emergency);
    let class = classifiers.classify(number);
    let mut taking: Vec<Taking<'_>> = resources
        .iter()
        .filter(|resource| resource.is_true_at(&["enabled"], true) && has_flags(resource, flags))
        .filter_map(|resource| Taking::new(resource, class, number))
        .collect();
    if emergency && taking.iter().any(|one| one.for_emergencies) {
        taking.retain(|one| one.for_emergencies);
    } else if !emergency {
        taking.retain(|one| !one.for_emergencies);
    }
    taking.sort_by_key(|one| one.cost);
    taking.iter().flat_map(|one| gateways(one, emergency)).take(ROUTES_MAX).collect()
}

/// A resource that takes a number.
struct Taking<'a> {
    resource: &'a Value,
    /// What it says about the number's class.
    of_class: Option<&'a Value>,
    number: String,
    cost: i64,
    for_emergencies: bool,
}

impl<'a> Taking<'a> {
    fn new(resource: &'a Value, class: &str, number: &str) -> Option<Taking<'a>> {
        let classes = resource.at(&["classifiers"]).and_then(Value::as_object);
        let of_class = match classes.filter(|classes| !classes.is_empty()) {
            Some(classes) => Some(classes.get(class).filter(|own| own.is_true_at(&["enabled"], true))?),
            None => None,
        };
        let own_rule = of_class.and_then(|own| own.text_at(&["regex"]));
        let number = match own_rule {
            Some(rule) => by_rule(&rule, number)?,
            None => matched(resource, number)?,
        };
        let cost = of_class.and_then(|own| own.int_at(&["weight_cost"]));
        let for_emergencies = resource.is_true_at(&["emergency"], false);
        Some(Taking {
            resource,
            of_class,
            number,
            cost: cost.or_else(|| resource.int_at(&["weight_cost"])).unwrap_or(50),
            for_emergencies: of_class
                .map_or(for_emergencies, |own| own.is_true_at(&["emergency"], for_emergencies)),
        })
    }
}

/// Applies every matching expression of an endpoint's dial plan in turn (reference section 3.3, `resources`).
pub(crate) fn apply_dial_plan(plan: &Map<String, Value>, number: &str) -> String {
    DialPlan::read(plan, "/dial_plan").0.apply_all(number, |_| None)
}

fn has_flags(resource: &Value, flags: &[String]) -> bool {
    let own: Vec<String> = match resource.at(&["flags"]) {
        Some(Value::Array(own)) => own.iter().filter_map(lenient::as_text).collect(),
        _ => Vec::new(),
    };
    let required = resource.is_true_at(&["require_flags"], false);
    if resource.is_true_at(&["ignore_flags"], false) {
        return true;
    }
    flags.iter().all(|flag| own.contains(flag)) && (!required || !flags.is_empty())
}

/// The number as the resource takes it: the last group a rule captures, or all of it. No rules take everything.
fn matched(resource: &Value, number: &str) -> Option<String> {
    let Some(Value::Array(rules)) = resource.at(&["rules"]) else { return Some(number.to_owned()) };
    if rules.is_empty() {
        return Some(number.to_owned());
    }
    rules.iter().filter_map(Value::as_str).find_map(|rule| by_rule(rule, number))
}

/// What a rule keeps of a number: the last group it captures, or all of it; `None` when it does not match, or is no
/// expression we can run.
pub(crate) fn by_rule(rule: &str, number: &str) -> Option<String> {
    let pattern = RegexBuilder::new(rule).size_limit(PATTERN_BYTES_MAX).build().ok()?;
    let captures = pattern.captures(number)?;
    let last = captures.iter().skip(1).flatten().last();
    Some(last.map_or_else(|| number.to_owned(), |group| group.as_str().to_owned()))
}

fn gateways(taking: &Taking<'_>, emergency: bool) -> Vec<Route> {
    let (resource, number) = (taking.resource, taking.number.as_str());
    let of_class = |name: &str| taking.of_class.and_then(|own| own.text_at(&[name]));
    let Some(Value::Array(gateways)) = resource.at(&["gateways"]) else { return Vec::new() };
    let name = resource.text_at(&["name"]).or_else(|| resource.text_at(&["id"])).unwrap_or_default();
    gateways
        .iter()
        .filter(|gateway| gateway.is_true_at(&["enabled"], true))
        .filter_map(|gateway| {
            let server = gateway.text_at(&["server"])?;
            let uri = match (gateway.text_at(&["invite_format"]).as_deref(), gateway.text_at(&["route"])) {
                (Some("route"), Some(route)) => route,
                (format, _) => {
                    let prefix =
                        gateway.text_at(&["prefix"]).or_else(|| of_class("prefix")).unwrap_or_default();
                    let suffix =
                        gateway.text_at(&["suffix"]).or_else(|| of_class("suffix")).unwrap_or_default();
                    let user = format!("{prefix}{}{suffix}", in_format(format, number));
                    let port = gateway.int_at(&["port"]).filter(|port| *port != 5060);
                    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                    format!("sip:{user}@{server}{port}")
                }
            };
            let username = gateway.text_at(&["username"]);
            let password = gateway.text_at(&["password"]);
            let headers = match gateway.at(&["custom_sip_headers"]) {
                Some(Value::Object(given)) => header_list(given),
                _ => Vec::new(),
            };
            let codecs = match gateway.at(&["codecs"]) {
                Some(Value::Array(codecs)) => codecs.iter().filter_map(lenient::as_text).collect(),
                _ => Vec::new(),
            };
            Some(Route {
                target: Target::Uri {
                    uri,
                    route: None,
                    credentials: username
                        .zip(password)
                        .map(|(username, password)| Credentials { username, password }),
                },
                headers,
                codecs,
                label: format!("{name} via {server}"),
                emergency,
            })
        })
        .collect()
}

/// The number in a gateway's `invite_format`.
fn in_format(format: Option<&str>, number: &str) -> String {
    let digits = number.trim_start_matches('+');
    match format {
        Some("strip_plus") => digits.to_owned(),
        Some("npan") => digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(digits).to_owned(),
        Some("1npan") if digits.len() == 10 => format!("1{digits}"),
        Some("1npan") => digits.to_owned(),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn uris(resources: &[Value], number: &str) -> Vec<String> {
        let resources: Vec<Arc<Value>> = resources.iter().cloned().map(Arc::new).collect();
        routes(&resources, number, &[])
            .into_iter()
            .map(|route| match route.target {
                Target::Uri { uri, .. } => uri,
                Target::Device { id, .. } => id,
            })
            .collect()
    }

    #[test]
    fn cheaper_resources_come_first_and_rules_select() {
        let resources = [
            json!({"name": "b", "weight_cost": 60, "gateways": [{"server": "b.example"}]}),
            json!({"name": "a", "weight_cost": 10, "rules": ["^\\+1(\\d{10})$"],
                   "gateways": [{"server": "a.example", "port": 5080, "prefix": "9"}]}),
            json!({"name": "off", "enabled": false, "gateways": [{"server": "c.example"}]}),
        ];
        assert_eq!(
            uris(&resources, "+15551234567"),
            ["sip:95551234567@a.example:5080", "sip:+15551234567@b.example"]
        );
        assert_eq!(uris(&resources, "+441234567"), ["sip:+441234567@b.example"]);
    }

    #[test]
    fn emergency_numbers_take_emergency_resources_only_when_there_are_any() {
        let plain = json!({"name": "p", "gateways": [{"server": "p.example"}]});
        let emergency = json!({"name": "e", "emergency": true, "gateways": [{"server": "e.example"}]});
        assert_eq!(uris(std::slice::from_ref(&plain), "911"), ["sip:911@p.example"]);
        assert_eq!(uris(&[plain.clone(), emergency.clone()], "911"), ["sip:911@e.example"]);
        assert_eq!(uris(&[plain, emergency], "+15551234567"), ["sip:+15551234567@p.example"]);
    }

    #[test]
    fn formats_change_the_number_as_the_gateway_wants_it() {
        assert_eq!(in_format(Some("strip_plus"), "+15551234567"), "15551234567");
        assert_eq!(in_format(Some("npan"), "+15551234567"), "5551234567");
        assert_eq!(in_format(Some("1npan"), "5551234567"), "15551234567");
        assert_eq!(in_format(None, "+15551234567"), "+15551234567");
    }
}
