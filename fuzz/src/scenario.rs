//! Scenarios: read from text and run in the simulator; and calls made up from a seed through flows made up from octets.
//!
//! Not for: documents as such (`kazoo_document`).

use std::time::Duration;

use flow::folder::parse;
use serde_json::{Value, json};
use simulator::explore::{Bounds, explore_one};
use simulator::{Account, Scenario};

/// Reading never panics; a call through any flow ends, leaves nothing up, and replays.
pub fn run(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    if let Ok(flow) = serde_json::from_slice::<Value>(octets) {
        return explore_flow(&flow, octets.len() as u64);
    }
    let (mut scenarios, issues) = Scenario::read(&text);
    for issue in issues {
        assert!(!issue.message.is_empty());
    }
    let account = account(&json!({"module": "menu", "data": {"id": "menu"}}));
    for scenario in scenarios.iter_mut().take(2) {
        scenario.calls.truncate(3);
        scenario.give_up_after = scenario.give_up_after.min(Duration::from_secs(600));
        let report = simulator::run(scenario, &account);
        assert!(report.passed || !report.failures.is_empty());
    }
}

fn explore_flow(flow: &Value, seed: u64) {
    let account = account(flow);
    let bounds = Bounds { events: 5_000, ..Bounds::default() };
    for seed in seed..seed + 4 {
        if let Some(found) = explore_one(&account, seed, &bounds) {
            panic!("seed {seed}: {:?}", found.broken);
        }
    }
}

/// An account in which every number leads to the flow.
fn account(flow: &Value) -> Account {
    let file = |path: &str, document: Value| (path.to_owned(), document.to_string().into_bytes());
    let (folder, _) = parse([
        file("account.json", json!({"id": "account", "realm": "pbx.example", "timezone": "UTC"})),
        file(
            "callflows/main.json",
            json!({"id": "main", "patterns": [".*"], "numbers": ["no_match"], "flow": flow}),
        ),
        file("devices/phone.json", json!({"id": "phone", "owner_id": "ann", "sip": {"username": "101"}})),
        file("users/ann.json", json!({"id": "ann", "first_name": "Ann", "last_name": "Lee"})),
        file("menus/menu.json", json!({"id": "menu", "retries": 2, "media": {"greeting": "hello"}})),
        file("vmboxes/box.json", json!({"id": "box", "mailbox": "101", "owner_id": "ann"})),
        file("temporal_rules/rule.json", json!({"id": "rule", "cycle": "weekly", "wdays": ["monday"]})),
    ]);
    Account::from_folder(&folder).0
}
