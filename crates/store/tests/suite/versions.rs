//! Immutable versions: numbers without gaps, drafts, going back.

use serde_json::json;
use store::{Author, Save, StoreError};

use crate::{Fixture, author, object, save};

#[test]
fn every_save_is_a_version_that_stays() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    fixture.create("callflow", "f1", json!({"n": 1}));
    let bob = Author::new("bob").with_note("summer hours");
    store.save("acme", "f1", save(None, json!({"n": 2})), &bob).unwrap();
    store.save("acme", "f1", save(None, json!({"n": 1})), &author()).unwrap();
    let versions = store.versions("acme", "f1", None, 0).unwrap();
    let numbers: Vec<_> = versions.iter().map(|version| (version.number, version.live)).collect();
    assert_eq!(numbers, [(3, true), (2, false), (1, false)]);
    assert_eq!(versions[1].author, bob);
    assert_eq!(versions[0].hash, versions[2].hash);
    assert_ne!(versions[0].hash, versions[1].hash);
    assert!(versions.iter().all(|version| version.body.is_none()));
    assert_eq!(store.version("acme", "f1", 2).unwrap().body, Some(object(json!({"n": 2}))));
    assert!(matches!(store.version("acme", "f1", 4), Err(StoreError::NotFound { what: "version", .. })));
    let page: Vec<_> = store.versions("acme", "f1", Some(2), 1).unwrap().iter().map(|v| v.number).collect();
    assert_eq!(page, [2]);
}

#[test]
fn going_back_makes_an_old_version_live_with_a_new_revision() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let first = fixture.create("callflow", "f1", json!({"n": 1, "numbers": ["+4930111"]}));
    let second = store.save("acme", "f1", save(None, json!({"n": 2})), &author()).unwrap();
    assert_eq!(store.number_owner("+4930111").unwrap(), None);
    let stale = store.make_live("acme", "f1", 1, Some(&first.revision));
    assert!(matches!(stale, Err(StoreError::Conflict { .. })));
    let back = store.make_live("acme", "f1", 1, Some(&second.revision)).unwrap();
    assert_eq!((back.version, &back.body), (1, &first.body));
    assert!(back.revision.starts_with("3-"));
    assert_eq!(store.number_owner("+4930111").unwrap().as_deref(), Some("acme"));
    assert_eq!(store.save("acme", "f1", save(None, json!({"n": 3})), &author()).unwrap().version, 3);
    assert!(matches!(store.make_live("acme", "f1", 9, None), Err(StoreError::NotFound { .. })));
}

#[test]
fn a_draft_is_kept_without_being_live() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let live = fixture.create("callflow", "f1", json!({"n": 1}));
    let draft = store.draft("acme", "f1", save(Some(&live.revision), json!({"n": 2})), &author()).unwrap();
    assert_eq!(draft, 2);
    assert_eq!(store.get("acme", "f1").unwrap(), live);
    assert_eq!(store.make_live("acme", "f1", 2, None).unwrap().body, object(json!({"n": 2})));
    fixture.create("user", "u1", json!({}));
    assert!(matches!(store.draft("acme", "u1", Save::default(), &author()), Err(StoreError::Invalid(_))));
}
