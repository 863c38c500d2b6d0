//! Files beside the database.

use std::path::Path;

/// Removes a file nothing refers to any more.
pub(crate) fn unlink(directory: &Path, id: &str) {
    let _ = std::fs::remove_file(directory.join("blobs").join(id));
}
