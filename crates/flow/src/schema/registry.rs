//! The schemas a validation can refer to, by id, with their regular expressions compiled once.
//!
//! Not here: which schemas ship with the program (`documents`).

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use super::strings::compile;

/// A set of schemas by id (`callflows.menu`). `$ref` means an id of the same set.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    schemas: BTreeMap<String, Value>,
    /// Every `pattern` and every key of a `patternProperties`; `None` for one that does not compile.
    patterns: BTreeMap<String, Option<Regex>>,
}

impl Registry {
    /// A registry of these schemas; of two with the same id the later wins.
    pub fn new(schemas: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut registry = Registry::default();
        for (id, schema) in schemas {
            registry.collect_patterns(&schema);
            registry.schemas.insert(id, schema);
        }
        registry
    }

    /// The schema with this id.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.schemas.get(id)
    }

    /// All ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// Patterns of the schemas that are no regular expression we can run; they match nothing. Empty for the
    /// shipped set (tested).
    pub fn broken_patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().filter(|(_, regex)| regex.is_none()).map(|(pattern, _)| pattern.as_str())
    }

    /// Whether a text matches one of the patterns of the schemas (anywhere in it, as JSON Schema says).
    pub(super) fn matches(&self, pattern: &str, text: &str) -> bool {
        matches!(self.patterns.get(pattern), Some(Some(regex)) if regex.is_match(text))
    }

    fn collect_patterns(&mut self, schema: &Value) {
        match schema {
            Value::Object(members) => {
                if let Some(pattern) = members.get("pattern").and_then(Value::as_str) {
                    self.add_pattern(pattern);
                }
                if let Some(Value::Object(patterns)) = members.get("patternProperties") {
                    patterns.keys().for_each(|pattern| self.add_pattern(pattern));
                }
                members.values().for_each(|member| self.collect_patterns(member));
            }
            Value::Array(elements) => elements.iter().for_each(|element| self.collect_patterns(element)),
            _ => {}
        }
    }

    fn add_pattern(&mut self, pattern: &str) {
        if !self.patterns.contains_key(pattern) {
            self.patterns.insert(pattern.to_owned(), compile(pattern).ok());
        }
    }
}
