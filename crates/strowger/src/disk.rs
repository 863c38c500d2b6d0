//! Files and folders on the disk, and account folders among them. Bounded: a folder that is no account, such as `/`,
//! is refused before it is read.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flow::folder::{Folder, MAX_DOCUMENT_BYTES, MAX_FILES};
use flow::issue::Issue;

use crate::fault::{Exit, Fault};

/// Folders below each other that are looked into.
const DEPTH_MAX: usize = 16;

/// A text file.
pub(crate) fn text(path: &Path) -> Result<String, Fault> {
    let bytes = bytes(path)?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::new(Exit::Data, format!("{} is not a text in UTF-8", path.display())))
}

/// A document file, at most as large as a document may be.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_DOCUMENT_BYTES as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Fault::unreadable(path, &error))?;
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(Fault::new(Exit::Data, format!("{} is larger than a document may be", path.display()))
            .with_help(format!("a document has at most {MAX_DOCUMENT_BYTES} bytes")));
    }
    Ok(bytes)
}

/// Writes a file, in a folder that is made when it is not there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|error| Fault::unwritable(parent, &error))?;
    }
    std::fs::write(path, bytes).map_err(|error| Fault::unwritable(path, &error))
}

/// An account folder, with what is wrong with its files.
pub(crate) fn account(root: &Path) -> Result<(Folder, Vec<Issue>), Fault> {
    let metadata = std::fs::metadata(root).map_err(|error| Fault::unreadable(root, &error))?;
    if !metadata.is_dir() || !is_account(root) {
        return Err(Fault::new(Exit::NoInput, format!("{} is not the folder of an account", root.display()))
            .with_help("such a folder holds `account.json`; see docs/accounts.md"));
    }
    Ok(store::read_folder(root, &store::Limits::default())?)
}

/// An account folder that can be used: the first error of its files is a failure.
pub(crate) fn usable_account(root: &Path) -> Result<Folder, Fault> {
    let (folder, issues) = account(root)?;
    match issues.into_iter().find(|issue| issue.level == flow::issue::Level::Error) {
        None => Ok(folder),
        Some(issue) => {
            let place = issue.place.document.clone().unwrap_or_default();
            Err(Fault::new(
                Exit::Data,
                format!("{}: {} ({})", root.join(place).display(), issue.message, issue.code),
            )
            .with_help(format!("see all faults with `strowger check {}`", root.display())))
        }
    }
}

/// Whether a folder is an account's.
pub(crate) fn is_account(root: &Path) -> bool {
    root.join("account.json").is_file()
}

/// All files below a folder that are wanted, ordered by path; hidden files and folders, and links, are passed over.
pub(crate) fn below(root: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Fault> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| Fault::unreadable(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Fault::unreadable(&folder, &error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| Fault::unreadable(&path, &error))?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEPTH_MAX {
                folders.push((path, depth + 1));
            } else if kind.is_file() && wanted(&path) {
                found.push(path);
            }
            if found.len() > MAX_FILES {
                return Err(Fault::new(Exit::Data, format!("{} holds too many files", root.display())));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_folder_is_read_from_the_disk_as_it_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
        let (from_disk, issues) = account(&root).unwrap();
        assert_eq!(issues, []);
        assert_eq!(from_disk, crate::accounts::demo());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_refused() {
        assert_eq!(bytes(Path::new("/dev/zero")).unwrap_err().code, Exit::Data);
    }

    #[test]
    fn a_folder_that_is_no_account_is_not_read() {
        let fault = account(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert_eq!(fault.code, Exit::NoInput);
        assert!(fault.message.ends_with("is not the folder of an account"), "{fault}");
    }
}
