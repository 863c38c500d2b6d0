//! Which types of operations a customer is offered, and what a plan refers to that is not there.
//!
//! Not here: what an operation does (crate `engine`).

use flow::account::AccountIndex;
use flow::account::services::CUSTOMER_PROFILE;
use flow::n2fe::{self, Fault as PlanFault, service};
use serde_json::{Value, json};

use super::answer::Reply;
use super::dispatch::Cx;
use super::fault::Fault;

/// `GET /api/customer/:customer/available-customer-feature-nodes`: all types but those the operator holds back; when the
/// customer's profile has `feature_nodes`, only those of them.
pub(crate) fn available(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let index = cx.state.store.index(&cx.customer()?.id);
    let profile = index.as_ref().and_then(|index| index.document(CUSTOMER_PROFILE));
    let own = profile.and_then(|profile| profile.body.get("feature_nodes")).and_then(Value::as_array);
    let suppressed = &cx.state.config.n2fe.suppressed_nodes;
    let offered = n2fe::types::TYPES.iter().filter(|kind| {
        let is_own = own.is_none_or(|own| own.iter().any(|name| name.as_str() == Some(kind.name)));
        is_own && !suppressed.iter().any(|name| name == kind.name)
    });
    let rows: Vec<Value> =
        offered.map(|kind| json!({"type": kind.name, "title": kind.title, "config": kind.members})).collect();
    Ok(Value::Array(rows).into())
}

/// A fault for each reference of a plan that leads nowhere.
pub(crate) fn missing(index: &AccountIndex, plan: &Value) -> Vec<PlanFault> {
    let mut faults = Vec::new();
    for reference in n2fe::references::references(plan) {
        let word = word_of(reference.kind);
        let named = |value: &Value, wanted: &str| {
            let is = |member: &str| match value.get(member) {
                Some(Value::String(text)) => text == wanted,
                Some(Value::Number(number)) => number.to_string() == wanted,
                _ => false,
            };
            is("name") || is("id")
        };
        let set = index.of_type(reference.kind).find(|set| named(&set.body, &reference.name));
        let sentence = match (set, &reference.entry) {
            (None, _) => format!("There is no {word} {}.", reference.name),
            (Some(set), Some(entry)) => {
                let entries = set.body.get("entries").and_then(Value::as_array);
                if entries.into_iter().flatten().any(|row| named(row, entry)) {
                    continue;
                }
                format!("There is no entry {entry} in the {word} {}.", reference.name)
            }
            (Some(_), None) => continue,
        };
        faults.push(PlanFault::error("NF3002", Some(&reference.node), reference.pointer, sentence));
    }
    faults
}

fn word_of(kind: &str) -> &'static str {
    match kind {
        service::ANNOUNCEMENT_SET => "announcement set",
        service::GEOGRAPHY_SET => "geography set",
        service::HOLIDAY_SET => "holiday set",
        service::LOOKUP_TABLE => "lookup dataset",
        service::SUBURB_SET => "suburb set",
        _ => "event counter",
    }
}
