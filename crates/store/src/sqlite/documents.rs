//! Documents and versions in SQL.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Write;
use crate::document::{Author, Document, List, Object, Version};
use crate::error::{Result, StoreError};
use crate::random::hex;

const COLUMNS: &str =
    "d.account, d.id, d.kind, d.revision, d.version, d.created, d.modified, d.deleted, d.private, v.body
    FROM documents d JOIN versions v ON v.account = d.account AND v.id = d.id AND v.number = d.version";

/// The state of a document that a change starts from.
pub(crate) struct Current {
    pub(crate) document: Document,
    changes: i64,
    latest: u32,
}

/// A document, deleted or not.
pub(crate) fn find(db: &Connection, account: &str, id: &str) -> Result<Option<Document>> {
    let sql = format!("SELECT {COLUMNS} WHERE d.account = ?1 AND d.id = ?2");
    db.prepare_cached(&sql)?.query_row([account, id], raw).optional()?.map(parse).transpose()
}

/// The state of a document that is to be changed.
pub(crate) fn current(db: &Connection, account: &str, id: &str) -> Result<Option<Current>> {
    let Some(document) = find(db, account, id)? else { return Ok(None) };
    let (changes, latest) = db
        .prepare_cached("SELECT changes, latest FROM documents WHERE account = ?1 AND id = ?2")?
        .query_row([account, id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Some(Current { document, changes, latest }))
}

/// Documents ordered by id.
pub(crate) fn list(db: &Connection, account: &str, query: &List<'_>, rows: usize) -> Result<Vec<Document>> {
    let (direction, compare) = if query.descending { ("DESC", "<=") } else { ("ASC", ">=") };
    let kind = if query.kind.is_some() { "d.kind = ?2" } else { "?2 IS NULL" };
    let start = if query.start.is_some() { format!("d.id {compare} ?4") } else { "?4 IS NULL".to_owned() };
    let sql = format!(
        "SELECT {COLUMNS} WHERE d.account = ?1 AND {kind} AND d.deleted = ?3 AND {start}
         ORDER BY d.id {direction} LIMIT ?5"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let found = statement.query_map(params![account, query.kind, query.deleted, query.start, rows], raw)?;
    found.map(|row| parse(row?)).collect()
}

/// How many documents of a kind are not deleted.
pub(crate) fn count(db: &Connection, account: &str, kind: &str) -> Result<u64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM documents WHERE account = ?1 AND kind = ?2 AND deleted = 0")?
        .query_row([account, kind], |row| row.get(0))?)
}

/// What one change writes.
pub(crate) struct NewState<'a> {
    pub(crate) account: &'a str,
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) private: &'a Object,
    pub(crate) deleted: bool,
    pub(crate) live: Live<'a>,
}

/// Which version is live after a change.
pub(crate) enum Live<'a> {
    /// A new one with this body.
    New(&'a str, &'a Author),
    /// This one.
    Number(u32),
}

/// Writes a change of a document (or a new document when `current` is `None`); gives what it is now.
pub(crate) fn put(write: &Write<'_>, current: Option<&Current>, state: NewState<'_>) -> Result<Document> {
    let (changes, mut latest, created) = match current {
        Some(current) => (current.changes + 1, current.latest, current.document.created),
        // Versions may be there before their document: an import brings them first.
        None => (1, latest_of(write.db, state.account, state.id)?, write.now),
    };
    let version = match state.live {
        Live::New(body, author) => {
            latest = latest.saturating_add(1);
            put_version(write, state.account, state.id, latest, body, author, write.now)?;
            latest
        }
        Live::Number(number) => number,
    };
    let hash: String = write
        .db
        .prepare_cached("SELECT hash FROM versions WHERE account = ?1 AND id = ?2 AND number = ?3")?
        .query_row(params![state.account, state.id, version], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::not_found("version", version.to_string()))?;
    let revision = format!("{changes}-{}", hash.get(..32).unwrap_or(&hash));
    write
        .db
        .prepare_cached(
            "INSERT INTO documents
                (account, id, kind, changes, revision, version, latest, created, modified, deleted, private)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (account, id) DO UPDATE SET kind = excluded.kind, changes = excluded.changes,
                revision = excluded.revision, version = excluded.version, latest = excluded.latest,
                modified = excluded.modified, deleted = excluded.deleted, private = excluded.private",
        )?
        .execute(params![
            state.account,
            state.id,
            state.kind,
            changes,
            revision,
            version,
            latest,
            created,
            write.now,
            state.deleted,
            text(state.private)?,
        ])?;
    find(write.db, state.account, state.id)?.ok_or_else(|| StoreError::not_found("document", state.id))
}

/// Adds a version that is not live; gives its number.
pub(crate) fn draft(write: &Write<'_>, current: &Current, body: &str, author: &Author) -> Result<u32> {
    let document = &current.document;
    let number = current.latest.saturating_add(1);
    put_version(write, &document.account, &document.id, number, body, author, write.now)?;
    write
        .db
        .prepare_cached("UPDATE documents SET latest = ?3 WHERE account = ?1 AND id = ?2")?
        .execute(params![document.account, document.id, number])?;
    Ok(number)
}

/// Removes a document with its versions, attachments and messages.
pub(crate) fn purge(write: &mut Write<'_>, account: &str, id: &str) -> Result<()> {
    for attachment in super::blobs::attachments(write.db, account, Some(id))? {
        super::blobs::detach(write, account, id, &attachment.name)?;
    }
    for message in super::messages::of_box(write.db, account, Some(id))? {
        super::messages::remove(write, account, &message)?;
    }
    let db = write.db;
    db.prepare_cached("DELETE FROM versions WHERE account = ?1 AND id = ?2")?.execute([account, id])?;
    db.prepare_cached("DELETE FROM documents WHERE account = ?1 AND id = ?2")?.execute([account, id])?;
    Ok(())
}

/// A document's versions without bodies, newest first, from number `start` down.
pub(crate) fn versions(
    db: &Connection,
    account: &str,
    id: &str,
    start: Option<u32>,
    rows: usize,
) -> Result<Vec<Version>> {
    let mut statement = db.prepare_cached(
        "SELECT v.number, v.author, v.note, v.saved, v.hash, v.number = d.version
         FROM versions v JOIN documents d ON d.account = v.account AND d.id = v.id
         WHERE v.account = ?1 AND v.id = ?2 AND v.number <= ?3 ORDER BY v.number DESC LIMIT ?4",
    )?;
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let found = statement
        .query_map(params![account, id, start.unwrap_or(u32::MAX), rows], |row| version_row(row, None))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// One version with its body.
pub(crate) fn version(db: &Connection, account: &str, id: &str, number: u32) -> Result<Option<Version>> {
    let found = db
        .prepare_cached(
            "SELECT v.number, v.author, v.note, v.saved, v.hash, v.number = d.version, v.body
             FROM versions v JOIN documents d ON d.account = v.account AND d.id = v.id
             WHERE v.account = ?1 AND v.id = ?2 AND v.number = ?3",
        )?
        .query_row(params![account, id, number], |row| {
            Ok((version_row(row, None)?, row.get::<_, String>(6)?))
        })
        .optional()?;
    let Some((mut version, body)) = found else { return Ok(None) };
    version.body = Some(object(&body, id)?);
    Ok(Some(version))
}

/// The hash of a version's text.
pub(crate) fn hash_of(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes()))
}

/// The hashes of all versions, also of a document that is not there yet.
pub(crate) fn hashes(db: &Connection, account: &str, id: &str) -> Result<BTreeMap<u32, String>> {
    let mut statement =
        db.prepare_cached("SELECT number, hash FROM versions WHERE account = ?1 AND id = ?2")?;
    let found = statement.query_map([account, id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Lets the next save count on from the newest version, after versions were put beside the document's own.
pub(crate) fn set_latest(write: &Write<'_>, account: &str, id: &str) -> Result<()> {
    let latest = latest_of(write.db, account, id)?;
    write
        .db
        .prepare_cached("UPDATE documents SET latest = ?3 WHERE account = ?1 AND id = ?2")?
        .execute(params![account, id, latest])?;
    Ok(())
}

fn latest_of(db: &Connection, account: &str, id: &str) -> Result<u32> {
    let sql = "SELECT coalesce(max(number), 0) FROM versions WHERE account = ?1 AND id = ?2";
    Ok(db.prepare_cached(sql)?.query_row([account, id], |row| row.get(0))?)
}

/// Stores a version; the document's state is not touched.
pub(crate) fn put_version(
    write: &Write<'_>,
    account: &str,
    id: &str,
    number: u32,
    body: &str,
    author: &Author,
    saved: u64,
) -> Result<()> {
    write
        .db
        .prepare_cached(
            "INSERT INTO versions (account, id, number, author, note, saved, hash, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![account, id, number, author.name, author.note, saved, hash_of(body), body,])?;
    Ok(())
}

fn version_row(row: &Row<'_>, body: Option<Object>) -> rusqlite::Result<Version> {
    Ok(Version {
        number: row.get(0)?,
        author: Author { name: row.get(1)?, note: row.get(2)? },
        saved: row.get(3)?,
        hash: row.get(4)?,
        live: row.get(5)?,
        body,
    })
}

/// A row before its JSON is parsed.
type Raw = (Document, String, String);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let document = Document {
        account: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        revision: row.get(3)?,
        version: row.get(4)?,
        created: row.get(5)?,
        modified: row.get(6)?,
        deleted: row.get(7)?,
        body: Object::new(),
        private: Object::new(),
    };
    Ok((document, row.get(8)?, row.get(9)?))
}

fn parse((mut document, private, body): Raw) -> Result<Document> {
    document.private = object(&private, &document.id)?;
    document.body = object(&body, &document.id)?;
    Ok(document)
}

/// The object in a stored text; what we wrote ourselves must parse.
pub(crate) fn object(text: &str, id: &str) -> Result<Object> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        path: super::FILE.to_owned(),
        reason: format!("the stored JSON of {id} does not parse: {error}"),
    })
}

/// The JSON text of hidden members.
pub(crate) fn text(members: &Object) -> Result<String> {
    if members.is_empty() {
        return Ok("{}".to_owned());
    }
    serde_json::to_string(members).map_err(|error| StoreError::Invalid(error.to_string()))
}

/// Rewrites what is derived from a document: who may log in, which numbers reach it.
pub(crate) fn derive(write: &Write<'_>, document: &Document) -> Result<()> {
    match document.kind.as_str() {
        crate::document::USER => derive_credentials(write.db, document),
        crate::document::CALLFLOW | crate::document::PHONE_NUMBER => derive_numbers(write.db, document),
        _ => super::services::derive(write, document),
    }
}

fn derive_credentials(db: &Connection, document: &Document) -> Result<()> {
    let member = |from: &Object, key: &str| from.get(key).and_then(Value::as_str).map(str::to_owned);
    match member(&document.body, "username") {
        Some(username) if !document.deleted => {
            db.prepare_cached(
                "INSERT OR REPLACE INTO credentials (account, user, username, md5, sha1) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                document.account,
                document.id,
                username.to_lowercase(),
                member(&document.private, crate::credentials::MD5_MEMBER),
                member(&document.private, crate::credentials::SHA1_MEMBER),
            ])?;
        }
        _ => {
            db.prepare_cached("DELETE FROM credentials WHERE account = ?1 AND user = ?2")?
                .execute([&document.account, &document.id])?;
        }
    }
    Ok(())
}

fn derive_numbers(db: &Connection, document: &Document) -> Result<()> {
    let wanted: Vec<&str> = match document.body.get("numbers") {
        _ if document.kind == crate::document::PHONE_NUMBER => {
            Some(document.id.as_str()).filter(|id| !document.deleted && is_e164(id)).into_iter().collect()
        }
        Some(Value::Array(numbers)) if !document.deleted => {
            numbers.iter().filter_map(Value::as_str).filter(|number| is_e164(number)).collect()
        }
        _ => Vec::new(),
    };
    let mut statement =
        db.prepare_cached("SELECT number FROM numbers WHERE account = ?1 AND callflow = ?2")?;
    let had: Vec<String> = statement
        .query_map([&document.account, &document.id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for gone in had.iter().filter(|number| !wanted.contains(&number.as_str())) {
        db.prepare_cached("DELETE FROM numbers WHERE number = ?1 AND account = ?2 AND callflow = ?3")?
            .execute([gone, &document.account, &document.id])?;
    }
    for number in wanted.into_iter().filter(|number| !had.iter().any(|had| had == number)) {
        db.prepare_cached("INSERT OR IGNORE INTO numbers (number, account, callflow) VALUES (?1, ?2, ?3)")?
            .execute([number, &document.account, &document.id])?;
    }
    Ok(())
}

/// `+` and 4 to 15 digits (ITU-T E.164 section 6.2.1 allows 15).
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (4..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}
