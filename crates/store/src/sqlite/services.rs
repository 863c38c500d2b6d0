//! Numbers of documents and their parts, unique names, service numbers, logins and counters, in SQL.

use flow::n2fe::prefixes::digits_of;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::Write;
use crate::document::{CONTROL_PLAN, Document, EVENT_COUNTER, N2FE_USER, Object, SERVICE_NUMBER};
use crate::error::{Result, StoreError};
use crate::numeric::{Numbered, Part};

/// Largest value of a counter: what every JSON reader still knows exactly.
const COUNTER_MAX: i64 = 9_007_199_254_740_991;

/// The number of a part, if it has one.
pub(crate) fn number(db: &Connection, account: &str, document: &str, part: &Part) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT number FROM numeric_ids WHERE account = ?1 AND document = ?2 AND part = ?3")?
        .query_row(params![account, document, part.to_string()], |row| row.get(0))
        .optional()?)
}

/// The number of a part; a new one if it has none.
pub(crate) fn allot(write: &Write<'_>, account: &str, document: &str, part: &Part) -> Result<i64> {
    if let Some(number) = number(write.db, account, document, part)? {
        return Ok(number);
    }
    write
        .db
        .prepare_cached("INSERT INTO numeric_ids (account, document, part) VALUES (?1, ?2, ?3)")?
        .execute(params![account, document, part.to_string()])?;
    Ok(write.db.last_insert_rowid())
}

/// What a number stands for, deleted or not.
pub(crate) fn numbered(db: &Connection, number: i64) -> Result<Option<Numbered>> {
    let found = db
        .prepare_cached("SELECT account, document, part FROM numeric_ids WHERE number = ?1")?
        .query_row([number], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })
        .optional()?;
    Ok(found.map(|(account, document, part)| Numbered { account, document, part: Part::parse(&part) }))
}

/// The document of a kind that has a name.
pub(crate) fn named(db: &Connection, account: &str, kind: &str, name: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT document FROM names WHERE account = ?1 AND kind = ?2 AND name = ?3")?
        .query_row([account, kind, name], |row| row.get(0))
        .optional()?)
}

/// Account and document of a service number.
pub(crate) fn service(db: &Connection, number: &str) -> Result<Option<(String, String)>> {
    Ok(db
        .prepare_cached(
            "SELECT s.account, s.document FROM service_numbers s JOIN accounts a ON a.id = s.account
             WHERE s.number = ?1 AND a.deleted = 0",
        )?
        .query_row([digits_of(number)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// All service numbers with their accounts.
pub(crate) fn all(db: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT s.written, s.account FROM service_numbers s JOIN accounts a ON a.id = s.account
         WHERE a.deleted = 0 ORDER BY s.number",
    )?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Lets go of the numbers and user names of an account that is deleted: others may have them.
pub(crate) fn release(write: &Write<'_>, account: &str) -> Result<()> {
    for table in ["service_numbers", "logins"] {
        write.db.execute(&format!("DELETE FROM {table} WHERE account = ?1"), [account])?;
    }
    Ok(())
}

/// Account and document of a user name (lower case).
pub(crate) fn login(db: &Connection, username: &str) -> Result<Option<(String, String)>> {
    Ok(db
        .prepare_cached(
            "SELECT l.account, l.document FROM logins l JOIN accounts a ON a.id = l.account
             WHERE l.username = ?1 AND a.deleted = 0",
        )?
        .query_row([username], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// What a counter has counted; `None` when there is no such counter.
pub(crate) fn counted(db: &Connection, account: &str, name: &str) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT value FROM counters WHERE account = ?1 AND name = ?2")?
        .query_row([account, name], |row| row.get(0))
        .optional()?)
}

/// Adds to a counter; its value then. `None` when there is no such counter.
pub(crate) fn count(write: &Write<'_>, account: &str, name: &str, by: i64) -> Result<Option<i64>> {
    let Some(value) = counted(write.db, account, name)? else { return Ok(None) };
    let value = value.saturating_add(by).clamp(-COUNTER_MAX, COUNTER_MAX);
    set_counter(write, account, name, value)?;
    Ok(Some(value))
}

/// Makes a counter have counted so much.
pub(crate) fn set_counter(write: &Write<'_>, account: &str, name: &str, value: i64) -> Result<()> {
    write
        .db
        .prepare_cached(
            "INSERT INTO counters (account, name, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (account, name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![account, name, value.clamp(-COUNTER_MAX, COUNTER_MAX)])?;
    Ok(())
}

/// Rewrites what is derived from a document of these kinds.
pub(crate) fn derive(write: &Write<'_>, document: &Document) -> Result<()> {
    let Document { account, id, kind, body, .. } = document;
    match kind.as_str() {
        CONTROL_PLAN => {
            name(write, document)?;
            if !document.deleted {
                allot(write, account, id, &Part::Version(document.version))?;
                allot(write, account, id, &Part::Structure(document.version))?;
            }
        }
        SERVICE_NUMBER => {
            let written = text(body, "number");
            unique(write, document, "service_numbers", "number", &digits_of(written))?;
            write
                .db
                .prepare_cached(
                    "UPDATE service_numbers SET written = ?3 WHERE account = ?1 AND document = ?2",
                )?
                .execute([account, id, written])?;
            for schedule in crate::schedules::of(body) {
                allot(write, account, id, &Part::Schedule(schedule.id))?;
            }
        }
        EVENT_COUNTER => {
            name(write, document)?;
            derive_counter(write, document)?;
        }
        N2FE_USER => {
            let username = text(body, "username").to_lowercase();
            unique(write, document, "logins", "username", &username)?;
        }
        _ => {}
    }
    Ok(())
}

/// A counter begins at the value its document has, and ends with the document.
fn derive_counter(write: &Write<'_>, document: &Document) -> Result<()> {
    let name = text(&document.body, "name");
    if document.deleted {
        write
            .db
            .prepare_cached("DELETE FROM counters WHERE account = ?1 AND name = ?2")?
            .execute([&document.account, name])?;
    } else if counted(write.db, &document.account, name)?.is_none() {
        let value = document.body.get("value").and_then(Value::as_i64).unwrap_or(0);
        set_counter(write, &document.account, name, value)?;
    }
    Ok(())
}

/// Keeps a document's name, which must be free in its account.
fn name(write: &Write<'_>, document: &Document) -> Result<()> {
    let Document { account, id, kind, .. } = document;
    let wanted = text(&document.body, "name").trim_end();
    write
        .db
        .prepare_cached("DELETE FROM names WHERE account = ?1 AND document = ?2")?
        .execute([account, id])?;
    if document.deleted {
        return Ok(());
    }
    if wanted.is_empty() {
        return Err(StoreError::Invalid(format!("a {kind} needs a name")));
    }
    if named(write.db, account, kind, wanted)?.is_some() {
        return Err(StoreError::Exists { what: "name", value: wanted.to_owned() });
    }
    write
        .db
        .prepare_cached("INSERT INTO names (account, kind, name, document) VALUES (?1, ?2, ?3, ?4)")?
        .execute([account, kind, wanted, id])?;
    Ok(())
}

/// Keeps a value that must be free in the whole system.
fn unique(
    write: &Write<'_>,
    document: &Document,
    table: &str,
    column: &'static str,
    wanted: &str,
) -> Result<()> {
    let sql = format!("DELETE FROM {table} WHERE account = ?1 AND document = ?2");
    write.db.prepare_cached(&sql)?.execute([&document.account, &document.id])?;
    if document.deleted {
        return Ok(());
    }
    if wanted.is_empty() {
        return Err(StoreError::Invalid(format!("a {} needs a {column}", document.kind)));
    }
    let sql = format!("INSERT OR IGNORE INTO {table} ({column}, account, document) VALUES (?1, ?2, ?3)");
    let rows = write.db.prepare_cached(&sql)?.execute([wanted, &document.account, &document.id])?;
    if rows == 0 {
        return Err(StoreError::Exists { what: column, value: wanted.to_owned() });
    }
    Ok(())
}

fn text<'a>(body: &'a Object, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}
