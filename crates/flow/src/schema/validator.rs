//! Walking a document along a schema: defaults in, strings converted, every fault collected.

use std::collections::BTreeSet;

use serde_json::Value;

use super::hooks::{self, NodeKind};
use super::keywords::{Keywords, allows_null, canonical, fill_defaults, has_type, limit, type_names};
use super::registry::Registry;
use super::strings::coerce;
use super::violation::{Rule, Segment, Violation};

/// How many schemas may lie inside each other on the way to one value; a callflow node takes three.
pub const MAX_DEPTH: usize = 256;

/// How many faults are listed at most; one [`Rule::TooMany`] follows them.
pub const MAX_VIOLATIONS: usize = 1000;

/// Checks `value` against the schema with id `schema_id` and completes it in place.
///
/// * Members that are missing get the schema's `default`, also inside objects that are there but empty. A value
///   that equals its default is not held against bounds (Kazoo has a default that breaks one, and what was stored
///   must be accepted again); an object is still checked for members it requires itself.
/// * A string where an integer, number or boolean belongs is converted when it plainly means one.
/// * A member the schema knows and that is `null` is taken out, as if absent. Members it does not know stay as
///   they are, whatever they are.
/// * `data` of a callflow or metaflow node is checked against the schema of its module.
///
/// All faults are returned, in the order found (a node after its children); none means the value may be stored. A schema id the registry does
/// not have is a [`Rule::UnknownSchema`].
pub fn validate(registry: &Registry, schema_id: &str, value: &mut Value) -> Vec<Violation> {
    let mut walk = Walk { registry, path: Vec::new(), depth: 0, lenient: true, found: Vec::new() };
    walk.refer(schema_id, value);
    walk.found
}

/// A walk through a document along a schema, and what it found so far.
pub(super) struct Walk<'r> {
    pub(super) registry: &'r Registry,
    pub(super) path: Vec<Segment>,
    pub(super) depth: usize,
    /// Wrong types are converted where possible; off while alternatives are tried exactly.
    pub(super) lenient: bool,
    pub(super) found: Vec<Violation>,
}

impl<'r> Walk<'r> {
    fn refer(&mut self, id: &str, value: &mut Value) {
        match self.registry.get(id) {
            Some(schema) => self.check(schema, value),
            None => self.report(Violation::new(
                self.here(),
                Rule::UnknownSchema,
                format!("unable to find schema {id}"),
            )),
        }
    }

    pub(super) fn check(&mut self, schema: &'r Value, value: &mut Value) {
        let Value::Object(keywords) = schema else { return };
        if self.is_full() {
            return;
        }
        if self.depth >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return self.report(Violation::new(self.here(), Rule::TooDeep, message));
        }
        self.depth += 1;
        self.check_keywords(keywords, value);
        self.depth -= 1;
    }

    fn check_keywords(&mut self, keywords: &'r Keywords, value: &mut Value) {
        let before = self.found.len();
        if let Some(id) = keywords.get("$ref").and_then(Value::as_str) {
            self.refer(id, value);
        }
        if !self.check_type(keywords, value) {
            return;
        }
        self.check_enum(keywords, value);
        match value {
            Value::Number(_) => self.check_number(keywords, value),
            Value::String(text) => self.check_string(keywords, text),
            Value::Array(elements) => self.check_array(keywords, elements),
            Value::Object(members) => self.check_object(keywords, members),
            Value::Null | Value::Bool(_) => {}
        }
        // A value that is wrong by itself would only be reported a second time by its alternatives.
        if self.found.len() == before {
            self.check_alternatives(keywords, value);
        }
    }

    fn check_type(&mut self, keywords: &'r Keywords, value: &mut Value) -> bool {
        let types = type_names(keywords);
        if types.is_empty() || types.iter().any(|name| has_type(value, name)) {
            return true;
        }
        if self.lenient
            && let Some(converted) = types.iter().find_map(|name| coerce(value, name))
        {
            *value = converted;
            return true;
        }
        let message = format!("must be of type {}", types.join(" or "));
        // Crossbar writes several type names without anything between them.
        self.report(
            Violation::new(self.here(), Rule::Type, message)
                .with_target(types.concat())
                .with_value(value.clone()),
        );
        false
    }

    fn check_enum(&mut self, keywords: &'r Keywords, value: &mut Value) {
        let Some(Value::Array(allowed)) = keywords.get("enum") else { return };
        if allowed.contains(value) {
            return;
        }
        let converted = ["boolean", "integer"].into_iter().find_map(|name| coerce(value, name));
        match converted {
            Some(converted) if self.lenient && allowed.contains(&converted) => *value = converted,
            _ => self.report(
                Violation::new(self.here(), Rule::Enum, "is not one of the allowed values")
                    .with_target(allowed.clone())
                    .with_value(value.clone()),
            ),
        }
    }

    fn check_number(&mut self, keywords: &'r Keywords, value: &Value) {
        let Some(number) = value.as_f64() else { return };
        let exclusive = |keyword: &str| keywords.get(keyword) == Some(&Value::Bool(true));
        if let Some(bound) = keywords.get("minimum")
            && let Some(minimum) = bound.as_f64()
            && (number < minimum || (number == minimum && exclusive("exclusiveMinimum")))
        {
            let word = if exclusive("exclusiveMinimum") { "greater than" } else { "at least" };
            self.bound(Rule::Minimum, format!("must be {word} {bound}"), bound, value.clone());
        }
        if let Some(bound) = keywords.get("maximum")
            && let Some(maximum) = bound.as_f64()
            && (number > maximum || (number == maximum && exclusive("exclusiveMaximum")))
        {
            let word = if exclusive("exclusiveMaximum") { "less than" } else { "at most" };
            self.bound(Rule::Maximum, format!("must be {word} {bound}"), bound, value.clone());
        }
    }

    fn check_string(&mut self, keywords: &'r Keywords, text: &str) {
        let length = text.chars().count() as u64;
        if let Some(minimum) = limit(keywords, "minLength").filter(|minimum| length < *minimum) {
            let message = format!("must have at least {minimum} characters");
            self.report(self.length(Rule::MinLength, message, minimum, text));
        }
        if let Some(maximum) = limit(keywords, "maxLength").filter(|maximum| length > *maximum) {
            let message = format!("must have at most {maximum} characters");
            self.report(self.length(Rule::MaxLength, message, maximum, text));
        }
        if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str)
            && !self.registry.matches(pattern, text)
        {
            self.report(
                Violation::new(self.here(), Rule::Pattern, "does not have the expected form")
                    .with_target(pattern)
                    .with_value(text),
            );
        }
        if let Some(fault) = hooks::regexp_fault(keywords, text) {
            self.report(Violation::new(self.here(), Rule::InvalidRegexp, fault).with_value(text));
        }
    }

    fn check_array(&mut self, keywords: &'r Keywords, elements: &mut [Value]) {
        let count = elements.len() as u64;
        if let Some(minimum) = limit(keywords, "minItems").filter(|minimum| count < *minimum) {
            let message = format!("must have at least {minimum} elements");
            self.bound(Rule::MinItems, message, &minimum.into(), Value::from(&*elements));
        }
        if let Some(maximum) = limit(keywords, "maxItems").filter(|maximum| count > *maximum) {
            let message = format!("must have at most {maximum} elements");
            self.bound(Rule::MaxItems, message, &maximum.into(), Value::from(&*elements));
        }
        if keywords.get("uniqueItems") == Some(&Value::Bool(true)) {
            let mut seen = BTreeSet::new();
            if let Some(double) = elements.iter().find(|element| !seen.insert(canonical(element))) {
                self.report(
                    Violation::new(self.here(), Rule::UniqueItems, "has the same element more than once")
                        .with_value(double.clone()),
                );
            }
        }
        if let Some(schema) = keywords.get("items") {
            for (index, element) in elements.iter_mut().enumerate() {
                self.check_below(Segment::Index(index), schema, element);
            }
        }
    }

    fn check_object(&mut self, keywords: &'r Keywords, members: &mut Keywords) {
        let properties = keywords.get("properties").and_then(Value::as_object);
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        let additional = keywords.get("additionalProperties");
        let registry = self.registry;
        let schemas_of = |name: &str| {
            let mut schemas: Vec<&'r Value> =
                properties.and_then(|known| known.get(name)).into_iter().collect();
            let by_pattern = patterns.into_iter().flatten();
            schemas.extend(
                by_pattern.filter(|(pattern, _)| registry.matches(pattern, name)).map(|(_, schema)| schema),
            );
            if schemas.is_empty() {
                schemas
                    .extend(additional.filter(|schema| schema.is_object() || **schema == Value::Bool(false)));
            }
            schemas
        };

        members.retain(|name, member| {
            let schemas = if member.is_null() { schemas_of(name) } else { Vec::new() };
            schemas.is_empty() || schemas.iter().any(|schema| allows_null(schema))
        });
        fill_defaults(properties, members);
        if let Some(Value::Array(required)) = keywords.get("required") {
            for name in required.iter().filter_map(Value::as_str) {
                if !members.contains_key(name) {
                    let mut path = self.here();
                    path.push(name.into());
                    self.report(
                        Violation::new(path, Rule::Required, "is required but missing").with_value(name),
                    );
                }
            }
        }
        self.check_member_count(keywords, members);
        let node = NodeKind::of(keywords);
        for (name, member) in members.iter_mut() {
            for schema in schemas_of(name) {
                if !member.is_object() && schema.get("default") == Some(member) {
                    continue;
                }
                if *schema == Value::Bool(false) {
                    self.refuse_member(name, member);
                } else {
                    self.check_below(Segment::from(name.as_str()), schema, member);
                    if node.is_none() {
                        self.check_address(name, schema, member);
                    }
                }
            }
        }
        if let Some(kind) = node {
            self.check_node(kind, members);
        }
    }

    fn check_member_count(&mut self, keywords: &'r Keywords, members: &Keywords) {
        let count = members.len() as u64;
        if let Some(minimum) = limit(keywords, "minProperties").filter(|minimum| count < *minimum) {
            let message = format!("must have at least {minimum} members");
            self.bound(Rule::MinProperties, message, &minimum.into(), Value::Object(members.clone()));
        }
        if let Some(maximum) = limit(keywords, "maxProperties").filter(|maximum| count > *maximum) {
            let message = format!("must have at most {maximum} members");
            self.bound(Rule::MaxProperties, message, &maximum.into(), Value::Object(members.clone()));
        }
    }

    fn refuse_member(&mut self, name: &str, member: &Value) {
        let mut path = self.here();
        path.push(name.into());
        self.report(
            Violation::new(path, Rule::AdditionalProperties, "is not a known member")
                .with_value(member.clone()),
        );
    }

    fn check_address(&mut self, name: &str, schema: &'r Value, member: &Value) {
        let (Value::Object(keywords), Value::String(text)) = (schema, member) else { return };
        if hooks::is_address(keywords) && !hooks::is_good_address(text) {
            let mut path = self.here();
            path.push(name.into());
            let message = "invalid client URL";
            self.report(Violation::new(path, Rule::InvalidUrl, message).with_value(text.as_str()));
        }
    }

    fn check_node(&mut self, kind: NodeKind, members: &mut Keywords) {
        let Some(Value::String(module)) = members.get("module") else { return };
        if module.is_empty() {
            return;
        }
        match kind.module_schema(self.registry, module) {
            Some(schema) => {
                if let Some(data) = members.get_mut("data").filter(|data| data.is_object()) {
                    self.check_below("data".into(), schema, data);
                }
            }
            None => {
                let mut path = self.here();
                path.push("module".into());
                let message = kind.unknown_module(module);
                self.report(Violation::new(path, Rule::UnknownModule, message).with_value(module.as_str()));
            }
        }
    }

    fn check_below(&mut self, segment: Segment, schema: &'r Value, value: &mut Value) {
        self.path.push(segment);
        self.check(schema, value);
        self.path.pop();
    }

    pub(super) fn here(&self) -> Vec<Segment> {
        self.path.clone()
    }

    fn is_full(&self) -> bool {
        self.found.len() > MAX_VIOLATIONS
    }

    pub(super) fn report(&mut self, violation: Violation) {
        match self.found.len() {
            count if count < MAX_VIOLATIONS => self.found.push(violation),
            MAX_VIOLATIONS => self.found.push(Violation::new(
                Vec::<Segment>::new(),
                Rule::TooMany,
                format!("more than {MAX_VIOLATIONS} faults; the rest is not listed"),
            )),
            _ => {}
        }
    }

    fn bound(&mut self, rule: Rule, message: String, target: &Value, value: Value) {
        self.report(Violation::new(self.here(), rule, message).with_target(target.clone()).with_value(value));
    }

    fn length(&self, rule: Rule, message: String, target: u64, text: &str) -> Violation {
        Violation::new(self.here(), rule, message).with_target(target).with_value(text).with_cause(text)
    }
}
