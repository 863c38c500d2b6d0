//! From the N2FE control plans of an account to Kazoo callflows: one for each plan, with the service numbers it answers, and
//! one for each operation that several lead to. What cannot be carried is listed with a reason.
//!
//! An operation that lets callers through only after a check (PIN, account code) and cannot be carried refuses the call:
//! nobody gets further than before. Menus, callers' numbers and hours are in `choices`. Not here: the plan language (`n2fe`),
//! the other way (`kazoo`).

mod choices;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Converted, NotCarried, leaf, node, refuse};
use crate::account::schedule::{in_force, schedules};
use crate::account::{AccountIndex, Document};
use crate::folder::{Folder, id_of_path};
use crate::graph::{Flow, Node, NodeId, Object};
use crate::n2fe::config::{
    Announcement, AttemptTerminate, PlayAnnouncement, ReleaseCall, Switch, read_config,
};
use crate::n2fe::hours::{BusinessHours, DayOfWeek, TimeOfDay};
use crate::n2fe::{self, service};

/// Hang-up causes by the exit of an attempt that they belong to: busy, no answer, no such number.
const CAUSES: [&[&str]; 3] = [
    &["USER_BUSY", "CALL_REJECTED"],
    &["NO_ANSWER", "NO_USER_RESPONSE", "SUBSCRIBER_ABSENT", "USER_NOT_REGISTERED", "_"],
    &["UNALLOCATED_NUMBER", "NO_ROUTE_DESTINATION", "INVALID_NUMBER_FORMAT"],
];

/// Times an announcement is played.
const REPETITIONS_MAX: u32 = 3;
/// Operations that stand within each other in one callflow; the next has a callflow of its own, for documents do not nest
/// without end.
const DEPTH: usize = 8;

/// Operations that let callers further only after a check.
const GUARDS: [&str; 4] = ["PinAuthorisation", "AccountCodeEntry", "BreakoutDialing", "SpeedDial"];

/// Converts the control plans of an account; everything else of it stays. `now` decides which schedule a number gets. Never
/// fails; the same account and moment always give the same.
pub fn to_kazoo(folder: &Folder, now: jiff::Timestamp) -> Converted {
    let (index, _) = AccountIndex::build(folder.account.clone(), folder.documents.clone());
    let mut writer =
        Writer { index, made: BTreeMap::new(), numbers: BTreeMap::new(), not_carried: Vec::new() };
    writer.numbers(now);
    let plans: Vec<&Document> = folder.documents.iter().filter(|one| one.kind == service::PLAN).collect();
    for plan in plans {
        writer.plan(plan);
    }
    let kept = folder.documents.iter().filter(|one| !service::KINDS.contains(&one.kind.as_str())).cloned();
    let documents = kept.chain(writer.made.into_values()).collect();
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
    made: BTreeMap<String, Document>,
    /// Service numbers by the plan that answers them.
    numbers: BTreeMap<String, Vec<String>>,
    not_carried: Vec<NotCarried>,
}

/// The plan being written.
struct Plan<'p> {
    id: &'p str,
    name: String,
    flow: Flow,
    /// Operations that several lead to, or that lead back: each has a callflow of its own.
    shared: BTreeSet<NodeId>,
}

impl Writer {
    fn numbers(&mut self, now: jiff::Timestamp) {
        let numbers: Vec<Document> =
            self.index.of_type(service::SERVICE_NUMBER).map(|one| Document::clone(one)).collect();
        for document in numbers {
            let number = document.body.get("number").and_then(Value::as_str).unwrap_or_default();
            let whose = format!("Service number {number}");
            let all = schedules(&document.body);
            match in_force(&all, now) {
                Some(schedule) => {
                    self.numbers.entry(schedule.flow.clone()).or_default().push(number.to_owned());
                }
                None => self.note(&whose, "the number", "no schedule is in force; no callflow has it"),
            }
            if all.iter().any(|schedule| schedule.activated && schedule.effective > now) {
                self.note(&whose, "later schedules", "a callflow has its numbers at all times");
            }
        }
    }

    fn plan(&mut self, document: &Document) {
        let flow = n2fe::read(service::plan_of(&document.body)).flow;
        let name = document.body.get("name").and_then(Value::as_str).unwrap_or(&document.id).to_owned();
        let plan = Plan { id: &document.id, name, shared: shared(&flow), flow };
        let entry = plan.flow.entry.map_or_else(|| leaf("hangup", json!({})), |entry| self.go(&plan, entry));
        let numbers = self.numbers.remove(&document.id).unwrap_or_default();
        let body = json!({"name": plan.name, "numbers": numbers, "flow": entry});
        self.put("callflow", plan.id.to_owned(), body);
        for id in plan.shared.clone() {
            if let Some(one) = plan.flow.node(id) {
                let flow = self.operation(&plan, one);
                let body = json!({"name": format!("{}: {}", plan.name, n2fe::number_of(one)), "numbers": [],
                    "flow": flow});
                self.put("callflow", part_id(&plan, one), body);
            }
        }
    }

    /// What leads to an operation: it itself, or its callflow when it has one.
    fn go(&mut self, plan: &Plan<'_>, id: NodeId) -> Value {
        match plan.flow.node(id) {
            Some(one) if plan.shared.contains(&id) => leaf("callflow", json!({"id": part_id(plan, one)})),
            Some(one) => self.operation(plan, one),
            None => leaf("hangup", json!({})),
        }
    }

    /// What is behind an exit; the end of the call when nothing is.
    fn behind(&mut self, plan: &Plan<'_>, one: &Node, exit: usize) -> Option<Value> {
        one.exit(&exit.to_string()).map(|id| self.go(plan, id))
    }

    fn operation(&mut self, plan: &Plan<'_>, one: &Node) -> Value {
        let kind = n2fe::type_of(one).map_or("", |kind| kind.name);
        let end = || leaf("hangup", json!({}));
        match kind {
            "Start" | "Link" => self.behind(plan, one, 0).unwrap_or_else(end),
            "ReleaseCall" => {
                let (release, _) = read_config::<ReleaseCall>(&one.data, 0);
                released(release.cause)
            }
            "PlayAnnouncement" => {
                let (play, _) = read_config::<PlayAnnouncement>(&one.data, 1);
                let then = self.behind(plan, one, 0);
                let times = play.announcement.repetition.clamp(1, REPETITIONS_MAX);
                if play.announcement.repetition > times {
                    self.note_one(plan, one, "its repetitions", &format!("it is played {times} times"));
                }
                (0..times)
                    .fold(then, |then, _| Some(self.play(plan, one, &play.announcement, then)))
                    .unwrap_or_else(end)
            }
            "Switch" => {
                let (switch, _) = read_config::<Switch>(&one.data, one.exits.len());
                self.behind(plan, one, switch.exit).unwrap_or_else(end)
            }
            "AttemptTerminate" => self.attempt(plan, one),
            "Menu" => self.menu(plan, one),
            "CallingParty" => self.by_caller(plan, one),
            "BusinessHours" => {
                self.hours(plan, one, &read_config::<BusinessHours>(&one.data, one.exits.len()).0.0)
            }
            "DayOfWeek" => self.hours(plan, one, &read_config::<DayOfWeek>(&one.data, one.exits.len()).0.0),
            "TimeOfDay" => self.hours(plan, one, &read_config::<TimeOfDay>(&one.data, one.exits.len()).0.0),
            guard if GUARDS.contains(&guard) || guard.is_empty() => {
                self.note_one(
                    plan,
                    one,
                    "the operation",
                    "calls that reach it are refused, so that nobody gets past it",
                );
                refuse(603, "Decline")
            }
            _ => {
                self.note_one(plan, one, "the operation", "calls take its first exit");
                self.behind(plan, one, 0).unwrap_or_else(end)
            }
        }
    }

    fn play(&mut self, plan: &Plan<'_>, one: &Node, what: &Announcement, then: Option<Value>) -> Value {
        let children = then.map(|then| ("_".to_owned(), then));
        let set = self.index.named(service::ANNOUNCEMENT_SET, &what.set);
        let entries = set.and_then(|set| set.body.get("entries")).and_then(Value::as_array);
        let is =
            |entry: &&Value, member| entry.get(member).and_then(Value::as_str) == Some(what.entry.as_str());
        let entry = entries.into_iter().flatten().find(|entry| is(entry, "name") || is(entry, "id"));
        let text =
            |member| entry.and_then(|entry| entry.get(member)).and_then(Value::as_str).map(str::to_owned);
        match (text("media"), text("text")) {
            (Some(media), _) => node("play", json!({"id": media, "answer": false}), children),
            (None, Some(text)) => node("tts", json!({"text": text}), children),
            (None, None) => {
                self.note_one(plan, one, &format!("the announcement {what}"), "it has no audio");
                children.map_or_else(|| leaf("hangup", json!({})), |(_, then)| then)
            }
        }
    }

    fn attempt(&mut self, plan: &Plan<'_>, one: &Node) -> Value {
        let (attempt, _) = read_config::<AttemptTerminate>(&one.data, one.exits.len());
        let exits: Vec<Option<NodeId>> = (0..3).map(|exit| one.exit(&exit.to_string())).collect();
        let combined = one.extra.get("exits").and_then(Value::as_array).is_none_or(|exits| exits.len() <= 1);
        let mut next: Object = Object::new();
        for (place, causes) in CAUSES.iter().enumerate() {
            let place = match (combined, place, exits.get(2).copied().flatten()) {
                (true, _, _) => 0,
                // With two exits a number that is not there counts as no answer.
                (false, 2, None) => 1,
                _ => place,
            };
            if let Some(id) = exits.get(place).copied().flatten() {
                for cause in *causes {
                    let then = self.go(plan, id);
                    next.insert((*cause).to_owned(), then);
                }
            }
        }
        let mut this = leaf("hangup", json!({}));
        for (place, destination) in attempt.destinations.iter().enumerate().rev() {
            let (module, data) = self.destination(&destination.address, destination.timeout_s);
            this = json!({"module": module, "data": data, "children": next});
            if place > 0 {
                // The next destination is tried whatever became of the one before: it has a callflow of its own.
                let number = n2fe::number_of(one);
                let id = id_of_path(&format!("n2fe/destination/{}/{number}/{place}", plan.id));
                let name = format!("{}: {number}, destination {}", plan.name, place + 1);
                self.put("callflow", id.clone(), json!({"name": name, "numbers": [], "flow": this}));
                let enter = leaf("callflow", json!({ "id": id }));
                let causes = CAUSES.iter().flat_map(|causes| causes.iter());
                next = causes.map(|cause| ((*cause).to_owned(), enter.clone())).collect();
            }
        }
        this
    }

    /// A telephone or user of the account when the number is theirs, else a carrier.
    fn destination(&self, address: &str, timeout_s: u32) -> (String, Value) {
        let timeout = if timeout_s == 0 { 20 } else { timeout_s };
        for form in [address.to_owned(), format!("+{address}")] {
            if let Ok(found) = self.index.lookup(&form)
                && !found.no_match
                && let Some(entry) = found.callflow.flow.entry_node()
                && matches!(entry.module.as_str(), "device" | "user")
            {
                let mut data = entry.data.clone();
                data.insert("timeout".to_owned(), timeout.into());
                return (entry.module.clone(), Value::Object(data));
            }
        }
        let is_national = address.starts_with('0') || address.len() < 8;
        let did = if is_national { address.to_owned() } else { format!("+{address}") };
        let data = json!({"to_did": did, "timeout": timeout, "use_local_resources": true});
        ("resources".to_owned(), data)
    }

    fn put(&mut self, kind: &str, id: String, mut body: Value) {
        if let Value::Object(members) = &mut body {
            members.insert("id".to_owned(), id.as_str().into());
        }
        let document =
            Document { id: id.clone(), kind: kind.to_owned(), version: 1, revision: String::new(), body };
        self.made.insert(id, document);
    }

    fn note(&mut self, whose: &str, what: &str, reason: &str) {
        let item = NotCarried { whose: whose.to_owned(), what: what.to_owned(), reason: reason.to_owned() };
        if !self.not_carried.contains(&item) {
            self.not_carried.push(item);
        }
    }

    fn note_one(&mut self, plan: &Plan<'_>, one: &Node, what: &str, reason: &str) {
        let kind = one.module.strip_prefix(n2fe::MODULE_PREFIX).unwrap_or(&one.module);
        self.note(
            &format!("Control plan {}", plan.name),
            &format!("{what} ({kind} {})", n2fe::number_of(one)),
            reason,
        );
    }
}

/// Operations that have a callflow of their own: those with more than one way in (a tree has none, and a loop goes through
/// one), those that several causes or rules lead to, and those that would stand too deep.
fn shared(flow: &Flow) -> BTreeSet<NodeId> {
    let mut ways: BTreeMap<NodeId, usize> = BTreeMap::new();
    ways.extend(flow.entry.map(|id| (id, 1)));
    for node in &flow.nodes {
        let kind = n2fe::type_of(node).map_or("", |kind| kind.name);
        let rules = node.data.get("rules").and_then(Value::as_array).map_or(0, Vec::len);
        let weight = if kind == "AttemptTerminate" || rules > 3 { 2 } else { 1 };
        for id in node.exits.values() {
            *ways.entry(*id).or_default() += weight;
        }
    }
    let mut shared: BTreeSet<NodeId> =
        ways.into_iter().filter(|(_, ways)| *ways > 1).map(|(id, _)| id).collect();
    // Everything not reached yet hangs below exactly one operation, so each is met once.
    let mut waiting: Vec<(NodeId, usize)> = flow.entry.into_iter().map(|id| (id, 0)).collect();
    waiting.extend(shared.iter().map(|id| (*id, 0)));
    let mut met: BTreeSet<NodeId> = waiting.iter().map(|(id, _)| *id).collect();
    while let Some((id, depth)) = waiting.pop() {
        for next in flow.node(id).into_iter().flat_map(|node| node.exits.values().copied()) {
            if met.insert(next) {
                let is_deep = depth + 1 >= DEPTH;
                if is_deep {
                    shared.insert(next);
                }
                waiting.push((next, if is_deep { 0 } else { depth + 1 }));
            }
        }
    }
    shared
}

fn part_id(plan: &Plan<'_>, one: &Node) -> String {
    id_of_path(&format!("n2fe/part/{}/{}", plan.id, n2fe::number_of(one)))
}

/// Ends the call as a release cause does.
fn released(cause: u8) -> Value {
    match cause {
        1 | 2 | 3 | 22 => refuse(404, "Not Found"),
        17 => refuse(486, "Busy Here"),
        18..=20 => refuse(480, "Temporarily Unavailable"),
        21 => refuse(603, "Decline"),
        28 => refuse(484, "Address Incomplete"),
        _ => leaf("hangup", json!({})),
    }
}
