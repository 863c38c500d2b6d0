//! The account tree, who may log in, who owns a number, and the server's secrets.
//!
//! Not here: who may do what (crate `api`).

use serde_json::Value;

use crate::document::{ACCOUNT, AccountRow, Author, ChangeKind, Document, NewAccount, Object, check_name};
use crate::documents::{change_of, note, prepared};
use crate::error::{Result, StoreError};
use crate::random::{self, hex, new_id};
use crate::sqlite::documents::{self as sql, Live, NewState};
use crate::sqlite::{Effect, Write, accounts, services};
use crate::store::Store;

impl Store {
    /// Makes an account; its document has kind `account` and the account's id.
    ///
    /// # Errors
    /// `Exists` when id or realm is taken, `NotFound` without the parent, `Invalid`, `TooLarge`.
    pub fn create_account(&self, new: NewAccount, author: &Author) -> Result<Document> {
        let author = author.clone();
        self.database().write(move |write| create(write, new, &author))
    }

    /// The account's own document; the same as [`Store::get`] with the id twice.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn account(&self, id: &str) -> Result<Document> {
        self.get(id, id).map_err(|error| match error {
            StoreError::NotFound { id, .. } => StoreError::not_found("account", id),
            other => other,
        })
    }

    /// Every account, by id.
    ///
    /// # Errors
    /// Of the database only, as all queries below.
    pub fn accounts(&self) -> Result<Vec<AccountRow>> {
        self.database().read(accounts::all)
    }

    /// An account's place in the tree.
    pub fn account_row(&self, id: &str) -> Result<Option<AccountRow>> {
        self.database().read(|db| accounts::find(db, id))
    }

    /// The accounts right below, by id.
    pub fn children(&self, id: &str) -> Result<Vec<AccountRow>> {
        self.database().read(|db| accounts::children(db, id))
    }

    /// All accounts below, nearest level first.
    pub fn descendants(&self, id: &str) -> Result<Vec<AccountRow>> {
        self.database().read(|db| accounts::descendants(db, id))
    }

    /// The accounts above, the root first.
    pub fn ancestors(&self, id: &str) -> Result<Vec<AccountRow>> {
        self.database().read(|db| accounts::ancestors(db, id))
    }

    /// The account with a realm, in any case.
    pub fn account_by_realm(&self, realm: &str) -> Result<Option<AccountRow>> {
        let realm = realm.to_lowercase();
        self.database().read(|db| accounts::by_realm(db, &realm))
    }

    /// The accounts with a name, compared by lower-case letters and digits only.
    pub fn accounts_by_name(&self, name: &str) -> Result<Vec<AccountRow>> {
        let key = accounts::name_key(name);
        self.database().read(|db| accounts::by_name_key(db, &key))
    }

    /// The account with an API key.
    pub fn account_by_api_key(&self, key: &str) -> Result<Option<AccountRow>> {
        self.database().read(|db| accounts::by_api_key(db, key))
    }

    /// The account that has an E.164 number (`+` and digits) in a callflow or its number inventory: the one that
    /// claimed it first.
    pub fn number_owner(&self, number: &str) -> Result<Option<String>> {
        let claims = self.number_claims(number)?;
        Ok(claims.into_iter().next().map(|(account, _)| account))
    }

    /// All claims of an E.164 number as account and document (callflow or `phone_number`), first claim first.
    pub fn number_claims(&self, number: &str) -> Result<Vec<(String, String)>> {
        self.database().read(|db| accounts::claims(db, number))
    }

    /// An account's API key; `None` before one was made.
    pub fn api_key(&self, account: &str) -> Result<Option<String>> {
        self.database().read(|db| accounts::api_key(db, account))
    }

    /// Makes an account's API key, 64 hex digits; a former one ends.
    ///
    /// # Errors
    /// `NotFound` without the account.
    pub fn new_api_key(&self, account: &str) -> Result<String> {
        let key = hex(&random::bytes::<32>()?);
        let (account, answer) = (account.to_owned(), key.clone());
        self.database().write(move |write| {
            if accounts::find(write.db, &account)?.is_none() {
                return Err(StoreError::not_found("account", account));
            }
            accounts::set_api_key(write.db, &account, &key)
        })?;
        Ok(answer)
    }

    /// The user of an account with this MD5 (or SHA-1) of `username:password`, lower-case hex.
    pub fn user_by_hash(&self, account: &str, hash: &str, is_sha1: bool) -> Result<Option<Document>> {
        self.database().read(|db| {
            let ids = accounts::users_by_hash(db, account, hash, is_sha1)?;
            ids.first().map_or(Ok(None), |id| sql::find(db, account, id))
        })
    }

    /// The user of an account with a user name, in any case; hashes are in [`Document::private`].
    pub fn user_by_name(&self, account: &str, username: &str) -> Result<Option<Document>> {
        let username = username.to_lowercase();
        self.database().read(|db| {
            let ids = accounts::users_by_name(db, account, &username)?;
            ids.first().map_or(Ok(None), |id| sql::find(db, account, id))
        })
    }

    /// A secret of this server: 32 random bytes made at the first call with a name and kept for ever.
    pub fn secret(&self, name: &str) -> Result<Vec<u8>> {
        if let Some(kept) = self.database().read(|db| accounts::secret(db, name))? {
            return Ok(kept);
        }
        let (name, fresh) = (name.to_owned(), random::bytes::<32>()?.to_vec());
        self.database().write(move |write| {
            check_name("the secret's name", &name, write.limits)?;
            // Another thread may have made it meanwhile.
            if let Some(kept) = accounts::secret(write.db, &name)? {
                return Ok(kept);
            }
            accounts::put_secret(write.db, &name, &fresh)?;
            Ok(fresh)
        })
    }

    /// Puts an account under another one.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the new parent is the account itself or below it, or the tree gets deeper than 32.
    pub fn move_account(&self, id: &str, parent: &str) -> Result<()> {
        let (id, parent) = (id.to_owned(), parent.to_owned());
        self.database().write(move |write| {
            let mut row =
                accounts::find(write.db, &id)?.ok_or_else(|| StoreError::not_found("account", &id))?;
            let above = accounts::ancestors(write.db, &parent)?;
            if parent == id || above.iter().any(|row| row.id == id) {
                return Err(StoreError::Invalid("an account cannot be put below itself".to_owned()));
            }
            check_parent(write, &parent)?;
            row.parent = Some(parent);
            accounts::put(write, &row, false)?;
            let document =
                sql::find(write.db, &id, &id)?.ok_or_else(|| StoreError::not_found("account", &id))?;
            write.effects.push(Effect::Account(change_of(&document, ChangeKind::Changed)));
            Ok(())
        })
    }

    /// Deletes an account softly: it, its realm, numbers and users are gone for everyone. Its documents stay until
    /// [`Store::purge_account`].
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while it has accounts below.
    pub fn delete_account(&self, id: &str, author: &Author) -> Result<()> {
        tracing::debug!(account = id, author = %author.name, "an account is deleted");
        let id = id.to_owned();
        self.database().write(move |write| {
            let row = accounts::find(write.db, &id)?.ok_or_else(|| StoreError::not_found("account", &id))?;
            refuse_parent(write, &id)?;
            accounts::put(write, &row, true)?;
            let current =
                sql::current(write.db, &id, &id)?.ok_or_else(|| StoreError::not_found("account", &id))?;
            let state = NewState {
                account: &id,
                id: &id,
                kind: ACCOUNT,
                private: &current.document.private,
                deleted: true,
                live: Live::Number(current.document.version),
            };
            let document = sql::put(write, Some(&current), state)?;
            services::release(write, &id)?;
            write.effects.push(Effect::Account(change_of(&document, ChangeKind::Deleted)));
            Ok(())
        })
    }

    /// Removes an account, deleted or not, and everything it has, for good.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while it has accounts below, deleted ones included.
    pub fn purge_account(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.database().write(move |write| {
            let document =
                sql::find(write.db, &id, &id)?.ok_or_else(|| StoreError::not_found("account", &id))?;
            if accounts::has_rows_below(write.db, &id)? {
                return Err(StoreError::Invalid("the account has accounts below it".to_owned()));
            }
            accounts::purge(write, &id)?;
            write.effects.push(Effect::Account(change_of(&document, ChangeKind::Deleted)));
            Ok(())
        })
    }
}

/// Makes an account inside a transaction.
pub(crate) fn create(write: &mut Write<'_>, new: NewAccount, author: &Author) -> Result<Document> {
    let id = match new.id {
        Some(id) => id,
        None => new_id()?,
    };
    check_name("the account id", &id, write.limits)?;
    if accounts::find_any(write.db, &id)?.is_some() {
        return Err(StoreError::Exists { what: "id", value: id });
    }
    if let Some(parent) = &new.parent {
        check_parent(write, parent)?;
    }
    let row = row_of(write, &id, new.parent, &new.body)?;
    accounts::put(write, &row, false)?;
    let text = prepared(new.body, write.limits)?;
    let private = Object::new();
    let live = Live::New(&text, author);
    let state = NewState { account: &id, id: &id, kind: ACCOUNT, private: &private, deleted: false, live };
    let document = sql::put(write, None, state)?;
    note(write, &document, ChangeKind::Created);
    Ok(document)
}

/// Brings an account's row in line with its document. `parent`: `None` leaves it where it is.
pub(crate) fn place(write: &Write<'_>, document: &Document, parent: Option<String>) -> Result<()> {
    let kept = accounts::find(write.db, &document.id)?.and_then(|row| row.parent);
    let row = row_of(write, &document.id, parent.or(kept), &document.body)?;
    accounts::put(write, &row, document.deleted)
}

fn row_of(write: &Write<'_>, id: &str, parent: Option<String>, body: &Object) -> Result<AccountRow> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let realm = text("realm").filter(|realm| !realm.is_empty()).map(str::to_lowercase);
    if let Some(realm) = &realm {
        check_name("the realm", realm, write.limits)?;
    }
    Ok(AccountRow { id: id.to_owned(), parent, name: text("name").unwrap_or_default().to_owned(), realm })
}

fn check_parent(write: &Write<'_>, parent: &str) -> Result<()> {
    if accounts::find(write.db, parent)?.is_none() {
        return Err(StoreError::not_found("account", parent));
    }
    if accounts::ancestors(write.db, parent)?.len() + 1 >= accounts::DEPTH {
        return Err(StoreError::Invalid(format!("accounts nest at most {} levels", accounts::DEPTH)));
    }
    Ok(())
}

fn refuse_parent(write: &Write<'_>, id: &str) -> Result<()> {
    if accounts::children(write.db, id)?.is_empty() {
        return Ok(());
    }
    Err(StoreError::Invalid("the account has accounts below it".to_owned()))
}
