//! Voicemail messages: who left what in which box, and where it lies now.
//!
//! Not here: greetings (attachments of media documents), what a caller hears (crate `engine`).

use std::fmt;
use std::io::Read;
use std::ops::Range;

use crate::blobs::{Blob, BlobReader};
use crate::document::{Change, ChangeKind, Object, body_text, check_name};
use crate::error::{Result, StoreError};
use crate::random::new_id;
use crate::sqlite::{Effect, Write, blobs, messages as sql};
use crate::store::Store;

/// The kind of a [`Change`] that tells of a box's messages; its id is the box's, and it has no revision.
pub const MESSAGE_NEWS: &str = "message";

/// Where a message lies in its box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageFolder {
    /// Not yet listened to.
    #[default]
    New,
    /// Kept by the box's owner.
    Saved,
    /// Deleted by the owner; not listed unless asked for, and gone with the next [`Store::purge_messages`].
    Deleted,
}

impl MessageFolder {
    /// `new`, `saved` or `deleted`.
    pub fn as_str(self) -> &'static str {
        match self {
            MessageFolder::New => "new",
            MessageFolder::Saved => "saved",
            MessageFolder::Deleted => "deleted",
        }
    }

    /// The folder of a name.
    pub fn from_name(name: &str) -> Option<MessageFolder> {
        [MessageFolder::New, MessageFolder::Saved, MessageFolder::Deleted]
            .into_iter()
            .find(|folder| folder.as_str() == name)
    }
}

/// A stored message.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// Its id, unique in the account.
    pub id: String,
    /// The voicemail box document's id.
    pub box_id: String,
    /// Where it lies.
    pub folder: MessageFolder,
    /// When it was left, Gregorian seconds.
    pub created: u64,
    /// When it last moved or changed, Gregorian seconds.
    pub modified: u64,
    /// `caller_id_name`, `caller_id_number`, `from`, `to`, `length` (ms), `call_id` ... as they were given.
    pub metadata: Object,
    /// Its audio.
    pub audio: Option<Blob>,
}

impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Message")
            .field("id", &self.id)
            .field("box_id", &self.box_id)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// A message to be stored.
#[derive(Clone, Default)]
pub struct NewMessage {
    /// The account.
    pub account: String,
    /// The voicemail box document's id.
    pub box_id: String,
    /// Its id; `None`: the store makes one.
    pub id: Option<String>,
    /// Where it goes.
    pub folder: MessageFolder,
    /// Whatever is known of it.
    pub metadata: Object,
}

/// What to change of a message; `None` leaves a thing as it is.
#[derive(Clone, Default)]
pub struct MessageChange {
    /// The folder to move it to.
    pub folder: Option<MessageFolder>,
    /// The box to move it to.
    pub box_id: Option<String>,
    /// Its metadata from now on.
    pub metadata: Option<Object>,
}

/// Messages of a box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In folder `new`.
    pub new: u64,
    /// In folder `saved`.
    pub saved: u64,
    /// In folder `deleted`.
    pub deleted: u64,
}

/// Which messages to list, ordered by the time they were left, then id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageList<'a> {
    /// The box; `None` for all boxes of the account.
    pub box_id: Option<&'a str>,
    /// Only this folder; `None` for new and saved ones.
    pub folder: Option<MessageFolder>,
    /// The newest first.
    pub descending: bool,
    /// Only what comes behind this message (its `created` and `id`): the key of a page.
    pub after: Option<(u64, &'a str)>,
    /// Rows wanted; 0 for as many as allowed.
    pub limit: usize,
}

impl Store {
    /// Stores a message, its audio and all at once: after a crash there is the whole message or none.
    ///
    /// # Errors
    /// `NotFound` without the box, `Exists`, `TooLarge`, `Invalid`, `Io`.
    pub fn add_message(&self, new: NewMessage, content_type: &str, audio: impl Read) -> Result<Message> {
        self.get(&new.account, &new.box_id)?;
        let file = self.put_file(content_type, audio)?;
        let blob = file.blob()?;
        let message = self.database().write(move |write| {
            blobs::put(write.db, &blob)?;
            add(write, new, Some(blob))
        })?;
        file.named();
        Ok(message)
    }

    /// Stores a message without audio (which [`Store::set_message_audio`] may give it).
    ///
    /// # Errors
    /// As [`Store::add_message`].
    pub fn add_silent_message(&self, new: NewMessage) -> Result<Message> {
        self.database().write(move |write| add(write, new, None))
    }

    /// Gives a message other audio.
    ///
    /// # Errors
    /// `NotFound`, `TooLarge`, `Invalid`, `Io`.
    pub fn set_message_audio(
        &self,
        account: &str,
        id: &str,
        content_type: &str,
        audio: impl Read,
    ) -> Result<Message> {
        self.message(account, id)?;
        let file = self.put_file(content_type, audio)?;
        let blob = file.blob()?;
        let (account, id) = (account.to_owned(), id.to_owned());
        let message = self.database().write(move |write| {
            let mut message = found(write, &account, &id)?;
            blobs::put(write.db, &blob)?;
            let old = message.audio.replace(blob);
            message.modified = write.now;
            sql::put(write.db, &account, &message)?;
            tell(write, &account, &message.box_id);
            if let Some(old) = old {
                blobs::release(write, &old.id)?;
            }
            Ok(message)
        })?;
        file.named();
        Ok(message)
    }

    /// A message in any folder.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn message(&self, account: &str, id: &str) -> Result<Message> {
        let found = self.database().read(|db| sql::find(db, account, id))?;
        found.ok_or_else(|| StoreError::not_found("message", id))
    }

    /// Messages, a page at a time.
    ///
    /// # Errors
    /// Of the database only.
    pub fn messages(&self, account: &str, query: &MessageList<'_>) -> Result<Vec<Message>> {
        let rows = self.rows(query.limit);
        self.database().read(|db| sql::list(db, account, query, rows))
    }

    /// How many messages a box has.
    ///
    /// # Errors
    /// Of the database only.
    pub fn message_counts(&self, account: &str, box_id: &str) -> Result<Counts> {
        self.database().read(|db| sql::counts(db, account, box_id))
    }

    /// Opens a message's audio; see [`Store::open_blob`] for `range`.
    ///
    /// # Errors
    /// `NotFound` also for a message without audio; else as [`Store::open_blob`].
    pub fn open_message(&self, account: &str, id: &str, range: Option<Range<u64>>) -> Result<BlobReader> {
        let audio = self.message(account, id)?.audio;
        self.reader(audio.ok_or_else(|| StoreError::not_found("audio of message", id))?, range)
    }

    /// Moves or changes a message.
    ///
    /// # Errors
    /// `NotFound` without the message or the box, `TooLarge`, `Invalid`.
    pub fn change_message(&self, account: &str, id: &str, change: MessageChange) -> Result<Message> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.database().write(move |write| {
            let mut message = found(write, &account, &id)?;
            if let Some(box_id) = change.box_id {
                require_box(write, &account, &box_id)?;
                tell(write, &account, &message.box_id);
                message.box_id = box_id;
            }
            if let Some(metadata) = change.metadata {
                body_text(&metadata, write.limits)?;
                message.metadata = metadata;
            }
            message.folder = change.folder.unwrap_or(message.folder);
            message.modified = write.now;
            sql::put(write.db, &account, &message)?;
            tell(write, &account, &message.box_id);
            Ok(message)
        })
    }

    /// Copies a message into a box, as new; the audio is shared, not copied. `new_id` `None`: the store makes one.
    ///
    /// # Errors
    /// `NotFound` without the message or the box, `Exists`.
    pub fn copy_message(
        &self,
        account: &str,
        id: &str,
        box_id: &str,
        new_id: Option<String>,
    ) -> Result<Message> {
        let (account, id, box_id) = (account.to_owned(), id.to_owned(), box_id.to_owned());
        self.database().write(move |write| {
            let from = found(write, &account, &id)?;
            let metadata = from.metadata;
            add(
                write,
                NewMessage { account, box_id, id: new_id, folder: MessageFolder::New, metadata },
                from.audio,
            )
        })
    }

    /// Removes a message for good.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn remove_message(&self, account: &str, id: &str) -> Result<()> {
        let (account, id) = (account.to_owned(), id.to_owned());
        self.database().write(move |write| {
            let message = found(write, &account, &id)?;
            tell(write, &account, &message.box_id);
            sql::remove(write, &account, &message)
        })
    }

    /// Removes messages of a folder, of all accounts, that were last moved before a time (Gregorian seconds), at most
    /// 1000 at once; gives how many. Call again until it gives 0.
    ///
    /// # Errors
    /// Of the database only.
    pub fn purge_messages(&self, folder: MessageFolder, before: u64) -> Result<u64> {
        self.database().write(move |write| {
            let old = sql::older(write.db, folder, before)?;
            for (account, message) in &old {
                sql::remove(write, account, message)?;
            }
            Ok(old.len() as u64)
        })
    }
}

fn add(write: &mut Write<'_>, new: NewMessage, audio: Option<Blob>) -> Result<Message> {
    require_box(write, &new.account, &new.box_id)?;
    let id = match new.id {
        Some(id) => id,
        None => new_id()?,
    };
    check_name("the message id", &id, write.limits)?;
    body_text(&new.metadata, write.limits)?;
    if sql::find(write.db, &new.account, &id)?.is_some() {
        return Err(StoreError::Exists { what: "id", value: id });
    }
    let message = Message {
        id,
        box_id: new.box_id,
        folder: new.folder,
        created: write.now,
        modified: write.now,
        metadata: new.metadata,
        audio,
    };
    sql::put(write.db, &new.account, &message)?;
    tell(write, &new.account, &message.box_id);
    Ok(message)
}

/// Those who listen learn that a box has other messages than before.
fn tell(write: &mut Write<'_>, account: &str, box_id: &str) {
    write.effects.push(Effect::News(Change {
        account: account.to_owned(),
        kind: MESSAGE_NEWS.to_owned(),
        id: box_id.to_owned(),
        revision: String::new(),
        change: ChangeKind::Changed,
    }));
}

fn found(write: &Write<'_>, account: &str, id: &str) -> Result<Message> {
    sql::find(write.db, account, id)?.ok_or_else(|| StoreError::not_found("message", id))
}

fn require_box(write: &Write<'_>, account: &str, id: &str) -> Result<()> {
    crate::documents::current(write, account, id, None).map(|_| ())
}
