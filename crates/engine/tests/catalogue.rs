//! The catalogue against the shipped schemas: a module reads only members its schema has, and its example is a document
//! the API would accept.
//!
//! Not here: what modules do (`fixtures`, run by the simulator).

use engine::catalogue::MODULES;
use flow::schema::{Registry, Rule, validate};
use serde_json::{Value, json};

#[test]
fn modules_read_only_members_of_their_schemas() {
    let mut unknown = Vec::new();
    for module in MODULES {
        let id = format!("callflows.{}", module.name);
        let schema = Registry::shipped().get(&id).unwrap_or_else(|| panic!("no schema {id}"));
        for member in (module.members)() {
            let known = schema.get("properties").and_then(|members| members.get(member)).is_some();
            if !known {
                unknown.push(format!("{}.{member}", module.name));
            }
        }
    }
    assert!(unknown.is_empty(), "read, but in no schema: {}", unknown.join(", "));
}

/// Examples name documents by readable ids, which are shorter than the 32 characters the schemas ask for.
#[test]
fn examples_are_valid_but_for_the_length_of_ids() {
    for module in MODULES {
        let node: Value = serde_json::from_str(module.example).unwrap();
        let mut document = json!({"numbers": ["500"], "flow": node});
        let faults: Vec<String> = validate(Registry::shipped(), "callflows", &mut document)
            .into_iter()
            .filter(|violation| violation.rule != Rule::MinLength)
            .map(|violation| violation.to_issue().to_string())
            .collect();
        assert!(faults.is_empty(), "{}: {}", module.name, faults.join("\n"));
    }
}

#[test]
fn examples_are_written_back_as_they_were_read() {
    for module in MODULES {
        let node: Value = serde_json::from_str(module.example).unwrap();
        let (flow, issues) = flow::kazoo::read_flow(&node);
        assert!(issues.is_empty(), "{}: {issues:?}", module.name);
        let (written, issues) = flow::kazoo::write_flow(&flow);
        assert!(issues.is_empty(), "{}: {issues:?}", module.name);
        assert_eq!(written.to_string(), node.to_string(), "{}", module.name);
    }
}
