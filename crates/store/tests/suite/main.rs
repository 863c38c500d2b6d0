//! The store held against its promises through the public methods only, so that the same suite can hold any
//! database behind it to them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]

mod accounts;
mod attempts;
mod calls;
mod documents;
mod import;
mod kill;
mod media;
mod messages;
mod opening;
mod services;
mod threads;
mod versions;

use serde_json::Value;
use store::{Author, Document, NewAccount, NewDocument, Object, Options, Save, Store};
use tempfile::TempDir;

/// A store in a directory of its own, with one account `acme`.
struct Fixture {
    store: Store,
    directory: TempDir,
}

impl Fixture {
    fn new() -> Fixture {
        Fixture::with(Options::default())
    }

    fn with(options: Options) -> Fixture {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open_with(directory.path(), options).unwrap();
        let body = object(serde_json::json!({"name": "Acme Ltd.", "realm": "Acme.example"}));
        store.create_account(NewAccount { id: Some("acme".into()), parent: None, body }, &author()).unwrap();
        Fixture { store, directory }
    }

    /// Closes the store and opens it again.
    fn reopened(self) -> Fixture {
        let Fixture { store, directory } = self;
        drop(store);
        Fixture { store: Store::open(directory.path()).unwrap(), directory }
    }

    fn create(&self, kind: &str, id: &str, body: Value) -> Document {
        self.store.create(new(kind, id, body), &author()).unwrap()
    }
}

fn author() -> Author {
    Author::new("tester")
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}

fn new(kind: &str, id: &str, body: Value) -> NewDocument {
    NewDocument {
        account: "acme".into(),
        id: Some(id.into()),
        kind: kind.into(),
        body: object(body),
        ..NewDocument::default()
    }
}

fn save(expected: Option<&str>, body: Value) -> Save<'_> {
    Save { expected, body: object(body), ..Save::default() }
}
