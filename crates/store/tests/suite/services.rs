//! Control plans by name, service numbers and their schedules, counters, users with passwords, numbers.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde_json::{Value, json};
use store::document::{CONTROL_PLAN, EVENT_COUNTER, N2FE_USER, SERVICE_NUMBER};
use store::{Author, NewSchedule, Options, Part, StoreError};

use crate::{Fixture, author, object};

const EARLY: &str = "2020-01-01T00:00:00Z";

fn at(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

fn plan(fixture: &Fixture, name: &str, n: usize) -> store::SavedPlan {
    fixture.store.save_plan("acme", name, object(json!({"flow": {}, "n": n})), &author()).unwrap()
}

#[test]
fn a_thousand_saves_of_one_name_at_once_are_a_thousand_versions() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let mut saved: Vec<(u32, i64, i64)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..50)
            .map(|thread| {
                scope.spawn(move || {
                    let one = |n: usize| {
                        let body = object(json!({"flow": {}, "n": thread * 20 + n}));
                        // Blanks at the end are no other name.
                        let name = if n.is_multiple_of(2) { "Main line" } else { "Main line  " };
                        let saved = store.save_plan("acme", name, body, &author()).unwrap();
                        (saved.document.version, saved.plan, saved.structure)
                    };
                    (0..20).map(one).collect::<Vec<_>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    saved.sort_unstable();
    assert_eq!(saved.iter().map(|row| row.0).collect::<Vec<_>>(), (1..=1000).collect::<Vec<u32>>());
    assert!(saved.windows(2).all(|pair| pair[0].1 < pair[1].1), "later versions have higher numbers");
    let live = store.by_name("acme", CONTROL_PLAN, "Main line").unwrap();
    assert_eq!(live.version, 1000);
    let all = store.versions("acme", &live.id, None, 0).unwrap();
    assert_eq!(all.len(), 1000);
    let found = store.by_number(saved[41].1).unwrap();
    assert_eq!((found.document.as_str(), found.part), (live.id.as_str(), Part::Version(42)));
    assert_eq!(store.by_number(saved[41].2).unwrap().part, Part::Structure(42));
}

#[test]
fn versions_count_for_each_name_and_account() {
    let fixture = Fixture::new();
    let body = object(json!({"name": "Other", "realm": "other.test"}));
    let other = store::NewAccount { id: Some("other".into()), parent: None, body };
    fixture.store.create_account(other, &author()).unwrap();
    assert_eq!(plan(&fixture, "a", 1).document.version, 1);
    assert_eq!(plan(&fixture, "b", 1).document.version, 1);
    let elsewhere = fixture.store.save_plan("other", "a", object(json!({})), &author()).unwrap();
    assert_eq!(elsewhere.document.version, 1);
    assert_eq!(plan(&fixture, "a", 2).document.version, 2);
    assert!(matches!(
        fixture.store.save_plan("acme", "  ", object(json!({})), &author()),
        Err(StoreError::Invalid(_))
    ));
    assert!(matches!(
        fixture.store.save_plan("nobody", "a", object(json!({})), &author()),
        Err(StoreError::NotFound { .. })
    ));
}

#[test]
fn schedules_decide_and_history_stays() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let first = plan(&fixture, "main", 1).document;
    plan(&fixture, "main", 2);
    fixture.create(SERVICE_NUMBER, "sn", json!({"number": "0800677828"}));
    fixture.create("callflow", "cf", json!({"numbers": ["1"], "flow": {"module": "hangup"}}));
    let add = |flow: &str, version, effective: &str| {
        let new = NewSchedule { flow: flow.into(), version, effective: at(effective), activated: true };
        store.schedule("acme", "sn", new, &Author::new("su"))
    };
    let flow_at = |moment: &str| {
        let index = store.index("acme").unwrap();
        index
            .service("0800677828", at(moment), "_alt")
            .map(|found| (found.flow.id.clone(), found.flow.version))
    };
    assert_eq!(flow_at("2021-01-01T00:00:00Z"), None);
    let one = add(&first.id, 1, EARLY).unwrap();
    let two = add(&first.id, 2, "2100-01-01T00:00:00Z").unwrap();
    add("cf", 1, "2100-01-02T00:00:00Z").unwrap();
    assert_eq!((one.changed_by.as_str(), one.version), ("su", Some(1)));
    assert_eq!(flow_at("2021-01-01T00:00:00Z"), Some((first.id.clone(), 1)), "an old version, exactly");
    assert_eq!(flow_at("2099-12-31T23:59:59Z"), Some((first.id.clone(), 1)));
    assert_eq!(flow_at("2100-01-01T00:00:00Z"), Some((first.id.clone(), 2)));
    assert_eq!(flow_at("2100-01-02T00:00:00Z"), Some(("cf".to_owned(), 1)), "a callflow as well");
    // A later save changes nothing that is scheduled.
    plan(&fixture, "main", 3);
    assert_eq!(flow_at("2100-01-01T00:00:00Z"), Some((first.id.clone(), 2)));
    store.activate_schedule("acme", "sn", &two.id, false, &author()).unwrap();
    assert_eq!(flow_at("2100-01-01T00:00:00Z"), Some((first.id.clone(), 1)), "the one before takes over");
    store.activate_schedule("acme", "sn", &two.id, true, &author()).unwrap();
    assert_eq!(flow_at("2100-01-01T00:00:00Z"), Some((first.id.clone(), 2)));
    store.unschedule("acme", "sn", &one.id, &author()).unwrap();
    assert_eq!(flow_at("2021-01-01T00:00:00Z"), None);
    assert_eq!(store.versions("acme", "sn", None, 0).unwrap().len(), 7, "each change is a version");
    for wrong in [add(&first.id, 9, EARLY), add("nobody", 1, EARLY), add("sn", 1, EARLY)] {
        assert!(matches!(wrong, Err(StoreError::NotFound { .. })));
    }
    assert!(store.unschedule("acme", "sn", &one.id, &author()).is_err());
    // The same is found by a store that begins anew.
    let fixture = fixture.reopened();
    let index = fixture.store.index("acme").unwrap();
    let found = index.service("0800677828", at("2100-01-01T00:00:00Z"), "_alt").unwrap();
    assert_eq!((found.flow.version, found.is_alternative), (2, false));
}

#[test]
fn an_alternative_plan_goes_before_every_schedule() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let normal = plan(&fixture, "normal", 1).document;
    fixture.create(SERVICE_NUMBER, "sn", json!({"number": "0800", "control_plan": normal.id}));
    fixture.create(SERVICE_NUMBER, "sn2", json!({"number": "0801", "control_plan": normal.id}));
    let alternative = plan(&fixture, "0800_alt", 1).document;
    let name = |number: &str| {
        let index = store.index("acme").unwrap();
        index.service(number, at(EARLY), "_alt").unwrap().flow.name.clone()
    };
    assert_eq!(name("0800"), "normal");
    let tags = json!({"profile_tags": {"pt_alternative_control_plan_activation": "1"}});
    fixture.create("n2fe_customer", "n2fe_customer", tags);
    assert_eq!(name("0800"), "0800_alt");
    assert_eq!(name("0801"), "normal", "a number without an alternative plan is answered as ever");
    store.delete("acme", &alternative.id, None, &author()).unwrap();
    assert_eq!(name("0800"), "normal");
}

#[test]
fn a_service_number_is_in_one_account_only() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    fixture.create(SERVICE_NUMBER, "sn", json!({"number": "0800677828"}));
    let again = crate::new(SERVICE_NUMBER, "sn2", json!({"number": "0800 677-828"}));
    assert!(matches!(store.create(again.clone(), &author()), Err(StoreError::Exists { what: "number", .. })));
    assert_eq!(store.service_number("0800677828").unwrap(), Some(("acme".into(), "sn".into())));
    store.delete("acme", "sn", None, &author()).unwrap();
    assert_eq!(store.service_number("0800677828").unwrap(), None);
    store.create(again, &author()).unwrap();
    let nameless = crate::new(SERVICE_NUMBER, "sn3", json!({}));
    assert!(matches!(store.create(nameless, &author()), Err(StoreError::Invalid(_))));
}

#[test]
fn a_counter_is_exact_however_many_count() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    fixture.create(EVENT_COUNTER, "c", json!({"name": "votes", "value": 5}));
    let mut seen: Vec<i64> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    (0..100).map(|_| store.count_event("acme", "votes", 1).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    seen.sort_unstable();
    assert_eq!(seen, (6..=10_005).collect::<Vec<i64>>());
    let fixture = fixture.reopened();
    let store = &fixture.store;
    assert_eq!(store.counted("acme", "votes").unwrap(), 10_005);
    assert_eq!(store.count_event("acme", "votes", i64::MAX).unwrap(), 9_007_199_254_740_991);
    store.set_counter("acme", "votes", 3).unwrap();
    assert_eq!(store.count_event("acme", "c", -4).unwrap(), -1, "by the document's id as well");
    assert!(matches!(store.count_event("acme", "other", 1), Err(StoreError::NotFound { .. })));
    store.delete("acme", "c", None, &author()).unwrap();
    assert!(store.counted("acme", "votes").is_err());
}

#[test]
fn users_log_in_with_their_password_only() {
    let options = Options { password_rounds: NonZeroU32::MIN, ..Options::default() };
    let fixture = Fixture::with(options);
    let store = &fixture.store;
    let body = object(json!({"username": "Bob", "password": "geheim", "permission_level": 4}));
    let bob = store.create_login("acme", body.clone(), &author()).unwrap();
    assert_eq!(bob.body.get("password"), None);
    assert_eq!(store.login("bob", "geheim").unwrap().id, bob.id);
    for (name, password) in [("bob", "Geheim"), ("bob", ""), ("alice", "geheim"), ("", "")] {
        assert!(store.login(name, password).is_err(), "{name}");
    }
    assert!(matches!(store.create_login("acme", body, &author()), Err(StoreError::Exists { .. })));
    let renamed = object(json!({"username": "robert"}));
    store.save_login("acme", &bob.id, renamed, None, &author()).unwrap();
    assert_eq!(store.login("ROBERT", "geheim").unwrap().id, bob.id, "the password stays");
    let changed = object(json!({"username": "robert", "password": "neu"}));
    let robert = store.save_login("acme", &bob.id, changed, None, &author()).unwrap();
    assert!(store.login("robert", "geheim").is_err());
    assert!(store.login("robert", "neu").is_ok());
    // A plain save keeps the hash and never keeps a password in clear.
    let plain = crate::save(None, json!({"username": "robert", "password": "clear"}));
    let saved = store.save("acme", &robert.id, plain, &author()).unwrap();
    assert_eq!(saved.body.get("password"), None);
    assert!(store.login("robert", "neu").is_ok());
    store.delete("acme", &robert.id, None, &author()).unwrap();
    assert!(store.login("robert", "neu").is_err());
}

#[test]
fn an_exported_account_brings_its_numbers_back() {
    let options = Options { password_rounds: NonZeroU32::MIN, ..Options::default() };
    let fixture = Fixture::with(options);
    let store = &fixture.store;
    let main = plan(&fixture, "main", 1).document;
    plan(&fixture, "main", 2);
    fixture.create(SERVICE_NUMBER, "sn", json!({"number": "0800"}));
    let new = NewSchedule { flow: main.id.clone(), version: 2, effective: at(EARLY), activated: true };
    store.schedule("acme", "sn", new, &author()).unwrap();
    plan(&fixture, "main", 3);
    fixture.create(EVENT_COUNTER, "c", json!({"name": "votes"}));
    store.count_event("acme", "votes", 7).unwrap();
    let mut folder = store.export_live("acme").unwrap();
    let user = folder.documents.len();
    folder.documents.push(flow::account::Document {
        id: "bob".into(),
        kind: N2FE_USER.into(),
        version: 1,
        revision: String::new(),
        body: json!({"id": "bob", "username": "bob", "password": "geheim"}),
    });
    let elsewhere = Fixture::with(options);
    let target = &elsewhere.store;
    target.purge_account("acme").unwrap();
    target.import(&folder, store::ImportMode::Create, &author()).unwrap();
    let index = target.index("acme").unwrap();
    let found = index.service("0800", at("2021-01-01T00:00:00Z"), "_alt").unwrap();
    assert_eq!((found.flow.name.as_str(), found.flow.version), ("main", 1), "versions begin anew there");
    assert_eq!(target.counted("acme", "votes").unwrap(), 7);
    assert!(target.login("bob", "geheim").is_ok());
    // The number stays with the version it was imported with, and the same folder changes nothing.
    target.save_plan("acme", "main", object(json!({"flow": {"n": 9}})), &author()).unwrap();
    let later = target.index("acme").unwrap();
    assert_eq!(later.service("0800", at("2021-01-01T00:00:00Z"), "_alt").unwrap().flow.version, 1);
    folder.documents.truncate(user + 1);
    assert_eq!(folder.documents[user].body["password"], Value::from("geheim"));
}

/// All versions of a flow with everything that is kept of them.
fn history(store: &store::Store, id: &str) -> Vec<(u32, Author, u64, String, bool, String)> {
    let listed = store.versions("acme", id, None, 0).unwrap();
    let whole = listed.iter().map(|listed| store.version("acme", id, listed.number).unwrap());
    whole
        .map(|one| {
            let body = serde_json::to_string(&one.body.unwrap()).unwrap();
            (one.number, one.author, one.saved, one.hash, one.live, body)
        })
        .collect()
}

#[test]
fn an_account_takes_all_versions_of_its_flows_along() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let main = plan(&fixture, "main", 1).document;
    for n in 2..=3 {
        let body = object(json!({"flow": {"z": n, "a": [1.50, {"y": null, "b": "ä"}]}, "n": n}));
        let author = Author::new("su").with_note(format!("change {n}"));
        store.save_plan("acme", "main", body, &author).unwrap();
    }
    plan(&fixture, "single", 1);
    // A callflow with a draft on top of the version that is live.
    fixture.create("callflow", "cf", json!({"numbers": ["1"], "flow": {"module": "hangup"}}));
    store.draft("acme", "cf", crate::save(None, json!({"flow": {"module": "park"}})), &author()).unwrap();
    fixture.create(SERVICE_NUMBER, "sn", json!({"number": "0800"}));
    for (version, from) in [(1, EARLY), (2, "2022-01-01T00:00:00Z"), (3, "2024-01-01T00:00:00Z")] {
        let new = NewSchedule { flow: main.id.clone(), version, effective: at(from), activated: true };
        store.schedule("acme", "sn", new, &author()).unwrap();
    }
    let folder = store.export("acme").unwrap();
    assert_eq!(folder.versions.keys().collect::<Vec<_>>(), {
        let mut ids = ["cf", main.id.as_str()];
        ids.sort_unstable();
        ids
    });
    assert!(store.export_live("acme").unwrap().versions.is_empty());
    // Through the files of the folder, as a person sends it.
    let (read, issues) = flow::folder::parse(flow::folder::write(&folder));
    assert_eq!((issues, &read.versions), (Vec::new(), &folder.versions));

    let elsewhere = Fixture::new();
    let target = &elsewhere.store;
    target.purge_account("acme").unwrap();
    target.import(&read, store::ImportMode::Create, &Author::new("importer")).unwrap();
    for id in ["cf", main.id.as_str()] {
        assert_eq!(history(target, id), history(store, id), "{id}");
    }
    let answering = |store: &store::Store, moment: &str| {
        store.index("acme").unwrap().service("0800", at(moment), "_alt").unwrap().flow.version
    };
    for moment in ["2021-01-01T00:00:00Z", "2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z"] {
        assert_eq!(answering(target, moment), answering(store, moment), "{moment}");
    }
    let ids = |number| target.number("acme", &main.id, Part::Version(number)).unwrap();
    assert!(ids(1) < ids(2) && ids(2) < ids(3), "later versions have higher numbers");
    // Again, nothing changes; a save counts on; the export is the same again.
    let again = target.import(&read, store::ImportMode::Merge, &author()).unwrap();
    assert_eq!((again.created, again.changed), (0, 0));
    assert_eq!(history(target, &main.id).len(), 3);
    assert_eq!(target.export("acme").unwrap().versions, folder.versions);
    let next = target.save_plan("acme", "main", object(json!({"flow": {}, "n": 4})), &author()).unwrap();
    assert_eq!(next.document.version, 4);
}

#[test]
fn versions_come_beside_those_that_an_account_has_of_its_own() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let main = plan(&fixture, "main", 1).document;
    plan(&fixture, "main", 2);
    fixture.create(SERVICE_NUMBER, "sn", json!({"number": "0800"}));
    let new = NewSchedule { flow: main.id.clone(), version: 1, effective: at(EARLY), activated: true };
    store.schedule("acme", "sn", new, &author()).unwrap();
    let folder = store.export("acme").unwrap();

    let elsewhere = Fixture::new();
    let target = &elsewhere.store;
    let own = store::NewDocument {
        id: Some(main.id.clone()),
        ..crate::new(CONTROL_PLAN, "", json!({"name": "main", "flow": {}, "n": 77}))
    };
    target.create(own, &author()).unwrap();
    target.import(&folder, store::ImportMode::Merge, &author()).unwrap();
    let bodies: Vec<Value> = target
        .versions("acme", &main.id, None, 0)
        .unwrap()
        .iter()
        .map(|listed| target.version("acme", &main.id, listed.number).unwrap().body.unwrap()["n"].clone())
        .collect();
    assert_eq!(bodies, [json!(2), json!(1), json!(77)], "its own version stays the first");
    assert_eq!(target.get("acme", &main.id).unwrap().version, 3);
    let found = target.index("acme").unwrap().service("0800", at("2021-01-01T00:00:00Z"), "_alt").unwrap();
    assert_eq!(found.flow.version, 2, "the number has the version it had, by its new number");
    // A file that somebody changed by hand is a new version on top.
    let mut edited = folder;
    let file = edited.documents.iter_mut().find(|document| document.id == main.id).unwrap();
    file.body["n"] = json!(5);
    target.import(&edited, store::ImportMode::Merge, &author()).unwrap();
    let live = target.get("acme", &main.id).unwrap();
    assert_eq!((live.version, &live.body["n"]), (4, &json!(5)));
}
