//! The database's formats, oldest first. A released step is never changed; a new format is a new step.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::clock;
use crate::error::{Result, StoreError};

/// One step to a newer format.
struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// All steps; the format number of a database is how many of them it has.
const MIGRATIONS: &[Migration] = &[
    Migration { name: "accounts and documents", sql: include_str!("migrations/0001_documents.sql") },
    Migration {
        name: "files, messages, calls and registrations",
        sql: include_str!("migrations/0002_media_and_calls.sql"),
    },
    Migration {
        name: "service numbers and control plans",
        sql: include_str!("migrations/0003_services.sql"),
    },
    Migration {
        name: "what flows asked web servers",
        sql: include_str!("migrations/0004_pivot_attempts.sql"),
    },
];

/// Brings a database to the newest format, each step in its own transaction.
pub(super) fn run(connection: &mut Connection, file: &Path) -> Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL) STRICT",
    )?;
    let found: i64 =
        connection.query_row("SELECT coalesce(max(number), 0) FROM migrations", [], |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { path: file.display().to_string(), found, known });
    }
    for (number, migration) in (1_i64..).zip(MIGRATIONS).skip_while(|(number, _)| *number <= found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO migrations (number, name, applied) VALUES (?1, ?2, ?3)",
            params![number, migration.name, clock::gregorian_now_s()],
        )?;
        transaction.commit()?;
    }
    Ok(())
}
