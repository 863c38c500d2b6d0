//! Call records, journals, and registrations.

use serde_json::json;
use store::{CallList, CallRecord, Limits, Options, Registration, StoreError};

use crate::{Fixture, object};

fn record(id: &str, started: u64) -> CallRecord {
    CallRecord {
        account: "acme".into(),
        id: id.into(),
        call_id: format!("{id}@host"),
        started,
        ended: started + 30,
        from: "100".into(),
        to: "200".into(),
        callflow: Some("f1".into()),
        version: Some(3),
        result: "answered".into(),
        cause: "NORMAL_CLEARING".into(),
        duration_s: 30,
        billing_s: 25,
        cdr: object(json!({"direction": "inbound"})),
    }
}

#[test]
fn a_record_comes_back_with_journal_and_trace() {
    let fixture = Fixture::new();
    let journal: Vec<u8> = (0..50_000_u32).map(|n| (n / 100) as u8).collect();
    let call = record("c1", 63_900_000_000);
    fixture.store.record_call(call.clone(), &journal, b"").unwrap().wait().unwrap();
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.call("acme", "c1").unwrap(), call);
    assert_eq!(fixture.store.calls_with_id("acme", "c1@host").unwrap(), std::slice::from_ref(&call));
    assert_eq!(fixture.store.call_journal("acme", "c1").unwrap(), journal);
    assert!(fixture.store.call_trace("acme", "c1").unwrap().is_empty());
    assert!(matches!(fixture.store.call_trace("acme", "c2"), Err(StoreError::NotFound { .. })));
    let twice = fixture.store.record_call(call, b"", b"").unwrap().wait();
    assert!(matches!(twice, Err(StoreError::Exists { .. })));
    let nowhere = CallRecord { account: "nobody".into(), ..record("c3", 1) };
    assert!(matches!(
        fixture.store.record_call(nowhere, b"", b"").unwrap().wait(),
        Err(StoreError::NotFound { .. })
    ));
}

#[test]
fn windows_and_pages_give_each_call_once() {
    let fixture = Fixture::new();
    for n in 0..20 {
        fixture.store.record_call(record(&format!("c{n:02}"), 1000 + n / 2), b"", b"t").unwrap();
    }
    let ids = |query: CallList<'_>| -> Vec<String> {
        fixture.store.calls("acme", &query).unwrap().into_iter().map(|call| call.id).collect()
    };
    // A write that is waited for comes after all that were queued before it.
    fixture.create("menu", "m1", json!({}));
    assert_eq!(
        ids(CallList { from: 1001, until: Some(1003), ..CallList::default() }),
        ["c02", "c03", "c04", "c05"]
    );
    let page =
        ids(CallList { descending: true, after: Some((1009, "c19")), limit: 3, ..CallList::default() });
    assert_eq!(page, ["c18", "c17", "c16"]);
    assert_eq!(fixture.store.purge_calls(1005).unwrap(), 10);
    assert_eq!(fixture.store.purge_calls(1005).unwrap(), 0);
    assert_eq!(ids(CallList::default()).len(), 10);
    assert!(fixture.store.call_trace("acme", "c00").is_err());
    assert_eq!(fixture.store.call_trace("acme", "c19").unwrap(), b"t");
}

#[test]
fn what_does_not_fit_the_queue_is_refused_at_once() {
    let limits = Limits { queued_bytes: 100, journal_bytes: 1000, ..Limits::default() };
    let fixture = Fixture::with(Options { limits, ..Options::default() });
    let refused = fixture.store.record_call(record("c1", 1), b"", b"").unwrap_err();
    assert_eq!(refused.code(), "ST1006");
    let large = fixture.store.record_call(record("c1", 1), &[0; 1001], b"").unwrap_err();
    assert_eq!(large, StoreError::TooLarge { what: "journal", size: 1001, limit: 1000 });
}

#[test]
fn room_in_the_queue_comes_back() {
    let limits = Limits { queued_bytes: 2000, ..Limits::default() };
    let fixture = Fixture::with(Options { limits, ..Options::default() });
    for n in 0..20 {
        fixture.store.record_call(record(&format!("c{n}"), 1), b"j", b"t").unwrap().wait().unwrap();
    }
    assert_eq!(fixture.store.calls("acme", &CallList::default()).unwrap().len(), 20);
}

#[test]
fn thousands_of_records_are_taken_without_waiting_and_all_written() {
    let fixture = Fixture::new();
    let journal = vec![b'j'; 5000];
    let pending: Vec<_> = (0..5000)
        .map(|n| fixture.store.record_call(record(&format!("c{n}"), n), &journal, &journal).unwrap())
        .collect();
    for waiting in pending {
        waiting.wait().unwrap();
    }
    assert_eq!(fixture.store.calls("acme", &CallList::default()).unwrap().len(), 5000);
}

#[test]
fn registrations_last_until_they_end() {
    let fixture = Fixture::new();
    let registration = |key: &str, expires| Registration {
        key: key.into(),
        expires,
        value: object(json!({"contact": "sip:100@192.0.2.1"})),
    };
    fixture.store.keep_registration(&registration("a", 100)).unwrap();
    fixture.store.keep_registration(&registration("b", 200)).unwrap();
    fixture.store.keep_registration(&registration("a", 300)).unwrap();
    fixture.store.keep_registration(&registration("c", 300)).unwrap();
    fixture.store.forget_registration("c").unwrap().wait().unwrap();
    let fixture = fixture.reopened();
    let kept = fixture.store.registrations(200).unwrap();
    assert!(kept == [registration("a", 300)], "{:?}", kept.iter().map(|kept| &kept.key).collect::<Vec<_>>());
}
