//! Documents: making, reading, listing, saving, deleting; what hides and what is derived.

use serde_json::{Value, json};
use store::{ChangeKind, Limits, List, NewDocument, Options, Private, Save, StoreError};

use crate::{Fixture, author, new, object, save};

#[test]
fn a_body_comes_back_in_its_order_and_without_its_id() {
    let fixture = Fixture::new();
    let made =
        fixture.create("menu", "m1", json!({"z": 1, "id": "other", "a": {"y": [1.5, null], "b": "ü"}}));
    assert_eq!(serde_json::to_string(&made.body).unwrap(), r#"{"z":1,"a":{"y":[1.5,null],"b":"ü"}}"#);
    assert_eq!((made.version, made.kind.as_str(), made.deleted), (1, "menu", false));
    assert!(made.revision.starts_with("1-"), "{}", made.revision);
    assert!(made.created > 63_000_000_000 && made.created == made.modified);
    assert_eq!(fixture.store.get("acme", "m1").unwrap(), made);
    assert_eq!(fixture.reopened().store.get("acme", "m1").unwrap(), made);
}

#[test]
fn the_store_makes_ids_and_refuses_taken_ones() {
    let fixture = Fixture::new();
    let without_id = NewDocument { id: None, ..new("menu", "", json!({})) };
    assert_eq!(fixture.store.create(without_id, &author()).unwrap().id.len(), 32);
    fixture.create("menu", "m1", json!({}));
    let again = fixture.store.create(new("menu", "m1", json!({})), &author()).unwrap_err();
    assert_eq!(again, StoreError::Exists { what: "id", value: "m1".into() });
    let nowhere = NewDocument { account: "nobody".into(), ..new("menu", "m2", json!({})) };
    assert!(matches!(
        fixture.store.create(nowhere, &author()),
        Err(StoreError::NotFound { what: "account", .. })
    ));
    for id in ["", "a\nb", &"x".repeat(300)] {
        let refused = fixture.store.create(new("menu", id, json!({})), &author());
        assert!(matches!(refused, Err(StoreError::Invalid(_))), "{id:?}");
    }
}

#[test]
fn a_second_writer_is_told_and_a_writer_without_revision_wins() {
    let fixture = Fixture::new();
    let first = fixture.create("menu", "m1", json!({"n": 1}));
    let second =
        fixture.store.save("acme", "m1", save(Some(&first.revision), json!({"n": 2})), &author()).unwrap();
    assert!(second.revision.starts_with("2-"));
    let late = fixture.store.save("acme", "m1", save(Some(&first.revision), json!({"n": 3})), &author());
    assert_eq!(
        late.unwrap_err(),
        StoreError::Conflict {
            id: "m1".into(),
            expected: first.revision.clone(),
            actual: second.revision.clone()
        }
    );
    assert_eq!(fixture.store.get("acme", "m1").unwrap().body, object(json!({"n": 2})));
    fixture.store.save("acme", "m1", save(None, json!({"n": 4})), &author()).unwrap();
    assert_eq!(fixture.store.get("acme", "m1").unwrap().body, object(json!({"n": 4})));
    let stale = fixture.store.delete("acme", "m1", Some(&second.revision), &author());
    assert!(matches!(stale, Err(StoreError::Conflict { .. })));
}

#[test]
fn a_patch_merges_and_null_removes() {
    let fixture = Fixture::new();
    fixture.create("menu", "m1", json!({"a": {"b": 1, "c": 2}, "d": [1]}));
    let patched =
        fixture.store.patch("acme", "m1", save(None, json!({"a": {"b": null, "e": 3}, "d": [2]})), &author());
    assert_eq!(Value::Object(patched.unwrap().body), json!({"a": {"c": 2, "e": 3}, "d": [2]}));
}

#[test]
fn lists_are_ordered_and_paged_both_ways() {
    let fixture = Fixture::new();
    for id in ["c", "a", "d", "b"] {
        fixture.create("menu", id, json!({}));
    }
    fixture.create("device", "bb", json!({}));
    let ids = |query: List<'_>| -> Vec<String> {
        fixture.store.list("acme", &query).unwrap().into_iter().map(|row| row.id).collect()
    };
    assert_eq!(ids(List::kind("menu")), ["a", "b", "c", "d"]);
    assert_eq!(ids(List { limit: 2, ..List::kind("menu") }), ["a", "b"]);
    assert_eq!(ids(List { limit: 2, start: Some("b"), ..List::kind("menu") }), ["b", "c"]);
    assert_eq!(ids(List { descending: true, start: Some("c"), ..List::kind("menu") }), ["c", "b", "a"]);
    assert_eq!(ids(List::default()), ["a", "acme", "b", "bb", "c", "d"]);
    fixture.store.delete("acme", "b", None, &author()).unwrap();
    assert_eq!(ids(List::kind("menu")), ["a", "c", "d"]);
    assert_eq!(ids(List { deleted: true, ..List::kind("menu") }), ["b"]);
    assert_eq!(fixture.store.count("acme", "menu").unwrap(), 3);
}

#[test]
fn a_soft_deleted_document_is_gone_until_restored() {
    let fixture = Fixture::new();
    fixture.create("callflow", "f1", json!({"numbers": ["+4930123"]}));
    fixture.store.delete("acme", "f1", None, &author()).unwrap();
    assert!(matches!(fixture.store.get("acme", "f1"), Err(StoreError::NotFound { .. })));
    assert!(matches!(
        fixture.store.save("acme", "f1", save(None, json!({})), &author()),
        Err(StoreError::NotFound { .. })
    ));
    assert_eq!(fixture.store.number_owner("+4930123").unwrap(), None);
    let back = fixture.store.restore("acme", "f1").unwrap();
    assert_eq!((back.deleted, back.version), (false, 1));
    assert_eq!(fixture.store.number_owner("+4930123").unwrap().as_deref(), Some("acme"));
}

#[test]
fn creating_over_a_soft_deleted_document_continues_its_versions() {
    let fixture = Fixture::new();
    fixture.create("menu", "m1", json!({"n": 1}));
    fixture.store.delete("acme", "m1", None, &author()).unwrap();
    let again = fixture.create("menu", "m1", json!({"n": 2}));
    assert_eq!((again.version, again.deleted), (2, false));
    fixture.store.delete("acme", "m1", None, &author()).unwrap();
    assert!(matches!(
        fixture.store.create(new("device", "m1", json!({})), &author()),
        Err(StoreError::Exists { .. })
    ));
}

#[test]
fn a_purged_document_leaves_nothing() {
    let fixture = Fixture::new();
    fixture.create("menu", "m1", json!({}));
    fixture.store.purge("acme", "m1", None).unwrap();
    assert!(matches!(fixture.store.versions("acme", "m1", None, 0), Err(StoreError::NotFound { .. })));
    assert!(matches!(fixture.store.restore("acme", "m1"), Err(StoreError::NotFound { .. })));
    assert_eq!(fixture.create("menu", "m1", json!({})).version, 1);
}

#[test]
fn passwords_become_hashes_that_find_the_user() {
    let fixture = Fixture::new();
    let user = fixture.create("user", "u1", json!({"username": "Alice", "password": "secret"}));
    assert_eq!(Value::Object(user.body.clone()), json!({"username": "alice"}));
    let md5 = "6f622058968bb90757e6c6ed79e5df81";
    let sha1 = "6985e52cea44a28695d5c440bd42f57e9f50b7b1";
    let find = |hash, is_sha1| fixture.store.user_by_hash("acme", hash, is_sha1).unwrap().map(|user| user.id);
    assert_eq!(find(md5, false).as_deref(), Some("u1"));
    assert_eq!(find(sha1, true).as_deref(), Some("u1"));
    assert_eq!(find(md5, true), None);
    assert_eq!(fixture.store.user_by_hash("other", md5, false).unwrap(), None);
    assert_eq!(fixture.store.user_by_name("acme", "ALICE").unwrap().unwrap().id, "u1");
    // A save without a password keeps the old one.
    fixture
        .store
        .save("acme", "u1", save(None, json!({"username": "alice", "enabled": true})), &author())
        .unwrap();
    assert_eq!(find(md5, false).as_deref(), Some("u1"));
    assert!(!format!("{user:?}").contains(md5), "hashes stay out of logs");
    fixture.store.delete("acme", "u1", None, &author()).unwrap();
    assert_eq!(find(md5, false), None);
}

#[test]
fn hidden_members_are_kept_merged_or_set() {
    let fixture = Fixture::new();
    let hidden = object(json!({"pvt_a": 1, "pvt_b": 2}));
    fixture.store.create(NewDocument { private: hidden, ..new("menu", "m1", json!({})) }, &author()).unwrap();
    let saved = |private| {
        let save = Save { private, ..Save::default() };
        Value::Object(fixture.store.save("acme", "m1", save, &author()).unwrap().private)
    };
    assert_eq!(saved(Private::Keep), json!({"pvt_a": 1, "pvt_b": 2}));
    assert_eq!(
        saved(Private::Merge(object(json!({"pvt_a": null, "pvt_c": 3})))),
        json!({"pvt_b": 2, "pvt_c": 3})
    );
    assert_eq!(saved(Private::Set(object(json!({"pvt_d": 4})))), json!({"pvt_d": 4}));
}

#[test]
fn what_is_too_large_or_too_deep_is_refused_and_nothing_is_stored() {
    let limits = Limits { body_bytes: 1000, ..Limits::default() };
    let fixture = Fixture::with(Options { limits, ..Options::default() });
    let large = fixture.store.create(new("menu", "m1", json!({"a": "x".repeat(1000)})), &author());
    assert_eq!(large.unwrap_err().code(), "ST1004");
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let deep = fixture.store.create(new("menu", "m1", json!({"a": deep})), &author());
    assert_eq!(deep.unwrap_err().code(), "ST1005");
    assert!(matches!(fixture.store.get("acme", "m1"), Err(StoreError::NotFound { .. })));
}

#[test]
fn the_index_follows_every_change_and_subscribers_hear_of_it() {
    let fixture = Fixture::new();
    let mut news = fixture.store.subscribe();
    let flow =
        json!({"numbers": ["100", "+4930100"], "flow": {"module": "hangup", "data": {}, "children": {}}});
    let made = fixture.create("callflow", "f1", flow.clone());
    let leads_to = |number: &str| -> Option<(String, u32)> {
        let index = fixture.store.index("acme").unwrap();
        let found = index.lookup(number).ok()?;
        Some((found.callflow.id.clone(), found.callflow.version))
    };
    assert_eq!(leads_to("100"), Some(("f1".into(), 1)));
    let mut other = flow.clone();
    other["numbers"] = json!(["200"]);
    fixture.store.save("acme", "f1", save(None, other), &author()).unwrap();
    assert_eq!((leads_to("100"), leads_to("200")), (None, Some(("f1".into(), 2))));
    fixture.store.make_live("acme", "f1", 1, None).unwrap();
    assert_eq!(leads_to("100"), Some(("f1".into(), 1)));
    fixture.store.delete("acme", "f1", None, &author()).unwrap();
    assert_eq!(leads_to("100"), None);
    assert!(fixture.store.index("nobody").is_none());
    let heard: Vec<_> = std::iter::from_fn(|| news.try_recv().ok()).collect();
    assert_eq!(heard[0].revision, made.revision);
    let kinds: Vec<_> = heard.iter().map(|change| change.change).collect();
    assert_eq!(kinds, [ChangeKind::Created, ChangeKind::Changed, ChangeKind::Changed, ChangeKind::Deleted]);
}
