//! Reading single keywords of a schema, and plain questions about values.
//!
//! Not here: walking a document (`validator`).

use serde_json::{Map, Value};

/// The members of a schema, or of a document's object.
pub(super) type Keywords = Map<String, Value>;

/// Puts in the defaults of missing members.
pub(super) fn fill_defaults(properties: Option<&Keywords>, members: &mut Keywords) {
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(default) = schema.get("default")
            && !members.contains_key(name)
        {
            members.insert(name.clone(), default.clone());
        }
    }
}

/// The types a schema allows; none means any.
pub(super) fn type_names(keywords: &Keywords) -> Vec<&str> {
    match keywords.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is of a JSON Schema type, exactly.
pub(super) fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        "any" => true,
        _ => false,
    }
}

/// Whether a schema names `null` among its types.
pub(super) fn allows_null(schema: &Value) -> bool {
    schema.as_object().is_some_and(|keywords| {
        let types = type_names(keywords);
        types.contains(&"null") || types.contains(&"any")
    })
}

/// A keyword that is a count.
pub(super) fn limit(keywords: &Keywords, keyword: &str) -> Option<u64> {
    keywords.get(keyword).and_then(Value::as_u64)
}

/// The alternatives under a keyword.
pub(super) fn branches<'s>(keywords: &'s Keywords, keyword: &str) -> &'s [Value] {
    keywords.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The value as text in which the order of members does not matter.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut parts: Vec<String> =
                members.iter().map(|(name, member)| format!("{name:?}:{}", canonical(member))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(elements) => {
            let parts: Vec<String> = elements.iter().map(canonical).collect();
            format!("[{}]", parts.join(","))
        }
        scalar => scalar.to_string(),
    }
}
