//! All faults of a control plan: its form, its graph, the configuration of each operation.
//!
//! Not here: whether announcements and sets exist (`references` lists them), names and customers (`api`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fault::Fault;
use super::types::{self, Exits, Type};
use super::{ALWAYS_PRESENT_CALLING, MAX_OPERATIONS, exit_count, id_text, wrapped};
use crate::graph::Object;
use crate::pointer;

/// Checks a plan: the bare hash of operations, or an object with `operations`. Gives every fault, errors and warnings, in
/// document order, those of the plan as a whole last. A plan may be saved when none [is an error](Fault::is_error).
pub fn validate(document: &Value) -> Vec<Fault> {
    let Some(object) = document.as_object() else {
        return vec![Fault::error("NF1001", None, "", "The flow is not an object of operations.")];
    };
    let mut faults = Vec::new();
    let (operations, base) = match wrapped(object) {
        Some(operations) => {
            check_flag(object, &mut faults);
            (operations, "/operations")
        }
        None => (object, ""),
    };
    let graph = Graph::read(operations, base, &mut faults);
    graph.check(&mut faults);
    faults
}

fn check_flag(wrapper: &Object, faults: &mut Vec<Fault>) {
    let Some(flag) = wrapper.get(ALWAYS_PRESENT_CALLING) else { return };
    let fits = matches!(flag, Value::Null | Value::Bool(_))
        || id_text(flag).is_some_and(|flag| flag == "0" || flag == "1");
    if !fits {
        let pointer = pointer::join("", ALWAYS_PRESENT_CALLING);
        let sentence = "The flag to always present the calling number is not 0 or 1.";
        faults.push(Fault::error("NF1002", None, pointer, sentence));
    }
}

/// The operations as far as they can be followed.
struct Graph<'a> {
    base: &'a str,
    nodes: BTreeMap<&'a str, Operation<'a>>,
    /// Numbers in document order.
    order: Vec<&'a str>,
}

struct Operation<'a> {
    kind: Option<&'static Type>,
    pointer: String,
    /// Exit index and the operation behind it.
    exits: Vec<(usize, &'a str)>,
}

impl<'a> Graph<'a> {
    fn read(operations: &'a Object, base: &'a str, faults: &mut Vec<Fault>) -> Graph<'a> {
        let mut graph = Graph { base, nodes: BTreeMap::new(), order: Vec::new() };
        if operations.len() > MAX_OPERATIONS {
            let sentence = format!("The flow has more than {MAX_OPERATIONS} operations.");
            faults.push(Fault::error("NF1003", None, base, sentence));
        }
        for (key, value) in operations.iter().take(MAX_OPERATIONS) {
            let pointer = pointer::join(base, key);
            match value {
                Value::Object(operation) => {
                    let operation = read_operation(key, operation, pointer, operations, faults);
                    graph.order.push(key);
                    graph.nodes.insert(key, operation);
                }
                _ => {
                    faults.push(Fault::error("NF1004", Some(key), pointer, "The operation is not an object."))
                }
            }
        }
        graph
    }

    fn check(&self, faults: &mut Vec<Fault>) {
        let starts: Vec<&str> = self.order.iter().copied().filter(|key| self.is(key, "Start")).collect();
        match starts.as_slice() {
            [] => {
                faults.push(Fault::error("NF1010", None, self.base, "The flow has no Start operation."));
                return;
            }
            [start] => {
                if self.nodes.get(start).is_some_and(|node| node.exits.is_empty()) {
                    let pointer = self.pointer(start);
                    let sentence = "No operation follows the Start.";
                    faults.push(Fault::warning("NF1105", Some(start), pointer, sentence));
                }
            }
            [_, others @ ..] => {
                for other in others {
                    let sentence = "There is more than one Start operation.";
                    faults.push(Fault::error("NF1011", Some(other), self.pointer(other), sentence));
                }
            }
        }
        let start = starts.first().copied().unwrap_or_default();
        let reached = self.reached(start, |_, _| true);
        for key in self.order.iter().filter(|key| !reached.contains(*key)) {
            if !self.is(key, "Start") {
                let sentence = "The operation is not reached from the Start.";
                faults.push(Fault::warning("NF1101", Some(key), self.pointer(key), sentence));
            }
        }
        for key in self.endless_loops() {
            let sentence =
                "The operation is in a loop without a limit and without anything the caller keys in.";
            faults.push(Fault::warning("NF1102", Some(key), self.pointer(key), sentence));
        }
        // Whoever has not given a PIN or code: the exit `Allowed` of those who ask for one is not followed.
        let authorises = |key: &str| self.is(key, "PinAuthorisation") || self.is(key, "AccountCodeEntry");
        let unauthorised = self.reached(start, |key, exit| !(authorises(key) && exit == 0));
        for key in
            self.order.iter().filter(|key| self.is(key, "BreakoutDialing") && unauthorised.contains(*key))
        {
            let sentence = "Callers can dial out without a PIN or account code before.";
            faults.push(Fault::warning("NF1103", Some(key), self.pointer(key), sentence));
        }
    }

    fn is(&self, key: &str, kind: &str) -> bool {
        self.nodes.get(key).and_then(|node| node.kind).is_some_and(|found| found.name == kind)
    }

    fn pointer(&self, key: &str) -> String {
        self.nodes.get(key).map(|node| node.pointer.clone()).unwrap_or_default()
    }

    /// The operations reached from one, over the exits that `follow` allows.
    fn reached(&self, start: &'a str, follow: impl Fn(&str, usize) -> bool) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::from([start]);
        let mut waiting = vec![start];
        while let Some(key) = waiting.pop() {
            let Some(node) = self.nodes.get(key) else { continue };
            for (index, to) in &node.exits {
                if follow(key, *index) && reached.insert(to) {
                    waiting.push(to);
                }
            }
        }
        reached
    }

    /// One operation of each loop in which nobody counts or keys anything in, in document order. Operations that bound
    /// loops are taken out; what then still leads round is endless.
    fn endless_loops(&self) -> Vec<&'a str> {
        let is_free = |key: &str| {
            self.nodes.get(key).is_some_and(|node| !node.kind.is_some_and(|kind| kind.bounds_loops))
        };
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let mut found = Vec::new();
        for root in self.order.iter().copied().filter(|key| is_free(key)) {
            if done.contains(root) {
                continue;
            }
            // Depth first without recursion: the path, and for each node on it the next exit to look at.
            let mut path: Vec<(&str, usize)> = vec![(root, 0)];
            let mut on_path: BTreeSet<&str> = BTreeSet::from([root]);
            while let Some((key, next)) = path.last_mut() {
                let exit = self.nodes.get(*key).and_then(|node| node.exits.get(*next));
                *next += 1;
                match exit {
                    Some((_, to)) if on_path.contains(to) => found.push(*to),
                    Some((_, to)) if is_free(to) && !done.contains(to) => {
                        on_path.insert(to);
                        path.push((to, 0));
                    }
                    Some(_) => {}
                    None => {
                        let key = *key;
                        done.insert(key);
                        on_path.remove(key);
                        path.pop();
                    }
                }
            }
        }
        let found: BTreeSet<&str> = found.into_iter().collect();
        self.order.iter().copied().filter(|key| found.contains(key)).collect()
    }
}

fn read_operation<'a>(
    key: &'a str,
    operation: &'a Object,
    pointer: String,
    operations: &'a Object,
    faults: &mut Vec<Fault>,
) -> Operation<'a> {
    let mut tell = |code: &'static str, member: &str, sentence: String| {
        let at = if member.is_empty() { pointer.clone() } else { pointer::join(&pointer, member) };
        faults.push(Fault::error(code, Some(key), at, sentence));
    };
    match operation.get("id") {
        None => tell("NF1005", "", "The operation has no id.".to_owned()),
        Some(id) => match id_text(id) {
            None => tell("NF1005", "id", "The id is not a whole number.".to_owned()),
            Some(id) if id != key => tell("NF1006", "id", format!("The id is {id} and the key is {key}.")),
            Some(_) => {}
        },
    }
    let name = operation.get("type").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        tell("NF1007", "type", "The operation has no type.".to_owned());
    }
    let kind = types::find(name);
    let base_node = operation.get("base_node").filter(|value| !value.is_null());
    if base_node.is_some_and(|value| id_text(value).is_none()) {
        tell("NF1013", "base_node", "The base node is not a whole number.".to_owned());
    }
    let exits = read_exits(operation, kind, operations, &mut tell);
    let empty = Object::new();
    let config = match operation.get("config") {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(config)) => config,
        Some(_) => {
            tell("NF1012", "config", "The configuration is not an object.".to_owned());
            &empty
        }
    };
    match kind {
        Some(kind) => {
            let count = exit_count(Some(kind), operation.get("exits"));
            for fault in (kind.examine)(config, count).faults {
                let at = format!("{pointer}/config{}", fault.pointer);
                faults.push(Fault::error(fault.code, Some(key), at, fault.sentence));
            }
        }
        None if !name.is_empty() => {
            let sentence = format!("Operations of type {name} are kept and not run.");
            faults.push(Fault::warning("NF1104", Some(key), pointer::join(&pointer, "type"), sentence));
        }
        None => {}
    }
    Operation { kind, pointer, exits }
}

fn read_exits<'a>(
    operation: &'a Object,
    kind: Option<&'static Type>,
    operations: &'a Object,
    tell: &mut impl FnMut(&'static str, &str, String),
) -> Vec<(usize, &'a str)> {
    let list = match operation.get("exits") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            tell("NF1008", "exits", "The exits are not a list.".to_owned());
            return Vec::new();
        }
    };
    let most = kind.map_or(super::MAX_EXITS, |kind| kind.exits.most());
    let used = list.iter().rposition(|exit| !exit.is_null()).map_or(0, |last| last + 1);
    if used > most {
        let sentence = match kind.map(|kind| kind.exits) {
            Some(Exits::None) => "The operation has no exits.".to_owned(),
            _ => format!("The operation has at most {most} exits, not {used}."),
        };
        tell("NF1009", "exits", sentence);
    }
    let mut exits = Vec::new();
    for (index, exit) in list.iter().enumerate().take(super::MAX_EXITS) {
        if exit.is_null() {
            continue;
        }
        let place = index + 1;
        let Some(id) = id_text(exit) else {
            tell(
                "NF1008",
                "exits",
                format!("The exit is not the number of an operation at position {place}."),
            );
            continue;
        };
        match operations.get_key_value(&id) {
            Some((to, Value::Object(target))) => {
                if target.get("type").and_then(Value::as_str) == Some("Start") {
                    tell("NF1015", "exits", format!("The exit leads to the Start at position {place}."));
                }
                exits.push((index, to.as_str()));
            }
            _ => tell(
                "NF1014",
                "exits",
                format!("The exit leads to operation {id}, which does not exist, at position {place}."),
            ),
        }
    }
    exits
}
