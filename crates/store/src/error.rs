//! What can go wrong while storing, whose fault it is, and its stable code.
//!
//! Not here: faults inside a document (`flow::issue`).

use std::path::Path;

use flow::issue::Fault;

/// What every method of the store returns.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A storing fault. `Clone`, because one failed commit is told to every writer that shared it.
///
/// Texts name documents and paths, never their content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No such account, document, version, message, blob or record; or it is deleted.
    #[error("{what} {id} not found")]
    NotFound {
        /// What was looked for: `document`, `account`, `version`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// Somebody saved the document first: its revision is not the expected one.
    #[error("document {id} is at revision {actual}, not {expected}")]
    Conflict {
        /// The document.
        id: String,
        /// The revision the writer had read.
        expected: String,
        /// The revision stored now.
        actual: String,
    },
    /// The id or a value that must be unique is taken.
    #[error("{what} {value} is already in use")]
    Exists {
        /// What is unique: `id`, `realm`.
        what: &'static str,
        /// The value that is taken.
        value: String,
    },
    /// Larger than [`Limits`](crate::Limits) allows.
    #[error("{what} has {size} bytes, the limit is {limit}")]
    TooLarge {
        /// What is too large: `document`, `blob`, `journal`.
        what: &'static str,
        /// Bytes it has; for a stream, bytes seen when the limit was passed.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Not acceptable as asked.
    #[error("{0}")]
    Invalid(String),
    /// Too much is waiting to be written; try again in a moment.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// Another server uses this data directory.
    #[error("data directory {0} is in use by another process")]
    Locked(String),
    /// The database was made by a newer version of the program.
    #[error("database {path} has format {found}, this program knows up to {known}: use the newer program")]
    Newer {
        /// The database file.
        path: String,
        /// Format of the file.
        found: i64,
        /// Newest format of this program.
        known: i64,
    },
    /// The file is no database of ours or is damaged.
    #[error("database {path} is damaged or not a database: {reason}")]
    Corrupt {
        /// The database or blob file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// The disk or file system refused.
    #[error("{path}: {reason}")]
    Io {
        /// The file or directory.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The database refused a statement it should accept.
    #[error("database error: {0}")]
    Database(String),
}

impl StoreError {
    /// The stable code, listed in `docs/error-codes.md`.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::NotFound { .. } => "ST1001",
            StoreError::Conflict { .. } => "ST1002",
            StoreError::Exists { .. } => "ST1003",
            StoreError::TooLarge { .. } => "ST1004",
            StoreError::Invalid(_) => "ST1005",
            StoreError::Busy(_) => "ST1006",
            StoreError::Locked(_) => "ST1007",
            StoreError::Newer { .. } => "ST1008",
            StoreError::Corrupt { .. } => "ST1009",
            StoreError::Io { .. } => "ST1010",
            StoreError::Closed => "ST1011",
            StoreError::Database(_) => "ST1012",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            StoreError::NotFound { .. }
            | StoreError::Conflict { .. }
            | StoreError::Exists { .. }
            | StoreError::TooLarge { .. }
            | StoreError::Invalid(_) => Fault::Author,
            StoreError::Busy(_)
            | StoreError::Locked(_)
            | StoreError::Newer { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Io { .. }
            | StoreError::Closed => Fault::Operator,
            StoreError::Database(_) => Fault::Bug,
        }
    }

    pub(crate) fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        StoreError::NotFound { what, id: id.into() }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        StoreError::Io { path: path.display().to_string(), reason: error.to_string() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = "strowger.db".to_owned();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Corrupt { path, reason }
            }
            Some(
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied,
            ) => StoreError::Io { path, reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(reason),
            Some(ErrorCode::TooBig) => StoreError::TooLarge { what: "row", size: 0, limit: 0 },
            _ => StoreError::Database(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let text = String::new;
        let all = [
            StoreError::not_found("document", "x"),
            StoreError::Conflict { id: text(), expected: text(), actual: text() },
            StoreError::Exists { what: "id", value: text() },
            StoreError::TooLarge { what: "document", size: 2, limit: 1 },
            StoreError::Invalid(text()),
            StoreError::Busy(text()),
            StoreError::Locked(text()),
            StoreError::Newer { path: text(), found: 2, known: 1 },
            StoreError::Corrupt { path: text(), reason: text() },
            StoreError::Io { path: text(), reason: text() },
            StoreError::Closed,
            StoreError::Database(text()),
        ];
        let codes: std::collections::BTreeSet<_> = all.iter().map(StoreError::code).collect();
        assert_eq!(codes.len(), all.len());
    }
}
