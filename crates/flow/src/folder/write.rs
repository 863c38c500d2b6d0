//! Writes an account as a folder's files. The same account always gives the same files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Folder, folder_of, history, slug};
use crate::account::Document;
use crate::graph::Object;

/// The files of a folder, ordered by path. A document keeps the file it came from ([`Folder::paths`]) when that is in
/// the folder of its kind; others get a file named after them.
pub fn write(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let mut files = BTreeMap::new();
    files.insert("account.json".to_owned(), text_of(&folder.account));
    let mut documents: Vec<&Document> = folder.documents.iter().collect();
    documents.sort_by(|left, right| left.id.cmp(&right.id));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut stems = BTreeMap::new();
    for document in &documents {
        if let Some(stem) = kept_stem(folder, document)
            && taken.insert(stem.clone())
        {
            stems.insert(document.id.as_str(), stem);
        }
    }
    for document in documents {
        let stem = stems.remove(document.id.as_str()).unwrap_or_else(|| new_stem(document, &mut taken));
        files.insert(format!("{stem}.json"), text_of(document));
        if let Some(attachment) = folder.attachments.get(&document.id) {
            let extension = attachment.file_name.rsplit_once('.').map_or("wav", |(_, extension)| extension);
            files.insert(format!("{stem}.{}", slug(extension, "wav")), attachment.bytes.clone());
        }
    }
    for (path, bytes) in &folder.scenarios {
        files.insert(path.clone(), bytes.clone());
    }
    files.extend(history::files(folder));
    files.into_iter().collect()
}

/// The path without extension a document came from, when it may keep it.
fn kept_stem(folder: &Folder, document: &Document) -> Option<String> {
    let stem = folder.paths.get(&document.id)?.strip_suffix(".json")?;
    let (parent, _) = stem.rsplit_once('/')?;
    (parent == folder_of(&document.kind)).then(|| stem.to_owned())
}

fn new_stem(document: &Document, taken: &mut BTreeSet<String>) -> String {
    let name = slug(&title(document), &slug(&document.id, "document"));
    let parent = folder_of(&document.kind);
    let mut stem = format!("{parent}/{name}");
    let mut count = 1usize;
    while !taken.insert(stem.clone()) {
        count += 1;
        stem = format!("{parent}/{name}-{count}");
    }
    stem
}

/// What people call a document.
fn title(document: &Document) -> String {
    let text = |member: &str| document.body.get(member).and_then(Value::as_str).unwrap_or_default();
    let first = |member: &str| document.body.get(member).and_then(|list| list.get(0)).and_then(Value::as_str);
    if !text("name").is_empty() {
        return text("name").to_owned();
    }
    match document.kind.as_str() {
        "user" => format!("{} {}", text("first_name"), text("last_name")),
        "vmbox" => text("mailbox").to_owned(),
        "callflow" => first("numbers").unwrap_or(&document.id).to_owned(),
        _ => document.id.clone(),
    }
}

fn text_of(document: &Document) -> Vec<u8> {
    let mut body = Object::new();
    body.insert("id".to_owned(), Value::String(document.id.clone()));
    if let Some(members) = document.body.as_object() {
        let others = members.iter().filter(|(name, _)| *name != "id");
        body.extend(others.map(|(name, value)| (name.clone(), value.clone())));
    }
    format!("{:#}\n", Value::Object(body)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Attachment, parse};
    use proptest::prelude::*;
    use serde_json::json;

    fn document(id: &str, kind: &str, mut body: Value) -> Document {
        body["id"] = json!(id);
        Document { id: id.into(), kind: kind.into(), version: 1, revision: String::new(), body }
    }

    #[test]
    fn files_are_named_after_the_documents() {
        let folder = Folder {
            account: document("demo", "account", json!({"name": "Demo"})),
            documents: vec![
                document("u2", "user", json!({"first_name": "Ann", "last_name": "Lee"})),
                document("u1", "user", json!({"first_name": "Ann", "last_name": "Lee"})),
                document("b", "vmbox", json!({"mailbox": "1001"})),
                document("c", "callflow", json!({"numbers": ["*97"], "name": ""})),
                document("m", "media", json!({"name": "Hello!"})),
                document("p", "parked_call", json!({})),
                document("k", "menu", json!({"name": "New name"})),
            ],
            attachments: [("m".to_owned(), Attachment { file_name: "x.MP3".into(), bytes: vec![1] })].into(),
            paths: [("k".to_owned(), "menus/old-name.json".to_owned())].into(),
            ..Folder::default()
        };
        let files = write(&folder);
        let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "account.json",
                "callflows/97.json",
                "media/hello.json",
                "media/hello.mp3",
                "menus/old-name.json",
                "other/parked_call/p.json",
                "users/ann-lee-2.json",
                "users/ann-lee.json",
                "vmboxes/1001.json",
            ]
        );
        assert_eq!(String::from_utf8_lossy(&files[0].1), "{\n  \"id\": \"demo\",\n  \"name\": \"Demo\"\n}\n");
    }

    proptest! {
        #[test]
        fn writing_and_reading_gives_the_same_account(
            rows in prop::collection::btree_map(
                "[a-z0-9_-]{1,6}",
                (prop::sample::select(vec!["callflow", "media", "user", "odd_kind", "temporal_rule_set"]),
                 "[ -~]{0,12}", prop::option::of(prop::collection::vec(any::<u8>(), 0..4))),
                0..12),
        ) {
            let mut folder = Folder { account: document("acc-0-the-account", "account", json!({})), ..Folder::default() };
            for (id, (kind, name, audio)) in &rows {
                folder.documents.push(document(id, kind, json!({"name": name})));
                if let Some(bytes) = audio {
                    let attachment = Attachment { file_name: "a.wav".into(), bytes: bytes.clone() };
                    folder.attachments.insert(id.clone(), attachment);
                }
            }
            let files = write(&folder);
            let (read, issues) = parse(files.clone());
            prop_assert_eq!(&issues, &[]);
            let sorted = |folder: &Folder| {
                let mut documents = folder.documents.clone();
                documents.sort_by(|left, right| left.id.cmp(&right.id));
                documents
            };
            prop_assert_eq!(sorted(&read), sorted(&folder));
            prop_assert_eq!(&read.account, &folder.account);
            let bytes = |folder: &Folder| -> Vec<_> {
                folder.attachments.iter().map(|(id, attachment)| (id.clone(), attachment.bytes.clone())).collect()
            };
            prop_assert_eq!(bytes(&read), bytes(&folder));
            prop_assert_eq!(write(&read), files);
        }
    }
}
