//! Trees of nodes drawn from the whole catalogue, and metaflows drawn from theirs.
//!
//! Not here: their data (`values`).

use engine::Exit;
use engine::catalogue::MODULES;
use engine::metaflows::METAFLOWS;
use serde_json::{Map, Value, json};

use super::super::chance::Chance;
use super::{names, values};

/// Keys that lead on from some module at run time.
const KEYS: &[&str] = &[
    "1",
    "2",
    "0",
    "#",
    "12",
    "timeout",
    "rule1",
    "rule2",
    "rule3",
    "true",
    "en-us",
    "2001",
    "101",
    "+15559990000",
];

/// Keys for the ways a called party does not answer.
const CAUSES: &[&str] = &[
    "USER_BUSY",
    "sip:486",
    "NO_ANSWER",
    "NORMAL_CLEARING",
    "CALL_REJECTED",
    "sip:480",
    "UNALLOCATED_NUMBER",
    "sip:503",
];

/// Nodes of one tree at most.
const NODES_MAX: usize = 24;

/// A tree; the root's module goes by `turn`, so that each has its own.
pub(in super::super) fn flow(chance: &mut Chance, turn: u64, depth: u64) -> Value {
    let mut left = NODES_MAX;
    node(chance, Some(turn), depth, &mut left)
}

fn node(chance: &mut Chance, turn: Option<u64>, depth: u64, left: &mut usize) -> Value {
    if depth == 0 || *left == 0 {
        return json!({});
    }
    *left -= 1;
    if turn.is_none() && chance.once_in(40) {
        return json!({"module": "made_up", "data": {}, "children": {"_": node(chance, None, depth - 1, left)}});
    }
    let turn = turn.unwrap_or_else(|| chance.below(u64::MAX));
    let at = usize::try_from(turn % MODULES.len() as u64).unwrap_or_default();
    let Some(module) = MODULES.get(at) else { return json!({}) };
    let mut data = values::by_schema(chance, &format!("callflows.{}", module.name), &["id", "metaflows"]);
    let reads_id = (module.members)().contains(&"id");
    if reads_id && !chance.once_in(12) {
        let kind = names::kind_of(module.name);
        let id = if module.name == "callflow" {
            names::one(chance, names::CALLFLOWS)
        } else {
            names::id(chance, kind)
        };
        data.insert("id".to_owned(), json!(id));
    }
    let mut children = Map::new();
    if !chance.once_in(5) {
        children.insert("_".to_owned(), node(chance, None, depth - 1, left));
    }
    for exit in module.exits {
        let key = match exit {
            Exit::Key(key) if *key != "_" => key,
            Exit::Dynamic(by) if by.contains("cause") => names::one(chance, CAUSES),
            Exit::Dynamic(_) => names::one(chance, KEYS),
            _ => continue,
        };
        if chance.once_in(2) {
            children.insert(key.to_owned(), node(chance, None, depth - 1, left));
        }
    }
    let mut made = json!({"module": module.name, "data": data, "children": children});
    if chance.once_in(150)
        && let Some(members) = made.as_object_mut()
    {
        let name = names::one(chance, &["module", "data", "children"]);
        members.insert(name.to_owned(), values::odd(chance));
    }
    made
}

/// Feature keys: some numbers and a pattern, each with a short chain of actions.
pub(super) fn metaflows(chance: &mut Chance) -> Value {
    let mut numbers = Map::new();
    for key in ["1", "2", "3", "4"] {
        if chance.once_in(2) {
            numbers.insert(key.to_owned(), action(chance, 3));
        }
    }
    let mut made = json!({"numbers": numbers, "patterns": {"^5(\\d+)$": action(chance, 2)}});
    made["listen_on"] = json!(names::one(chance, &["both", "self", "peer"]));
    made["binding_digit"] = json!(names::one(chance, &["*", "*", "#", "9"]));
    made
}

fn action(chance: &mut Chance, depth: u64) -> Value {
    let at = usize::try_from(chance.below(METAFLOWS.len() as u64)).unwrap_or_default();
    let Some(found) = METAFLOWS.get(at).filter(|_| depth > 0) else { return json!({}) };
    let mut data = values::by_schema(chance, &format!("metaflows.{}", found.name), &["id", "flow"]);
    match found.name {
        "play" => data.insert("id".to_owned(), json!(names::id(chance, Some("media")))),
        "callflow" => data.insert("id".to_owned(), json!(names::one(chance, names::CALLFLOWS))),
        _ => None,
    };
    let mut children = Map::new();
    if chance.once_in(2) {
        children.insert("_".to_owned(), action(chance, depth - 1));
    }
    json!({"module": found.name, "data": data, "children": children})
}
