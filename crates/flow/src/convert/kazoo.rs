//! From the Kazoo callflows of an account to N2FE control plans: one for each callflow with numbers, scheduled on service
//! numbers. What cannot be carried is listed with a reason.
//!
//! A module that only sets something up is passed over; one that would serve the caller and has no operation ends the call.
//! Not here: the callflow language (`kazoo`), the other way (`n2fe`).

mod hours;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Converted, NotCarried};
use crate::account::{AccountIndex, CallflowEntry, Document};
use crate::folder::{Folder, id_of_path};
use crate::graph::{Node, NodeId, Object};
use crate::n2fe::config::MENU_KEYS;
use crate::n2fe::service;

/// The announcement set that all audio of callflows becomes.
const SET: &str = "Kazoo";
/// Most operations of one plan; callflows that lead to many others are cut there.
const OPERATIONS_MAX: usize = 2_000;
/// Most nodes one behind the other, callflows within callflows included.
const DEPTH_MAX: usize = 300;
/// Modules whose work is done by the network or not at all: calls go on behind them.
const PASSED: [&str; 4] = ["answer", "noop", "flush_dtmf", "dead_air"];

/// Converts the callflows of an account; documents that only plans use are added, everything but callflows stays. Never
/// fails; the same account always gives the same.
pub fn to_n2fe(folder: &Folder) -> Converted {
    let (index, _) = AccountIndex::build(folder.account.clone(), folder.documents.clone());
    let mut writer = Writer { index, made: Vec::new(), audio: BTreeMap::new(), not_carried: Vec::new() };
    let callflows: Vec<Arc<CallflowEntry>> = writer.index.callflows().cloned().collect();
    for callflow in callflows {
        writer.callflow(&callflow);
    }
    writer.announcements();
    let kept = folder.documents.iter().filter(|one| one.kind != "callflow").cloned();
    let documents = kept.chain(writer.made).collect();
    let folder = Folder {
        documents,
        paths: BTreeMap::new(),
        scenarios: Vec::new(),
        versions: BTreeMap::new(),
        ..folder.clone()
    };
    Converted { folder, not_carried: writer.not_carried }
}

struct Writer {
    index: AccountIndex,
    made: Vec<Document>,
    /// Entry of the announcement set to what it plays.
    audio: BTreeMap<String, Value>,
    not_carried: Vec<NotCarried>,
}

/// The plan being written.
#[derive(Default)]
struct Plan {
    whose: String,
    operations: Vec<Value>,
    /// Where each node of each callflow went: it is written once, and led to from everywhere.
    written: BTreeMap<(String, NodeId), u32>,
    /// Nodes between the first and the one being written.
    depth: usize,
}

impl Plan {
    /// The number of a new operation, whose content is put in later.
    fn reserve(&mut self) -> u32 {
        self.operations.push(Value::Null);
        u32::try_from(self.operations.len()).unwrap_or(u32::MAX)
    }

    fn put(&mut self, number: u32, kind: &str, exits: Vec<Option<u32>>, config: Value) {
        let operation = json!({"id": number, "type": kind, "exits": exits, "config": config});
        if let Some(slot) = (number as usize).checked_sub(1).and_then(|at| self.operations.get_mut(at)) {
            *slot = operation;
        }
    }
}

impl Writer {
    fn callflow(&mut self, callflow: &CallflowEntry) {
        let numbers: Vec<&String> = callflow.numbers.iter().filter(|number| is_number(number)).collect();
        let name = if callflow.name.is_empty() { &callflow.id } else { &callflow.name };
        let mut plan = Plan { whose: format!("Callflow {name}"), ..Plan::default() };
        let odd = callflow.numbers.len() - numbers.len() + callflow.patterns.len();
        if odd > 0 {
            let what = "numbers that are no digits, and patterns";
            self.note(&plan.whose, what, "only whole numbers can be service numbers");
        }
        if numbers.is_empty() {
            return;
        }
        let start = plan.reserve();
        let first = self.enter(&mut plan, callflow, callflow.flow.entry);
        plan.put(start, "Start", vec![first], json!({}));
        let flow: Object = (1_u32..).map(|number| number.to_string()).zip(plan.operations).collect();
        let id = id_of_path(&format!("kazoo/plan/{}", callflow.id));
        self.put(service::PLAN, id.clone(), json!({"name": name, "flow": flow}));
        for number in numbers {
            let document = id_of_path(&format!("kazoo/number/{number}"));
            self.put(service::SERVICE_NUMBER, document, json!({"number": number, "control_plan": id}));
        }
    }

    /// The operation a node becomes; `None` for the end of the call.
    fn enter(&mut self, plan: &mut Plan, callflow: &CallflowEntry, id: Option<NodeId>) -> Option<u32> {
        let (mut id, mut passed) = (id?, BTreeSet::new());
        loop {
            if let Some(number) = plan.written.get(&(callflow.id.clone(), id)) {
                return Some(*number);
            }
            let node = callflow.flow.node(id)?;
            if !self.passes(plan, node) {
                break;
            }
            // Nodes that are only passed over may lead in a circle.
            if !passed.insert(id) {
                return None;
            }
            id = node.exit("_")?;
        }
        let node = callflow.flow.node(id).filter(|node| !node.is_empty())?;
        if plan.operations.len() >= OPERATIONS_MAX || plan.depth >= DEPTH_MAX {
            let reason =
                format!("more than {OPERATIONS_MAX} operations, or {DEPTH_MAX} one behind the other");
            self.note(&plan.whose, "the rest", &reason);
            return None;
        }
        plan.depth += 1;
        let entered = if node.module == "callflow" {
            self.elsewhere(plan, node)
        } else {
            let number = plan.reserve();
            plan.written.insert((callflow.id.clone(), id), number);
            self.node(plan, callflow, node, number);
            Some(number)
        };
        plan.depth -= 1;
        entered
    }

    /// Whether calls go on behind a node without anything that a plan could do.
    fn passes(&mut self, plan: &Plan, node: &Node) -> bool {
        let serves = [
            "callflow",
            "device",
            "hangup",
            "menu",
            "offnet",
            "play",
            "resources",
            "response",
            "temporal_route",
            "tts",
            "user",
        ];
        if node.is_empty() || serves.contains(&node.module.as_str()) && !node.is_skipped() {
            return false;
        }
        if PASSED.contains(&node.module.as_str()) || node.is_skipped() {
            return true;
        }
        let goes_on = node.exit("_").is_some();
        let reason = if goes_on { "calls pass it over" } else { "the call ends there" };
        self.note(&plan.whose, &format!("the action {}", node.module), reason);
        goes_on
    }

    fn elsewhere(&mut self, plan: &mut Plan, node: &Node) -> Option<u32> {
        let id = node.data.get("id").and_then(Value::as_str).unwrap_or_default();
        match self.index.callflow(id) {
            Some(other) => self.enter(plan, &other, other.flow.entry),
            None => {
                self.note(&plan.whose, "an action callflow", "the callflow it enters does not exist");
                None
            }
        }
    }

    fn node(&mut self, plan: &mut Plan, callflow: &CallflowEntry, node: &Node, number: u32) {
        let text = |name: &str| node.data.get(name).and_then(Value::as_str).unwrap_or_default();
        match node.module.as_str() {
            "play" | "tts" => {
                let announcement = self.announcement(&node.module, text("id"), text("text"));
                let next = self.enter(plan, callflow, node.exit("_"));
                plan.put(number, "PlayAnnouncement", vec![next], json!({ "announcement": announcement }));
            }
            "response" => {
                let code = node.data.get("code").and_then(Value::as_u64).unwrap_or(486);
                plan.put(number, "ReleaseCall", Vec::new(), json!({"cause": cause_of(code)}));
            }
            "user" | "device" => match self.number_of(node) {
                Some(address) => self.terminate(plan, callflow, node, number, &address),
                None => {
                    self.note(
                        &plan.whose,
                        &format!("the {}", node.module),
                        "no number leads to it; the call ends",
                    );
                    plan.put(number, "ReleaseCall", Vec::new(), json!({"cause": 20}));
                }
            },
            "resources" | "offnet" => {
                let address: String = text("to_did").chars().filter(char::is_ascii_digit).collect();
                if address.is_empty() {
                    self.note(
                        &plan.whose,
                        "a carrier for the number dialled",
                        "a plan has fixed destinations",
                    );
                    plan.put(number, "ReleaseCall", Vec::new(), json!({"cause": 31}));
                } else {
                    self.terminate(plan, callflow, node, number, &address);
                }
            }
            "menu" => self.menu(plan, callflow, node, number),
            "temporal_route" => self.hours(plan, callflow, node, number),
            _ => {
                if node.module != "hangup" && !PASSED.contains(&node.module.as_str()) {
                    self.note(&plan.whose, &format!("the action {}", node.module), "the call ends there");
                }
                plan.put(number, "ReleaseCall", Vec::new(), json!({"cause": 16}));
            }
        }
    }

    fn terminate(
        &mut self,
        plan: &mut Plan,
        callflow: &CallflowEntry,
        node: &Node,
        number: u32,
        address: &str,
    ) {
        let timeout = node.data.get("timeout").and_then(Value::as_u64).unwrap_or(20).min(3_600);
        let other = self.enter(plan, callflow, node.exit("_"));
        let busy = self.enter(plan, callflow, node.exit("USER_BUSY")).or(other);
        let silent = self.enter(plan, callflow, node.exit("NO_ANSWER")).or(other);
        let exits = if busy == silent { vec![busy] } else { vec![busy, silent] };
        let destinations = json!([{"address": address, "timeout_seconds": timeout}]);
        plan.put(number, "AttemptTerminate", exits, json!({ "destinations": destinations }));
    }

    fn menu(&mut self, plan: &mut Plan, callflow: &CallflowEntry, node: &Node, number: u32) {
        let id = node.data.get("id").and_then(Value::as_str).unwrap_or_default();
        let menu = self.index.document(id).map(|menu| menu.body.clone()).unwrap_or_default();
        let media = menu.get("media").and_then(|media| media.get("greeting")).and_then(Value::as_str);
        let greeting = self.announcement("play", media.unwrap_or_default(), "");
        if menu.get("hunt") == Some(&Value::Bool(true)) {
            self.note(&plan.whose, "extensions dialled in the menu", "a menu of a plan takes one key");
        }
        let mut exits = Vec::new();
        for key in MENU_KEYS {
            let key = match key {
                "T" => "timeout",
                "None" => "_",
                key => key,
            };
            exits.push(self.enter(plan, callflow, node.exit(key)));
        }
        let longer = node.exits.keys().any(|key| {
            key.len() > 1
                && !matches!(key.as_str(), "timeout" | "_")
                && key.bytes().all(|digit| digit.is_ascii_digit())
        });
        if longer {
            self.note(&plan.whose, "choices of several digits", "a menu of a plan takes one key");
        }
        let tries = menu.get("retries").and_then(Value::as_u64).unwrap_or(3).clamp(1, 20);
        let config = json!({"main_announcement": greeting, "timeout_announcement": greeting,
            "bad_digit_announcement": greeting, "max_iterations": tries});
        plan.put(number, "Menu", exits, config);
    }

    /// A number that rings a user or device: that of a callflow which begins with it, or the device's SIP user name.
    fn number_of(&self, node: &Node) -> Option<String> {
        let id = node.data.get("id").and_then(Value::as_str)?;
        let digits = |text: &str| -> Option<String> {
            is_number(text).then(|| text.trim_start_matches('+').to_owned())
        };
        let rings = |entry: &&Arc<CallflowEntry>| {
            let first = entry.flow.entry_node();
            first.is_some_and(|first| {
                first.module == node.module && first.data.get("id").and_then(Value::as_str) == Some(id)
            })
        };
        let numbers = self.index.callflows().filter(rings).flat_map(|entry| entry.numbers.iter());
        let of_callflow = numbers.filter_map(|number| digits(number)).next();
        of_callflow.or_else(|| {
            let device = self.index.document(id).filter(|device| device.kind == "device")?;
            digits(device.body.get("sip")?.get("username")?.as_str()?)
        })
    }

    fn announcement(&mut self, module: &str, media: &str, text: &str) -> Value {
        let entry = if module == "tts" { text } else { media };
        let entry: String = entry.chars().take(100).collect();
        let member = if module == "tts" { "text" } else { "media" };
        let plays = if module == "tts" { text } else { media };
        self.audio.entry(entry.clone()).or_insert_with(|| json!({"name": entry, member: plays}));
        json!({"set": SET, "entry": entry, "repetition": 1})
    }

    fn announcements(&mut self) {
        let entries: Vec<Value> = std::mem::take(&mut self.audio).into_values().collect();
        if !entries.is_empty() {
            self.put(
                service::ANNOUNCEMENT_SET,
                id_of_path("kazoo/announcements"),
                json!({"name": SET, "entries": entries}),
            );
        }
    }

    fn put(&mut self, kind: &str, id: String, mut body: Value) {
        if let Value::Object(members) = &mut body {
            members.insert("id".to_owned(), id.as_str().into());
        }
        self.made.push(Document { id, kind: kind.to_owned(), version: 1, revision: String::new(), body });
    }

    fn note(&mut self, whose: &str, what: &str, reason: &str) {
        let item = NotCarried { whose: whose.to_owned(), what: what.to_owned(), reason: reason.to_owned() };
        if !self.not_carried.contains(&item) {
            self.not_carried.push(item);
        }
    }
}

/// The release cause of a refusal.
fn cause_of(code: u64) -> u8 {
    match code {
        404 => 1,
        486 => 17,
        408 | 480 => 19,
        484 => 28,
        403 | 603 => 21,
        _ => 31,
    }
}

/// At least three digits, with or without a plus in front.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (3..=32).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}
