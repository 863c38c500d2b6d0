//! The shipped schemas against our own tables of what a module's data (`data/module-fields.json`) and a document
//! (`data/document-fields.json`) may hold: each member with the same type, default and bounds, and for modules none
//! more. In a table's paths `[]` is an element, `{...}` a pattern on names, and `*` any name.
//!
//! The modules' table holds all 652 fields known of Kazoo's 101 schemas. Deviations: the 16 marks `support_level` (of
//! `callflows.conference`, `callflows.conference_feature` and `callflows.device`) are left out, for they tell editors which
//! members to offer and rule out no document; and four members of `callflows.camping_feature` are added, which Kazoo's module
//! reads and its schema does not list.

#![allow(clippy::unwrap_used, reason = "helpers of a test over a table of our own")]

use std::collections::BTreeSet;

use flow::schema::Registry;
use serde_json::{Map, Value};

const MODULES: &str = include_str!("data/module-fields.json");
const DOCUMENTS: &str = include_str!("data/document-fields.json");

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Pattern(String),
    Element,
    Any,
}

#[test]
fn every_field_of_a_module_is_in_its_schema_with_the_same_facts() {
    let table = read(MODULES);
    assert_eq!((table.len(), agree(&table)), (101, 656));
}

#[test]
fn every_field_of_a_document_is_in_its_schema_with_the_same_facts() {
    let table = read(DOCUMENTS);
    assert_eq!((table.len(), agree(&table)), (21, 381));
}

#[test]
fn no_module_schema_has_a_member_the_table_lacks() {
    for (id, module) in read(MODULES) {
        let known: BTreeSet<String> = module["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["path"].as_str().unwrap().to_owned())
            .collect();
        let mut found = BTreeSet::new();
        members(Registry::shipped().get(&id).unwrap(), String::new(), &mut found);
        let unknown: Vec<_> = found.difference(&known).collect();
        assert!(unknown.is_empty(), "{id} has {unknown:?}");
    }
}

#[test]
fn every_module_schema_is_in_the_table() {
    let table = read(MODULES);
    let is_module = |id: &&str| id.starts_with("callflows.") || id.starts_with("metaflow");
    let missing: Vec<&str> =
        Registry::shipped().ids().filter(is_module).filter(|id| !table.contains_key(*id)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

fn read(table: &str) -> Map<String, Value> {
    serde_json::from_str(table).unwrap()
}

/// Fails at the first field a schema does not have as the table says; the number of fields compared.
fn agree(table: &Map<String, Value>) -> usize {
    let mut fields = 0;
    for (id, module) in table {
        let schema = Registry::shipped().get(id).unwrap();
        assert_eq!(schema["type"], "object", "type of {id}");
        assert!(schema.get("additionalProperties").is_none_or(|more| more != false), "{id} is closed");
        assert_eq!(names(&schema["required"]), names(&module["required"]), "required of {id}");
        for field in module["fields"].as_array().unwrap() {
            fields += 1;
            let path = field["path"].as_str().unwrap();
            let steps = steps(path);
            let mut places = vec![schema];
            let mut parents = places.clone();
            for step in &steps {
                parents = places;
                places = parents.iter().flat_map(|place| descend(place, step)).collect();
            }
            let rows = module["fields"].as_array().unwrap().iter().filter(|row| row["path"] == field["path"]);
            let is_typed = rows.clone().any(|row| !row["type"].is_null() || row.get("ref").is_some());
            let why: Vec<String> =
                places.iter().filter_map(|place| disagreement(place, field, is_typed)).collect();
            assert!(why.len() < places.len(), "{id} {path}: {why:?}");
            if field.get("required") == Some(&Value::Bool(true))
                && let Some(Step::Member(name)) = steps.last()
            {
                let listed =
                    parents.iter().flat_map(views).any(|parent| names(&parent["required"]).contains(name));
                assert!(listed, "{id} {path} is not required");
            }
        }
    }
    fields
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// `a.b[].{^x}` in steps; a pattern may contain dots and braces.
fn steps(path: &str) -> Vec<Step> {
    if let Some((before, pattern)) = path.split_once('{') {
        let mut steps = steps(before.trim_end_matches('.'));
        steps.push(Step::Pattern(pattern.strip_suffix('}').unwrap().to_owned()));
        return steps;
    }
    let mut steps = Vec::new();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        match part.strip_suffix("[]") {
            Some(name) => steps.extend([Step::Member(name.to_owned()), Step::Element]),
            None if part == "*" => steps.push(Step::Any),
            None => steps.push(Step::Member(part.to_owned())),
        }
    }
    steps
}

/// The schema itself, what it refers to, and its alternatives.
fn views(schema: &&'static Value) -> Vec<&'static Value> {
    let schema: &'static Value = schema;
    let mut all = vec![schema];
    if let Some(target) = schema["$ref"].as_str() {
        all.extend(views(&Registry::shipped().get(target).unwrap()));
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        all.extend(schema[keyword].as_array().into_iter().flatten().flat_map(|branch| views(&branch)));
    }
    all
}

fn descend(schema: &&'static Value, step: &Step) -> Vec<&'static Value> {
    views(schema)
        .into_iter()
        .filter_map(|view| match step {
            Step::Member(name) => view["properties"].get(name),
            Step::Pattern(pattern) => view["patternProperties"].get(pattern),
            Step::Element => view.get("items"),
            Step::Any => view.get("additionalProperties"),
        })
        .collect()
}

/// Why a place of a schema is not what the field says, or `None`. `is_typed` when some row of the field's path has a type.
fn disagreement(place: &&'static Value, field: &Value, is_typed: bool) -> Option<String> {
    let views = views(place);
    let differs = |what: &str| Some(format!("{what}: {place} against {field}"));
    if let Some(name) = field["type"].as_str()
        && !views.iter().any(|view| view["type"] == name)
    {
        // An alternative that is narrowed by fixed values need not repeat the type.
        if !(name == "string" && field.get("enum").is_some() && place.get("type").is_none()) {
            return differs("type");
        }
    }
    for keyword in ["default", "enum", "pattern", "format", "uniqueItems", "kazoo-validation"] {
        if field.get(keyword) != place.get(keyword) {
            return differs(keyword);
        }
    }
    for (bound, kind) in [("min", "min_kind"), ("max", "max_kind")] {
        let Some(kind) = field[kind].as_str() else { continue };
        if place[kind].as_f64() != field[bound].as_f64() || place[kind].is_null() {
            return differs(kind);
        }
    }
    for unasked in ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] {
        let asked = [&field["min_kind"], &field["max_kind"]].into_iter().any(|kind| kind == unasked);
        if !asked && place.get(unasked).is_some() {
            return differs(unasked);
        }
    }
    if let Some(target) = field["ref"].as_str()
        && !views.iter().any(|view| view["$ref"] == target)
    {
        return differs("$ref");
    }
    let closed = field.get("additionalProperties") == Some(&Value::Bool(false));
    let is_closed = |view: &&Value| view["additionalProperties"] == false;
    if closed && !views.iter().any(&is_closed) || !closed && is_closed(place) {
        return differs("additionalProperties");
    }
    if !is_typed && place.get("type").is_some() {
        return differs("type");
    }
    // An alternative: a schema by its id, or one of the members that stand here.
    for choice in field["anyOf"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !views.iter().any(|view| view["$ref"] == choice) {
            return differs("anyOf");
        }
    }
    for name in field["oneOf"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !views.iter().any(|view| view["type"] == name || view["$ref"] == name) {
            return differs("oneOf");
        }
    }
    None
}

/// The paths of the members a schema states itself, without what it refers to.
fn members(schema: &Value, path: String, found: &mut BTreeSet<String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut visit = |path: String, schema: &Value| {
        found.insert(path.clone());
        members(schema, path, found);
    };
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        visit(below(name), member);
    }
    for (pattern, member) in schema["patternProperties"].as_object().into_iter().flatten() {
        visit(below(&format!("{{{pattern}}}")), member);
    }
    if let Some(items) = schema.get("items") {
        visit(format!("{path}[]"), items);
    }
}
