//! What flows asked web servers: kept in order, for one account, and only the newest.

use serde_json::json;
use store::{Limits, Options};

use crate::{Fixture, object};

#[test]
fn entries_come_back_in_order_and_by_call() {
    let fixture = Fixture::new();
    for (call, number) in [("a@host", 1), ("b@host", 1), ("a@host", 2)] {
        fixture.store.keep_attempt("acme", call, &object(json!({"iteration": number}))).unwrap();
    }
    fixture.store.keep_attempt("other", "a@host", &object(json!({"iteration": 9}))).unwrap().wait().unwrap();
    let fixture = fixture.reopened();
    let of_call: Vec<_> = fixture.store.attempts_of_call("acme", "a@host").unwrap();
    let numbers: Vec<_> = of_call.iter().map(|attempt| attempt.entry["iteration"].clone()).collect();
    assert_eq!(numbers, [json!(1), json!(2)]);
    assert!(of_call.iter().all(|attempt| attempt.created > 63_900_000_000 && attempt.account == "acme"));
    assert_eq!(fixture.store.attempts("acme").unwrap().len(), 3);
    assert_eq!(fixture.store.attempts_of_call("acme", "ghost").unwrap(), []);
}

#[test]
fn older_entries_make_room_for_new_ones() {
    let limits = Limits { attempts: 5, ..Limits::default() };
    let fixture = Fixture::with(Options { limits, ..Options::default() });
    fixture.store.keep_attempt("other", "x", &object(json!({}))).unwrap();
    for number in 0..12 {
        let pending = fixture.store.keep_attempt("acme", "c", &object(json!({"iteration": number})));
        pending.unwrap().wait().unwrap();
    }
    let kept = fixture.store.attempts("acme").unwrap();
    assert_eq!(kept.iter().map(|one| one.entry["iteration"].clone()).collect::<Vec<_>>(), [7, 8, 9, 10, 11]);
    assert_eq!(fixture.store.attempts("other").unwrap().len(), 1);
}
