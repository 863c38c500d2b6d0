//! List filters: `filter_<path>=v`, `filter_not_<path>=v`, `has_key`, `key_missing`, `has_value`,
//! `value_missing`, `created_from/to`, `modified_from/to` (reference "Crossbar" 1.7).
//!
//! Not here: paging (`list`). Filters look at the whole public document, never at the row, and never at a
//! private member, so that a filter cannot be used to guess a secret.

use serde_json::{Map, Value};

/// One condition; a document passes when all pass.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Equal(String, String),
    NotEqual(String, String),
    HasKey(String),
    KeyMissing(String),
    HasValue(String),
    ValueMissing(String),
    From(Stamp, Option<u64>),
    To(Stamp, Option<u64>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stamp {
    Created,
    Modified,
}

/// All filters of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filters(Vec<Condition>);

impl Filters {
    /// Reads the filters among the query's pairs; a repeated key gives one condition each.
    pub(crate) fn from_query(pairs: &[(String, String)]) -> Self {
        let conditions = pairs.iter().filter_map(|(key, value)| {
            let value = value.clone();
            Some(match key.as_str() {
                "has_key" => Condition::HasKey(value),
                "key_missing" => Condition::KeyMissing(value),
                "has_value" => Condition::HasValue(value),
                "value_missing" | "missing_value" => Condition::ValueMissing(value),
                "created_from" => Condition::From(Stamp::Created, value.parse().ok()),
                "created_to" => Condition::To(Stamp::Created, value.parse().ok()),
                "modified_from" => Condition::From(Stamp::Modified, value.parse().ok()),
                "modified_to" => Condition::To(Stamp::Modified, value.parse().ok()),
                _ => {
                    if let Some(path) = key.strip_prefix("filter_not_") {
                        Condition::NotEqual(path.to_owned(), value)
                    } else {
                        Condition::Equal(key.strip_prefix("filter_")?.to_owned(), value)
                    }
                }
            })
        });
        Filters(conditions.collect())
    }

    /// Whether a document passes. `created` and `modified` are Gregorian seconds.
    pub(crate) fn pass(&self, document: &Map<String, Value>, created: u64, modified: u64) -> bool {
        self.0.iter().all(|condition| condition.holds(document, created, modified))
    }
}

impl Condition {
    fn holds(&self, document: &Map<String, Value>, created: u64, modified: u64) -> bool {
        let stamp = |which: Stamp| if which == Stamp::Created { created } else { modified };
        match self {
            Condition::Equal(path, wanted) => matches_text(lookup(document, path), wanted),
            Condition::NotEqual(path, wanted) => !matches_text(lookup(document, path), wanted),
            Condition::HasKey(path) => lookup(document, path).is_some(),
            Condition::KeyMissing(path) => lookup(document, path).is_none(),
            Condition::HasValue(path) => lookup(document, path).is_some_and(has_value),
            Condition::ValueMissing(path) => !lookup(document, path).is_some_and(has_value),
            Condition::From(which, limit) => limit.is_some_and(|limit| stamp(*which) >= limit),
            Condition::To(which, limit) => limit.is_some_and(|limit| stamp(*which) <= limit),
        }
    }
}

/// The value at a dotted path; `None` too for private members.
pub(crate) fn lookup<'a>(document: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut keys = path.split('.');
    let first = keys.next()?;
    if first.starts_with("pvt_") || first.starts_with('_') {
        return None;
    }
    let mut value = document.get(first)?;
    for key in keys {
        value = match value {
            Value::Object(object) => object.get(key)?,
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    (!value.is_null()).then_some(value)
}

/// Comparison is on texts; a wanted JSON array matches when the value is one of its members.
fn matches_text(value: Option<&Value>, wanted: &str) -> bool {
    let text = value.map(text_of).unwrap_or_default();
    if text == wanted {
        return true;
    }
    if !wanted.starts_with('[') {
        return false;
    }
    match serde_json::from_str::<Vec<Value>>(wanted) {
        Ok(members) => members.iter().any(|member| text_of(member) == text),
        Err(_) => false,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.to_string(),
    }
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pass(query: &[(&str, &str)], document: Value) -> bool {
        let pairs: Vec<_> = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Filters::from_query(&pairs).pass(document.as_object().expect("an object"), 100, 200)
    }

    #[test]
    fn values_are_compared_as_texts() {
        let flow = json!({"name": "Main", "enabled": true, "n": 3, "numbers": ["1", "2"], "flow": {"module": "menu"}});
        assert!(pass(&[("filter_name", "Main")], flow.clone()));
        assert!(pass(&[("filter_enabled", "true"), ("filter_n", "3")], flow.clone()));
        assert!(pass(&[("filter_flow.module", "menu")], flow.clone()));
        assert!(pass(&[("filter_numbers", "12")], flow.clone()));
        assert!(!pass(&[("filter_numbers", "1")], flow.clone()));
        assert!(pass(&[("filter_absent", "")], flow));
    }

    #[test]
    fn the_callflow_editors_query_excludes_by_repeated_keys() {
        let query = [
            ("filter_not_numbers", "no_match"),
            ("filter_not_ui_metadata.origin", "voip"),
            ("filter_not_ui_metadata.origin", "callqueues"),
            ("_", "1700000000000"),
        ];
        assert!(pass(&query, json!({"numbers": ["1"], "ui_metadata": {"origin": "callflows"}})));
        assert!(!pass(&query, json!({"numbers": ["1"], "ui_metadata": {"origin": "callqueues"}})));
        assert!(!pass(&query, json!({"numbers": ["no_match"]})));
    }

    #[test]
    fn a_json_array_matches_any_of_its_members() {
        assert!(pass(&[("filter_state", r#"["in_service","port_in"]"#)], json!({"state": "port_in"})));
        assert!(!pass(&[("filter_state", r#"["in_service","port_in"]"#)], json!({"state": "spare"})));
    }

    #[test]
    fn presence_and_time_filters() {
        assert!(pass(&[("has_key", "featurecode.name")], json!({"featurecode": {"name": "x"}})));
        assert!(!pass(&[("has_key", "featurecode.name")], json!({"featurecode": false})));
        assert!(pass(&[("key_missing", "owner_id")], json!({})));
        assert!(pass(&[("value_missing", "name")], json!({"name": ""})));
        assert!(pass(&[("created_from", "100"), ("modified_to", "200")], json!({})));
        assert!(!pass(&[("created_from", "101")], json!({})));
        assert!(!pass(&[("created_from", "soon")], json!({})), "a bad value excludes");
    }

    #[test]
    fn private_members_cannot_be_probed() {
        assert!(!pass(&[("has_key", "pvt_secret")], json!({"pvt_secret": "s"})));
        assert!(!pass(&[("filter_pvt_secret", "s")], json!({"pvt_secret": "s"})));
    }
}
