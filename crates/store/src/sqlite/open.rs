//! Opening connections, and recognising a file that is not ours.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::migrations;
use crate::error::{Result, StoreError};

/// Marks our files: "STRW" as `application_id`.
const APPLICATION_ID: i64 = 0x5354_5257;
/// How long a statement waits for a lock; only a backup tool can hold one, the data directory being ours alone.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;

/// The writing connection: file made if absent, format brought up to date. Acknowledged writes survive a power cut
/// (`synchronous=FULL`).
pub(super) fn writer(file: &Path) -> Result<Connection> {
    let result = open_writer(file);
    result.map_err(|error| with_path(error, file))
}

fn open_writer(file: &Path) -> Result<Connection> {
    let mut connection = Connection::open(file)?;
    prepare(&connection)?;
    let id: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != APPLICATION_ID && (id != 0 || tables > 0) {
        return Err(StoreError::Corrupt {
            path: file.display().to_string(),
            reason: "it is a database of another program".to_owned(),
        });
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrations::run(&mut connection, file)?;
    Ok(connection)
}

/// A reading connection.
pub(super) fn reader(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let result = Connection::open_with_flags(file, flags).map_err(StoreError::from).and_then(|connection| {
        prepare(&connection)?;
        Ok(connection)
    });
    result.map_err(|error| with_path(error, file))
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.busy_timeout(LOCK_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// Names the whole path in an error that knows only the file's name.
fn with_path(error: StoreError, file: &Path) -> StoreError {
    let path = file.display().to_string();
    match error {
        StoreError::Corrupt { reason, .. } => StoreError::Corrupt { path, reason },
        StoreError::Io { reason, .. } => StoreError::Io { path, reason },
        other => other,
    }
}
