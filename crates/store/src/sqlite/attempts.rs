//! Attempts of flows at web servers, in SQL.

use rusqlite::{Connection, params};

use super::documents;
use crate::attempts::Attempt;
use crate::error::Result;

pub(crate) fn put(
    db: &Connection,
    account: &str,
    call_id: &str,
    now: u64,
    entry: &str,
    most: usize,
) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO pivot_attempts (account, call_id, created, entry) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![account, call_id, now.min(i64::MAX as u64), entry])?;
    db.prepare_cached(
        "DELETE FROM pivot_attempts WHERE account = ?1 AND number <= (
             SELECT number FROM pivot_attempts WHERE account = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![account, i64::try_from(most).unwrap_or(i64::MAX)])?;
    Ok(())
}

pub(crate) fn list(db: &Connection, account: &str, call_id: Option<&str>) -> Result<Vec<Attempt>> {
    let mut statement = db.prepare_cached(
        "SELECT call_id, created, entry FROM pivot_attempts
         WHERE account = ?1 AND (?2 IS NULL OR call_id = ?2) ORDER BY number",
    )?;
    let mut rows = statement.query(params![account, call_id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (call_id, entry): (String, String) = (row.get(0)?, row.get(2)?);
        let entry = documents::object(&entry, &call_id)?;
        found.push(Attempt { account: account.to_owned(), call_id, created: row.get(1)?, entry });
    }
    Ok(found)
}
