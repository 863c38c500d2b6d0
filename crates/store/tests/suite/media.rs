//! Files of documents: stored whole, read in parts, gone when nothing names them.

use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use store::{Limits, Options, StoreError};

use crate::{Fixture, author};

fn files(fixture: &Fixture) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(fixture.directory.path().join("blobs")).unwrap();
    folders
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

fn read(mut reader: store::BlobReader) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_file_comes_back_whole_and_in_parts() {
    let fixture = Fixture::new();
    fixture.create("media", "m1", json!({}));
    let content: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let stored = fixture.store.attach("acme", "m1", "a.wav", "audio/x-wav", content.as_slice()).unwrap();
    assert_eq!((stored.blob.size, stored.blob.sha256.len()), (200_000, 64));
    let fixture = fixture.reopened();
    let open = |range| fixture.store.open_attachment("acme", "m1", "a.wav", range);
    assert_eq!(read(open(None).unwrap()), content);
    assert_eq!(read(open(Some(70_000..70_010)).unwrap()), content[70_000..70_010]);
    let tail = open(Some(199_990..500_000)).unwrap();
    assert_eq!(tail.range, 199_990..200_000);
    assert_eq!(read(tail), content[199_990..]);
    assert!(matches!(open(Some(200_000..200_001)), Err(StoreError::Invalid(_))));
    assert_eq!(fixture.store.attachments("acme", "m1").unwrap(), [stored]);
    let empty = fixture.store.attach("acme", "m1", "empty", "audio/x-wav", io::empty()).unwrap();
    assert!(read(fixture.store.open_blob(&empty.blob.id, None).unwrap()).is_empty());
}

#[test]
fn replaced_detached_and_purged_files_leave_the_disk() {
    let fixture = Fixture::new();
    fixture.create("media", "m1", json!({}));
    let attach = |name, content: &'static [u8]| {
        fixture.store.attach("acme", "m1", name, "audio/x-wav", content).unwrap()
    };
    attach("a", b"one");
    let second = attach("a", b"two");
    attach("b", b"three");
    assert_eq!(files(&fixture).len(), 2);
    assert_eq!(read(fixture.store.open_blob(&second.blob.id, None).unwrap()), b"two");
    fixture.store.detach("acme", "m1", "b").unwrap();
    assert_eq!(files(&fixture).len(), 1);
    assert!(matches!(fixture.store.detach("acme", "m1", "b"), Err(StoreError::NotFound { .. })));
    fixture.store.delete("acme", "m1", None, &author()).unwrap();
    assert_eq!(files(&fixture).len(), 1, "a soft-deleted document keeps its files");
    fixture.store.purge("acme", "m1", None).unwrap();
    assert!(files(&fixture).is_empty());
}

#[test]
fn a_file_that_is_not_stored_leaves_nothing() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("the caller hung up"));
            }
            self.0 -= 1;
            buffer.fill(7);
            Ok(buffer.len())
        }
    }
    let limits = Limits { blob_bytes: 100_000, ..Limits::default() };
    let fixture = Fixture::with(Options { limits, ..Options::default() });
    fixture.create("media", "m1", json!({}));
    let failed = fixture.store.attach("acme", "m1", "a", "audio/x-wav", Failing(1));
    assert!(matches!(failed, Err(StoreError::Invalid(_))));
    let large = fixture.store.attach("acme", "m1", "a", "audio/x-wav", Failing(9));
    assert!(matches!(large, Err(StoreError::TooLarge { what: "blob", .. })));
    let nowhere = fixture.store.attach("acme", "m2", "a", "audio/x-wav", io::empty());
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })));
    assert!(files(&fixture).is_empty());
}

#[test]
fn orphans_go_and_damage_is_told() {
    let fixture = Fixture::new();
    fixture.create("media", "m1", json!({}));
    let stored = fixture.store.attach("acme", "m1", "a", "audio/x-wav", &b"abc"[..]).unwrap();
    let orphan = fixture.directory.path().join("blobs/a/abcdef");
    std::fs::write(&orphan, "left by a crash").unwrap();
    assert_eq!(fixture.store.remove_orphans(Duration::from_secs(3600)).unwrap(), 0, "it may be an upload");
    assert_eq!(fixture.store.remove_orphans(Duration::ZERO).unwrap(), 1);
    assert!(!orphan.exists());
    let [file] = files(&fixture).try_into().unwrap();
    std::fs::write(&file, "ab").unwrap();
    assert_eq!(fixture.store.open_blob(&stored.blob.id, None).unwrap_err().code(), "ST1009");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(fixture.store.open_blob(&stored.blob.id, None).unwrap_err().code(), "ST1009");
}
