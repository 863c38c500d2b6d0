//! Account folders: a folder of files is read, checked, written and read again.
//!
//! The input is a sequence of files, each `path` newline `content`, separated by the octet 0x1E (record separator).
//! Not for: single documents (`kazoo_document`).

use flow::account::AccountIndex;
use flow::folder::{Folder, parse, write};

/// What is written reads as the same account without new faults; nothing panics.
pub fn run(octets: &[u8]) {
    let files = octets.split(|octet| *octet == 0x1e).map(|file| {
        let end = file.iter().position(|octet| *octet == b'\n').unwrap_or(file.len());
        let (path, content) = file.split_at(end);
        (String::from_utf8_lossy(path).into_owned(), content.get(1..).unwrap_or_default().to_vec())
    });
    let (folder, _) = parse(files);
    let (index, _) = AccountIndex::build(folder.account.clone(), folder.documents.clone());
    let _ = flow::check::check_account(&index, jiff::Timestamp::UNIX_EPOCH);
    let written = write(&folder);
    let (again, issues) = parse(written);
    assert_eq!(again.documents.len(), folder.documents.len(), "{issues:?}");
    assert_eq!(audio(&again), audio(&folder), "{issues:?}");
}

fn audio(folder: &Folder) -> Vec<(&str, &[u8])> {
    folder.attachments.iter().map(|(id, file)| (id.as_str(), file.bytes.as_slice())).collect()
}
