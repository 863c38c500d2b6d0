//! Values made up from schemas: mostly what a member of that name may hold, at the edges of its bounds, and now and then
//! something that is no such value at all.
//!
//! Not here: which documents and nodes there are (`documents`, `flows`).

use flow::schema::Registry;
use serde_json::{Map, Value, json};

use super::super::chance::Chance;
use super::names;

/// One value in so many is odd: of another type, out of bounds, of no use.
const ODD_ONCE_IN: u64 = 24;

/// A member that is not required is there once in so many times.
const PRESENT_ONCE_IN: u64 = 2;

/// How deep values nest.
const DEPTH_MAX: usize = 5;

/// An object by the schema with this id; members that `skip` names are left out.
pub(super) fn by_schema(chance: &mut Chance, id: &str, skip: &[&str]) -> Map<String, Value> {
    match Registry::shipped().get(id) {
        Some(schema) => members(chance, schema, skip, 0),
        None => Map::new(),
    }
}

/// A value that has no business where it stands.
pub(super) fn odd(chance: &mut Chance) -> Value {
    match chance.below(14) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(""),
        3 => json!([]),
        4 => json!({}),
        5 => json!("x"),
        6 => json!(1e300),
        7 => json!(i64::MAX),
        8 => json!(i64::MIN),
        9 => json!("17"),
        10 => json!(true),
        11 => json!("\u{0}\"<&>\r\n\u{1F4DE}é"),
        12 => json!("9".repeat(300)),
        _ => json!([null, {"id": {}}, [[]], 0.5]),
    }
}

fn members(chance: &mut Chance, schema: &Value, skip: &[&str], depth: usize) -> Map<String, Value> {
    let mut object = Map::new();
    if depth > DEPTH_MAX {
        return object;
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let wanted = required.contains(&name.as_str()) || chance.once_in(PRESENT_ONCE_IN);
        if wanted && !skip.contains(&name.as_str()) {
            object.insert(name.clone(), value(chance, member, name, depth + 1));
        }
    }
    let further = schema["patternProperties"].as_object().and_then(|patterns| patterns.values().next());
    let further = further.or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()));
    if let Some(further) = further {
        for _ in 0..chance.below(3) {
            let name = names::key(chance);
            object.insert(name.clone(), value(chance, further, &name, depth + 1));
        }
    }
    object
}

fn value(chance: &mut Chance, schema: &Value, name: &str, depth: usize) -> Value {
    if chance.once_in(ODD_ONCE_IN) {
        return odd(chance);
    }
    if let Some(known) = names::known(chance, name) {
        return known;
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices.get(index(chance, choices.len())).cloned().unwrap_or(Value::Null);
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|id| Registry::shipped().get(id)) {
        return if depth > DEPTH_MAX { json!({}) } else { value(chance, target, name, depth + 1) };
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[keyword].as_array()
            && let Some(choice) = choices.get(index(chance, choices.len()))
        {
            return value(chance, choice, name, depth + 1);
        }
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(chance.once_in(2)),
        Some("integer" | "number") => json!(number(chance, schema)),
        Some("array") => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let count = least.min(8) + chance.below(3);
            (0..count).map(|_| value(chance, items, name.trim_end_matches('s'), depth + 1)).collect()
        }
        Some("object") => Value::Object(members(chance, schema, &[], depth + 1)),
        _ => json!(names::text(chance)),
    }
}

/// A number at an edge of the bounds, the default, or a small one.
fn number(chance: &mut Chance, schema: &Value) -> i64 {
    let bound = |name: &str| schema[name].as_i64();
    let edge = match chance.below(8) {
        0 => bound("minimum"),
        1 => bound("maximum"),
        2 => bound("minimum").map(|least| least.saturating_sub(1)),
        3 => bound("maximum").map(|most| most.saturating_add(1)),
        4 => bound("default"),
        _ => None,
    };
    edge.unwrap_or_else(|| i64::try_from(chance.below(12)).unwrap_or_default())
}

fn index(chance: &mut Chance, length: usize) -> usize {
    usize::try_from(chance.below(length as u64)).unwrap_or_default()
}
