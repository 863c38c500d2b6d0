//! Many writers of one document: nothing is lost, everyone is told the truth.

use std::sync::Barrier;

use serde_json::{Value, json};
use store::StoreError;

use crate::{Fixture, author, save};

const THREADS: usize = 8;
const SAVES: usize = 25;

#[test]
fn writers_without_revision_make_consecutive_versions() {
    let fixture = Fixture::new();
    fixture.create("callflow", "f1", json!({}));
    let mut numbers: Vec<u32> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS)
            .map(|thread| {
                let store = fixture.store.clone();
                scope.spawn(move || {
                    let save_one = |n| {
                        let body = json!({"thread": thread, "n": n});
                        store.save("acme", "f1", save(None, body), &author()).unwrap().version
                    };
                    (0..SAVES).map(save_one).collect::<Vec<_>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    let expected: Vec<u32> = (2..).take(THREADS * SAVES).collect();
    assert_eq!(numbers, expected);
    let live = fixture.store.get("acme", "f1").unwrap();
    assert_eq!(live.version as usize, THREADS * SAVES + 1);
    assert_eq!(fixture.store.version("acme", "f1", live.version).unwrap().body, Some(live.body));
}

#[test]
fn writers_with_revision_lose_no_update() {
    let fixture = Fixture::new();
    fixture.create("menu", "counter", json!({"n": 0}));
    let start = Barrier::new(THREADS);
    let conflicts: usize = std::thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS)
            .map(|_| {
                let (store, start) = (fixture.store.clone(), &start);
                scope.spawn(move || {
                    start.wait();
                    let (mut done, mut conflicts) = (0, 0);
                    while done < SAVES {
                        let read = store.get("acme", "counter").unwrap();
                        let n = read.body.get("n").and_then(Value::as_u64).unwrap();
                        let next = save(Some(&read.revision), json!({"n": n + 1}));
                        match store.save("acme", "counter", next, &author()) {
                            Ok(_) => done += 1,
                            Err(StoreError::Conflict { expected, actual, .. }) => {
                                assert_ne!(expected, actual);
                                conflicts += 1;
                            }
                            Err(other) => panic!("{other}"),
                        }
                    }
                    conflicts
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let end = fixture.store.get("acme", "counter").unwrap();
    assert_eq!(end.body.get("n"), Some(&json!(THREADS * SAVES)), "after {conflicts} conflicts");
    assert_eq!(end.version as usize, THREADS * SAVES + 1);
}

#[test]
fn the_index_agrees_with_the_database_after_a_storm() {
    let fixture = Fixture::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let fixture = &fixture;
            scope.spawn(move || {
                for n in 0..20 {
                    let body = json!({"numbers": [format!("{}", 1000 + thread * 100 + n)], "flow": {}});
                    fixture.create("callflow", &format!("f{thread}-{n}"), body);
                    assert!(fixture.store.index("acme").is_some());
                    if n % 3 == 0 {
                        fixture.store.delete("acme", &format!("f{thread}-{n}"), None, &author()).unwrap();
                    }
                }
            });
        }
    });
    let index = fixture.store.index("acme").unwrap();
    let stored = fixture.store.list("acme", &store::List::kind("callflow")).unwrap();
    let indexed: Vec<_> =
        index.of_type("callflow").map(|document| (document.id.clone(), document.revision.clone())).collect();
    let stored: Vec<_> = stored.into_iter().map(|document| (document.id, document.revision)).collect();
    assert_eq!(stored.len(), 4 * 13);
    assert_eq!(indexed, stored);
}
