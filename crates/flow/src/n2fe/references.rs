//! What a plan refers to outside itself: announcements, sets, tables and counters of the account.
//!
//! Not here: whether they exist and may be used, which is for whoever has the account.

use serde_json::Value;

use super::{read, service, type_of};
use crate::pointer;

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The number of the operation.
    pub node: String,
    /// The kind of the document meant: [`service::ANNOUNCEMENT_SET`] and others.
    pub kind: &'static str,
    /// Its name or id.
    pub name: String,
    /// The entry of the set meant, where one is.
    pub entry: Option<String>,
    /// JSON pointer to the member.
    pub pointer: String,
}

/// Members whose text names a document.
const NAMES: [(&str, &str); 9] = [
    ("geography_set", service::GEOGRAPHY_SET),
    ("geography_set_id", service::GEOGRAPHY_SET),
    ("holiday_set", service::HOLIDAY_SET),
    ("holiday_set_id", service::HOLIDAY_SET),
    ("suburb_set_name", service::SUBURB_SET),
    ("suburb_set_id", service::SUBURB_SET),
    ("lookup_dataset", service::LOOKUP_TABLE),
    ("counter", service::COUNTER),
    ("statistic", service::COUNTER),
];

/// All references of a plan, in document order.
pub fn references(document: &Value) -> Vec<Reference> {
    let plan = read(document);
    let mut found = Vec::new();
    for node in &plan.flow.nodes {
        let Some(kind) = type_of(node) else { continue };
        let base = pointer::join(&node.pointer, "config");
        for (member, value) in &node.data {
            if !kind.members.contains(&member.as_str()) {
                continue;
            }
            let pointer = pointer::join(&base, member);
            let node = super::number_of(node);
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            if member.ends_with("announcement") {
                let name = text("set").unwrap_or_default();
                let kind = service::ANNOUNCEMENT_SET;
                found.push(Reference { node, kind, name, entry: text("entry"), pointer });
            } else if let Some((_, kind)) = NAMES.iter().find(|(name, _)| name == member)
                && let Some(name) = value.as_str().map(str::to_owned).or_else(|| super::id_text(value))
            {
                found.push(Reference { node, kind, name, entry: None, pointer });
            }
        }
    }
    found
}
