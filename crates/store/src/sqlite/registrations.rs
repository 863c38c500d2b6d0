//! Registrations in SQL.

use rusqlite::{Connection, params};

use super::documents;
use crate::error::Result;
use crate::registrations::Registration;

pub(crate) fn put(db: &Connection, key: &str, expires: u64, value: &str) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO registrations (key, expires, value) VALUES (?1, ?2, ?3)")?
        .execute(params![key, expires.min(i64::MAX as u64), value])?;
    Ok(())
}

pub(crate) fn remove(db: &Connection, key: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM registrations WHERE key = ?1")?.execute([key])?;
    Ok(())
}

pub(crate) fn remove_ended(db: &Connection, now: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM registrations WHERE expires <= ?1")?
        .execute([now.min(i64::MAX as u64)])?;
    Ok(())
}

pub(crate) fn all(db: &Connection) -> Result<Vec<Registration>> {
    let mut statement = db.prepare_cached("SELECT key, expires, value FROM registrations ORDER BY key")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(0)?, row.get(2)?);
        let value = documents::object(&value, &key)?;
        found.push(Registration { key, expires: row.get(1)?, value });
    }
    Ok(found)
}
