//! The account tree, secrets and what finds an account or user, in SQL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Write;
use crate::document::AccountRow;
use crate::error::{Result, StoreError};

const COLUMNS: &str = "id, parent, name, realm FROM accounts";

/// Ancestors an account can have at most; a deeper tree is refused, so that walks end.
pub(crate) const DEPTH: usize = 32;

/// An account that is not deleted.
pub(crate) fn find(db: &Connection, id: &str) -> Result<Option<AccountRow>> {
    one(db, "id = ?1", id)
}

/// The account with a realm (lower case).
pub(crate) fn by_realm(db: &Connection, realm: &str) -> Result<Option<AccountRow>> {
    one(db, "realm = ?1", realm)
}

/// The account with an API key.
pub(crate) fn by_api_key(db: &Connection, key: &str) -> Result<Option<AccountRow>> {
    one(db, "api_key = ?1", key)
}

/// The accounts whose name has these lower-case letters and digits.
pub(crate) fn by_name_key(db: &Connection, key: &str) -> Result<Vec<AccountRow>> {
    many(db, &format!("SELECT {COLUMNS} WHERE deleted = 0 AND name_key = ?1 ORDER BY id"), Some(key))
}

/// Every account that is not deleted, by id.
pub(crate) fn all(db: &Connection) -> Result<Vec<AccountRow>> {
    many(db, &format!("SELECT {COLUMNS} WHERE deleted = 0 AND ?1 IS NULL ORDER BY id"), None)
}

/// The accounts right below one, by id.
pub(crate) fn children(db: &Connection, id: &str) -> Result<Vec<AccountRow>> {
    many(db, &format!("SELECT {COLUMNS} WHERE deleted = 0 AND parent = ?1 ORDER BY id"), Some(id))
}

/// All accounts below one, nearest level first.
pub(crate) fn descendants(db: &Connection, id: &str) -> Result<Vec<AccountRow>> {
    many(
        db,
        "WITH RECURSIVE below (id, parent, name, realm, level) AS (
            SELECT id, parent, name, realm, 1 FROM accounts WHERE parent = ?1 AND deleted = 0
            UNION ALL
            SELECT a.id, a.parent, a.name, a.realm, b.level + 1
            FROM accounts a JOIN below b ON a.parent = b.id WHERE a.deleted = 0 AND b.level < 64)
         SELECT id, parent, name, realm FROM below ORDER BY level, id",
        Some(id),
    )
}

/// The accounts above one, the root first, itself not included.
pub(crate) fn ancestors(db: &Connection, id: &str) -> Result<Vec<AccountRow>> {
    many(
        db,
        "WITH RECURSIVE above (id, parent, name, realm, level) AS (
            SELECT id, parent, name, realm, 0 FROM accounts WHERE id = ?1
            UNION ALL
            SELECT a.id, a.parent, a.name, a.realm, b.level + 1
            FROM accounts a JOIN above b ON a.id = b.parent WHERE b.level < 64)
         SELECT id, parent, name, realm FROM above WHERE level > 0 ORDER BY level DESC",
        Some(id),
    )
}

/// Writes an account's row; the realm must be free.
pub(crate) fn put(write: &Write<'_>, row: &AccountRow, deleted: bool) -> Result<()> {
    if let Some(realm) = &row.realm
        && !deleted
        && by_realm(write.db, realm)?.is_some_and(|other| other.id != row.id)
    {
        return Err(StoreError::Exists { what: "realm", value: realm.clone() });
    }
    write
        .db
        .prepare_cached(
            "INSERT INTO accounts (id, parent, name, name_key, realm, deleted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name,
                name_key = excluded.name_key, realm = excluded.realm, deleted = excluded.deleted",
        )?
        .execute(params![row.id, row.parent, row.name, name_key(&row.name), row.realm, deleted])?;
    Ok(())
}

/// An account's row, deleted or not.
pub(crate) fn find_any(db: &Connection, id: &str) -> Result<Option<AccountRow>> {
    let sql = format!("SELECT {COLUMNS} WHERE id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([id], account_row).optional()?)
}

/// The account's API key.
pub(crate) fn api_key(db: &Connection, id: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT api_key FROM accounts WHERE id = ?1 AND deleted = 0")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .flatten())
}

/// Sets the account's API key.
pub(crate) fn set_api_key(db: &Connection, id: &str, key: &str) -> Result<()> {
    db.prepare_cached("UPDATE accounts SET api_key = ?2 WHERE id = ?1")?.execute([id, key])?;
    Ok(())
}

/// The user ids of an account with this user name (lower case).
pub(crate) fn users_by_name(db: &Connection, account: &str, username: &str) -> Result<Vec<String>> {
    let mut statement =
        db.prepare_cached("SELECT user FROM credentials WHERE account = ?1 AND username = ?2 ORDER BY user")?;
    let found = statement.query_map([account, username], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The user ids of an account whose MD5 or SHA-1 is this.
pub(crate) fn users_by_hash(db: &Connection, account: &str, hash: &str, sha1: bool) -> Result<Vec<String>> {
    let column = if sha1 { "sha1" } else { "md5" };
    let sql = format!("SELECT user FROM credentials WHERE account = ?1 AND {column} = ?2 ORDER BY user");
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map([account, hash], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Account and callflow of a number, first claim first.
pub(crate) fn claims(db: &Connection, number: &str) -> Result<Vec<(String, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT n.account, n.callflow FROM numbers n JOIN accounts a ON a.id = n.account
         WHERE n.number = ?1 AND a.deleted = 0 ORDER BY n.claim",
    )?;
    let found = statement.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A kept secret.
pub(crate) fn secret(db: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    Ok(db
        .prepare_cached("SELECT value FROM secrets WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Keeps a secret.
pub(crate) fn put_secret(db: &Connection, name: &str, value: &[u8]) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO secrets (name, value) VALUES (?1, ?2)")?
        .execute(params![name, value])?;
    Ok(())
}

/// What a login by account name compares: lower-case letters and digits (reference section 2).
pub(crate) fn name_key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn one(db: &Connection, condition: &str, value: &str) -> Result<Option<AccountRow>> {
    let sql = format!("SELECT {COLUMNS} WHERE deleted = 0 AND {condition}");
    Ok(db.prepare_cached(&sql)?.query_row([value], account_row).optional()?)
}

fn many(db: &Connection, sql: &str, value: Option<&str>) -> Result<Vec<AccountRow>> {
    let mut statement = db.prepare_cached(sql)?;
    let found = statement.query_map([value], account_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow { id: row.get(0)?, parent: row.get(1)?, name: row.get(2)?, realm: row.get(3)? })
}

/// Whether any account, deleted or not, names this one as its parent.
pub(crate) fn has_rows_below(db: &Connection, id: &str) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM accounts WHERE parent = ?1)")?
        .query_row([id], |row| row.get(0))?)
}

/// Removes every row of an account.
pub(crate) fn purge(write: &mut Write<'_>, id: &str) -> Result<()> {
    for attachment in super::blobs::attachments(write.db, id, None)? {
        super::blobs::detach(write, id, &attachment.document, &attachment.name)?;
    }
    for message in super::messages::of_box(write.db, id, None)? {
        super::messages::remove(write, id, &message)?;
    }
    for table in [
        "credentials",
        "numbers",
        "calls",
        "numeric_ids",
        "names",
        "service_numbers",
        "logins",
        "counters",
        "versions",
        "documents",
    ] {
        write.db.execute(&format!("DELETE FROM {table} WHERE account = ?1"), [id])?;
    }
    write.db.execute("DELETE FROM accounts WHERE id = ?1", [id])?;
    Ok(())
}
