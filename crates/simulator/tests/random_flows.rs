//! Random flows of all modules, with callers, phones, web servers, storage and hang-ups made up from the same seed:
//! every call ends, nothing fails, limits hold, and journals replay byte for byte.

#[allow(dead_code)]
mod support;

use std::path::Path;
use std::sync::LazyLock;

use engine::catalogue::MODULES;
use engine::limits::Limits;
use serde_json::{Map, Value, json};
use simulator::Account;
use simulator::explore::{Bounds, Chance, call, explore_one};

/// Calls made; each has a flow of its own.
const CALLS: u64 = 400;

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    support::account(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/fixtures/common/account"))
});

/// Keys that lead on from some module.
const KEYS: &[&str] = &[
    "_",
    "1",
    "2",
    "12",
    "timeout",
    "max_retries",
    "rule_set",
    "weekdays",
    "USER_BUSY",
    "sip:486",
    "NO_ANSWER",
    "en-us",
];

fn pick<'a>(chance: &mut Chance, from: &[&'a str]) -> &'a str {
    from.get(chance.below(from.len() as u64) as usize).copied().unwrap_or_default()
}

/// A value for a member: mostly one that makes sense for a member of this name, sometimes one that does not.
fn value(chance: &mut Chance, member: &str) -> Value {
    if chance.once_in(12) {
        let odd =
            [json!(null), json!(-1), json!(""), json!([]), json!({}), json!("x"), json!(1e300), json!("17")];
        return odd[chance.below(odd.len() as u64) as usize].clone();
    }
    match member {
        "id" => json!(pick(
            chance,
            &[
                "alice",
                "bob-phone",
                "lobby-phone",
                "main-menu",
                "alice-box",
                "greeting",
                "operator",
                "by-area",
                "made-up",
                "other"
            ]
        )),
        "endpoints" => json!([
            { "id": pick(chance, &["alice", "bob-phone", "lobby-phone"]), "delay": chance.below(8), "timeout": chance.below(12) },
            pick(chance, &["bob", "alice-phone", "gone"]),
        ]),
        "action" => json!(pick(chance, &["compose", "check", "start", "stop", "menu", "enable", "disable"])),
        "strategy" => json!(pick(chance, &["simultaneous", "single", "weighted_random"])),
        "timeout" | "duration" | "delay" | "interdigit_timeout" | "time_limit" | "req_timeout_ms" => {
            json!(chance.below(3_000) / (1 + chance.below(200)))
        }
        "unit" => json!(pick(chance, &["ms", "s"])),
        "rules" => json!([pick(chance, &["weekdays", "christmas", "gone"])]),
        "rule_set" => json!("holidays"),
        "variable" => json!("language"),
        "scope" => json!(pick(chance, &["account", "user", "device", "merged", "custom_channel_vars"])),
        "to_did" => json!("+15557654321"),
        "voice_url" | "cdr_url" | "url" => json!("http://flows.example/any"),
        "method" => json!(pick(chance, &["get", "post"])),
        "text" | "digits" => json!(pick(chance, &["Hello", "12#", "0"])),
        "code" => json!(300 + chance.below(450)),
        "custom_application_vars" | "custom_sip_headers" => json!({ "X-Any": "1" }),
        "terminators" => json!([pick(chance, &["#", "1", "*"])]),
        "max_digits" | "repeats" | "loop_count" => json!(chance.below(5)),
        _ => json!(chance.once_in(2)),
    }
}

/// A tree of nodes of random modules.
fn flow(chance: &mut Chance, depth: u64) -> Value {
    if depth == 0 || chance.once_in(10) {
        return json!({});
    }
    if chance.once_in(30) {
        return json!({ "module": "made_up", "data": {}, "children": { "_": flow(chance, depth - 1) } });
    }
    let module = &MODULES[chance.below(MODULES.len() as u64) as usize];
    let mut data = Map::new();
    for member in (module.members)() {
        if *member == "id" || *member == "endpoints" || *member == "voice_url" || chance.once_in(2) {
            data.insert((*member).to_owned(), value(chance, member));
        }
    }
    let mut children = Map::new();
    children.insert("_".to_owned(), flow(chance, depth - 1));
    for _ in 0..chance.below(3) {
        children.insert(pick(chance, KEYS).to_owned(), flow(chance, depth - 1));
    }
    json!({ "module": module.name, "data": data, "children": children })
}

/// The fixtures' account with two random callflows, one of which takes every number that is dialled.
fn account(seed: u64) -> Account {
    let mut chance = Chance::new(seed.wrapping_mul(7919));
    let mut account = ACCOUNT.clone();
    account.put(
        "made-up",
        "callflow",
        json!({ "numbers": ["500"], "patterns": ["^.*$"], "flow": flow(&mut chance, 7) }),
    );
    account.put("other", "callflow", json!({ "numbers": ["501"], "flow": flow(&mut chance, 4) }));
    account
}

fn bounds() -> Bounds {
    let limits = Limits { fetches: 20, visited_nodes: 500, branches: 20, ..Limits::default() };
    Bounds { limits, ..Bounds::default() }
}

#[test]
fn calls_end_whatever_their_flow_is() {
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
fn random_flows_reach_every_module() {
    let bounds = bounds();
    let mut missed: std::collections::BTreeSet<&str> = MODULES.iter().map(|module| module.name).collect();
    // Many more than it takes; the more modules there are, the rarer is each.
    for seed in 0..CALLS * 10 {
        let session = call(&account(seed), seed, &bounds).expect("a pattern takes every number");
        missed.retain(|name| !session.observed().visited.iter().any(|visited| visited == name));
        if missed.is_empty() {
            return;
        }
    }
    panic!("never visited: {missed:?}");
}
