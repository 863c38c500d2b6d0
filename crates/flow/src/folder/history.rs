//! The versions of a flow in an account's folder: `versions/<document id>.jsonl`, one version in each line, oldest
//! first. A save adds a line, so a version control system shows just that.
//!
//! ```json
//! {"number":1,"author":"su","saved":63961000000,"document":{"name":"Main","flow":{}}}
//! {"number":2,"author":"su","note":"longer hours","saved":63961086400,"live":true,"document":{"name":"Main","flow":{}}}
//! ```
//!
//! Not here: the live version itself, which is the document's own file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Folder, MAX_DOCUMENT_BYTES, is_id};
use crate::account::Document;
use crate::graph::Object;
use crate::n2fe::service::PLAN;

/// The folder of the files.
pub(super) const FOLDER: &str = "versions";
const EXTENSION: &str = ".jsonl";
/// The kinds of documents that have a history: what schedules of service numbers can name.
const KINDS: [&str; 2] = ["callflow", PLAN];

/// One version of a document, as it was saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedVersion {
    /// From 1.
    pub number: u32,
    /// Who saved it; empty when unknown.
    #[serde(default)]
    pub author: String,
    /// Why; empty when not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When, Gregorian seconds.
    pub saved: u64,
    /// It is the version calls get.
    #[serde(default, skip_serializing_if = "is_false")]
    pub live: bool,
    /// The members in the order they were saved, without `id`.
    #[serde(rename = "document")]
    pub body: Object,
}

impl Folder {
    /// All versions of flows but the live ones, as documents for
    /// [`AccountIndex::with_versions`](crate::account::AccountIndex::with_versions).
    pub fn other_versions(&self) -> Vec<Document> {
        let mut found = Vec::new();
        for now in &self.documents {
            let Some(versions) = self.versions.get(&now.id) else { continue };
            let id = &now.id;
            for version in versions.iter().filter(|version| !version.live) {
                let mut body = Object::new();
                body.insert("id".to_owned(), Value::String(id.clone()));
                body.extend(version.body.iter().map(|(name, value)| (name.clone(), value.clone())));
                found.push(Document { version: version.number, body: Value::Object(body), ..now.clone() });
            }
        }
        found
    }
}

/// Whether documents of a kind take their versions along.
pub fn has_versions(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// The document whose versions a file of this path holds, if it is one.
pub fn document_of(path: &str) -> Option<&str> {
    let id = path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(EXTENSION)?;
    Some(id).filter(|id| is_id(id))
}

/// Reads a file's lines. An error is the code of an issue and what it says, with the line.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<SavedVersion>, (&'static str, String)> {
    let mut versions = Vec::new();
    for (line, text) in (1usize..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(("FD1010", format!("line {line} is larger than {MAX_DOCUMENT_BYTES} bytes")));
        }
        match serde_json::from_slice(text) {
            Ok(version) => versions.push(version),
            Err(error) => {
                let told = error.to_string();
                let cause = told.rsplit_once(" at line ").map_or(told.as_str(), |(cause, _)| cause);
                let code = if error.is_data() { "FD1005" } else { "FD1001" };
                return Err((code, format!("line {line}, column {}: {cause}", error.column())));
            }
        }
    }
    Ok(versions)
}

/// The file of a document's versions.
pub(super) fn path_of(id: &str) -> String {
    format!("{FOLDER}/{id}{EXTENSION}")
}

/// The files of all histories of documents that are there.
pub(super) fn files(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let documents = folder.documents.iter();
    documents
        .filter_map(|document| Some((path_of(&document.id), lines(folder.versions.get(&document.id)?))))
        .collect()
}

fn lines(versions: &[SavedVersion]) -> Vec<u8> {
    let mut text = String::new();
    for version in versions {
        // A version has text keys only, so writing it cannot fail.
        text.push_str(&serde_json::to_string(version).unwrap_or_default());
        text.push('\n');
    }
    text.into_bytes()
}

fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder;
    use crate::issue::Issue;
    use serde_json::json;

    const PLAN_FILE: (&str, &str) = ("control_plans/main.json", r#"{"id": "main", "name": "Main", "n": 2}"#);
    const HISTORY: &str = concat!(
        r#"{"number":1,"author":"su","saved":7,"document":{"z":1,"a":[0.10],"name":"Main"}}"#,
        "\n",
        r#"{"number":2,"author":"su","note":"new","saved":8,"live":true,"document":{"name":"Main","n":2}}"#,
        "\n",
    );

    fn read(files: &[(&str, &str)]) -> (Folder, Vec<Issue>) {
        folder::parse(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())))
    }

    #[test]
    fn versions_are_read_and_written_byte_for_byte() {
        let account = ("account.json", r#"{"id": "demo"}"#);
        let (folder, issues) = read(&[account, PLAN_FILE, ("versions/main.jsonl", HISTORY)]);
        assert_eq!(issues, []);
        assert_eq!((folder.versions["main"].len(), folder.versions["main"][1].live), (2, true));
        let files = folder::write(&folder);
        let written = files.iter().find(|(path, _)| path == "versions/main.jsonl").unwrap();
        // Numbers keep their value, everything else its spelling.
        assert_eq!(String::from_utf8_lossy(&written.1), HISTORY.replace("0.10", "0.1"));
        let others = folder.other_versions();
        assert_eq!(others.len(), 1);
        assert_eq!(
            (others[0].version, others[0].kind.as_str(), &others[0].body),
            (1, PLAN, &json!({"id": "main", "z": 1, "a": [0.1], "name": "Main"}))
        );
    }

    #[test]
    fn what_is_wrong_with_versions_is_told() {
        let (folder, issues) = read(&[
            ("account.json", "{}"),
            PLAN_FILE,
            ("users/ann.json", r#"{"id": "ann"}"#),
            ("versions/ann.jsonl", HISTORY),
            ("versions/nobody.jsonl", HISTORY),
            ("versions/main.jsonl", "\n{\"number\": 1}\n"),
            ("versions/x.jsonl", "{\"number\": "),
            ("versions/notes.txt", ""),
        ]);
        let told: Vec<_> =
            issues.iter().map(|issue| (&*issue.code, issue.place.document.as_deref().unwrap())).collect();
        assert_eq!(
            told,
            [
                ("FD1005", "versions/main.jsonl"),
                ("FD1003", "versions/notes.txt"),
                ("FD1001", "versions/x.jsonl"),
                ("FD1003", "versions/ann.jsonl"),
                ("FD1003", "versions/nobody.jsonl"),
            ]
        );
        assert!(issues[0].message.starts_with("line 2, column 13: missing field"), "{}", issues[0].message);
        assert!(folder.versions.is_empty());
    }
}
