//! Random calls in the example office: whatever people, phones, web servers and storage do, calls end, and their
//! journals replay byte for byte.

#[allow(dead_code)]
mod support;

use std::path::Path;
use std::sync::LazyLock;

use engine::journal::Journal;
use proptest::prelude::*;
use simulator::Account;
use simulator::explore::{self, Bounds, explore};

static OFFICE: LazyLock<Account> =
    LazyLock::new(|| support::account(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts/office")));

#[test]
fn a_fixed_range_of_seeds_holds() {
    let found = explore(&OFFICE, 1, 300, &Bounds::default());
    assert!(found.calls > 200, "only {} calls got through", found.calls);
    let told: Vec<String> = found
        .failures
        .iter()
        .map(|one| {
            let trace = simulator::trace::render(&one.trace);
            format!("seed {}: {}\n{trace}", one.seed, one.broken.join("; "))
        })
        .collect();
    assert!(told.is_empty(), "{} of {} calls\n{}", told.len(), found.calls, told[0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The journal of any call, written to JSON and read back, gives the same outputs in a fresh call.
    #[test]
    fn journals_replay_byte_for_byte(seed in any::<u64>()) {
        let Some(session) = explore::call(&OFFICE, seed, &Bounds::default()) else { return Ok(()) };
        let stored = serde_json::to_string(session.journal()).unwrap();
        let read: Journal = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&read, session.journal());
        let replayed = simulator::replay::replay_against(&read, session.outputs());
        prop_assert!(replayed.is_ok(), "seed {}: {}", seed, replayed.unwrap_err());
    }

    /// The same seed makes the same call.
    #[test]
    fn a_seed_makes_the_same_call_again(seed in any::<u64>()) {
        let trace = |session: Option<simulator::Session>| session.map(|session| session.lines().to_vec());
        let bounds = Bounds::default();
        prop_assert_eq!(trace(explore::call(&OFFICE, seed, &bounds)), trace(explore::call(&OFFICE, seed, &bounds)));
    }
}
