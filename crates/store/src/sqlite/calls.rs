//! Call records in SQL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::calls::{CallList, CallRecord, cdr_of};
use crate::document::Object;
use crate::error::{Result, StoreError};

const COLUMNS: &str =
    "account, id, call_id, started, ended, caller, callee, callflow, version, result, cause,
    duration, billing, cdr FROM calls";

/// Records one purge removes at most.
const PURGE: usize = 1000;

pub(crate) fn put(
    db: &Connection,
    record: &CallRecord,
    cdr: &str,
    journal: Option<&[u8]>,
    trace: Option<&[u8]>,
) -> Result<()> {
    let added = db
        .prepare_cached(
            "INSERT INTO calls (account, id, call_id, started, ended, caller, callee, callflow, version, result,
                cause, duration, billing, cdr)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (account, id) DO NOTHING",
        )?
        .execute(params![
            record.account,
            record.id,
            record.call_id,
            record.started,
            record.ended,
            record.from,
            record.to,
            record.callflow,
            record.version,
            record.result,
            record.cause,
            record.duration_s,
            record.billing_s,
            cdr,
        ])?;
    if added == 0 {
        return Err(StoreError::Exists { what: "id", value: record.id.clone() });
    }
    if journal.is_some() || trace.is_some() {
        db.prepare_cached(
            "INSERT INTO call_journals (call, journal, trace) VALUES (last_insert_rowid(), ?1, ?2)",
        )?
        .execute(params![journal, trace])?;
    }
    Ok(())
}

pub(crate) fn find(db: &Connection, account: &str, id: &str) -> Result<Option<CallRecord>> {
    let sql = format!("SELECT {COLUMNS} WHERE account = ?1 AND id = ?2");
    db.prepare_cached(&sql)?.query_row([account, id], raw).optional()?.map(parse).transpose()
}

pub(crate) fn list(
    db: &Connection,
    account: &str,
    query: &CallList<'_>,
    rows: usize,
) -> Result<Vec<CallRecord>> {
    let (direction, compare) = if query.descending { ("DESC", "<") } else { ("ASC", ">") };
    let after = if query.after.is_some() {
        format!("(started, id) {compare} (?4, ?5)")
    } else {
        "?4 IS NULL AND ?5 IS NULL".to_owned()
    };
    let sql = format!(
        "SELECT {COLUMNS} WHERE account = ?1 AND started >= ?2 AND started < ?3 AND {after}
         ORDER BY started {direction}, id {direction} LIMIT ?6"
    );
    let most = i64::MAX as u64;
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(
        params![
            account,
            query.from.min(most),
            query.until.unwrap_or(most).min(most),
            query.after.map(|after| after.0),
            query.after.map(|after| after.1),
            i64::try_from(rows).unwrap_or(i64::MAX)
        ],
        raw,
    )?;
    found.map(|row| parse(row?)).collect()
}

pub(crate) fn with_call_id(
    db: &Connection,
    account: &str,
    call_id: &str,
    rows: usize,
) -> Result<Vec<CallRecord>> {
    let sql = format!("SELECT {COLUMNS} WHERE account = ?1 AND call_id = ?2 ORDER BY started, id LIMIT ?3");
    let mut statement = db.prepare_cached(&sql)?;
    let found =
        statement.query_map(params![account, call_id, i64::try_from(rows).unwrap_or(i64::MAX)], raw)?;
    found.map(|row| parse(row?)).collect()
}

/// The packed journal: outer `None` without the call, inner `None` without a journal.
pub(crate) fn journal(db: &Connection, account: &str, id: &str) -> Result<Option<Option<Vec<u8>>>> {
    packed(db, "j.journal", account, id)
}

/// The packed trace, in the same way.
pub(crate) fn trace(db: &Connection, account: &str, id: &str) -> Result<Option<Option<Vec<u8>>>> {
    packed(db, "j.trace", account, id)
}

pub(crate) fn purge(db: &Connection, before: u64) -> Result<u64> {
    let sql = format!(
        "DELETE FROM calls WHERE number IN (SELECT number FROM calls WHERE started < ?1 ORDER BY started LIMIT {PURGE})"
    );
    Ok(db.prepare_cached(&sql)?.execute([before])? as u64)
}

fn packed(db: &Connection, column: &str, account: &str, id: &str) -> Result<Option<Option<Vec<u8>>>> {
    let sql = format!(
        "SELECT {column} FROM calls c LEFT JOIN call_journals j ON j.call = c.number
         WHERE c.account = ?1 AND c.id = ?2"
    );
    Ok(db.prepare_cached(&sql)?.query_row([account, id], |row| row.get(0)).optional()?)
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(CallRecord, String)> {
    let record = CallRecord {
        account: row.get(0)?,
        id: row.get(1)?,
        call_id: row.get(2)?,
        started: row.get(3)?,
        ended: row.get(4)?,
        from: row.get(5)?,
        to: row.get(6)?,
        callflow: row.get(7)?,
        version: row.get(8)?,
        result: row.get(9)?,
        cause: row.get(10)?,
        duration_s: row.get(11)?,
        billing_s: row.get(12)?,
        cdr: Object::new(),
    };
    Ok((record, row.get(13)?))
}

fn parse((mut record, cdr): (CallRecord, String)) -> Result<CallRecord> {
    record.cdr = cdr_of(&cdr, &record.id)?;
    Ok(record)
}
