//! Random control plans of all operations, with loops, faults in their configurations, callers, phones and storage made
//! up from the same seed: every call ends, nothing fails, limits hold, and journals replay byte for byte.

#[allow(dead_code)]
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use engine::catalogue::OPERATIONS;
use engine::limits::Limits;
use flow::n2fe::service;
use serde_json::{Map, Value, json};
use simulator::Account;
use simulator::explore::{Bounds, Chance, call, explore_one};

/// Calls made; each has a plan of its own.
const CALLS: u64 = 200;

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    support::account(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/fixtures/common/control_plans"))
});

/// A plan of some operations as their examples have them, now and then with a member replaced. The first one goes by
/// the seed, so that each has its turn.
fn plan(chance: &mut Chance, seed: u64) -> Value {
    let count = 3 + chance.below(10);
    let mut plan = Map::new();
    plan.insert("1".to_owned(), json!({"id": 1, "type": "Start", "exits": [2]}));
    for id in 2..=count {
        let turn = if id == 2 { seed } else { chance.below(u64::from(u32::MAX)) };
        let module = &OPERATIONS[(turn % OPERATIONS.len() as u64) as usize];
        let mut operation: Value = serde_json::from_str(module.example).unwrap_or_default();
        operation["id"] = json!(id);
        if operation["type"] == "Start" {
            operation["type"] = json!("Alien");
        }
        let exits: Vec<Value> = (0..chance.below(15))
            .map(|_| if chance.once_in(3) { Value::Null } else { json!(1 + chance.below(count + 1)) })
            .collect();
        operation["exits"] = Value::Array(exits);
        if let Some(config) = operation.get_mut("config").and_then(Value::as_object_mut)
            && chance.once_in(8)
            && !config.is_empty()
        {
            let at = chance.below(config.len() as u64) as usize;
            let name = config.keys().nth(at).cloned().unwrap_or_default();
            let odd = [
                json!(null),
                json!(-1),
                json!(""),
                json!([]),
                json!({}),
                json!("x"),
                json!([{}]),
                json!("17"),
            ];
            config.insert(name, odd[chance.below(odd.len() as u64) as usize].clone());
        }
        plan.insert(id.to_string(), operation);
    }
    Value::Object(plan)
}

/// The fixtures' account with a random plan on a service number, and without the numbers of its callflows.
fn account(seed: u64) -> Account {
    let mut chance = Chance::new(seed.wrapping_mul(104_729));
    let mut account = ACCOUNT.clone();
    account.put("made-up", service::PLAN, json!({"name": "Made up", "flow": plan(&mut chance, seed)}));
    let profile = json!({"pin": "1", "account_codes": ["1", "2"], "follow_me": "6493001000", "speed_dials": {"1": "6493002000"}});
    for number in 0..10 {
        let body =
            json!({"number": format!("08005551{number:02}"), "control_plan": "made-up", "profile": profile});
        account.put(&format!("number-{number}"), service::SERVICE_NUMBER, body);
    }
    account
}

fn bounds() -> Bounds {
    let limits = Limits { visited_nodes: 300, ..Limits::default() };
    Bounds { limits, ..Bounds::default() }
}

#[test]
fn calls_end_whatever_their_plan_is() {
    let bounds = bounds();
    let broken: Vec<String> = (0..CALLS)
        .filter_map(|seed| explore_one(&account(seed), seed, &bounds))
        .map(|one| {
            format!("seed {}: {}\n{}", one.seed, one.broken.join("; "), simulator::trace::render(&one.trace))
        })
        .collect();
    assert!(broken.is_empty(), "{} of {CALLS} calls\n{}", broken.len(), broken[0]);
}

#[test]
fn random_plans_reach_every_operation() {
    let bounds = bounds();
    let mut missed: BTreeSet<&str> = OPERATIONS.iter().map(|module| module.name).collect();
    // Many more than it takes; the more operations there are, the rarer is each.
    for seed in 0..CALLS * 10 {
        let Some(session) = call(&account(seed), seed, &bounds) else { continue };
        missed.retain(|name| !session.observed().visited.iter().any(|visited| visited == name));
        if missed.is_empty() {
            return;
        }
    }
    panic!("never visited: {missed:?}");
}
