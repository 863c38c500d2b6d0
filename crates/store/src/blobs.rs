//! Files beside the database: prompts, recordings, voicemail audio.
//!
//! A file is written once under a new id, flushed together with its folder, and only then named by a row: an
//! acknowledged file is whole, and a crash in between leaves at most a file nobody names, which
//! [`Store::remove_orphans`] takes away. Not here: what a file is for (`attachments`, `messages`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::document::check_name;
use crate::error::{Result, StoreError};
use crate::limits::Limits;
use crate::random::{hex, new_id};
use crate::sqlite::blobs as sql;
use crate::store::Store;

/// Bytes copied at a time.
const CHUNK: usize = 64 << 10;

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its id; also its file name.
    pub id: String,
    /// Media type, as it was given: `audio/x-wav`.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content, 64 hex digits; a good ETag.
    pub sha256: String,
    /// When it was stored, Gregorian seconds.
    pub created: u64,
}

/// The bytes of a stored file, or of a part of it.
#[derive(Debug)]
pub struct BlobReader {
    /// What is read.
    pub blob: Blob,
    /// The part that is read: `start..end`, end not included.
    pub range: Range<u64>,
    file: io::Take<File>,
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Store {
    /// Opens a stored file. `range` is cut to the file's size; `None` is all of it.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` when the range begins behind the end; `Corrupt` when the file is missing or cut short.
    pub fn open_blob(&self, id: &str, range: Option<Range<u64>>) -> Result<BlobReader> {
        let blob = self.database().read(|db| sql::find(db, id))?;
        self.reader(blob.ok_or_else(|| StoreError::not_found("blob", id))?, range)
    }

    pub(crate) fn reader(&self, blob: Blob, range: Option<Range<u64>>) -> Result<BlobReader> {
        let range = range.map_or(0..blob.size, |range| range.start..range.end.min(blob.size));
        if range.start > range.end || (range.start == blob.size && blob.size > 0) {
            return Err(StoreError::Invalid(format!("the range begins behind byte {}", blob.size)));
        }
        let path = path_of(self.directory(), &blob.id);
        let damaged = |reason: String| StoreError::Corrupt { path: path.display().to_string(), reason };
        let mut file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged("the file is missing".to_owned()),
            _ => StoreError::io(&path, &error),
        })?;
        let size = file.metadata().map_err(|error| StoreError::io(&path, &error))?.len();
        if size != blob.size {
            return Err(damaged(format!("it has {size} bytes, not {}", blob.size)));
        }
        file.seek(SeekFrom::Start(range.start)).map_err(|error| StoreError::io(&path, &error))?;
        let file = file.take(range.end - range.start);
        Ok(BlobReader { blob, range, file })
    }

    /// Writes a file and flushes it; it is not named by any row yet.
    pub(crate) fn put_file(&self, content_type: &str, content: impl Read) -> Result<Unnamed> {
        check_name("the content type", content_type, self.limits())?;
        let id = new_id()?;
        let path = path_of(self.directory(), &id);
        // From here on, the file goes away again unless it is named.
        let mut unnamed = Unnamed { path, blob: None };
        let (size, sha256) = write_file(&unnamed.path, content, self.limits())?;
        unnamed.blob = Some(Blob {
            id,
            content_type: content_type.to_owned(),
            size,
            sha256,
            created: crate::clock::gregorian_now_s(),
        });
        Ok(unnamed)
    }

    /// Removes files that no row names and that are older than `age`; for what a crash or a failed write left behind.
    /// Gives how many were removed. Run it now and then; `age` must be longer than any upload takes.
    ///
    /// # Errors
    /// `Io`, or of the database.
    pub fn remove_orphans(&self, age: Duration) -> Result<u64> {
        let root = self.directory().join("blobs");
        let before = SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut removed = 0;
        for folder in entries(&root)? {
            for path in entries(&folder)? {
                let Ok(metadata) = fs::metadata(&path) else { continue };
                let is_old = metadata.modified().is_ok_and(|modified| modified <= before);
                let Some(id) = path.file_name().and_then(|name| name.to_str()) else { continue };
                if is_old && self.database().read(|db| sql::find(db, id))?.is_none() {
                    fs::remove_file(&path).map_err(|error| StoreError::io(&path, &error))?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

/// A file that is on disk but not named by a row; dropped without [`Unnamed::named`], the file is removed.
pub(crate) struct Unnamed {
    path: PathBuf,
    blob: Option<Blob>,
}

impl Unnamed {
    /// The row to write.
    pub(crate) fn blob(&self) -> Result<Blob> {
        self.blob.clone().ok_or(StoreError::Closed)
    }

    /// The row is on disk: the file stays.
    pub(crate) fn named(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes a file nothing names any more; one that cannot be removed is an orphan for later.
pub(crate) fn unlink(directory: &Path, id: &str) {
    let path = path_of(directory, id);
    if let Err(error) = fs::remove_file(&path) {
        tracing::warn!(code = "ST1010", %error, path = %path.display(), "a file cannot be removed");
    }
}

/// Makes the 16 folders files go to, once; made beforehand, so that storing a file flushes one folder only.
pub(crate) fn prepare(directory: &Path) -> Result<()> {
    let root = directory.join("blobs");
    if root.join("f").is_dir() {
        return Ok(());
    }
    for digit in b"0123456789abcdef" {
        let folder = root.join(char::from(*digit).to_string());
        fs::create_dir_all(&folder).map_err(|error| StoreError::io(&folder, &error))?;
    }
    flush_folder(&root)?;
    flush_folder(directory)
}

/// Where a file lies: `blobs/a/ab12...`.
fn path_of(directory: &Path, id: &str) -> PathBuf {
    directory.join("blobs").join(id.get(..1).unwrap_or("0")).join(id)
}

fn write_file(path: &Path, mut content: impl Read, limits: &Limits) -> Result<(u64, String)> {
    let fault = |error: io::Error| StoreError::io(path, &error);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(fault)?;
    let (mut size, mut hash, mut buffer) = (0_u64, Sha256::new(), vec![0; CHUNK]);
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(StoreError::Invalid(format!("the content cannot be read: {error}"))),
        };
        size += read as u64;
        if size > limits.blob_bytes {
            return Err(StoreError::TooLarge { what: "blob", size, limit: limits.blob_bytes });
        }
        let chunk = buffer.get(..read).unwrap_or_default();
        hash.update(chunk);
        file.write_all(chunk).map_err(fault)?;
    }
    file.sync_all().map_err(fault)?;
    if let Some(folder) = path.parent() {
        flush_folder(folder)?;
    }
    Ok((size, hex(&hash.finalize())))
}

/// Flushes a folder, so that a new name in it survives a power cut.
pub(crate) fn flush_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| StoreError::io(folder, &error))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).map_err(|error| StoreError::io(folder, &error))?;
    listed
        .map(|entry| entry.map(|entry| entry.path()).map_err(|error| StoreError::io(folder, &error)))
        .collect()
}
