//! Accounts made up from a seed: people, telephones, mailboxes, menus, time rules, carriers and the rest, with flows drawn
//! from the whole catalogue and data drawn from the schemas.
//!
//! Not here: who calls, and what goes wrong meanwhile (`chance`).

mod flows;
mod names;
mod values;

use std::time::Duration;

use flow::account::{AccountIndex, Document};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::chance::Chance;
use crate::world::account::{Account, Message};
pub(super) use flows::flow;

/// The account of this seed.
pub(super) fn account(seed: u64) -> Account {
    let mut chance = Chance::new(seed ^ 0x5172_6f77_6765_7200);
    let chance = &mut chance;
    let mut documents = Vec::new();
    for (kind, schema, ids) in names::DOCUMENTS {
        for (nth, id) in ids.iter().enumerate() {
            let mut body = values::by_schema(chance, schema, &["metaflows", "formatters", "dial_plan"]);
            usual(chance, kind, nth, &mut body);
            documents.push(document(id, kind, body));
        }
    }
    for (nth, id) in names::CALLFLOWS.iter().enumerate() {
        documents.push(callflow(chance, seed, nth, id));
    }
    let mut body =
        values::by_schema(chance, "accounts", &["preflow", "metaflows", "formatters", "dial_plan"]);
    body.insert("realm".to_owned(), json!("sim.example"));
    if chance.once_in(3) {
        body.insert("metaflows".to_owned(), flows::metaflows(chance));
    }
    if chance.once_in(12) {
        body.insert("preflow".to_owned(), json!({"always": names::one(chance, names::CALLFLOWS)}));
    }
    let mut account = Account::new(AccountIndex::build(document("account", "account", body), documents).0);
    messages(chance, &mut account);
    account
}

/// What people dial in such an account, besides the numbers of its callflows.
pub(super) fn dialled() -> &'static [&'static str] {
    names::NUMBERS
}

fn document(id: &str, kind: &str, mut body: Map<String, Value>) -> Document {
    body.insert("id".to_owned(), json!(id));
    let (id, kind) = (id.to_owned(), kind.to_owned());
    Document { id, kind, version: 1, revision: "1-00000000".to_owned(), body: Value::Object(body) }
}

/// Members without which a document of its kind would hardly ever be of use.
fn usual(chance: &mut Chance, kind: &str, nth: usize, body: &mut Map<String, Value>) {
    let mut set = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    match kind {
        "user" => {
            set("first_name", json!(["Ann", "Bob", "Zoë"].get(nth)));
            set("last_name", json!(["Neill", "Owen", "Ånd"].get(nth)));
            if chance.once_in(3) {
                set("metaflows", flows::metaflows(chance));
            }
            if chance.once_in(2) {
                set(
                    "hotdesk",
                    json!({"enabled": true, "id": names::one(chance, &["101", "102"]), "pin": "1234", "require_pin": chance.once_in(2)}),
                );
            }
            set("directories", json!({"directory1": names::one(chance, names::CALLFLOWS)}));
        }
        "device" => {
            let username = ["sip1", "sip2", "sip3", "sip4"].get(nth);
            set("sip", json!({"username": username, "password": "secret"}));
            set("owner_id", json!(names::ids("user").get(nth % 3)));
            if chance.once_in(4) {
                set("metaflows", flows::metaflows(chance));
            }
            if chance.once_in(8) {
                set("hotdesk", json!({"users": {"user2": {}}}));
            }
        }
        "group" => {
            let kind = names::one(chance, &["user", "device", "group"]);
            let (first, second) = (names::id(chance, Some(kind)), names::id(chance, Some("device")));
            set("endpoints", json!({first: {"type": kind}, second: {"type": "device", "delay": 2}}));
        }
        "vmbox" => {
            set("mailbox", json!(["101", "102"].get(nth)));
            set("is_setup", json!(!chance.once_in(4)));
        }
        "temporal_rule" => {
            set("cycle", json!(names::one(chance, &["date", "daily", "weekly", "monthly", "yearly"])))
        }
        "temporal_rule_set" => set("temporal_rules", json!(["rule1", "rule3"])),
        "list_entry" => set("list_id", json!("list1")),
        "resource" | "global_resource" => {
            set("rules", json!(["^\\+?1?(\\d{10})$"]));
            set("gateways", json!([{"server": "carrier.example", "enabled": !chance.once_in(6)}]));
        }
        "function" => {
            let of = ["", "1 + ", "while (true) {}", "loop {}", "throw 1", "\"x\""];
            set("function_js", json!(names::one(chance, &of)));
        }
        _ => {}
    }
}

fn callflow(chance: &mut Chance, seed: u64, nth: usize, id: &str) -> Document {
    let mut body = Map::new();
    let number = names::NUMBERS.get(nth).copied().unwrap_or_default();
    let last = nth + 1 == names::CALLFLOWS.len();
    body.insert("numbers".to_owned(), if last { json!(["no_match", number]) } else { json!([number]) });
    let pattern = match nth {
        0 => "^\\*51([0-9]*)$",
        1 => "^\\*53(?P<first>\\d)(?P<rest>\\d*)$",
        2 => "^\\*54$",
        3 => "^(0)$",
        _ => "^99$",
    };
    body.insert("patterns".to_owned(), json!([pattern]));
    // Callflows of successive accounts begin with one module after the other.
    let turn = seed.wrapping_mul(names::CALLFLOWS.len() as u64).wrapping_add(nth as u64);
    body.insert("flow".to_owned(), flows::flow(chance, turn, 7));
    if chance.once_in(6) {
        body.insert("metaflow".to_owned(), flows::metaflows(chance));
    }
    document(id, "callflow", body)
}

fn messages(chance: &mut Chance, account: &mut Account) {
    for nth in 0..chance.below(4) {
        let folder = names::one(chance, Message::FOLDERS).to_owned();
        let length = Duration::from_millis(200 + chance.below(20_000));
        let number = names::one(chance, names::NUMBERS);
        let box_id = names::one(chance, names::ids("vmbox")).to_owned();
        let at = Timestamp::from_second(1_790_000_000).unwrap_or_default();
        account.put_message(Message::received(
            format!("message{nth}"),
            box_id,
            folder,
            length,
            ("Ann", number),
            at,
        ));
    }
}
