//! From a BroadWorks group to a Kazoo account that rings the same people: users, devices, mailboxes, menus, hours and a
//! callflow for everything that can be dialled. What cannot be carried is listed with a reason.
//!
//! Every user, hunt group, call centre, auto attendant and menu becomes a callflow of its own; one that leads to another
//! does so with a `callflow` node, so that circles of forwarding stay what they are. A user's own settings stand in the
//! user's callflow and not in the user document: as in BroadWorks they hold for calls to the user, not for calls offered to
//! the user as a member. Other directions have files of their own: `n2fe`, `kazoo`. Not here: the model (`broadworks`),
//! writing files (`folder`).

mod attendants;
mod destinations;
mod documents;
mod hours;
pub mod kazoo;
pub mod n2fe;
mod people;
mod queues;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::account::Document;
use crate::broadworks::group::{Entity, Group};
use crate::folder::{Folder, id_of_path};
use crate::graph::Object;

/// Seconds of one ring, as BroadWorks counts them when it turns rings into time.
pub const RING_S: u32 = 6;

/// An account made from a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The account.
    pub folder: Folder,
    /// What it does not do as the group does, in the order it was met.
    pub not_carried: Vec<NotCarried>,
}

/// Something of a group that an account cannot do, or does otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotCarried {
    /// Whose it is: `Hunt group Sales (4000)`; `Group` for the whole.
    pub whose: String,
    /// What: `the policy Uniform`.
    pub what: String,
    /// Why, and what stands in its place.
    pub reason: String,
}

impl Converted {
    /// The list as text for people, one item on a line.
    pub fn report(&self) -> String {
        let mut text = String::new();
        let mut whose = "";
        for item in &self.not_carried {
            if item.whose != whose {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&item.whose);
                text.push('\n');
                whose = &item.whose;
            }
            text.push_str(&format!("  - {}: {}\n", item.what, item.reason));
        }
        text
    }
}

/// Converts a group. Never fails; the same group always gives the same account.
pub fn to_kazoo(group: &Group) -> Converted {
    let mut writer = Writer::new(group);
    writer.account();
    for entity in group.entities() {
        writer.entity(entity);
    }
    writer.finish()
}

struct Writer<'g> {
    group: &'g Group,
    account: Document,
    documents: BTreeMap<String, Document>,
    /// Ids in the order in which documents were made.
    order: Vec<String>,
    /// Numbers that a callflow has.
    numbers: BTreeSet<String>,
    not_carried: Vec<NotCarried>,
}

impl<'g> Writer<'g> {
    fn new(group: &'g Group) -> Self {
        Writer {
            group,
            account: Document::default(),
            documents: BTreeMap::new(),
            order: Vec::new(),
            numbers: BTreeSet::new(),
            not_carried: Vec::new(),
        }
    }

    fn entity(&mut self, entity: Entity) {
        let flow = match entity {
            Entity::User(at) => self.user(at),
            Entity::HuntGroup(at) => self.hunt_group(at),
            Entity::CallCenter(at) => self.call_center(at),
            Entity::AutoAttendant(at) => self.attendant(at),
        };
        let identity = self.group.identity(entity);
        let flow = if identity.disabled {
            self.note(entity, "it is switched off", "its callflow refuses all calls");
            refuse(480, "Temporarily Unavailable")
        } else {
            flow
        };
        let numbers = self.numbers_of(entity);
        let name = identity.title().to_owned();
        self.callflow(&self.group.pointer(entity), &name, &numbers, flow);
    }

    fn finish(mut self) -> Converted {
        self.drop_unreached();
        let documents = self.order.iter().filter_map(|id| self.documents.remove(id)).collect();
        let folder = Folder { account: self.account, documents, ..Folder::default() };
        let mut not_carried = self.not_carried;
        let mut seen = BTreeSet::new();
        not_carried.retain(|item| seen.insert(item.clone()));
        // What belongs together stands together, in the order in which its owner was met first.
        let mut owners: Vec<String> = Vec::new();
        for item in &not_carried {
            if !owners.contains(&item.whose) {
                owners.push(item.whose.clone());
            }
        }
        not_carried.sort_by_key(|item| owners.iter().position(|owner| *owner == item.whose));
        Converted { folder, not_carried }
    }

    /// Takes out callflows that have no number and to which no other leads.
    fn drop_unreached(&mut self) {
        loop {
            let mut called: BTreeSet<String> = BTreeSet::new();
            for document in self.documents.values() {
                called_from(document.body.get("flow"), &mut called);
            }
            let has_numbers = |document: &Document| {
                document
                    .body
                    .get("numbers")
                    .and_then(Value::as_array)
                    .is_some_and(|numbers| !numbers.is_empty())
            };
            let before = self.documents.len();
            self.documents.retain(|id, document| {
                document.kind != "callflow" || has_numbers(document) || called.contains(id)
            });
            if self.documents.len() == before {
                return;
            }
        }
    }

    /// Adds a document if there is none for that thing yet; gives its id.
    fn put(&mut self, kind: &str, thing: &str, body: Value) -> String {
        let id = document_id(kind, thing);
        if !self.documents.contains_key(&id) {
            let mut members = Object::new();
            members.insert("id".to_owned(), json!(id));
            if let Value::Object(body) = body {
                members.extend(body.into_iter().filter(|(_, value)| !value.is_null()));
            }
            let body = Value::Object(members);
            let document =
                Document { id: id.clone(), kind: kind.to_owned(), version: 1, revision: String::new(), body };
            self.documents.insert(id.clone(), document);
            self.order.push(id.clone());
        }
        id
    }

    /// Adds a callflow for a thing of the group.
    fn callflow(&mut self, pointer: &str, name: &str, numbers: &[String], flow: Value) {
        self.put("callflow", pointer, json!({"name": name, "numbers": numbers, "flow": flow}));
    }

    fn note(&mut self, entity: Entity, what: impl Into<String>, reason: impl Into<String>) {
        let identity = self.group.identity(entity);
        let number = identity.short_number().map(|number| format!(" ({number})")).unwrap_or_default();
        let whose = format!("{} {}{number}", entity.kind().caption(), identity.title());
        self.not_carried.push(NotCarried { whose, what: what.into(), reason: reason.into() });
    }

    fn note_whole(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        let whose = "Group".to_owned();
        self.not_carried.push(NotCarried { whose, what: what.into(), reason: reason.into() });
    }
}

/// Ids of the callflows that a tree of nodes leads to.
fn called_from(flow: Option<&Value>, called: &mut BTreeSet<String>) {
    let mut open: Vec<&Value> = flow.into_iter().collect();
    while let Some(node) = open.pop() {
        let id = node.pointer("/data/id").and_then(Value::as_str);
        if let Some(id) = id.filter(|_| node.get("module").and_then(Value::as_str) == Some("callflow")) {
            called.insert(id.to_owned());
        }
        open.extend(
            node.get("children")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|children| children.values()),
        );
    }
}

/// The id of the document made for a thing: the same each time, whatever else is in the group. Users and
/// mailboxes have 32 hex digits, as what refers to them requires; others begin with words for people who read a trace.
fn document_id(kind: &str, thing: &str) -> String {
    let digits = id_of_path(&format!("broadworks/{kind}{thing}"));
    if matches!(kind, "user" | "vmbox" | "account") {
        return digits;
    }
    let mut words = String::new();
    // Of an address only what stands before its domain.
    for part in thing.split('/').map(|part| part.split('@').next().unwrap_or_default()) {
        for character in part.chars().chain(['-']).take(32).flat_map(char::to_lowercase) {
            if character.is_ascii_alphanumeric() {
                words.push(character);
            } else if !words.is_empty() && !words.ends_with('-') {
                words.push('-');
            }
        }
    }
    let words: String = words.trim_end_matches('-').chars().take(48).collect();
    let short: String = digits.chars().take(8).collect();
    if words.is_empty() { short } else { format!("{words}-{short}") }
}

/// A node of a callflow.
fn node(module: &str, data: Value, children: impl IntoIterator<Item = (String, Value)>) -> Value {
    json!({"module": module, "data": data, "children": children.into_iter().collect::<Object>()})
}

/// A node without exits.
fn leaf(module: &str, data: Value) -> Value {
    node(module, data, [])
}

/// Refuses the call.
fn refuse(code: u16, message: &str) -> Value {
    leaf("response", json!({"code": code, "message": message}))
}

/// Rings in seconds.
fn rings_s(rings: u32) -> u32 {
    rings.clamp(1, 100) * RING_S
}

#[cfg(test)]
mod tests;
