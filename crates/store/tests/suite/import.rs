//! Accounts as folders: into the store, out of it, and on the disk.

use std::fs;
use std::path::Path;

use serde_json::json;
use store::{ImportMode, Limits, Store, StoreError, read_folder, write_folder};
use tempfile::TempDir;

use crate::{author, save};

fn office() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    put("account.json", br#"{"id": "office", "name": "Office", "realm": "office.example"}"#);
    put("callflows/main.json", br#"{"id": "f1", "numbers": ["+4930100", "100"], "flow": {}}"#);
    put("users/ann.json", br#"{"id": "ann", "username": "Ann", "password": "secret"}"#);
    put("media/hello.json", br#"{"id": "hello", "name": "Hello"}"#);
    put("media/hello.wav", b"RIFF hello");
    put("scenarios/one.yaml", b"call: 100\n");
    put(".git/HEAD", b"ref: refs/heads/main\n");
    directory
}

fn read(path: &Path) -> flow::folder::Folder {
    let (folder, issues) = read_folder(path, &Limits::default()).unwrap();
    assert!(issues.is_empty(), "{issues:?}");
    folder
}

#[test]
fn a_folder_goes_in_and_comes_out_again() {
    let (source, data) = (office(), tempfile::tempdir().unwrap());
    let store = Store::open(data.path()).unwrap();
    let folder = read(source.path());
    let done = store.import(&folder, ImportMode::Create, &author()).unwrap();
    assert_eq!((done.account.as_str(), done.created, done.files), ("office", 4, 2));
    assert_eq!(store.number_owner("+4930100").unwrap().as_deref(), Some("office"));
    assert_eq!(store.account_by_realm("office.example").unwrap().unwrap().id, "office");
    assert!(store.index("office").unwrap().lookup("100").is_ok());
    let ann = store.get("office", "ann").unwrap();
    assert!(!ann.body.contains_key("password"));
    assert_eq!(store.user_by_name("office", "ann").unwrap().unwrap().id, "ann");

    let out = store.export("office").unwrap();
    assert_eq!(out.attachments["hello"].bytes, b"RIFF hello");
    assert_eq!(out.scenarios, folder.scenarios);
    let target = tempfile::tempdir().unwrap();
    let target = target.path().join("deep/office");
    write_folder(&target, &out).unwrap();
    let back = read(&target);
    assert_eq!(back.paths, folder.paths);
    assert_eq!(back.attachments, folder.attachments);
    let bodies = |folder: &flow::folder::Folder| {
        let mut bodies: Vec<_> = folder.documents.iter().map(|document| document.body.clone()).collect();
        bodies.iter_mut().for_each(|body| drop(body.as_object_mut().unwrap().shift_remove("password")));
        bodies.iter().map(|body| body.to_string().to_lowercase()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(bodies(&back), bodies(&folder));
}

#[test]
fn importing_again_changes_only_what_changed() {
    let (source, data) = (office(), tempfile::tempdir().unwrap());
    let store = Store::open(data.path()).unwrap();
    store.import(&read(source.path()), ImportMode::Create, &author()).unwrap();
    assert!(matches!(
        store.import(&read(source.path()), ImportMode::Create, &author()),
        Err(StoreError::Exists { what: "account", .. })
    ));
    let again = store.import(&read(source.path()), ImportMode::Merge, &author()).unwrap();
    assert_eq!((again.created, again.changed, again.unchanged, again.files), (0, 0, 4, 0));

    fs::write(source.path().join("callflows/main.json"), br#"{"id": "f1", "numbers": ["101"], "flow": {}}"#)
        .unwrap();
    fs::write(source.path().join("media/hello.wav"), "RIFF other").unwrap();
    let changed = store.import(&read(source.path()), ImportMode::Merge, &author()).unwrap();
    assert_eq!((changed.changed, changed.files), (1, 1));
    assert!(store.index("office").unwrap().lookup("100").is_err());
    assert_eq!(store.get("office", "f1").unwrap().version, 2);

    fs::remove_file(source.path().join("users/ann.json")).unwrap();
    fs::remove_file(source.path().join("scenarios/one.yaml")).unwrap();
    assert_eq!(store.import(&read(source.path()), ImportMode::Merge, &author()).unwrap().deleted, 0);
    assert_eq!(store.import(&read(source.path()), ImportMode::Replace, &author()).unwrap().deleted, 1);
    assert!(store.user_by_name("office", "ann").unwrap().is_none());
    assert!(store.export("office").unwrap().scenarios.is_empty());
}

#[test]
fn an_import_is_all_or_nothing() {
    let (source, data) = (office(), tempfile::tempdir().unwrap());
    let store = Store::open(data.path()).unwrap();
    store.import(&read(source.path()), ImportMode::Create, &author()).unwrap();
    // `hello` is a medium in the store: the folder's user of that id cannot come in.
    fs::remove_file(source.path().join("media/hello.json")).unwrap();
    fs::remove_file(source.path().join("media/hello.wav")).unwrap();
    fs::write(source.path().join("users/hello.json"), br#"{"id": "hello"}"#).unwrap();
    fs::write(source.path().join("callflows/main.json"), br#"{"id": "f1", "numbers": ["555"]}"#).unwrap();
    let refused = store.import(&read(source.path()), ImportMode::Merge, &author());
    assert_eq!(refused.unwrap_err(), StoreError::Exists { what: "id", value: "hello".into() });
    assert_eq!(store.get("office", "f1").unwrap().version, 1);
    assert!(store.index("office").unwrap().lookup("100").is_ok());
}

#[test]
fn writing_into_a_folder_removes_stale_documents_and_keeps_the_rest() {
    let (source, data) = (office(), tempfile::tempdir().unwrap());
    let store = Store::open(data.path()).unwrap();
    store.import(&read(source.path()), ImportMode::Create, &author()).unwrap();
    store.delete("office", "hello", None, &author()).unwrap();
    store.save("office", "f1", save(None, json!({"numbers": ["7"]})), &author()).unwrap();
    fs::write(source.path().join("README.md"), "read me").unwrap();
    write_folder(source.path(), &store.export("office").unwrap()).unwrap();
    for kept in [".git/HEAD", "README.md", "callflows/main.json", "scenarios/one.yaml", "users/ann.json"] {
        assert!(source.path().join(kept).exists(), "{kept}");
    }
    for gone in ["media/hello.json", "media/hello.wav"] {
        assert!(!source.path().join(gone).exists(), "{gone}");
    }
    assert!(fs::read_to_string(source.path().join("callflows/main.json")).unwrap().contains("\"7\""));
    let names = fs::read_dir(source.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().starts_with(".strowger")));
}
