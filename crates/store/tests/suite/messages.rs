//! Voicemail messages: left, counted, moved, copied, removed.

use std::io::Read;

use serde_json::json;
use store::{Counts, Message, MessageChange, MessageFolder, MessageList, NewMessage, StoreError};

use crate::{Fixture, author, object};

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.create("vmbox", "box1", json!({"mailbox": "1"}));
    fixture.create("vmbox", "box2", json!({"mailbox": "2"}));
    fixture
}

fn message(box_id: &str, id: &str) -> NewMessage {
    NewMessage {
        account: "acme".into(),
        box_id: box_id.into(),
        id: Some(id.into()),
        folder: MessageFolder::New,
        metadata: object(json!({"caller_id_number": "100", "length": 2500})),
    }
}

fn add(fixture: &Fixture, box_id: &str, id: &str) -> Message {
    fixture.store.add_message(message(box_id, id), "audio/x-wav", id.as_bytes()).unwrap()
}

fn audio(fixture: &Fixture, id: &str) -> String {
    let mut text = String::new();
    fixture.store.open_message("acme", id, None).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_message_is_kept_with_its_audio() {
    let fixture = fixture();
    let added = add(&fixture, "box1", "m1");
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.message("acme", "m1").unwrap(), added);
    assert_eq!(added.metadata, object(json!({"caller_id_number": "100", "length": 2500})));
    assert_eq!(audio(&fixture, "m1"), "m1");
    let again = fixture.store.add_message(message("box1", "m1"), "audio/x-wav", &b"x"[..]);
    assert!(matches!(again, Err(StoreError::Exists { .. })));
    let nowhere = fixture.store.add_message(message("box9", "m2"), "audio/x-wav", &b"x"[..]);
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })));
    assert_eq!(audio(&fixture, "m1"), "m1");
}

#[test]
fn folders_are_counted_and_listed_apart() {
    let fixture = fixture();
    for id in ["a", "b", "c", "d"] {
        add(&fixture, "box1", id);
    }
    let to = |id, folder| {
        let change = MessageChange { folder: Some(folder), ..MessageChange::default() };
        fixture.store.change_message("acme", id, change).unwrap()
    };
    to("b", MessageFolder::Saved);
    to("c", MessageFolder::Deleted);
    assert_eq!(
        fixture.store.message_counts("acme", "box1").unwrap(),
        Counts { new: 2, saved: 1, deleted: 1 }
    );
    assert_eq!(fixture.store.message_counts("acme", "box2").unwrap(), Counts::default());
    let ids = |query: MessageList<'_>| -> Vec<String> {
        fixture.store.messages("acme", &query).unwrap().into_iter().map(|message| message.id).collect()
    };
    let mut listed = ids(MessageList { box_id: Some("box1"), ..MessageList::default() });
    listed.sort();
    assert_eq!(listed, ["a", "b", "d"], "deleted ones are not shown");
    let deleted = Some(MessageFolder::Deleted);
    assert_eq!(ids(MessageList { box_id: Some("box1"), folder: deleted, ..MessageList::default() }), ["c"]);

    let mut paged = Vec::new();
    loop {
        let last: Option<Message> = paged.last().cloned();
        let after = last.as_ref().map(|message| (message.created, message.id.as_str()));
        let query = MessageList { descending: true, after, limit: 2, ..MessageList::default() };
        let page = fixture.store.messages("acme", &query).unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    let keys: Vec<_> = paged.iter().map(|message| (message.created, message.id.clone())).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.is_sorted_by(|one, next| one > next), "newest first, none twice: {keys:?}");
}

#[test]
fn copies_share_audio_until_the_last_goes() {
    let fixture = fixture();
    add(&fixture, "box1", "m1");
    let copy = fixture.store.copy_message("acme", "m1", "box2", Some("m2".into())).unwrap();
    assert_eq!((copy.box_id.as_str(), copy.folder), ("box2", MessageFolder::New));
    fixture.store.remove_message("acme", "m1").unwrap();
    assert!(matches!(fixture.store.message("acme", "m1"), Err(StoreError::NotFound { .. })));
    assert_eq!(audio(&fixture, "m2"), "m1");
    let blob = copy.audio.unwrap().id;
    fixture.store.remove_message("acme", "m2").unwrap();
    assert!(matches!(fixture.store.open_blob(&blob, None), Err(StoreError::NotFound { .. })));
}

#[test]
fn messages_move_between_boxes_and_get_audio_later() {
    let fixture = fixture();
    fixture.store.add_silent_message(message("box1", "m1")).unwrap();
    assert!(matches!(fixture.store.open_message("acme", "m1", None), Err(StoreError::NotFound { .. })));
    fixture.store.set_message_audio("acme", "m1", "audio/x-wav", &b"one"[..]).unwrap();
    fixture.store.set_message_audio("acme", "m1", "audio/x-wav", &b"two"[..]).unwrap();
    assert_eq!(audio(&fixture, "m1"), "two");
    let into = |box_id: &str| MessageChange { box_id: Some(box_id.into()), ..MessageChange::default() };
    assert_eq!(fixture.store.change_message("acme", "m1", into("box2")).unwrap().box_id, "box2");
    assert!(fixture.store.change_message("acme", "m1", into("box9")).is_err());
    assert_eq!(fixture.store.message_counts("acme", "box2").unwrap().new, 1);
    fixture.store.purge("acme", "box2", None).unwrap();
    assert!(matches!(fixture.store.message("acme", "m1"), Err(StoreError::NotFound { .. })));
}

#[test]
fn retention_takes_only_what_is_old_and_of_the_folder() {
    let fixture = fixture();
    let kept = add(&fixture, "box1", "kept");
    add(&fixture, "box1", "gone");
    let change = MessageChange { folder: Some(MessageFolder::Deleted), ..MessageChange::default() };
    fixture.store.change_message("acme", "gone", change).unwrap();
    assert_eq!(fixture.store.purge_messages(MessageFolder::Deleted, kept.created - 10).unwrap(), 0);
    assert_eq!(fixture.store.purge_messages(MessageFolder::Deleted, kept.created + 1000).unwrap(), 1);
    assert!(fixture.store.message("acme", "gone").is_err());
    assert_eq!(fixture.store.message("acme", "kept").unwrap(), kept);
    fixture.store.delete("acme", "box1", None, &author()).unwrap();
    assert_eq!(fixture.store.message("acme", "kept").unwrap(), kept, "a restored box has its messages");
}
