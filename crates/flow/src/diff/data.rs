//! Members of two nodes that differ, down to the innermost that can be told apart.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Member;
use crate::graph::{Node, Object, Words};
use crate::pointer;

/// Objects inside objects that are looked into; deeper ones are compared as a whole.
const DEPTH_MAX: usize = 32;

/// What differs between two nodes, exits apart. Words of a reader count where they tell more than the data.
pub(super) fn members(old: &Node, new: &Node) -> Vec<Member> {
    let mut found = Vec::new();
    if old.module != new.module {
        let text = |module: &str| Some(Value::String(module.to_owned()));
        found.push(Member { pointer: "/module".to_owned(), old: text(&old.module), new: text(&new.module) });
    }
    objects("/data", &old.data, &new.data, 0, &mut found);
    objects("", &old.extra, &new.extra, 0, &mut found);
    if found.is_empty()
        && let (Some(old), Some(new)) = (&old.words, &new.words)
    {
        words(old, new, &mut found);
    }
    found
}

fn words(old: &Words, new: &Words, found: &mut Vec<Member>) {
    let shown = |words: &Words| {
        let object = json!({
            "title": words.title, "number": words.number, "lines": words.lines, "exits": words.exits,
            "disabled": words.disabled, "faulty": words.faulty,
        });
        object.as_object().cloned().unwrap_or_default()
    };
    objects("/words", &shown(old), &shown(new), 0, found);
}

/// What differs between two objects, pointers beginning with `base`.
pub(super) fn objects(base: &str, old: &Object, new: &Object, depth: usize, found: &mut Vec<Member>) {
    for (name, value) in old {
        let pointer = pointer::join(base, name);
        match new.get(name) {
            Some(now) => values(pointer, value, now, depth, found),
            None => found.push(Member { pointer, old: Some(value.clone()), new: None }),
        }
    }
    for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        found.push(Member { pointer: pointer::join(base, name), old: None, new: Some(value.clone()) });
    }
}

fn values(pointer: String, old: &Value, new: &Value, depth: usize, found: &mut Vec<Member>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) if depth < DEPTH_MAX => {
            objects(&pointer, old, new, depth + 1, found);
        }
        (Value::Array(old), Value::Array(new)) if depth < DEPTH_MAX && identity(old, new).is_some() => {
            named(&pointer, identity(old, new).unwrap_or_default(), (old, new), depth, found);
        }
        // Lists of one length differ in places; of another, as a whole.
        (Value::Array(old), Value::Array(new)) if depth < DEPTH_MAX && old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                values(pointer::join(&pointer, &at.to_string()), old, new, depth + 1, found);
            }
        }
        (old, new) => found.push(Member { pointer, old: Some(old.clone()), new: Some(new.clone()) }),
    }
}

/// Members by which things in a list are known again.
const IDENTITIES: [&str; 4] = ["user_id", "id", "key", "name"];

/// The member by which all elements of both lists can be told apart.
fn identity(old: &[Value], new: &[Value]) -> Option<&'static str> {
    IDENTITIES.into_iter().find(|member| {
        [old, new].into_iter().all(|list| {
            let names: Vec<&str> = list.iter().filter_map(|one| one.get(*member)?.as_str()).collect();
            let unique: BTreeSet<&str> = names.iter().copied().collect();
            unique.len() == list.len()
        })
    })
}

/// What differs between two lists of named things: each thing for itself, then their order.
fn named(base: &str, member: &str, (old, new): (&[Value], &[Value]), depth: usize, found: &mut Vec<Member>) {
    let name = |one: &Value| one.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of = |list: &[Value], wanted: &str| list.iter().find(|one| name(one) == wanted).cloned();
    for one in old {
        let pointer = pointer::join(base, &name(one));
        match of(new, &name(one)) {
            Some(now) => values(pointer, one, &now, depth + 1, found),
            None => found.push(Member { pointer, old: Some(one.clone()), new: None }),
        }
    }
    for one in new.iter().filter(|one| of(old, &name(one)).is_none()) {
        found.push(Member { pointer: pointer::join(base, &name(one)), old: None, new: Some(one.clone()) });
    }
    let kept = |list: &[Value], other: &[Value]| -> Vec<Value> {
        let label = |one: &Value| match one.get("name").and_then(Value::as_str) {
            Some(text) if !text.is_empty() => json!(text),
            _ => json!(name(one)),
        };
        list.iter().filter(|one| of(other, &name(one)).is_some()).map(label).collect()
    };
    let (before, now) = (kept(old, new), kept(new, old));
    if before != now {
        found.push(Member {
            pointer: base.to_owned(),
            old: Some(Value::Array(before)),
            new: Some(Value::Array(now)),
        });
    }
}
