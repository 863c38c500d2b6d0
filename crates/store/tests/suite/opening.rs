//! Opening a data directory: locked, damaged, foreign, newer.

use store::{Store, StoreError};

use crate::Fixture;

#[test]
fn a_directory_serves_one_store_at_a_time() {
    let fixture = Fixture::new();
    assert!(matches!(Store::open(fixture.directory.path()), Err(StoreError::Locked(_))));
    drop(fixture.store.clone());
    assert!(matches!(Store::open(fixture.directory.path()), Err(StoreError::Locked(_))), "a handle is left");
    assert!(fixture.reopened().store.account("acme").is_ok());
}

#[test]
fn a_damaged_or_foreign_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("strowger.db");
    std::fs::write(&file, "this is not a database at all, but long enough to be looked at ".repeat(40))
        .unwrap();
    let refused = Store::open(directory.path()).unwrap_err();
    assert!(
        matches!(&refused, StoreError::Corrupt { path, .. } if path.ends_with("strowger.db")),
        "{refused}"
    );

    let directory = tempfile::tempdir().unwrap();
    let other = rusqlite::Connection::open(directory.path().join("strowger.db")).unwrap();
    other.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(other);
    assert!(matches!(Store::open(directory.path()), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_database_of_a_newer_program_is_refused_untouched() {
    let Fixture { store, directory } = Fixture::new();
    drop(store);
    let file = directory.path().join("strowger.db");
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.execute("INSERT INTO migrations VALUES (999, 'from the future', 0)", []).unwrap();
    drop(newer);
    assert!(matches!(Store::open(directory.path()), Err(StoreError::Newer { found: 999, .. })));
}

#[test]
fn a_path_that_is_a_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(Store::open(file.path()), Err(StoreError::Io { .. })));
}
