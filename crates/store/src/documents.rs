//! Documents: made, read, listed, saved, deleted, restored; and their versions.
//!
//! Not here: whether a document's members make sense (crate `flow`), and SQL.

use crate::credentials;
use crate::document::{
    ACCOUNT, Author, Change, ChangeKind, Document, List, N2FE_USER, NewDocument, Object, Private,
    SERVICE_NUMBER, Save, USER, Version, body_text, check_depth, check_name, merge,
};
use crate::error::{Result, StoreError};
use crate::limits::Limits;
use crate::random::new_id;
use crate::schedules;
use crate::sqlite::documents::{self as sql, Current, Live, NewState};
use crate::sqlite::{Effect, Write, accounts};
use crate::store::Store;

impl Store {
    /// Makes a document; its first version is live. An id of a soft-deleted document of the same kind brings that
    /// document back with the new body as its next version. A user's `password` becomes hidden hashes.
    ///
    /// # Errors
    /// `Exists` when the id is taken, `NotFound` without the account, `TooLarge`, `Invalid`.
    pub fn create(&self, new: NewDocument, author: &Author) -> Result<Document> {
        let author = author.clone();
        self.database().write(move |write| create(write, new, &author))
    }

    /// A document that is not deleted.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, account: &str, id: &str) -> Result<Document> {
        let found = self.database().read(|db| sql::find(db, account, id))?;
        found.filter(|document| !document.deleted).ok_or_else(|| StoreError::not_found("document", id))
    }

    /// Documents of an account ordered by id. The next page starts at the last row's id (that row comes again).
    ///
    /// # Errors
    /// Of the database only; an unknown account has no documents.
    pub fn list(&self, account: &str, query: &List<'_>) -> Result<Vec<Document>> {
        let rows = self.rows(query.limit);
        self.database().read(|db| sql::list(db, account, query, rows))
    }

    /// How many documents of a kind are not deleted.
    ///
    /// # Errors
    /// Of the database only.
    pub fn count(&self, account: &str, kind: &str) -> Result<u64> {
        self.database().read(|db| sql::count(db, account, kind))
    }

    /// Saves a document: a new version, live at once. A user's `password` becomes hidden hashes; an account's `name`
    /// and `realm` move in the account tree too.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `Exists` (an account's realm), `TooLarge`, `Invalid`.
    pub fn save(&self, account: &str, id: &str, save: Save<'_>, author: &Author) -> Result<Document> {
        self.change(account, id, save, author, |_, body| body)
    }

    /// Lays the given members over a document (see [`merge`]) and saves the result as [`Store::save`] does.
    ///
    /// # Errors
    /// As [`Store::save`].
    pub fn patch(&self, account: &str, id: &str, save: Save<'_>, author: &Author) -> Result<Document> {
        check_depth(&save.body, self.limits())?;
        self.change(account, id, save, author, |current, patch| {
            let mut body = current.clone();
            merge(&mut body, &patch);
            body
        })
    }

    fn change(
        &self,
        account: &str,
        id: &str,
        save: Save<'_>,
        author: &Author,
        lay: impl FnOnce(&Object, Object) -> Object + Send + 'static,
    ) -> Result<Document> {
        let (account, id, author) = (account.to_owned(), id.to_owned(), author.clone());
        let expected = save.expected.map(str::to_owned);
        self.database().write(move |write| {
            let current = current(write, &account, &id, expected.as_deref())?;
            let body = lay(&current.document.body, save.body);
            replace(write, &current, body, save.private, &author)
        })
    }

    /// Reads a document, changes its members and saves the result, with nobody in between: a new live version, and
    /// what `edit` gave. An error of `edit` leaves everything as it was.
    ///
    /// # Errors
    /// Of `edit`, and as [`Store::save`].
    pub fn edit<T: Send + 'static>(
        &self,
        account: &str,
        id: &str,
        author: &Author,
        edit: impl FnOnce(&mut Object) -> Result<T> + Send + 'static,
    ) -> Result<(Document, T)> {
        let (account, id, author) = (account.to_owned(), id.to_owned(), author.clone());
        self.database().write(move |write| {
            let current = current(write, &account, &id, None)?;
            let mut body = current.document.body.clone();
            let given = edit(&mut body)?;
            Ok((replace(write, &current, body, Private::Keep, &author)?, given))
        })
    }

    /// Saves a version without making it live; gives its number.
    ///
    /// # Errors
    /// As [`Store::save`]; only a user's or account's document has no drafts (`Invalid`).
    pub fn draft(&self, account: &str, id: &str, save: Save<'_>, author: &Author) -> Result<u32> {
        let (account, id, author) = (account.to_owned(), id.to_owned(), author.clone());
        let expected = save.expected.map(str::to_owned);
        self.database().write(move |write| {
            let current = current(write, &account, &id, expected.as_deref())?;
            if matches!(current.document.kind.as_str(), USER | ACCOUNT) {
                return Err(StoreError::Invalid("users and accounts have no drafts".to_owned()));
            }
            let number = sql::draft(write, &current, &prepared(save.body, write.limits)?, &author)?;
            let news = change_of(&current.document, ChangeKind::Drafted);
            write.effects.push(Effect::News(news));
            Ok(number)
        })
    }

    /// A document's versions, newest first, without bodies; from number `start` down, at most `limit` (0: as many as
    /// allowed). Also of a soft-deleted document.
    ///
    /// # Errors
    /// `NotFound` when the document does not exist.
    pub fn versions(
        &self,
        account: &str,
        id: &str,
        start: Option<u32>,
        limit: usize,
    ) -> Result<Vec<Version>> {
        let rows = self.rows(limit);
        self.database().read(|db| {
            if sql::find(db, account, id)?.is_none() {
                return Err(StoreError::not_found("document", id));
            }
            sql::versions(db, account, id, start, rows)
        })
    }

    /// One version with its body. Also of a soft-deleted document.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn version(&self, account: &str, id: &str, number: u32) -> Result<Version> {
        let found = self.database().read(|db| sql::version(db, account, id, number))?;
        found.ok_or_else(|| StoreError::not_found("version", format!("{number} of {id}")))
    }

    /// Makes a version the live one; no new version is made, the revision changes.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub fn make_live(
        &self,
        account: &str,
        id: &str,
        number: u32,
        expected: Option<&str>,
    ) -> Result<Document> {
        let (account, id, expected) = (account.to_owned(), id.to_owned(), expected.map(str::to_owned));
        self.database().write(move |write| {
            let current = current(write, &account, &id, expected.as_deref())?;
            let private = current.document.private.clone();
            turn(write, &current, &private, false, Live::Number(number), ChangeKind::Changed)
        })
    }

    /// Deletes a document softly: it is gone for everyone but [`Store::restore`] and the version calls.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`; `Invalid` for an account's own document.
    pub fn delete(
        &self,
        account: &str,
        id: &str,
        expected: Option<&str>,
        author: &Author,
    ) -> Result<Document> {
        // The author of a deletion is told in the log; versions stay those that were saved.
        tracing::debug!(account, id, author = %author.name, "a document is deleted");
        let (account, id, expected) = (account.to_owned(), id.to_owned(), expected.map(str::to_owned));
        self.database().write(move |write| {
            let current = current(write, &account, &id, expected.as_deref())?;
            refuse_account(&current.document)?;
            turn_deleted(write, &current)
        })
    }

    /// Brings a soft-deleted document back as it was; a document that is not deleted stays as it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn restore(&self, account: &str, id: &str) -> Result<Document> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.database().write(move |write| {
            let current = sql::current(write.db, &account, &id)?
                .ok_or_else(|| StoreError::not_found("document", &id))?;
            refuse_account(&current.document)?;
            if !current.document.deleted {
                return Ok(current.document);
            }
            let (private, live) = (current.document.private.clone(), Live::Number(current.document.version));
            turn(write, &current, &private, false, live, ChangeKind::Created)
        })
    }

    /// Removes a document, deleted or not, with its versions, attachments and (a box) messages, for good.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`; `Invalid` for an account's own document.
    pub fn purge(&self, account: &str, id: &str, expected: Option<&str>) -> Result<()> {
        let (account, id, expected) = (account.to_owned(), id.to_owned(), expected.map(str::to_owned));
        self.database().write(move |write| {
            let current = sql::current(write.db, &account, &id)?
                .ok_or_else(|| StoreError::not_found("document", &id))?;
            refuse_account(&current.document)?;
            expect(&current.document, expected.as_deref())?;
            let mut gone = current.document;
            gone.deleted = true;
            sql::derive(write, &gone)?;
            sql::purge(write, &account, &id)?;
            let change = change_of(&gone, ChangeKind::Deleted);
            write.effects.push(Effect::Document(change, None));
            Ok(())
        })
    }

    /// Rows of a list that asks for `limit`.
    pub(crate) fn rows(&self, limit: usize) -> usize {
        let most = self.limits().page_rows;
        if limit == 0 { most } else { limit.min(most) }
    }
}

/// Makes a document inside a transaction.
pub(crate) fn create(write: &mut Write<'_>, new: NewDocument, author: &Author) -> Result<Document> {
    make(write, new, author, None)
}

/// Makes a document; its live version is the numbered one, which is there already, or a new one.
pub(crate) fn make(
    write: &mut Write<'_>,
    new: NewDocument,
    author: &Author,
    version: Option<u32>,
) -> Result<Document> {
    if new.kind == ACCOUNT {
        return Err(StoreError::Invalid("an account is made by create_account".to_owned()));
    }
    let id = match new.id {
        Some(id) => id,
        None => new_id()?,
    };
    check_name("the id", &id, write.limits)?;
    check_name("the kind", &new.kind, write.limits)?;
    if accounts::find(write.db, &new.account)?.is_none() {
        return Err(StoreError::not_found("account", new.account));
    }
    let current = sql::current(write.db, &new.account, &id)?;
    if let Some(current) = &current
        && (!current.document.deleted || current.document.kind != new.kind)
    {
        return Err(StoreError::Exists { what: "id", value: id });
    }
    let (mut body, mut private) = (new.body, new.private);
    match new.kind.as_str() {
        USER => credentials::hide_password(&mut body, &mut private),
        N2FE_USER => drop(body.shift_remove("password")),
        SERVICE_NUMBER => schedules::pin(write, &new.account, &mut body)?,
        _ => {}
    }
    let text = prepared(body, write.limits)?;
    check_private(&private, write.limits)?;
    let state = NewState {
        account: &new.account,
        id: &id,
        kind: &new.kind,
        private: &private,
        deleted: false,
        live: version.map_or(Live::New(&text, author), Live::Number),
    };
    let document = sql::put(write, current.as_ref(), state)?;
    sql::derive(write, &document)?;
    schedules::note(write, &document)?;
    note(write, &document, ChangeKind::Created);
    Ok(document)
}

/// Saves a new live version inside a transaction.
pub(crate) fn replace(
    write: &mut Write<'_>,
    current: &Current,
    mut body: Object,
    private: Private,
    author: &Author,
) -> Result<Document> {
    let document = &current.document;
    let mut hidden = match private {
        Private::Keep => document.private.clone(),
        Private::Set(members) => members,
        Private::Merge(members) => {
            check_depth(&members, write.limits)?;
            let mut hidden = document.private.clone();
            merge(&mut hidden, &members);
            hidden
        }
    };
    match document.kind.as_str() {
        USER => credentials::hide_password(&mut body, &mut hidden),
        N2FE_USER => drop(body.shift_remove("password")),
        SERVICE_NUMBER => schedules::pin(write, &document.account, &mut body)?,
        _ => {}
    }
    check_private(&hidden, write.limits)?;
    let text = prepared(body, write.limits)?;
    turn(write, current, &hidden, false, Live::New(&text, author), ChangeKind::Changed)
}

/// The state of a document to be changed, at the revision the writer has read.
pub(crate) fn current(write: &Write<'_>, account: &str, id: &str, expected: Option<&str>) -> Result<Current> {
    let current = sql::current(write.db, account, id)?
        .filter(|current| !current.document.deleted)
        .ok_or_else(|| StoreError::not_found("document", id))?;
    expect(&current.document, expected)?;
    Ok(current)
}

/// Makes a version that is there live inside a transaction, with these hidden members.
pub(crate) fn turn_to(
    write: &mut Write<'_>,
    current: &Current,
    private: &Object,
    version: u32,
) -> Result<Document> {
    turn(write, current, private, false, Live::Number(version), ChangeKind::Changed)
}

/// Writes a document's next state and everything that follows from it.
fn turn(
    write: &mut Write<'_>,
    current: &Current,
    private: &Object,
    deleted: bool,
    live: Live<'_>,
    change: ChangeKind,
) -> Result<Document> {
    let Document { account, id, kind, .. } = &current.document;
    let document = sql::put(write, Some(current), NewState { account, id, kind, private, deleted, live })?;
    if kind == ACCOUNT {
        crate::accounts::place(write, &document, None)?;
    }
    sql::derive(write, &document)?;
    schedules::note(write, &document)?;
    note(write, &document, change);
    Ok(document)
}

/// Writes a document's soft deletion.
pub(crate) fn turn_deleted(write: &mut Write<'_>, current: &Current) -> Result<Document> {
    let Document { private, version, .. } = &current.document;
    turn(write, current, private, true, Live::Number(*version), ChangeKind::Deleted)
}

/// Notes a change for the index and whoever listens.
pub(crate) fn note(write: &mut Write<'_>, document: &Document, change: ChangeKind) {
    let news = change_of(document, change);
    write.effects.push(Effect::Document(news, Some(Box::new(document.clone()))));
}

pub(crate) fn change_of(document: &Document, change: ChangeKind) -> Change {
    Change {
        account: document.account.clone(),
        kind: document.kind.clone(),
        id: document.id.clone(),
        revision: document.revision.clone(),
        change,
    }
}

/// The text of a body to be stored: without `id`, of allowed size.
pub(crate) fn prepared(mut body: Object, limits: &Limits) -> Result<String> {
    body.shift_remove("id");
    body_text(&body, limits)
}

fn check_private(private: &Object, limits: &Limits) -> Result<()> {
    body_text(private, limits).map(|_| ())
}

fn expect(document: &Document, expected: Option<&str>) -> Result<()> {
    match expected {
        Some(expected) if expected != document.revision => Err(StoreError::Conflict {
            id: document.id.clone(),
            expected: expected.to_owned(),
            actual: document.revision.clone(),
        }),
        _ => Ok(()),
    }
}

fn refuse_account(document: &Document) -> Result<()> {
    if document.kind == ACCOUNT {
        return Err(StoreError::Invalid("an account is deleted by delete_account".to_owned()));
    }
    Ok(())
}
