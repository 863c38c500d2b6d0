//! What calls change: voicemail messages, greetings, recordings, members of documents. All of it blocks, and returns
//! only when it is safe on disk.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::command::{Change, Query, View};
use engine::input::{Done, Failure, Loaded};
use serde_json::{Value, json};
use store::{
    Author, Message, MessageChange, MessageFolder, MessageList, NewDocument, NewMessage, Object, Save, Store,
    StoreError,
};
use telephony::media::{file, wav};

/// Largest message or recording.
const AUDIO_BYTES_MAX: u64 = 512 << 20;

/// Documents are changed again this often when somebody else was faster.
const TRIES: usize = 5;

/// Makes a change; `recording` is the file it names.
pub(crate) fn save(
    store: &Store,
    account: &str,
    change: Change,
    recording: Option<PathBuf>,
) -> Result<Done, Failure> {
    let author = Author::new("call");
    match change {
        Change::AddMessage { box_id, message_id, metadata, .. } => {
            let metadata = object(metadata);
            let new = NewMessage {
                account: account.to_owned(),
                box_id,
                id: Some(message_id),
                folder: MessageFolder::New,
                metadata,
            };
            store.add_message(new, "audio/x-wav", audio(recording.as_deref())?).map_err(storage)?;
            Ok(Done::Saved { revision: None })
        }
        Change::CopyMessage { message_id, to_box_id, new_message_id, .. } => {
            copy_message(store, account, &message_id, to_box_id, new_message_id, recording.as_deref())
        }
        Change::MoveMessage { message_id, folder } => {
            let folder = MessageFolder::from_name(&folder)
                .ok_or_else(|| Failure::Storage { reason: format!("`{folder}` is no folder") })?;
            let change = MessageChange { folder: Some(folder), ..MessageChange::default() };
            store.change_message(account, &message_id, change).map_err(storage)?;
            Ok(Done::Saved { revision: None })
        }
        Change::PutMedia { media_id, document, .. } => {
            let content = audio(recording.as_deref())?;
            match store.get(account, &media_id) {
                Ok(_) => {}
                Err(StoreError::NotFound { .. }) => {
                    let new = NewDocument {
                        account: account.to_owned(),
                        id: Some(media_id.clone()),
                        kind: "media".to_owned(),
                        body: object(document),
                        private: Object::new(),
                    };
                    store.create(new, &author).map_err(storage)?;
                }
                Err(error) => return Err(storage(error)),
            }
            store.attach(account, &media_id, "audio.wav", "audio/x-wav", content).map_err(storage)?;
            Ok(Done::Saved { revision: None })
        }
        Change::KeepRecording { name, metadata, .. } => {
            let new = NewDocument {
                account: account.to_owned(),
                id: None,
                kind: "call_recording".to_owned(),
                body: recording_body(&name, metadata),
                private: Object::new(),
            };
            let document = store.create(new, &author).map_err(storage)?;
            let content = audio(recording.as_deref())?;
            store.attach(account, &document.id, "audio.wav", "audio/x-wav", content).map_err(storage)?;
            Ok(Done::Saved { revision: Some(document.revision) })
        }
        Change::Create { id, kind, document } => create(store, account, id, kind, document, &author),
        Change::PutDocument { id, kind, members } => put_document(store, account, id, kind, members, &author),
        Change::AdjustCounter { counter, by } => {
            let value = store.count_event(account, &counter, by).map_err(storage)?;
            Ok(Done::Counted { value })
        }
        Change::Patch { id, patch, revision } => {
            patch_document(store, account, &id, &patch, revision, &author)
        }
    }
}

/// Reads what is not part of the account's documents in memory.
pub(crate) fn load(store: &Store, account: &str, query: &Query) -> Result<Done, Failure> {
    let documents = match query {
        Query::List(View::Messages { box_id }) => {
            let list = MessageList { box_id: Some(box_id), ..MessageList::default() };
            store.messages(account, &list).map_err(storage)?.into_iter().map(message).collect()
        }
        Query::List(View::GlobalResources) => global_resources(store, account)?,
        _ => return Err(Failure::NotFound),
    };
    Ok(Done::Loaded(Loaded::Documents(documents)))
}

/// The carriers of the topmost account above this one: they are shared with everybody below it.
fn global_resources(store: &Store, account: &str) -> Result<Vec<Arc<Value>>, Failure> {
    let ancestors = store.ancestors(account).map_err(storage)?;
    let root = ancestors
        .iter()
        .find(|row| row.parent.is_none())
        .map_or_else(|| account.to_owned(), |row| row.id.clone());
    let Some(index) = store.index(&root) else { return Ok(Vec::new()) };
    let shared = |body: &Value| root != account || body.get("global") == Some(&Value::Bool(true));
    Ok(index
        .of_type("resource")
        .filter(|resource| shared(&resource.body))
        .map(|resource| Arc::new(resource.body.clone()))
        .collect())
}

fn message(message: Message) -> Arc<Value> {
    let mut members = message.metadata;
    members.insert("id".to_owned(), json!(message.id));
    members.insert("folder".to_owned(), json!(message.folder.as_str()));
    Arc::new(Value::Object(members))
}

fn copy_message(
    store: &Store,
    account: &str,
    message_id: &str,
    to_box_id: String,
    new_message_id: String,
    prepend: Option<&Path>,
) -> Result<Done, Failure> {
    let original = store.message(account, message_id).map_err(storage)?;
    let mut content = Vec::new();
    let reader = store.open_message(account, message_id, None).map_err(storage)?;
    reader.take(AUDIO_BYTES_MAX).read_to_end(&mut content).map_err(io)?;
    if let Some(path) = prepend {
        let comment = file::decode(&std::fs::read(path).map_err(io)?);
        let rest = file::decode(&content);
        if let (Ok(comment), Ok(rest)) = (comment, rest) {
            let mut samples = comment.pcm();
            samples.extend(rest.pcm());
            content = wav::encode(&samples);
        }
    }
    let new = NewMessage {
        account: account.to_owned(),
        box_id: to_box_id,
        id: Some(new_message_id),
        folder: MessageFolder::New,
        metadata: original.metadata,
    };
    store.add_message(new, "audio/x-wav", Cursor::new(content)).map_err(storage)?;
    Ok(Done::Saved { revision: None })
}

/// Changes a document, or makes it with these members when it is not there.
fn put_document(
    store: &Store,
    account: &str,
    id: String,
    kind: String,
    members: Value,
    author: &Author,
) -> Result<Done, Failure> {
    match patch_document(store, account, &id, &members, None, author) {
        Err(Failure::NotFound) => create(store, account, id, kind, members, author),
        other => other,
    }
}

/// A new document.
fn create(
    store: &Store,
    account: &str,
    id: String,
    kind: String,
    members: Value,
    author: &Author,
) -> Result<Done, Failure> {
    let body = object(members);
    let new = NewDocument { account: account.to_owned(), id: Some(id), kind, body, private: Object::new() };
    let document = store.create(new, author).map_err(storage)?;
    Ok(Done::Saved { revision: Some(document.revision) })
}

/// A merge patch; when the caller of this names no revision, it is laid over whatever is stored.
fn patch_document(
    store: &Store,
    account: &str,
    id: &str,
    patch: &Value,
    revision: Option<String>,
    author: &Author,
) -> Result<Done, Failure> {
    let mut tries = if revision.is_some() { 1 } else { TRIES };
    loop {
        let save = Save { expected: revision.as_deref(), body: object(patch.clone()), ..Save::default() };
        match store.patch(account, id, save, author) {
            Ok(document) => return Ok(Done::Saved { revision: Some(document.revision) }),
            Err(StoreError::Conflict { .. }) if tries > 1 => tries -= 1,
            Err(error) => return Err(storage(error)),
        }
    }
}

fn recording_body(name: &str, metadata: Value) -> Object {
    let mut body = object(metadata);
    body.insert("name".to_owned(), json!(name));
    body.insert("media_type".to_owned(), json!("wav"));
    body
}

fn audio(path: Option<&Path>) -> Result<impl Read, Failure> {
    let path = path.ok_or_else(|| Failure::Media { reason: "the recording is not there".to_owned() })?;
    Ok(File::open(path).map_err(io)?.take(AUDIO_BYTES_MAX))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        _ => Object::new(),
    }
}

fn io(error: std::io::Error) -> Failure {
    Failure::Storage { reason: error.to_string() }
}

fn storage(error: StoreError) -> Failure {
    match error {
        StoreError::NotFound { .. } => Failure::NotFound,
        StoreError::Conflict { .. } | StoreError::Exists { .. } => Failure::Conflict,
        other => Failure::Storage { reason: other.to_string() },
    }
}
