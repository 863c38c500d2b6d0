//! Voicemail messages in SQL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Write, blobs, documents};
use crate::error::Result;
use crate::messages::{Counts, Message, MessageFolder, MessageList};

const COLUMNS: &str = "m.id, m.box, m.folder, m.created, m.modified, m.metadata,
    b.id, b.content_type, b.size, b.sha256, b.created, m.account
    FROM messages m LEFT JOIN blobs b ON b.id = m.blob";

/// Messages one purge removes at most.
const PURGE: usize = 1000;

pub(crate) fn find(db: &Connection, account: &str, id: &str) -> Result<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} WHERE m.account = ?1 AND m.id = ?2");
    let found = db.prepare_cached(&sql)?.query_row([account, id], raw).optional()?;
    Ok(found.map(parse).transpose()?.map(|(_, message)| message))
}

pub(crate) fn list(
    db: &Connection,
    account: &str,
    query: &MessageList<'_>,
    rows: usize,
) -> Result<Vec<Message>> {
    let (direction, compare) = if query.descending { ("DESC", "<") } else { ("ASC", ">") };
    let in_box = if query.box_id.is_some() { "m.box = ?2" } else { "?2 IS NULL" };
    let folder =
        if query.folder.is_some() { "m.folder = ?3" } else { "?3 IS NULL AND m.folder <> 'deleted'" };
    let after = if query.after.is_some() {
        format!("(m.created, m.id) {compare} (?4, ?5)")
    } else {
        "?4 IS NULL AND ?5 IS NULL".to_owned()
    };
    let sql = format!(
        "SELECT {COLUMNS} WHERE m.account = ?1 AND {in_box} AND {folder} AND {after}
         ORDER BY m.created {direction}, m.id {direction} LIMIT ?6"
    );
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(
        params![
            account,
            query.box_id,
            query.folder.map(MessageFolder::as_str),
            query.after.map(|after| after.0),
            query.after.map(|after| after.1),
            rows
        ],
        raw,
    )?;
    found.map(|row| parse(row?).map(|(_, message)| message)).collect()
}

/// Counted on the index alone.
pub(crate) fn counts(db: &Connection, account: &str, box_id: &str) -> Result<Counts> {
    let mut statement = db.prepare_cached(
        "SELECT folder, count(*) FROM messages WHERE account = ?1 AND box = ?2 GROUP BY folder",
    )?;
    let mut rows = statement.query([account, box_id])?;
    let mut counts = Counts::default();
    while let Some(row) = rows.next()? {
        let (folder, count): (String, u64) = (row.get(0)?, row.get(1)?);
        match MessageFolder::from_name(&folder) {
            Some(MessageFolder::New) => counts.new = count,
            Some(MessageFolder::Saved) => counts.saved = count,
            Some(MessageFolder::Deleted) => counts.deleted = count,
            None => {}
        }
    }
    Ok(counts)
}

pub(crate) fn put(db: &Connection, account: &str, message: &Message) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO messages (account, id, box, folder, created, modified, metadata, blob)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (account, id) DO UPDATE SET box = excluded.box, folder = excluded.folder,
            modified = excluded.modified, metadata = excluded.metadata, blob = excluded.blob",
    )?
    .execute(params![
        account,
        message.id,
        message.box_id,
        message.folder.as_str(),
        message.created,
        message.modified,
        documents::text(&message.metadata)?,
        message.audio.as_ref().map(|blob| &blob.id),
    ])?;
    Ok(())
}

/// Removes a message, and its audio when no copy has it.
pub(crate) fn remove(write: &mut Write<'_>, account: &str, message: &Message) -> Result<()> {
    write
        .db
        .prepare_cached("DELETE FROM messages WHERE account = ?1 AND id = ?2")?
        .execute([account, &message.id])?;
    match &message.audio {
        Some(blob) => blobs::release(write, &blob.id),
        None => Ok(()),
    }
}

/// Some messages of a folder that were last changed before a time, with their accounts.
pub(crate) fn older(db: &Connection, folder: MessageFolder, before: u64) -> Result<Vec<(String, Message)>> {
    let sql =
        format!("SELECT {COLUMNS} WHERE m.folder = ?1 AND m.modified < ?2 ORDER BY m.modified LIMIT {PURGE}");
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(params![folder.as_str(), before], raw)?;
    found.map(|row| parse(row?)).collect()
}

/// Every message of a box, or of all boxes, in any folder.
pub(crate) fn of_box(db: &Connection, account: &str, box_id: Option<&str>) -> Result<Vec<Message>> {
    let sql = format!("SELECT {COLUMNS} WHERE m.account = ?1 AND (?2 IS NULL OR m.box = ?2)");
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(params![account, box_id], raw)?;
    found.map(|row| parse(row?).map(|(_, message)| message)).collect()
}

type Raw = (String, Message, String);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let folder: String = row.get(2)?;
    let has_audio = row.get::<_, Option<String>>(6)?.is_some();
    let message = Message {
        id: row.get(0)?,
        box_id: row.get(1)?,
        folder: MessageFolder::from_name(&folder).unwrap_or_default(),
        created: row.get(3)?,
        modified: row.get(4)?,
        metadata: crate::document::Object::new(),
        audio: if has_audio { Some(blobs::read(row, 6)?) } else { None },
    };
    Ok((row.get(11)?, message, row.get(5)?))
}

fn parse((account, mut message, metadata): Raw) -> Result<(String, Message)> {
    message.metadata = documents::object(&metadata, &message.id)?;
    Ok((account, message))
}
