//! An account's folder on disk: walking, reading and writing its files.
//!
//! Not here: the format (`flow::folder`), and the database (`import`).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use flow::folder::{self, Folder};
use flow::issue::Issue;

use crate::blobs::flush_folder;
use crate::error::{Result, StoreError};
use crate::limits::Limits;
use crate::random::new_id;

/// Folders inside folders that are followed.
const DEPTH: usize = 8;

/// Reads an account's folder. Names that begin with a dot are passed over; what the format does not like is told in the
/// issues.
///
/// # Errors
/// `Io` with the path that cannot be read; `Invalid` for a symbolic link, a name that is not UTF-8 or folders too deep;
/// `TooLarge` for too many files or bytes.
pub fn read_folder(path: &Path, limits: &Limits) -> Result<(Folder, Vec<Issue>)> {
    let mut walk = Walk { limits, files: Vec::new(), bytes: 0 };
    walk.folder(path, "", 0)?;
    Ok(folder::parse(walk.files))
}

/// Writes an account's folder. A new folder appears whole; in one that exists each file is replaced whole, documents
/// that are no longer there are removed, and anything else in it (`.git`, `README.md`) stays.
///
/// # Errors
/// `Io` with the path; `Invalid` when the folder exists, is not empty and has no `account.json`: it is not ours.
pub fn write_folder(path: &Path, content: &Folder) -> Result<()> {
    let files = folder::write(content);
    let is_ours = path.join("account.json").exists();
    let is_empty = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(StoreError::io(path, &error)),
    };
    if !is_empty && !is_ours {
        return Err(StoreError::Invalid(format!(
            "{} exists and is not the folder of an account (it has no account.json)",
            path.display()
        )));
    }
    if !is_empty {
        return update(path, &files);
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| StoreError::io(parent, &error))?;
    let fresh = parent.join(format!(".strowger-{}", new_id()?));
    let written = files
        .iter()
        .try_for_each(|(name, bytes)| write_file(&fresh.join(name), bytes))
        .and_then(|()| fs::rename(&fresh, path).map_err(|error| StoreError::io(path, &error)))
        .and_then(|()| flush_folder(parent));
    if written.is_err() {
        let _ = fs::remove_dir_all(&fresh);
    }
    written
}

/// Brings a folder that exists up to date.
fn update(path: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    let wanted: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for (name, bytes) in files {
        refuse_links(path, name)?;
        let target = path.join(name);
        if fs::read(&target).is_ok_and(|found| found == *bytes) {
            continue;
        }
        let fresh = target.with_file_name(format!(".strowger-{}", new_id()?));
        let moved = write_file(&fresh, bytes)
            .and_then(|()| fs::rename(&fresh, &target).map_err(|error| StoreError::io(&target, &error)));
        if moved.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        moved?;
    }
    let limits = Limits { folder_bytes: u64::MAX, ..Limits::default() };
    let mut walk = Walk { limits: &limits, files: Vec::new(), bytes: 0 };
    walk.folder(path, "", 0)?;
    for (name, _) in &walk.files {
        if !wanted.contains(name.as_str()) && is_document(name) {
            let stale = path.join(name);
            fs::remove_file(&stale).map_err(|error| StoreError::io(&stale, &error))?;
        }
    }
    flush_folder(path)
}

/// Whether the format would read this file as a document, its versions, its audio, or a scenario.
fn is_document(name: &str) -> bool {
    if folder::document_of(name).is_some() {
        return true;
    }
    let Some((parent, file)) = name.rsplit_once('/') else { return false };
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "json" => folder::kind_of(parent).is_some(),
        "wav" | "mp3" | "ogg" | "flac" => folder::kind_of(parent).is_some(),
        "yaml" | "yml" => parent == "scenarios" || parent.starts_with("scenarios/"),
        _ => false,
    }
}

/// Refuses to write through a symbolic link inside the folder.
fn refuse_links(root: &Path, name: &str) -> Result<()> {
    let mut path = root.to_owned();
    for part in name.split('/') {
        path.push(part);
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(is_link(&path));
        }
    }
    Ok(())
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| StoreError::io(parent, &error))?;
    }
    let mut file = File::create(path).map_err(|error| StoreError::io(path, &error))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| StoreError::io(path, &error))
}

fn is_link(path: &Path) -> StoreError {
    StoreError::Invalid(format!("{} is a symbolic link; put the file itself there", path.display()))
}

/// A walk through a folder, within its limits.
struct Walk<'a> {
    limits: &'a Limits,
    files: Vec<(String, Vec<u8>)>,
    bytes: u64,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<()> {
        if depth > DEPTH {
            return Err(StoreError::Invalid(format!("{}: folders nest too deep", path.display())));
        }
        let fault = |error: std::io::Error| StoreError::io(path, &error);
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(path).map_err(fault)? {
            entries.push(entry.map_err(fault)?.path());
        }
        entries.sort();
        for entry in entries {
            let name = entry.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
                StoreError::Invalid(format!("{} has a name that is not UTF-8", entry.display()))
            })?;
            if name.starts_with('.') || name.ends_with(".md") {
                continue;
            }
            let kind = fs::symlink_metadata(&entry).map_err(|error| StoreError::io(&entry, &error))?;
            let relative = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
            if kind.is_symlink() {
                return Err(is_link(&entry));
            } else if kind.is_dir() {
                self.folder(&entry, &relative, depth + 1)?;
            } else if kind.is_file() {
                self.file(&entry, relative)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, relative: String) -> Result<()> {
        if self.files.len() >= self.limits.folder_files {
            return Err(StoreError::TooLarge {
                what: "the number of files in the folder",
                size: self.files.len() as u64 + 1,
                limit: self.limits.folder_files as u64,
            });
        }
        let room = self.limits.folder_bytes.saturating_sub(self.bytes);
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file that just fits from one that does not.
        File::open(path)
            .and_then(|file| file.take(room.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| StoreError::io(path, &error))?;
        if bytes.len() as u64 > room {
            return Err(StoreError::TooLarge {
                what: "the folder",
                size: self.bytes + bytes.len() as u64,
                limit: self.limits.folder_bytes,
            });
        }
        self.bytes += bytes.len() as u64;
        self.files.push((relative, bytes));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_size_and_count_are_refused_and_hidden_files_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("account.json"), r#"{"id": "acme", "name": "Acme"}"#).unwrap();
        fs::create_dir(root.join(".git")).unwrap();
        fs::write(root.join(".git/config"), "x").unwrap();
        let (folder, _) = read_folder(root, &Limits::default()).unwrap();
        assert_eq!(folder.account.id, "acme");

        let small = Limits { folder_bytes: 10, ..Limits::default() };
        assert!(matches!(read_folder(root, &small), Err(StoreError::TooLarge { what: "the folder", .. })));
        let few = Limits { folder_files: 0, ..Limits::default() };
        assert!(matches!(read_folder(root, &few), Err(StoreError::TooLarge { .. })));

        std::os::unix::fs::symlink("/etc/passwd", root.join("menus.json")).unwrap();
        let refused = read_folder(root, &Limits::default()).unwrap_err();
        assert!(refused.to_string().contains("menus.json is a symbolic link"), "{refused}");
        assert!(matches!(read_folder(&root.join("nothing"), &small), Err(StoreError::Io { .. })));
    }

    #[test]
    fn a_foreign_folder_is_not_written_over() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("thesis.txt"), "mine").unwrap();
        assert!(matches!(write_folder(directory.path(), &Folder::default()), Err(StoreError::Invalid(_))));
        assert_eq!(fs::read(directory.path().join("thesis.txt")).unwrap(), b"mine");
    }
}
