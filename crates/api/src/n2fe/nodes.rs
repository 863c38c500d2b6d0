//! Which types of operations a customer is offered.
//!
//! Not here: what an operation does (crate `engine`).

use flow::account::services::CUSTOMER_PROFILE;
use flow::n2fe;
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
