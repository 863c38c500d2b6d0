//! Snapshots in files: `.json.zst` (compressed) or `.json`, written so that a file is whole or not there.
//!
//! Not here: what is in a snapshot (`flow::broadworks::snapshot`).

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flow::broadworks::snapshot::{FORMAT, Snapshot};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// Bytes of a snapshot as JSON, at most: what a small compressed file may grow to.
pub const MAX_BYTES: u64 = 512 * 1024 * 1024;
/// How a Zstandard frame begins (RFC 8878 section 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Why a snapshot could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file or its folder.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// The compressed data is broken.
    #[error("{path} is not whole: {reason}")]
    Broken {
        /// Which.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// More than [`MAX_BYTES`].
    #[error("{path} holds more than {limit} bytes", limit = MAX_BYTES)]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// JSON, but not a snapshot.
    #[error("{path} is not a snapshot: {reason}")]
    NotASnapshot {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Written by a later version of this program.
    #[error("{path} is of format {format}; this program reads up to {known}", known = FORMAT)]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
}

impl FileError {
    /// A stable code, listed in `docs/error-codes.md`.
    pub fn code(&self) -> &'static str {
        match self {
            FileError::Io { .. } => "OD5001",
            FileError::Broken { .. } => "OD5002",
            FileError::TooLarge { .. } => "OD5003",
            FileError::NotASnapshot { .. } => "OD5004",
            FileError::Newer { .. } => "OD5005",
        }
    }
}

/// Writes a snapshot, readable by its owner only: compressed when the name ends in `.zst`. The file is written beside its place and
/// moved there when it is on disk, so that an earlier one stays until then.
///
/// # Errors
/// The folder cannot be written.
pub fn save(path: &Path, snapshot: &Snapshot) -> Result<(), FileError> {
    let io = |error: io::Error| FileError::Io { path: path.to_owned(), error };
    let mut bytes = serde_json::to_vec_pretty(snapshot).map_err(|error| io(error.into()))?;
    bytes.push(b'\n');
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zst")) {
        bytes = compress_to_vec(bytes.as_slice(), CompressionLevel::Fastest);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Such a file has mode 0600.
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    beside.write_all(&bytes).map_err(io)?;
    beside.as_file().sync_all().map_err(io)?;
    beside.persist(path).map_err(|error| io(error.error))?;
    // The name is on disk only when the folder is. Some file systems cannot do that for folders.
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Reads a snapshot, compressed or not, whatever its name.
///
/// # Errors
/// It cannot be read, is broken, too large, no snapshot, or of a later format.
pub fn load(path: &Path) -> Result<Snapshot, FileError> {
    load_up_to(path, MAX_BYTES)
}

fn load_up_to(path: &Path, limit: u64) -> Result<Snapshot, FileError> {
    let owned = || path.to_owned();
    let file = fs::File::open(path).map_err(|error| FileError::Io { path: owned(), error })?;
    let bytes = up_to(file, limit).map_err(|error| FileError::Io { path: owned(), error })?;
    let bytes = bytes.ok_or_else(|| FileError::TooLarge { path: owned() })?;
    let bytes = if bytes.starts_with(&ZSTD) { decompress(path, &bytes, limit)? } else { bytes };
    let not = |reason: String| FileError::NotASnapshot { path: owned(), reason };
    // The format is looked at before the rest, which a later version may write differently.
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| not(error.to_string()))?;
    let format = value
        .get("format")
        .and_then(serde_json::Value::as_u64)
        .ok_or_else(|| not("it has no format".to_owned()))?;
    if format > u64::from(FORMAT) {
        return Err(FileError::Newer { path: owned(), format: u32::try_from(format).unwrap_or(u32::MAX) });
    }
    serde_json::from_value(value).map_err(|error| not(error.to_string()))
}

fn decompress(path: &Path, mut bytes: &[u8], limit: u64) -> Result<Vec<u8>, FileError> {
    let broken = |reason: String| FileError::Broken { path: path.to_owned(), reason };
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let decoder = StreamingDecoder::new(&mut bytes).map_err(|error| broken(error.to_string()))?;
        let left = limit.saturating_sub(all.len() as u64);
        match up_to(decoder, left).map_err(|error| broken(error.to_string()))? {
            Some(frame) => all.extend(frame),
            None => return Err(FileError::TooLarge { path: path.to_owned() }),
        }
    }
    Ok(all)
}

/// All bytes, if there are at most `limit`.
fn up_to(from: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow::broadworks::snapshot::Reply;
    use serde_json::json;

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot { group: "g".to_owned(), ..Snapshot::default() };
        let users: Vec<_> = (0..500).map(|index| json!({"userId": format!("u{index}")})).collect();
        snapshot.insert("/users", &[("groupId", "g")], Reply::Ok(users.into()));
        snapshot
    }

    #[test]
    fn both_kinds_are_read_back_and_private() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.json", "a.json.zst"] {
            let path = folder.path().join(name);
            save(&path, &Snapshot::default()).unwrap();
            save(&path, &snapshot()).unwrap();
            assert_eq!(load(&path).unwrap(), snapshot());
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            }
        }
        let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size("a.json.zst") * 3 < size("a.json"));
        // Nothing is left beside them.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_grows_too_much_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.zst");
        let zeros = io::repeat(b' ').take(5_000_000);
        fs::write(&path, compress_to_vec(zeros, CompressionLevel::Fastest)).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 20_000);
        assert!(matches!(load_up_to(&path, 1_000_000), Err(FileError::TooLarge { .. })));
        fs::write(&path, vec![b' '; 2_000]).unwrap();
        assert!(matches!(load_up_to(&path, 1_000), Err(FileError::TooLarge { .. })));
    }

    #[test]
    fn what_is_no_snapshot_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let code = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            load(&path).unwrap_err().code()
        };
        assert_eq!(code(b"{"), "OD5004");
        assert_eq!(code(b"{}"), "OD5004");
        assert_eq!(code(b"{\"format\":1}"), "OD5004");
        assert_eq!(code(b"{\"format\":2}"), "OD5005");
        let mut whole =
            compress_to_vec(serde_json::to_vec(&snapshot()).unwrap().as_slice(), CompressionLevel::Fastest);
        whole.truncate(whole.len() / 2);
        assert_eq!(code(&whole), "OD5002");
        assert_eq!(load(&folder.path().join("missing")).unwrap_err().code(), "OD5001");
        assert!(save(&folder.path().join("no/such/folder.json"), &snapshot()).is_err());
    }
}
