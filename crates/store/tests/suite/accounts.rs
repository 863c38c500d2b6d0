//! The account tree, realms, API keys, numbers and secrets.

use serde_json::json;
use store::{Document, NewAccount, NewDocument, StoreError};

use crate::{Fixture, author, new, object, save};

fn account(fixture: &Fixture, id: &str, parent: &str, realm: &str) -> Result<Document, StoreError> {
    let body = object(json!({"name": format!("Account {id}"), "realm": realm}));
    let new = NewAccount { id: Some(id.into()), parent: Some(parent.into()), body };
    fixture.store.create_account(new, &author())
}

#[test]
fn the_tree_is_walked_up_and_down() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    account(&fixture, "b", "acme", "b.example").unwrap();
    account(&fixture, "a", "acme", "a.example").unwrap();
    account(&fixture, "aa", "a", "aa.example").unwrap();
    let ids = |rows: Vec<store::AccountRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(store.children("acme").unwrap()), ["a", "b"]);
    assert_eq!(ids(store.descendants("acme").unwrap()), ["a", "b", "aa"]);
    assert_eq!(ids(store.ancestors("aa").unwrap()), ["acme", "a"]);
    assert_eq!(ids(store.accounts().unwrap()), ["a", "aa", "acme", "b"]);
    assert!(matches!(store.move_account("a", "aa"), Err(StoreError::Invalid(_))));
    store.move_account("aa", "b").unwrap();
    assert_eq!(ids(store.ancestors("aa").unwrap()), ["acme", "b"]);
    assert!(matches!(store.delete_account("b", &author()), Err(StoreError::Invalid(_))));
    assert!(matches!(account(&fixture, "x", "nobody", "x.example"), Err(StoreError::NotFound { .. })));
}

#[test]
fn realms_are_unique_and_names_compare_loosely() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert_eq!(store.account_by_realm("ACME.example").unwrap().unwrap().id, "acme");
    assert_eq!(
        account(&fixture, "a", "acme", "acme.EXAMPLE").unwrap_err(),
        StoreError::Exists { what: "realm", value: "acme.example".into() }
    );
    account(&fixture, "a", "acme", "a.example").unwrap();
    let taken = store.save("a", "a", save(None, json!({"name": "A", "realm": "acme.example"})), &author());
    assert!(matches!(taken, Err(StoreError::Exists { what: "realm", .. })));
    assert_eq!(store.account("a").unwrap().version, 1, "nothing of the failed save stays");
    store.save("a", "a", save(None, json!({"name": "New-Name", "realm": "n.example"})), &author()).unwrap();
    assert!(store.account_by_realm("a.example").unwrap().is_none());
    assert_eq!(store.accounts_by_name("NEW name").unwrap()[0].id, "a");
    assert_eq!(store.accounts_by_name("acme ltd").unwrap()[0].id, "acme");
    assert_eq!(store.account_row("a").unwrap().unwrap().parent.as_deref(), Some("acme"), "its place stays");
    store.delete_account("a", &author()).unwrap();
    assert!(store.account_by_realm("n.example").unwrap().is_none());
    assert!(store.index("a").is_none());
    assert!(matches!(store.account("a"), Err(StoreError::NotFound { what: "account", .. })));
    account(&fixture, "b", "acme", "n.example").unwrap();
}

#[test]
fn a_purged_account_leaves_nothing() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    account(&fixture, "a", "acme", "a.example").unwrap();
    let flow = NewDocument { account: "a".into(), ..new("callflow", "f", json!({"numbers": ["+4930777"]})) };
    store.create(flow, &author()).unwrap();
    assert!(store.index("a").is_some());
    assert!(matches!(store.purge_account("acme"), Err(StoreError::Invalid(_))));
    store.purge_account("a").unwrap();
    assert!(store.index("a").is_none());
    assert_eq!(store.number_owner("+4930777").unwrap(), None);
    assert!(matches!(store.get("a", "f"), Err(StoreError::NotFound { .. })));
    account(&fixture, "a", "acme", "a.example").unwrap();
}

#[test]
fn api_keys_and_secrets_last() {
    let fixture = Fixture::new();
    assert_eq!(fixture.store.api_key("acme").unwrap(), None);
    let old = fixture.store.new_api_key("acme").unwrap();
    let key = fixture.store.new_api_key("acme").unwrap();
    assert_eq!(key.len(), 64);
    assert!(fixture.store.account_by_api_key(&old).unwrap().is_none());
    let secret = fixture.store.secret("jwt").unwrap();
    assert_eq!(secret.len(), 32);
    assert_ne!(secret, fixture.store.secret("digest").unwrap());
    let fixture = fixture.reopened();
    assert_eq!(fixture.store.secret("jwt").unwrap(), secret);
    assert_eq!(fixture.store.account_by_api_key(&key).unwrap().unwrap().id, "acme");
    assert!(matches!(fixture.store.new_api_key("nobody"), Err(StoreError::NotFound { .. })));
}

#[test]
fn the_first_claim_of_a_number_counts() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    account(&fixture, "a", "acme", "a.example").unwrap();
    let claim = json!({"numbers": ["+4930555", "101", "*97", "+x"]});
    store
        .create(NewDocument { account: "a".into(), ..new("callflow", "f1", claim.clone()) }, &author())
        .unwrap();
    fixture.create("callflow", "f2", claim);
    assert_eq!(store.number_owner("+4930555").unwrap().as_deref(), Some("a"));
    assert_eq!(store.number_claims("+4930555").unwrap().len(), 2);
    assert_eq!(store.number_owner("101").unwrap(), None);
    store.delete_account("a", &author()).unwrap();
    assert_eq!(store.number_owner("+4930555").unwrap().as_deref(), Some("acme"));
    fixture.create("phone_number", "+4930888", json!({}));
    assert_eq!(store.number_owner("+4930888").unwrap().as_deref(), Some("acme"));
}
