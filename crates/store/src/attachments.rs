//! Files that belong to documents: the audio of a media document, a user's photo, a call recording.
//!
//! Not here: voicemail audio (`messages`); converting audio (crate `telephony`).

use std::io::Read;
use std::ops::Range;

use crate::blobs::{Blob, BlobReader};
use crate::document::{ChangeKind, check_name};
use crate::documents::{change_of, current};
use crate::error::{Result, StoreError};
use crate::sqlite::{Effect, blobs as sql};
use crate::store::Store;

/// A file of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The document's id.
    pub document: String,
    /// Its name, unique in the document: `welcome.wav`.
    pub name: String,
    /// The file.
    pub blob: Blob,
}

impl Store {
    /// Stores a file with a document, in place of one of the same name. The document's revision stays; subscribers
    /// hear of a change.
    ///
    /// # Errors
    /// `NotFound` without the document, `TooLarge`, `Invalid` (name, content type, or `content` fails), `Io`.
    pub fn attach(
        &self,
        account: &str,
        document: &str,
        name: &str,
        content_type: &str,
        content: impl Read,
    ) -> Result<Attachment> {
        check_name("the attachment's name", name, self.limits())?;
        // Refused before the disk is filled; looked at again when it is written.
        self.get(account, document)?;
        let file = self.put_file(content_type, content)?;
        let attachment =
            Attachment { document: document.to_owned(), name: name.to_owned(), blob: file.blob()? };
        let (account, row) = (account.to_owned(), attachment.clone());
        self.database().write(move |write| {
            let current = current(write, &account, &row.document, None)?;
            sql::attach(write, &account, &row.document, &row.name, &row.blob)?;
            write.effects.push(Effect::News(change_of(&current.document, ChangeKind::Changed)));
            Ok(())
        })?;
        file.named();
        Ok(attachment)
    }

    /// A document's files by name.
    ///
    /// # Errors
    /// Of the database only.
    pub fn attachments(&self, account: &str, document: &str) -> Result<Vec<Attachment>> {
        self.database().read(|db| sql::attachments(db, account, Some(document)))
    }

    /// Opens a document's file; see [`Store::open_blob`] for `range`.
    ///
    /// # Errors
    /// As [`Store::open_blob`].
    pub fn open_attachment(
        &self,
        account: &str,
        document: &str,
        name: &str,
        range: Option<Range<u64>>,
    ) -> Result<BlobReader> {
        let found = self.database().read(|db| sql::attachment(db, account, document, name))?;
        self.reader(found.ok_or_else(|| StoreError::not_found("attachment", name))?.blob, range)
    }

    /// Removes a document's file.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn detach(&self, account: &str, document: &str, name: &str) -> Result<()> {
        let (account, document, name) = (account.to_owned(), document.to_owned(), name.to_owned());
        self.database().write(move |write| {
            let current = current(write, &account, &document, None)?;
            if !sql::detach(write, &account, &document, &name)? {
                return Err(StoreError::not_found("attachment", name));
            }
            write.effects.push(Effect::News(change_of(&current.document, ChangeKind::Changed)));
            Ok(())
        })
    }
}
