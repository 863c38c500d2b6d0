//! Files and attachments in SQL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Effect, Write};
use crate::attachments::Attachment;
use crate::blobs::Blob;
use crate::error::Result;

const COLUMNS: &str = "b.id, b.content_type, b.size, b.sha256, b.created";

/// A file's row.
pub(crate) fn find(db: &Connection, id: &str) -> Result<Option<Blob>> {
    let sql = format!("SELECT {COLUMNS} FROM blobs b WHERE b.id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([id], |row| read(row, 0)).optional()?)
}

/// Names a file.
pub(crate) fn put(db: &Connection, blob: &Blob) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO blobs (id, content_type, size, sha256, created) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![blob.id, blob.content_type, blob.size, blob.sha256, blob.created])?;
    Ok(())
}

/// Forgets a file when no attachment and no message names it; the file goes after the commit.
pub(crate) fn release(write: &mut Write<'_>, id: &str) -> Result<()> {
    let gone = write
        .db
        .prepare_cached(
            "DELETE FROM blobs WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM attachments WHERE blob = ?1)
             AND NOT EXISTS (SELECT 1 FROM messages WHERE blob = ?1)",
        )?
        .execute([id])?;
    if gone > 0 {
        write.effects.push(Effect::Unlink(id.to_owned()));
    }
    Ok(())
}

/// A document's attachments by name; `document` `None`: of the whole account.
pub(crate) fn attachments(db: &Connection, account: &str, document: Option<&str>) -> Result<Vec<Attachment>> {
    let sql = format!(
        "SELECT a.document, a.name, {COLUMNS} FROM attachments a JOIN blobs b ON b.id = a.blob
         WHERE a.account = ?1 AND (?2 IS NULL OR a.document = ?2) ORDER BY a.document, a.name"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(params![account, document], attachment_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// One attachment.
pub(crate) fn attachment(
    db: &Connection,
    account: &str,
    document: &str,
    name: &str,
) -> Result<Option<Attachment>> {
    let sql = format!(
        "SELECT a.document, a.name, {COLUMNS} FROM attachments a JOIN blobs b ON b.id = a.blob
         WHERE a.account = ?1 AND a.document = ?2 AND a.name = ?3"
    );
    Ok(db.prepare_cached(&sql)?.query_row([account, document, name], attachment_row).optional()?)
}

/// Puts a named file on a document, in place of one of the same name.
pub(crate) fn attach(
    write: &mut Write<'_>,
    account: &str,
    document: &str,
    name: &str,
    blob: &Blob,
) -> Result<()> {
    detach(write, account, document, name)?;
    put(write.db, blob)?;
    write
        .db
        .prepare_cached("INSERT INTO attachments (account, document, name, blob) VALUES (?1, ?2, ?3, ?4)")?
        .execute([account, document, name, &blob.id])?;
    Ok(())
}

/// Takes a file off a document; `false` when there is none of this name.
pub(crate) fn detach(write: &mut Write<'_>, account: &str, document: &str, name: &str) -> Result<bool> {
    let Some(found) = attachment(write.db, account, document, name)? else { return Ok(false) };
    write
        .db
        .prepare_cached("DELETE FROM attachments WHERE account = ?1 AND document = ?2 AND name = ?3")?
        .execute([account, document, name])?;
    release(write, &found.blob.id)?;
    Ok(true)
}

/// Columns of a blob from `first` on.
pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Blob> {
    Ok(Blob {
        id: row.get(first)?,
        content_type: row.get(first + 1)?,
        size: row.get(first + 2)?,
        sha256: row.get(first + 3)?,
        created: row.get(first + 4)?,
    })
}

fn attachment_row(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    Ok(Attachment { document: row.get(0)?, name: row.get(1)?, blob: read(row, 2)? })
}
