//! Opening a data directory.
//!
//! Not here: what is kept in it; each concept has a file of its own with the methods of [`Store`] for it.

use std::fs::{File, OpenOptions, TryLockError};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::calls::Queued;
use crate::document::Change;
use crate::error::{Result, StoreError};
use crate::index::Indexes;
use crate::limits::Limits;
use crate::sqlite::Database;

/// Changes a subscriber can be behind before it is told that it missed some.
const CHANGES_KEPT: usize = 1024;

/// What OWASP's password storage guide of 2023 asks of PBKDF2 with SHA-256.
const PASSWORD_ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

/// How to open a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Reading connections; a read waits for a free one. Default 4.
    pub readers: usize,
    /// Bounds of what is stored.
    pub limits: Limits,
    /// Rounds of hashing a new password of an N2FE user goes through. Default 600,000, a fraction of a second.
    pub password_rounds: NonZeroU32,
}

impl Default for Options {
    fn default() -> Self {
        Options { readers: 4, limits: Limits::default(), password_rounds: PASSWORD_ROUNDS }
    }
}

/// The store of one data directory. Clones are handles of the same store; the last one dropped writes what is queued
/// and closes it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    // Closed in this order: the database first, the lock last.
    database: Database,
    indexes: Arc<Indexes>,
    directory: PathBuf,
    options: Options,
    queued: Queued,
    _lock: File,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Store").field("directory", &self.0.directory).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store of a directory with default options; makes directory and database when they are not there.
    ///
    /// # Errors
    /// `Locked` when another process has it open, `Newer` when a newer program made it, `Corrupt` when the database
    /// is damaged or another program's, `Io` when the directory cannot be used.
    pub fn open(directory: impl AsRef<Path>) -> Result<Store> {
        Store::open_with(directory, Options::default())
    }

    /// Opens the store of a directory.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(directory: impl AsRef<Path>, options: Options) -> Result<Store> {
        let directory = directory.as_ref();
        make_private(directory)?;
        let lock = lock(directory)?;
        crate::blobs::prepare(directory)?;
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let indexes = Arc::new(Indexes::new(changes, directory));
        let observer = Arc::clone(&indexes);
        let database = Database::open(directory, options.readers, options.limits, observer)?;
        Ok(Store(Arc::new(Inner {
            database,
            indexes,
            directory: directory.to_owned(),
            options,
            queued: Queued::default(),
            _lock: lock,
        })))
    }

    /// The bounds this store was opened with.
    pub fn limits(&self) -> &Limits {
        &self.0.options.limits
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// Hears of every committed change from now on, in commit order. A subscriber that falls 1024 changes behind is
    /// told how many it missed (`RecvError::Lagged`) and goes on with the newest.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.indexes.subscribe()
    }

    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn queued(&self) -> &Queued {
        &self.0.queued
    }

    pub(crate) fn indexes(&self) -> &Indexes {
        &self.0.indexes
    }
}

/// Makes the directory, if it is not there, for its owner only: it has credentials and voices.
fn make_private(directory: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| StoreError::io(directory, &error))
}

/// Takes the directory for this process; the system gives it back when the process ends, however it ends.
fn lock(directory: &Path) -> Result<File> {
    let path = directory.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::io(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(directory.display().to_string())),
        Err(TryLockError::Error(error)) => Err(StoreError::io(&path, &error)),
    }
}
