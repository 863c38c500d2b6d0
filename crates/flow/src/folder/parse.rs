//! Reads a folder's files into an account. Never fails: what cannot be read is told with its path and left out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Attachment, Folder, MAX_DOCUMENT_BYTES, MAX_FILES, history, id_of_path, is_id, kind_of};
use crate::account::Document;
use crate::graph::Object;
use crate::issue::Issue;

const ACCOUNT: &str = "account.json";
const AUDIO: [&str; 4] = ["wav", "mp3", "ogg", "flac"];

/// Reads files given as relative path (with `/`) and bytes, in any order. The result does not depend on the order.
pub fn parse(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> (Folder, Vec<Issue>) {
    let mut reading = Reading::default();
    let mut sorted = BTreeMap::new();
    for (path, bytes) in files {
        if sorted.len() >= MAX_FILES {
            reading.tell("FD1010", &path, format!("the folder has more than {MAX_FILES} files"));
            break;
        }
        sorted.insert(path, bytes);
    }
    for (path, bytes) in sorted {
        reading.file(path, bytes);
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    folder: Folder,
    has_account: bool,
    /// Audio files by path without extension.
    audio: BTreeMap<String, (String, Attachment)>,
    issues: Vec<Issue>,
}

impl Reading {
    fn tell(&mut self, code: &'static str, path: &str, message: impl Into<String>) {
        self.issues.push(Issue::error(code, "", message).in_document(path));
    }

    fn file(&mut self, path: String, bytes: Vec<u8>) {
        let is_odd =
            path.contains('\\') || path.split('/').any(|part| part.is_empty() || part == "." || part == "..");
        if is_odd {
            return self.tell("FD1009", &path, "the path is not a plain relative path");
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if path.split('/').any(|part| part.starts_with('.')) || name.ends_with(".md") {
            return;
        }
        if path == ACCOUNT {
            self.has_account = true;
            if let Some(document) = self.document(&path, "account", &bytes) {
                self.folder.account = document;
            }
        } else if path.starts_with("scenarios/") {
            self.folder.scenarios.push((path, bytes));
        } else if folder == history::FOLDER {
            self.history(&path, &bytes);
        } else if folder.is_empty() {
            self.issues.push(
                Issue::warning("FD1003", "", "the file is not part of an account folder and is left out")
                    .with_help("documents stand in folders by kind, such as `callflows/` and `devices/`")
                    .in_document(path),
            );
        } else if let Some(kind) = kind_of(folder) {
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            let extension = extension.to_ascii_lowercase();
            if extension == "json" {
                let kind = kind.to_owned();
                if let Some(document) = self.document(&path, &kind, &bytes) {
                    self.folder.documents.push(document);
                }
            } else if AUDIO.contains(&extension.as_str()) {
                let attachment = Attachment { file_name: name.to_owned(), bytes };
                let key = format!("{folder}/{stem}.json");
                if let Some((other, _)) = self.audio.insert(key, (path.clone(), attachment)) {
                    self.tell("FD1007", &path, format!("`{other}` is for the same document and is left out"));
                }
            } else {
                self.issues.push(
                    Issue::warning("FD1003", "", "the file is neither a document nor audio and is left out")
                        .with_help("documents end in .json, audio in .wav, .mp3, .ogg or .flac")
                        .in_document(path),
                );
            }
        } else {
            self.issues.push(
                Issue::warning(
                    "FD1004",
                    "",
                    format!("`{folder}` is not a folder of documents and is left out"),
                )
                .with_help(
                    "folders carry the names of the API's collections; other kinds go to `other/<kind>/`",
                )
                .in_document(path),
            );
        }
    }

    fn history(&mut self, path: &str, bytes: &[u8]) {
        let Some(id) = history::document_of(path) else { return self.no_history(path) };
        match history::parse(bytes) {
            Ok(versions) => drop(self.folder.versions.insert(id.to_owned(), versions)),
            Err((code, message)) => self.tell(code, path, message),
        }
    }

    fn no_history(&mut self, path: &str) {
        self.issues.push(
            Issue::warning(
                "FD1003",
                "",
                "the file holds no versions of a callflow or control plan and is left out",
            )
            .with_help("it is called `versions/<id>.jsonl` after the id of a document in the folder")
            .in_document(path),
        );
    }

    /// Reads one JSON file: its id, given or made, stands first in the body.
    fn document(&mut self, path: &str, kind: &str, bytes: &[u8]) -> Option<Document> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            self.tell("FD1010", path, format!("the file is larger than {MAX_DOCUMENT_BYTES} bytes"));
            return None;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let object = match serde_json::from_slice(bytes) {
            Ok(Value::Object(object)) => object,
            Ok(_) => {
                self.tell("FD1005", path, "the file does not hold a JSON object");
                return None;
            }
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let told = error.to_string();
                let cause = told.rsplit_once(" at line ").map_or(told.as_str(), |(cause, _)| cause);
                self.tell("FD1001", path, format!("line {line}, column {column}: {cause}"));
                return None;
            }
        };
        let id = match object.get("id").or_else(|| object.get("_id")) {
            None => id_of_path(path),
            Some(Value::String(id)) if is_id(id) => id.clone(),
            Some(_) => {
                self.issues.push(
                    Issue::error("FD1006", "/id", "the id is not 1 to 64 characters of a-z, 0-9, _ and -")
                        .with_help("give it such an id, or leave it out: then one is made from the path")
                        .in_document(path),
                );
                return None;
            }
        };
        if let Some(other) = self.folder.paths.insert(id.clone(), path.to_owned()) {
            self.tell("FD1008", path, format!("the id `{id}` is also that of `{other}`, which is left out"));
            self.folder.documents.retain(|document| document.id != id);
        }
        let mut body = Object::new();
        body.insert("id".to_owned(), Value::String(id.clone()));
        body.extend(object.into_iter().filter(|(name, _)| name != "id"));
        Some(Document {
            id,
            kind: kind.to_owned(),
            version: 1,
            revision: String::new(),
            body: Value::Object(body),
        })
    }

    fn finish(mut self) -> (Folder, Vec<Issue>) {
        if !self.has_account {
            self.issues.push(
                Issue::error("FD1002", "", "the folder has no `account.json`")
                    .with_help("write one: {\"name\": \"...\", \"realm\": \"...\", \"timezone\": \"...\"}")
                    .in_document(ACCOUNT),
            );
        }
        if self.folder.account.id.is_empty() {
            let id = id_of_path(ACCOUNT);
            let mut body = Object::new();
            body.insert("id".to_owned(), Value::String(id.clone()));
            let body = Value::Object(body);
            self.folder.account =
                Document { id, kind: "account".to_owned(), version: 1, body, ..Document::default() };
        }
        for document in &self.folder.documents {
            let Some(path) = self.folder.paths.get(&document.id) else { continue };
            if let Some((_, attachment)) = self.audio.remove(path) {
                self.folder.attachments.insert(document.id.clone(), attachment);
            }
        }
        let mut stray = std::mem::take(&mut self.folder.versions);
        for document in self.folder.documents.iter().filter(|found| history::has_versions(&found.kind)) {
            if let Some(versions) = stray.remove(&document.id) {
                self.folder.versions.insert(document.id.clone(), versions);
            }
        }
        for id in stray.into_keys() {
            self.no_history(&history::path_of(&id));
        }
        for (wanted, (path, _)) in std::mem::take(&mut self.audio) {
            self.issues.push(
                Issue::warning("FD1011", "", "the audio belongs to no document and is left out")
                    .with_help(format!("describe it in `{wanted}`"))
                    .in_document(path),
            );
        }
        (self.folder, self.issues)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn files(list: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_hand_written_folder() {
        let (folder, issues) = parse(files(&[
            ("scenarios/call.yaml", "steps: []"),
            ("media/welcome.wav", "RIFF"),
            ("media/welcome.json", r#"{"name": "Welcome", "id": "welcome"}"#),
            ("callflows/main.json", r#"{"numbers": ["1000"], "flow": {}}"#),
            ("account.json", r#"{"id": "demo", "realm": "demo.example"}"#),
            ("README.md", "#"),
            (".gitignore", "x"),
        ]));
        assert_eq!(issues, []);
        assert_eq!(folder.account.id, "demo");
        let kinds: Vec<_> = folder.documents.iter().map(|document| document.kind.as_str()).collect();
        assert_eq!(kinds, ["callflow", "media"]);
        let id = id_of_path("callflows/main.json");
        assert_eq!(folder.documents[0].id, id);
        assert_eq!(folder.documents[0].body, json!({"id": id, "numbers": ["1000"], "flow": {}}));
        assert_eq!(folder.documents[1].body.as_object().unwrap().keys().next().unwrap(), "id");
        assert_eq!(folder.attachments["welcome"].file_name, "welcome.wav");
        assert_eq!(folder.scenarios, files(&[("scenarios/call.yaml", "steps: []")]));
        assert_eq!(folder.paths["welcome"], "media/welcome.json");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file() {
        let (folder, issues) = parse(files(&[
            ("callflows/bad.json", "{\n  \"a\": 1,\n}"),
            ("callflows/list.json", "[]"),
            ("callflows/upper.json", r#"{"id": "A"}"#),
            ("devices/one.json", r#"{"id": "same"}"#),
            ("devices/two.json", r#"{"id": "same"}"#),
            ("media/a.mp3", ""),
            ("notes.txt", ""),
            ("pictures/x.json", "{}"),
            ("users/x.txt", ""),
            ("users/../x.json", "{}"),
        ]));
        let told: Vec<_> = issues
            .iter()
            .map(|issue| (issue.code.as_ref(), issue.place.document.as_deref().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ("FD1001", "callflows/bad.json"),
                ("FD1005", "callflows/list.json"),
                ("FD1006", "callflows/upper.json"),
                ("FD1008", "devices/two.json"),
                ("FD1003", "notes.txt"),
                ("FD1004", "pictures/x.json"),
                ("FD1009", "users/../x.json"),
                ("FD1003", "users/x.txt"),
                ("FD1002", "account.json"),
                ("FD1011", "media/a.mp3"),
            ]
        );
        assert!(issues[0].message.starts_with("line 3, column 1: "), "{}", issues[0].message);
        assert_eq!(folder.documents.len(), 1);
        assert_eq!(folder.account.id, id_of_path("account.json"));
    }
}
