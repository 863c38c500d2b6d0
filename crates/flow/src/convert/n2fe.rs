//! From the N2FE control plans of an account to Kazoo callflows: one for each plan, with the service numbers it answers, and
//! one for each operation that several lead to. What cannot be carried is listed with a reason.
//!
//! An operation that lets callers through only after a check (PIN, account code) and cannot be carried refuses the call:
//! nobody gets further than before. Not here: the plan language (`n2fe`), the other way (`kazoo`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Converted, NotCarried, leaf, node, refuse};
use crate::account::schedule::{in_force, schedules};
use crate::account::{AccountIndex, Document};
use crate::folder::{Folder, id_of_path};
use crate::graph::{Flow, Node, NodeId, Object};
use crate::n2fe::config::{
    Announcement, AttemptTerminate, Menu, PlayAnnouncement, PrefixRules, ReleaseCall, Switch, read_config,
};
use crate::n2fe::config::{MENU_KEYS, menu_exits};
use crate::n2fe::hours::{BusinessHours, DayOfWeek, Days, Hours, TimeOfDay};
use crate::n2fe::{self, service};

/// Hang-up causes by the exit of an attempt that they belong to: busy, no answer, no such number.
const CAUSES: [&[&str]; 3] = [
    &["USER_BUSY", "CALL_REJECTED"],
    &["NO_ANSWER", "NO_USER_RESPONSE", "SUBSCRIBER_ABSENT", "USER_NOT_REGISTERED", "_"],
    &["UNALLOCATED_NUMBER", "NO_ROUTE_DESTINATION", "INVALID_NUMBER_FORMAT"],
];

/// Days of the week as temporal rules have them, Sunday first.
const WEEK: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Times an announcement is played.
const REPETITIONS_MAX: u32 = 3;
/// Rules of one operation that are carried.
const RULES_MAX: usize = 10;
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

    fn menu(&mut self, plan: &Plan<'_>, one: &Node) -> Value {
        let (menu, _) = read_config::<Menu>(&one.data, one.exits.len());
        let mut children = Object::new();
        for (key, exit) in MENU_KEYS.iter().zip(menu_exits(one.extra.get("exitNames"))) {
            let Some(then) = exit.and_then(|exit| self.behind(plan, one, exit)) else { continue };
            let key = match *key {
                "T" => "timeout",
                "None" => "_",
                key => key,
            };
            children.insert(key.to_owned(), then);
        }
        let greeting = match self.play(plan, one, &menu.main, None) {
            Value::Object(play) if play.get("module") == Some(&json!("play")) => {
                play.get("data").and_then(|data| data.get("id")).cloned().unwrap_or_default()
            }
            _ => {
                self.note_one(plan, one, "the spoken greeting", "menus of callflows need a media document");
                Value::Null
            }
        };
        if menu.timeout != menu.main || menu.bad_digit != menu.main {
            self.note_one(plan, one, "its other announcements", "each try plays the greeting");
        }
        let id = id_of_path(&format!("n2fe/menu/{}/{}", plan.id, n2fe::number_of(one)));
        let body = json!({"name": format!("{} {}", plan.name, n2fe::number_of(one)), "retries": menu.max_iterations,
            "timeout": menu.first_digit_timeout_s.unwrap_or(5).saturating_mul(1_000), "max_extension_length": 1,
            "hunt": false, "media": {"greeting": greeting}});
        self.put("menu", id.clone(), body);
        json!({"module": "menu", "data": {"id": id}, "children": children})
    }

    fn by_caller(&mut self, plan: &Plan<'_>, one: &Node) -> Value {
        let (config, _) = read_config::<PrefixRules>(&one.data, one.exits.len());
        let mut rules = config.rules;
        // The longest prefix counts: it is asked for first.
        rules.sort_by_key(|rule| rule.prefix.len());
        let mut otherwise = self.behind(plan, one, 0).unwrap_or_else(|| leaf("hangup", json!({})));
        if rules.len() > RULES_MAX {
            let reason = format!("the {RULES_MAX} with the longest prefixes are carried");
            self.note_one(plan, one, &format!("{} rules", rules.len()), &reason);
            rules.drain(..rules.len() - RULES_MAX);
        }
        for rule in rules {
            let then = self.behind(plan, one, rule.exit).unwrap_or_else(|| leaf("hangup", json!({})));
            let data = json!({"regex": format!("^\\+?{}", rule.prefix), "use_absolute_mode": false});
            otherwise =
                node("check_cid", data, [("match".to_owned(), then), ("nomatch".to_owned(), otherwise)]);
        }
        otherwise
    }

    fn hours(&mut self, plan: &Plan<'_>, one: &Node, hours: &Hours) -> Value {
        let end = || leaf("hangup", json!({}));
        let mut otherwise = self.behind(plan, one, hours.default_exit).unwrap_or_else(end);
        if hours.rules.len() > RULES_MAX {
            let reason = format!("the first {RULES_MAX} are carried");
            self.note_one(plan, one, &format!("{} rules", hours.rules.len()), &reason);
        }
        for (place, rule) in hours.rules.iter().enumerate().take(RULES_MAX).rev() {
            let days: Vec<&str> = match rule.days {
                Days::Any => WEEK.to_vec(),
                Days::Week(from, to) => {
                    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(6));
                    let count = (to + 7 - from) % 7 + 1;
                    (0..count).filter_map(|day| WEEK.get((from + day) % 7).copied()).collect()
                }
                Days::Dates(..) | Days::Holidays(_) | Days::AnyHoliday => {
                    self.note_one(
                        plan,
                        one,
                        &format!("rule {}", place + 1),
                        "dates and holidays are left out",
                    );
                    continue;
                }
            };
            if let Some(exit) = rule.otherwise {
                let then = self.behind(plan, one, exit).unwrap_or_else(end);
                otherwise = self.temporal(plan, one, (place, "outside"), &days, None, then, otherwise);
            }
            if rule.time.is_some_and(|(from, to)| from > to) {
                self.note_one(
                    plan,
                    one,
                    &format!("rule {}", place + 1),
                    "its time runs over midnight; it is left out",
                );
                continue;
            }
            let then = self.behind(plan, one, rule.exit).unwrap_or_else(end);
            otherwise = self.temporal(plan, one, (place, "within"), &days, rule.time, then, otherwise);
        }
        otherwise
    }

    #[expect(clippy::too_many_arguments, reason = "a rule and where it leads")]
    fn temporal(
        &mut self,
        plan: &Plan<'_>,
        one: &Node,
        (place, part): (usize, &str),
        days: &[&str],
        time: Option<(u16, u16)>,
        then: Value,
        otherwise: Value,
    ) -> Value {
        let number = n2fe::number_of(one);
        let id = id_of_path(&format!("n2fe/rule/{}/{number}/{place}/{part}", plan.id));
        let mut body = json!({"name": format!("{} {number}.{}", plan.name, place + 1), "cycle": "weekly", "interval": 1,
            "wdays": days});
        if let (Some((from, to)), Value::Object(members)) = (time, &mut body) {
            members.insert("time_window_start".to_owned(), (u32::from(from) * 60).into());
            // The last second of a window is within it, the minute that ends a range is not.
            members.insert("time_window_stop".to_owned(), (u32::from(to) * 60).saturating_sub(1).into());
        }
        self.put("temporal_rule", id.clone(), body);
        node("temporal_route", json!({"rules": [id]}), [(id, then), ("_".to_owned(), otherwise)])
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

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(documents: Vec<(&str, Value)>) -> Folder {
        let documents = documents
            .into_iter()
            .map(|(kind, body)| Document {
                id: body["id"].as_str().unwrap().to_owned(),
                kind: kind.to_owned(),
                version: 1,
                revision: String::new(),
                body,
            })
            .collect();
        let account = Document {
            id: "acme".into(),
            kind: "account".into(),
            body: json!({"id": "acme"}),
            ..Document::default()
        };
        Folder { account, documents, ..Folder::default() }
    }

    fn convert(plan: Value) -> (Value, Converted) {
        let folder = folder(vec![
            (service::PLAN, json!({"id": "p", "name": "main", "flow": plan})),
            (service::SERVICE_NUMBER, json!({"id": "n", "number": "0800123", "control_plan": "p"})),
            (
                service::ANNOUNCEMENT_SET,
                json!({"id": "s", "name": "S", "entries": [
                {"name": "hello", "media": "m1"}, {"name": "said", "text": "Hello"}]}),
            ),
            (
                "callflow",
                json!({"id": "c", "numbers": ["101"], "flow": {"module": "user", "data": {"id": "u"}, "children": {}}}),
            ),
        ]);
        let converted = to_kazoo(&folder, "2026-01-01T00:00:00Z".parse().unwrap());
        let made = converted.folder.documents.iter().find(|one| one.id == "p").unwrap().body.clone();
        (made, converted)
    }

    #[test]
    fn a_plan_becomes_a_callflow_with_its_service_numbers() {
        let (made, converted) = convert(json!({
            "1": {"id": 1, "type": "Start", "exits": [2]},
            "2": {"id": 2, "type": "PlayAnnouncement", "exits": [3],
                  "config": {"announcement": {"set": "S", "entry": "hello", "repetition": 1}}},
            "3": {"id": 3, "type": "AttemptTerminate", "exits": [4], "config": {"destinations": [
                {"address": "101", "timeout_seconds": 15}, {"address": "6493581140"}]}},
            "4": {"id": 4, "type": "ReleaseCall", "exits": [], "config": {"cause": 17}}}));
        assert_eq!(made["numbers"], json!(["0800123"]));
        let play = &made["flow"];
        assert_eq!((&play["module"], &play["data"]["id"]), (&json!("play"), &json!("m1")));
        let user = &play["children"]["_"];
        assert_eq!((&user["module"], &user["data"]), (&json!("user"), &json!({"id": "u", "timeout": 15})));
        let flow_of = |id: &Value| {
            let found = converted.folder.documents.iter().find(|one| Some(one.id.as_str()) == id.as_str());
            found.unwrap().body["flow"].clone()
        };
        let carrier = flow_of(&user["children"]["USER_BUSY"]["data"]["id"]);
        assert_eq!(
            (&carrier["module"], &carrier["data"]["to_did"]),
            (&json!("resources"), &json!("+6493581140"))
        );
        let part = flow_of(&carrier["children"]["NO_ANSWER"]["data"]["id"]);
        assert_eq!(part["data"]["code"], 486);
        assert_eq!(converted.not_carried, []);
        assert!(converted.folder.documents.iter().any(|one| one.id == "c"), "everything else stays");
        assert!(!converted.folder.documents.iter().any(|one| one.kind.starts_with("n2fe_")));
    }

    #[test]
    fn loops_end_and_checks_refuse() {
        let (made, converted) = convert(json!({
            "1": {"id": 1, "type": "Start", "exits": [2]},
            "2": {"id": 2, "type": "LoopLimit", "exits": [2, 3], "config": {"loop_limit": 3}},
            "3": {"id": 3, "type": "PinAuthorisation", "exits": [null, null], "config": {}}}));
        assert_eq!(made["flow"]["module"], "callflow");
        let told = converted.report();
        assert!(told.contains("(LoopLimit 2): calls take its first exit"), "{told}");
        assert!(converted.folder.documents.len() > 2);
        let (made, converted) = convert(json!({
            "1": {"id": 1, "type": "Start", "exits": [3]},
            "3": {"id": 3, "type": "PinAuthorisation", "exits": [null, null], "config": {}}}));
        assert_eq!(made["flow"]["data"]["code"], 603);
        assert_eq!(converted.not_carried.len(), 1);
    }

    #[test]
    fn long_plans_become_callflows_that_can_be_read() {
        let play = |number: usize| {
            let config = json!({"announcement": {"set": "S", "entry": "hello", "repetition": 3}});
            json!({"id": number, "type": "PlayAnnouncement", "exits": [number + 1], "config": config})
        };
        let destinations: Vec<Value> =
            (0..100).map(|at| json!({"address": format!("64935{at:04}")})).collect();
        let mut plan: Object = (2..500).map(|number| (number.to_string(), play(number))).collect();
        plan.insert("1".to_owned(), json!({"id": 1, "type": "Start", "exits": [2]}));
        plan.insert(
            "500".to_owned(),
            json!({"id": 500, "type": "AttemptTerminate", "exits": [2],
            "config": {"destinations": destinations}}),
        );
        let (_, converted) = convert(Value::Object(plan));
        for document in converted.folder.documents.iter().filter(|one| one.kind == "callflow") {
            let text = document.body.to_string();
            let read: Value = serde_json::from_str(&text).unwrap();
            let (_, issues) = crate::kazoo::read(&read);
            assert!(issues.iter().all(|issue| issue.level != crate::issue::Level::Error), "{issues:?}");
        }
        assert!(converted.folder.documents.len() > 150);
    }

    #[test]
    fn menus_callers_and_hours_branch() {
        let menu = json!({"set": "S", "entry": "hello", "repetition": 1});
        let (made, converted) = convert(json!({
            "1": {"id": 1, "type": "Start", "exits": [2]},
            "2": {"id": 2, "type": "BusinessHours", "exits": [3, 5], "config": {"default_exit_idx": 1, "rules": [
                {"days": "dow", "start_day": 1, "end_day": 5, "start_time": "09:00", "end_time": "17:30", "exit_idx": 0}]}},
            "3": {"id": 3, "type": "Menu", "exits": [4, null], "config": {"main_announcement": menu,
                "timeout_announcement": menu, "bad_digit_announcement": menu}},
            "4": {"id": 4, "type": "ReleaseCall", "exits": [], "config": {"cause": 16}},
            "5": {"id": 5, "type": "CallingParty", "exits": [6, 7], "config": {"rules": [{"prefix": "64", "exit_idx": 1}]}},
            "6": {"id": 6, "type": "ReleaseCall", "exits": [], "config": {"cause": 21}},
            "7": {"id": 7, "type": "ReleaseCall", "exits": [], "config": {"cause": 1}}}));
        let route = &made["flow"];
        let rule = route["data"]["rules"][0].as_str().unwrap();
        let document = converted.folder.documents.iter().find(|one| one.id == rule).unwrap();
        assert_eq!(document.body["wdays"], json!(["monday", "tuesday", "wednesday", "thursday", "friday"]));
        assert_eq!(
            (&document.body["time_window_start"], &document.body["time_window_stop"]),
            (&json!(32_400), &json!(62_999))
        );
        let menu = &route["children"][rule];
        assert_eq!((&menu["module"], &menu["children"]["0"]["module"]), (&json!("menu"), &json!("hangup")));
        let caller = &route["children"]["_"];
        assert_eq!(caller["data"]["regex"], "^\\+?64");
        assert_eq!(caller["children"]["match"]["data"]["code"], 404);
        assert_eq!(caller["children"]["nomatch"]["data"]["code"], 603);
        assert_eq!(converted.not_carried, []);
    }
}
