//! The store as this interface sees it: failures instead of store errors, whole lists, documents of one kind.
//!
//! Not here: what is stored how (crate `store`).

use serde_json::json;
use store::{AccountRow, Document, List, StoreError};

use super::context::Cx;
use super::error::Failure;
use crate::state::Shared;

/// The most documents of one kind in an account that a list or a uniqueness rule looks at.
const DOCUMENTS_MAX: usize = 100_000;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { id, .. } => Failure::BadIdentifier(id),
            StoreError::Conflict { .. } => Failure::Conflict,
            StoreError::Exists { what: "realm", value } => {
                let message = "Realm is not unique for this system";
                Failure::invalid("realm", "unique", message, json!({"cause": value}))
            }
            StoreError::Exists { .. } => Failure::Conflict,
            StoreError::TooLarge { what, size, limit } => {
                let message = format!("{what} has {size} bytes, the limit is {limit}");
                Failure::invalid(what, "maxSize", message, json!({"target": limit}))
            }
            StoreError::Invalid(reason) => Failure::invalid("data", "invalid", reason, json!({})),
            StoreError::Busy(_) => Failure::Busy,
            other => Failure::Store(other.to_string()),
        }
    }
}

/// A document of any kind that is not deleted.
pub(crate) fn find(state: &Shared, account: &str, id: &str) -> Result<Option<Document>, Failure> {
    match state.store.get(account, id) {
        Ok(document) => Ok(Some(document)),
        Err(StoreError::NotFound { .. } | StoreError::Invalid(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A document of one kind that is not deleted.
///
/// # Errors
/// `BadIdentifier` when there is none, or one of another kind.
pub(crate) fn document(state: &Shared, account: &str, kind: &str, id: &str) -> Result<Document, Failure> {
    let found = find(state, account, id)?.filter(|document| document.kind == kind);
    found.ok_or_else(|| Failure::BadIdentifier(id.to_owned()))
}

/// An account's own document.
pub(crate) fn account(state: &Shared, id: &str) -> Result<Document, Failure> {
    document(state, id, store::document::ACCOUNT, id)
}

/// All documents of a kind.
pub(crate) fn all(state: &Shared, account: &str, kind: &str) -> Result<Vec<Document>, Failure> {
    let mut documents: Vec<Document> = Vec::new();
    loop {
        let start = documents.last().map(|last| last.id.clone());
        let query = List { start: start.as_deref(), ..List::kind(kind) };
        let rows = state.store.list(account, &query)?;
        let fresh: Vec<Document> =
            rows.into_iter().filter(|row| Some(row.id.as_str()) != start.as_deref()).collect();
        if fresh.is_empty() || documents.len() >= DOCUMENTS_MAX {
            return Ok(documents);
        }
        documents.extend(fresh);
    }
}

/// Deletes a document, softly or for good.
pub(crate) fn delete(cx: &Cx<'_>, document: &Document, soft: bool) -> Result<(), Failure> {
    let store = &cx.state.store;
    if soft {
        store.delete(&document.account, &document.id, Some(&document.revision), &cx.author())?;
    } else {
        store.purge(&document.account, &document.id, Some(&document.revision))?;
    }
    Ok(())
}

/// Deletes an account without descendants.
pub(crate) fn delete_account(cx: &Cx<'_>, account: &Document) -> Result<(), Failure> {
    cx.state.store.delete_account(&account.id, &cx.author())?;
    Ok(())
}

/// The account whose callflow or inventory has a number.
pub(crate) fn number_owner(state: &Shared, number: &str) -> Result<Option<String>, Failure> {
    Ok(state.store.number_owner(number)?)
}

/// The user of an account with this MD5 (or SHA-1) of `username:password`.
pub(crate) fn user_by_hash(
    state: &Shared,
    account: &str,
    hash: &str,
    is_sha1: bool,
) -> Result<Option<Document>, Failure> {
    Ok(state.store.user_by_hash(account, hash, is_sha1)?)
}

/// The account with a realm.
pub(crate) fn account_by_realm(state: &Shared, realm: &str) -> Result<Option<Document>, Failure> {
    let row = state.store.account_by_realm(realm)?;
    row.map(|row| account(state, &row.id)).transpose()
}

/// The accounts with a name, compared by lower-case letters and digits.
pub(crate) fn accounts_by_name(state: &Shared, name: &str) -> Result<Vec<Document>, Failure> {
    state.store.accounts_by_name(name)?.into_iter().map(|row| account(state, &row.id)).collect()
}

/// The account with an API key.
pub(crate) fn account_by_api_key(state: &Shared, key: &str) -> Result<Option<Document>, Failure> {
    let row = state.store.account_by_api_key(key)?;
    row.map(|row| account(state, &row.id)).transpose()
}

/// An account's API key.
pub(crate) fn api_key(state: &Shared, account: &str) -> Result<Option<String>, Failure> {
    Ok(state.store.api_key(account)?)
}

/// A new API key for an account; the old one ends.
pub(crate) fn new_api_key(state: &Shared, account: &str) -> Result<String, Failure> {
    Ok(state.store.new_api_key(account)?)
}

/// The account above; none for a root account.
pub(crate) fn parent(state: &Shared, id: &str) -> Result<Option<String>, Failure> {
    Ok(ancestors(state, id)?.pop().map(|row| row.id))
}

/// The accounts above, highest first.
pub(crate) fn ancestors(state: &Shared, id: &str) -> Result<Vec<AccountRow>, Failure> {
    Ok(state.store.ancestors(id)?)
}

/// The accounts directly below.
pub(crate) fn children(state: &Shared, id: &str) -> Result<Vec<AccountRow>, Failure> {
    Ok(state.store.children(id)?)
}

/// All accounts below.
pub(crate) fn descendants(state: &Shared, id: &str) -> Result<Vec<AccountRow>, Failure> {
    Ok(state.store.descendants(id)?)
}

/// The documents of all accounts below.
pub(crate) fn below(state: &Shared, id: &str) -> Result<Vec<Document>, Failure> {
    descendants(state, id)?.into_iter().map(|row| account(state, &row.id)).collect()
}

/// Whether an account lies below another.
pub(crate) fn is_descendant(state: &Shared, id: &str, ancestor: &str) -> Result<bool, Failure> {
    Ok(ancestors(state, id)?.iter().any(|row| row.id == ancestor))
}
