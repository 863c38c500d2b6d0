//! Random flows of the whole catalogue in random accounts, with callers, phones, web servers, storage and hang-ups made up
//! from the same seed: every call ends, nothing fails, limits hold, and journals replay byte for byte. `strowger explore`
//! makes many more of the same calls.

use std::collections::BTreeSet;

use engine::catalogue::MODULES;
use simulator::explore::{self, Bounds, CALLS_OF_AN_ACCOUNT, account_of, explore_random, random_call};

/// Calls made; eight of them share an account.
const CALLS: usize = 3_000;

/// Accounts tried until each module has run.
const ACCOUNTS: u64 = 600;

#[test]
fn calls_end_whatever_their_flow_is() {
    let found = explore_random(1, CALLS, &Bounds::narrow());
    assert!(found.calls > CALLS / 2, "only {} calls got through", found.calls);
    let told: Vec<String> = found
        .failures
        .iter()
        .map(|one| {
            format!("seed {}: {}\n{}", one.seed, one.broken.join("; "), simulator::trace::render(&one.trace))
        })
        .collect();
    assert!(told.is_empty(), "{} of {} calls\n{}", told.len(), found.calls, told[0]);
}

#[test]
fn random_flows_reach_every_module() {
    let bounds = Bounds::narrow();
    let mut missed: BTreeSet<&str> = MODULES.iter().map(|module| module.name).collect();
    for seed in 0..ACCOUNTS * CALLS_OF_AN_ACCOUNT {
        let account = account_of(seed);
        let Some(session) = random_call(&account, seed, &bounds) else { continue };
        missed.retain(|name| !session.observed().visited.iter().any(|visited| visited == name));
        if missed.is_empty() {
            return;
        }
    }
    panic!("never visited: {missed:?}");
}

/// The same seed makes the same account and the same call.
#[test]
fn a_seed_makes_the_same_call_again() {
    let bounds = Bounds::narrow();
    for seed in 5_000..5_040 {
        let trace = || random_call(&account_of(seed), seed, &bounds).map(|session| session.lines().to_vec());
        assert_eq!(trace(), trace(), "seed {seed}");
    }
}

/// With no patience at all calls that wait for their caller do not end: their accounts shrink to what it takes.
#[test]
fn the_account_of_a_failure_shrinks() {
    let bounds = Bounds { events: 3, ..Bounds::narrow() };
    let nodes = |account: &simulator::Account| {
        account.index().callflows().map(|callflow| callflow.flow.nodes.len()).sum::<usize>()
    };
    let seed =
        (0..200).find(|seed| explore::explore_random_one(&account_of(*seed), *seed, &bounds).is_some());
    let seed = seed.expect("a call that needs more than three events");
    let whole = account_of(seed);
    let (small, found) = explore::shrink(&whole, seed, &bounds).expect("it fails");
    assert!(found.broken[0].contains("did not end"), "{:?}", found.broken);
    assert!(nodes(&small) < nodes(&whole) / 4, "{} of {}", nodes(&small), nodes(&whole));
    assert!(small.index().documents().count() < whole.index().documents().count());
}
