//! An account into the store from a folder, and out of it.
//!
//! Not here: the disk (`folder`), the format (`flow::folder`).

use std::collections::BTreeSet;
use std::io::Read;

use flow::folder::{Attachment as FolderFile, Folder, SavedVersion};
use serde_json::Value;

use crate::blobs::{Blob, Unnamed};
use crate::credentials;
use crate::document::{
    ACCOUNT, Author, ChangeKind, EVENT_COUNTER, List, N2FE_USER, NewAccount, NewDocument, Object, Private,
    SERVICE_NUMBER, USER,
};
use crate::documents::{change_of, make, replace, turn_deleted, turn_to};
use crate::error::{Result, StoreError};
use crate::history::{self, Numbers};
use crate::index::to_flow;
use crate::random::hex;
use crate::sqlite::{Effect, Write, accounts, blobs, documents as sql};
use crate::store::Store;

/// Hidden member with the file a document was imported from, so that an export puts it there again.
const PATH_MEMBER: &str = "pvt_folder_path";
/// Names of scenario files, which are kept as attachments of the account's document, begin so.
const SCENARIOS: &str = "scenarios/";

/// What an import does with an account that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportMode {
    /// It must not be there.
    #[default]
    Create,
    /// Documents of the folder are made or saved; all others stay.
    Merge,
    /// As `Merge`, and documents and scenarios that the folder lacks are deleted (documents softly).
    Replace,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The account's id.
    pub account: String,
    /// Documents made.
    pub created: usize,
    /// Documents that got a new version.
    pub changed: usize,
    /// Documents that were the same already.
    pub unchanged: usize,
    /// Documents deleted.
    pub deleted: usize,
    /// Audio files and scenarios stored.
    pub files: usize,
}

impl Store {
    /// Takes an account from a folder, all of it or nothing. Ids are kept; a user's `password` becomes hidden hashes;
    /// a document that is the same already gets no new version. A new account is a root account.
    ///
    /// # Errors
    /// `Exists` (account, realm, or an id used by a document of another kind), `TooLarge`, `Invalid`, `Io`.
    pub fn import(&self, folder: &Folder, mode: ImportMode, author: &Author) -> Result<Imported> {
        let account = folder.account.id.clone();
        let mut files = Vec::new();
        for (document, file) in &folder.attachments {
            self.fresh_file(&account, document, &file.file_name, &file.bytes, &mut files)?;
        }
        for (path, bytes) in &folder.scenarios {
            self.fresh_file(&account, &account, path, bytes, &mut files)?;
        }
        let rows: Vec<FileRow> = files.iter().map(|(row, _)| row.clone()).collect();
        let plan = Plan {
            root: folder.account.clone(),
            documents: folder.documents.clone(),
            versions: folder.versions.clone(),
            numbers: Numbers::new(),
            paths: folder.paths.clone(),
            scenarios: folder.scenarios.iter().map(|(path, _)| path.clone()).collect(),
            audio: folder.attachments.iter().map(|(id, file)| (id.clone(), file.file_name.clone())).collect(),
            files: rows,
            passwords: self.passwords(folder)?,
            mode,
            author: author.clone(),
        };
        let imported = self.database().write(move |write| plan.run(write))?;
        for (_, file) in files {
            file.named();
        }
        Ok(imported)
    }

    /// An account as a folder, without credentials: live versions, and all versions of flows that were saved more than
    /// once.
    ///
    /// # Errors
    /// `NotFound`, `TooLarge` when its files are more than a folder may have, `Io`.
    pub fn export(&self, account: &str) -> Result<Folder> {
        self.export_with(account, true)
    }

    /// As [`Store::export`], but live versions only.
    ///
    /// # Errors
    /// The same.
    pub fn export_live(&self, account: &str) -> Result<Folder> {
        self.export_with(account, false)
    }

    fn export_with(&self, account: &str, with_versions: bool) -> Result<Folder> {
        let (root, mut rows, attachments, versions) = self.database().read(|db| {
            let root = sql::find(db, account, account)?.filter(|root| !root.deleted);
            let root = root.ok_or_else(|| StoreError::not_found("account", account))?;
            let rows = sql::list(db, account, &List::default(), usize::MAX)?;
            let mut versions = std::collections::BTreeMap::new();
            let mut room = self.limits().folder_bytes;
            for document in rows.iter().filter(|_| with_versions) {
                let found = history::of(db, document)?;
                let (size, limit) = (history::size(&found), self.limits().folder_bytes);
                room =
                    room.checked_sub(size).ok_or(StoreError::TooLarge { what: "the folder", size, limit })?;
                if !found.is_empty() {
                    versions.insert(document.id.clone(), found);
                }
            }
            Ok((root, rows, blobs::attachments(db, account, None)?, (versions, room)))
        })?;
        rows.retain(|document| document.id != account);
        let (versions, mut room) = versions;
        let mut folder = Folder { account: to_flow(root), versions, ..Folder::default() };
        let ids: BTreeSet<String> = rows.iter().map(|document| document.id.clone()).collect();
        let live: std::collections::BTreeMap<String, u32> =
            rows.iter().map(|document| (document.id.clone(), document.version)).collect();
        for mut document in rows {
            if document.kind == SERVICE_NUMBER {
                crate::schedules::unpin(&mut document.body, |flow| live.get(flow).copied());
            }
            if document.kind == EVENT_COUNTER
                && let Some(name) = document.body.get("name").and_then(Value::as_str)
                && let Ok(value) = self.counted(account, name)
            {
                document.body.insert("value".to_owned(), value.into());
            }
            if let Some(Value::String(path)) = document.private.get(PATH_MEMBER) {
                folder.paths.insert(document.id.clone(), path.clone());
            }
            folder.documents.push(to_flow(document));
        }
        for attachment in attachments {
            let is_scenario = attachment.document == account && attachment.name.starts_with(SCENARIOS);
            let is_first = ids.contains(&attachment.document)
                && !folder.attachments.contains_key(&attachment.document)
                && attachment.blob.content_type.starts_with("audio/");
            if !is_scenario && !is_first {
                continue;
            }
            let (size, limit) = (attachment.blob.size, self.limits().folder_bytes);
            room = room.checked_sub(size).ok_or(StoreError::TooLarge { what: "the folder", size, limit })?;
            let bytes = self.bytes_of(attachment.blob)?;
            if is_scenario {
                folder.scenarios.push((attachment.name, bytes));
            } else {
                let file = FolderFile { file_name: attachment.name, bytes };
                folder.attachments.insert(attachment.document, file);
            }
        }
        Ok(folder)
    }

    /// Hashes the passwords that a folder has in clear, before the writer is kept from others.
    fn passwords(&self, folder: &Folder) -> Result<std::collections::BTreeMap<String, Object>> {
        let mut hidden = std::collections::BTreeMap::new();
        for user in folder.documents.iter().filter(|document| document.kind == N2FE_USER) {
            let mut private = match self.get(&folder.account.id, &user.id) {
                Ok(kept) => kept.private,
                Err(StoreError::NotFound { .. }) => Object::new(),
                Err(error) => return Err(error),
            };
            self.hide(&mut object_of(user)?, &mut private)?;
            hidden.insert(user.id.clone(), private);
        }
        Ok(hidden)
    }

    fn bytes_of(&self, blob: Blob) -> Result<Vec<u8>> {
        let id = blob.id.clone();
        let mut bytes = Vec::new();
        self.reader(blob, None)?
            .read_to_end(&mut bytes)
            .map_err(|error| StoreError::Io { path: id, reason: error.to_string() })?;
        Ok(bytes)
    }

    /// Writes a file of the folder unless the document has the very same already.
    fn fresh_file(
        &self,
        account: &str,
        document: &str,
        name: &str,
        bytes: &[u8],
        files: &mut Vec<(FileRow, Unnamed)>,
    ) -> Result<()> {
        use sha2::{Digest, Sha256};
        crate::document::check_name("the file's name", name, self.limits())?;
        let hash = hex(&Sha256::digest(bytes));
        let stored = self.database().read(|db| blobs::attachment(db, account, document, name))?;
        if stored.is_some_and(|stored| stored.blob.sha256 == hash) {
            return Ok(());
        }
        let file = self.put_file(content_type(name), bytes)?;
        let row = FileRow { document: document.to_owned(), name: name.to_owned(), blob: file.blob()? };
        files.push((row, file));
        Ok(())
    }
}

/// A file that waits to be named.
#[derive(Clone)]
struct FileRow {
    document: String,
    name: String,
    blob: Blob,
}

/// An import, as the writer carries it out.
struct Plan {
    root: flow::account::Document,
    documents: Vec<flow::account::Document>,
    versions: std::collections::BTreeMap<String, Vec<SavedVersion>>,
    /// What the versions are called in the store, as far as they are there.
    numbers: Numbers,
    paths: std::collections::BTreeMap<String, String>,
    scenarios: BTreeSet<String>,
    audio: BTreeSet<(String, String)>,
    files: Vec<FileRow>,
    /// Hidden members with the password of each N2FE user that comes with one.
    passwords: std::collections::BTreeMap<String, Object>,
    mode: ImportMode,
    author: Author,
}

impl Plan {
    fn run(mut self, write: &mut Write<'_>) -> Result<Imported> {
        let account = self.root.id.clone();
        let mut done = Imported { account: account.clone(), files: self.files.len(), ..Imported::default() };
        self.root(write, &mut done)?;
        let documents = std::mem::take(&mut self.documents);
        // Service numbers come last: they name versions of the others.
        let (numbers, others): (Vec<_>, Vec<_>) =
            documents.iter().partition(|document| document.kind == SERVICE_NUMBER);
        for document in others.into_iter().chain(numbers) {
            if let Some(versions) = self.versions.get(&document.id) {
                self.refuse_other_kind(write, document)?;
                let numbers = history::bring(write, &account, &document.id, &document.kind, versions)?;
                self.numbers.insert(document.id.clone(), numbers);
            }
            self.document(write, document, &mut done)?;
        }
        self.documents = documents;
        for file in &self.files {
            if sql::find(write.db, &account, &file.document)?.is_none() {
                return Err(StoreError::not_found("document", &file.document));
            }
            blobs::attach(write, &account, &file.document, &file.name, &file.blob)?;
        }
        if self.mode == ImportMode::Replace {
            self.prune(write, &mut done)?;
        }
        if let Some(root) = sql::find(write.db, &account, &account)? {
            // One fresh index at the next use instead of thousands of small steps.
            write.effects.retain(|effect| matches!(effect, Effect::Unlink(_)));
            write.effects.push(Effect::Account(change_of(&root, ChangeKind::Changed)));
        }
        Ok(done)
    }

    fn root(&self, write: &mut Write<'_>, done: &mut Imported) -> Result<()> {
        let (id, body) = (self.root.id.clone(), object_of(&self.root)?);
        if accounts::find_any(write.db, &id)?.is_none() {
            done.created += 1;
            crate::accounts::create(write, NewAccount { id: Some(id), parent: None, body }, &self.author)?;
            return Ok(());
        }
        if self.mode == ImportMode::Create || accounts::find(write.db, &id)?.is_none() {
            return Err(StoreError::Exists { what: "account", value: id });
        }
        let current = crate::documents::current(write, &id, &id, None)?;
        if current.document.body == body {
            done.unchanged += 1;
        } else {
            replace(write, &current, body, Private::Keep, &self.author)?;
            done.changed += 1;
        }
        Ok(())
    }

    fn document(
        &self,
        write: &mut Write<'_>,
        new: &flow::account::Document,
        done: &mut Imported,
    ) -> Result<()> {
        let account = &self.root.id;
        let mut body = object_of(new)?;
        self.refuse_other_kind(write, new)?;
        let current = sql::current(write.db, account, &new.id)?.filter(|current| !current.document.deleted);
        let mut private =
            current.as_ref().map(|current| current.document.private.clone()).unwrap_or_default();
        if new.kind == USER {
            credentials::hide_password(&mut body, &mut private);
        }
        if new.kind == SERVICE_NUMBER {
            crate::schedules::renumber(&mut body, &self.numbers);
            crate::schedules::forget_unknown(write, account, &mut body)?;
            crate::schedules::pin(write, account, &mut body)?;
        }
        if new.kind == N2FE_USER {
            body.shift_remove("password");
            private.extend(self.passwords.get(&new.id).cloned().unwrap_or_default());
        }
        if let Some(path) = self.paths.get(&new.id) {
            private.insert(PATH_MEMBER.to_owned(), Value::String(path.clone()));
        }
        let (versions, numbers) = (self.versions.get(&new.id), self.numbers.get(&new.id));
        let live =
            versions.zip(numbers).and_then(|(versions, numbers)| history::live(versions, numbers, &body));
        match current {
            Some(current) if current.document.body == body && current.document.private == private => {
                done.unchanged += 1;
            }
            Some(current) => {
                match live {
                    Some(number) => turn_to(write, &current, &private, number)?,
                    None => replace(write, &current, body, Private::Set(private), &self.author)?,
                };
                done.changed += 1;
            }
            None => {
                let (account, id, kind) = (account.clone(), Some(new.id.clone()), new.kind.clone());
                make(write, NewDocument { account, id, kind, body, private }, &self.author, live)?;
                done.created += 1;
            }
        }
        Ok(())
    }

    /// An id that a document of another kind has cannot come in.
    fn refuse_other_kind(&self, write: &Write<'_>, new: &flow::account::Document) -> Result<()> {
        let current = sql::find(write.db, &self.root.id, &new.id)?;
        match current.filter(|current| !current.deleted && current.kind != new.kind) {
            Some(_) => Err(StoreError::Exists { what: "id", value: new.id.clone() }),
            None => Ok(()),
        }
    }

    /// Deletes what the folder lacks.
    fn prune(&self, write: &mut Write<'_>, done: &mut Imported) -> Result<()> {
        let account = &self.root.id;
        let kept: BTreeSet<&str> = self.documents.iter().map(|document| document.id.as_str()).collect();
        for document in sql::list(write.db, account, &List::default(), usize::MAX)? {
            if document.kind != ACCOUNT && !kept.contains(document.id.as_str()) {
                let current = crate::documents::current(write, account, &document.id, None)?;
                turn_deleted(write, &current)?;
                done.deleted += 1;
            }
        }
        for file in blobs::attachments(write.db, account, None)? {
            let is_stale = if file.document == *account {
                file.name.starts_with(SCENARIOS) && !self.scenarios.contains(&file.name)
            } else {
                // Audio of a document of the folder under a name the folder does not have (any more).
                kept.contains(file.document.as_str())
                    && file.blob.content_type.starts_with("audio/")
                    && !self.audio.contains(&(file.document.clone(), file.name.clone()))
            };
            if is_stale {
                blobs::detach(write, account, &file.document, &file.name)?;
            }
        }
        Ok(())
    }
}

/// A document's members without `id`.
fn object_of(document: &flow::account::Document) -> Result<Object> {
    match &document.body {
        Value::Object(members) => {
            let mut members = members.clone();
            members.shift_remove("id");
            Ok(members)
        }
        _ => Err(StoreError::Invalid(format!("the document {} is not a JSON object", document.id))),
    }
}

/// The media type of a file of the folder, by its ending.
fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("wav") => "audio/x-wav",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("flac") => "audio/flac",
        Some("yaml" | "yml") => "application/yaml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
