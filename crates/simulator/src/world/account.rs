//! The account of a world: its documents, voicemail messages and recordings, and how calls read and change them.
//!
//! Not here: the index itself (`flow::account`), durable storage.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engine::account_reader;
use engine::command::{Change, Query, View};
use engine::ids::RecordingId;
use engine::input::{Callflow, Done, Failure, Loaded};
use flow::account::services::ALTERNATIVE_SUFFIX;
use flow::account::{AccountIndex, Document};
use flow::folder::Folder;
use flow::issue::Issue;
use flow::n2fe::service;
use flow::time_rules::GREGORIAN_OFFSET_S;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::sound::{MEDIA_LENGTH, spoken_length};

/// An account and what calls have changed in it.
#[derive(Clone, Debug)]
pub struct Account {
    index: AccountIndex,
    messages: Vec<Message>,
    media: BTreeMap<String, Duration>,
    recordings: Vec<(String, Value)>,
    writes: u64,
}

/// A voicemail message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The box it is in.
    pub box_id: String,
    /// `new`, `saved` or `deleted`.
    pub folder: String,
    /// The length of its audio.
    pub length: Duration,
    /// Its other members: `timestamp`, `caller_id_number` ...
    pub metadata: Map<String, Value>,
}

impl Message {
    /// The folders a message can be in.
    pub const FOLDERS: &'static [&'static str] = &["new", "saved", "deleted"];

    /// A message somebody (name and number) left at that time.
    pub fn received(
        id: String,
        box_id: String,
        folder: String,
        length: Duration,
        (name, number): (&str, &str),
        at: Timestamp,
    ) -> Message {
        let mut metadata = Map::new();
        metadata.insert("caller_id_name".to_owned(), json!(name));
        metadata.insert("caller_id_number".to_owned(), json!(number));
        metadata.insert("from".to_owned(), json!(number));
        metadata.insert("timestamp".to_owned(), json!(at.as_second() + GREGORIAN_OFFSET_S));
        Message { id, box_id, folder, length, metadata }
    }

    fn document(&self) -> Value {
        let mut document = self.metadata.clone();
        document.insert("id".to_owned(), json!(self.id));
        document.insert("folder".to_owned(), json!(self.folder));
        document.insert("length".to_owned(), json!(millis(self.length)));
        Value::Object(document)
    }
}

impl Account {
    /// An account as its documents say.
    pub fn new(index: AccountIndex) -> Account {
        Account { index, messages: Vec::new(), media: BTreeMap::new(), recordings: Vec::new(), writes: 0 }
    }

    /// An account with a realm and no documents.
    pub fn empty() -> Account {
        let body = json!({"id": "account", "name": "Simulated", "realm": "sim.example"});
        Account::new(AccountIndex::build(document("account", "account", body), Vec::new()).0)
    }

    /// An account as a folder keeps it, and what is wrong with its documents. The length of an attached WAV file is that
    /// of its media document.
    pub fn from_folder(folder: &Folder) -> (Account, Vec<Issue>) {
        let (index, issues) = AccountIndex::build(folder.account.clone(), folder.documents.iter().cloned());
        let mut account = Account::new(index.with_versions(folder.other_versions()));
        for (id, attachment) in &folder.attachments {
            account.media.extend(wav_length(&attachment.bytes).map(|length| (id.clone(), length)));
        }
        (account, issues)
    }

    /// Its index as it is now.
    pub fn index(&self) -> &AccountIndex {
        &self.index
    }

    /// The same account with another index: messages and recordings stay.
    pub fn with_index(&self, index: AccountIndex) -> Account {
        Account { index, ..self.clone() }
    }

    /// Adds or replaces a document of a type (`callflow`, `device`, `menu` ...).
    pub fn put(&mut self, id: &str, kind: &str, mut body: Value) {
        if let Value::Object(members) = &mut body {
            members.insert("id".to_owned(), json!(id));
            members.shift_remove("type");
        }
        let version = self.index.document(id).map_or(0, |old| old.version) + 1;
        self.writes += 1;
        let revision = format!("{version}-{:08x}", self.writes);
        let fresh = Document { id: id.to_owned(), kind: kind.to_owned(), version, revision, body };
        self.index = self.index.with(fresh);
    }

    /// Takes these numbers away from every callflow that has them.
    pub(crate) fn take_numbers(&mut self, numbers: &[String]) {
        for number in numbers {
            let holders: Vec<String> = self.index.claims(number).map(|holder| holder.id.clone()).collect();
            for id in holders {
                let Some(found) = self.index.document(&id).cloned() else { continue };
                let mut body = found.body.clone();
                if let Some(Value::Array(list)) = body.get_mut("numbers") {
                    list.retain(|one| one.as_str() != Some(number));
                }
                self.put(&id, &found.kind, body);
            }
        }
    }

    /// Adds a voicemail message.
    pub fn put_message(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// A document as a call reads it: its members, `_rev` and `pvt_type`.
    pub fn document(&self, id: &str) -> Option<Value> {
        self.index.document(id).map(|found| shown(found))
    }

    /// The callflow a number leads to (reference section 1.5), as it stands.
    pub fn lookup(&self, number: &str) -> Option<Callflow> {
        self.index.lookup(number).ok().map(|found| account_reader::found_by_number(&found))
    }

    /// What answers a service number at a moment, tried as it is looked up and as it was dialled.
    pub fn service(&self, number: &str, dialled: &str, at: Timestamp) -> Option<Callflow> {
        let found = |number: &str| self.index.service(number, at, ALTERNATIVE_SUFFIX);
        found(number).or_else(|| found(dialled)).map(|found| account_reader::found_by_service(&found))
    }

    /// The number of messages of a box in a folder.
    pub fn messages_in(&self, box_id: &str, folder: &str) -> usize {
        self.messages.iter().filter(|one| one.box_id == box_id && one.folder == folder).count()
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Call recordings kept: file name and metadata.
    pub fn recordings(&self) -> &[(String, Value)] {
        &self.recordings
    }

    /// The length of a media document's audio; 5 s when nobody said.
    pub(crate) fn media_length(&self, id: &str) -> Option<Duration> {
        let own = self.media.get(id).copied();
        own.or_else(|| {
            let found = self.index.document(id)?;
            let text = found.body.get("tts").and_then(|tts| tts.get("text")).and_then(Value::as_str);
            Some(text.map_or(MEDIA_LENGTH, spoken_length))
        })
    }

    pub(crate) fn message_length(&self, id: &str) -> Option<Duration> {
        self.messages.iter().find(|message| message.id == id).map(|message| message.length)
    }

    /// What a call reads: documents as every driver answers them, messages and shared carriers as this world has them.
    pub(crate) fn answer(&self, query: &Query) -> Result<Loaded, Failure> {
        if let Some(answered) = account_reader::answer(query, &self.index) {
            return match answered? {
                Done::Loaded(loaded) => Ok(loaded),
                _ => Err(Failure::NotFound),
            };
        }
        let Query::List(view) = query else { return Err(Failure::NotFound) };
        Ok(Loaded::Documents(self.list(view).into_iter().map(Arc::new).collect()))
    }

    fn list(&self, view: &View) -> Vec<Value> {
        match view {
            View::GlobalResources => self.index.of_type("global_resource").map(|one| shown(one)).collect(),
            View::Messages { box_id } => self
                .messages
                .iter()
                .filter(|message| message.box_id == *box_id && message.folder != "deleted")
                .map(Message::document)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Changes the account as a call asks. `recorded` gives the lengths of the call's recordings.
    pub(crate) fn save(
        &mut self,
        change: &Change,
        recorded: &BTreeMap<RecordingId, Duration>,
        now: Timestamp,
    ) -> Result<Done, Failure> {
        let revision = match change {
            Change::AdjustCounter { counter, by } => return self.adjust_counter(counter, *by),
            Change::AddMessage { box_id, message_id, recording, metadata } => {
                let length = recorded.get(recording).copied().ok_or(Failure::NotFound)?;
                self.index.document(box_id).ok_or(Failure::NotFound)?;
                let (id, folder) = (message_id.clone(), folder_of(metadata));
                let mut message = Message::received(id, box_id.clone(), folder, length, ("", ""), now);
                message.metadata.extend(metadata.as_object().cloned().unwrap_or_default());
                self.messages.push(message);
                None
            }
            Change::CopyMessage { message_id, to_box_id, new_message_id, prepend } => {
                self.index.document(to_box_id).ok_or(Failure::NotFound)?;
                let found =
                    self.messages.iter().find(|one| one.id == *message_id).ok_or(Failure::NotFound)?;
                let mut copy = found.clone();
                copy.id.clone_from(new_message_id);
                copy.box_id.clone_from(to_box_id);
                copy.folder = "new".to_owned();
                if let Some(prepend) = prepend {
                    copy.length += recorded.get(prepend).copied().ok_or(Failure::NotFound)?;
                }
                self.messages.push(copy);
                None
            }
            Change::MoveMessage { message_id, folder } => {
                let found =
                    self.messages.iter_mut().find(|one| one.id == *message_id).ok_or(Failure::NotFound)?;
                found.folder.clone_from(folder);
                None
            }
            Change::PutMedia { media_id, recording, document } => {
                let length = recorded.get(recording).copied().ok_or(Failure::NotFound)?;
                if self.index.document(media_id).is_none() {
                    self.put(media_id, "media", document.clone());
                }
                self.media.insert(media_id.clone(), length);
                self.revision_of(media_id)
            }
            Change::KeepRecording { recording, name, metadata } => {
                recorded.get(recording).copied().ok_or(Failure::NotFound)?;
                self.recordings.push((name.clone(), metadata.clone()));
                None
            }
            Change::PutDocument { id, kind, members } => {
                let old = self.index.document(id).map(|old| old.body.clone());
                let mut body = old.unwrap_or_else(|| Value::Object(Map::new()));
                merge(&mut body, members);
                self.put(id, kind, body);
                self.revision_of(id)
            }
            Change::Create { id, kind, document } => {
                if self.index.document(id).is_some() {
                    return Err(Failure::Conflict);
                }
                self.put(id, kind, document.clone());
                self.revision_of(id)
            }
            Change::Patch { id, patch, revision } => {
                let old = self.index.document(id).ok_or(Failure::NotFound)?.clone();
                if revision.as_ref().is_some_and(|revision| *revision != old.revision) {
                    return Err(Failure::Conflict);
                }
                let mut body = old.body.clone();
                merge(&mut body, patch);
                self.put(id, &old.kind, body);
                self.revision_of(id)
            }
        };
        Ok(Done::Saved { revision })
    }

    /// A counter is the member `value` of its document.
    fn adjust_counter(&mut self, counter: &str, by: i64) -> Result<Done, Failure> {
        let found = self.index.named(service::COUNTER, counter).ok_or(Failure::NotFound)?;
        let (id, mut body) = (found.id.clone(), found.body.clone());
        let value = body.get("value").and_then(Value::as_i64).unwrap_or(0).saturating_add(by);
        merge(&mut body, &json!({"value": value}));
        self.put(&id, service::COUNTER, body);
        Ok(Done::Counted { value })
    }

    fn revision_of(&self, id: &str) -> Option<String> {
        self.index.document(id).map(|found| found.revision.clone())
    }
}

/// A document as it is before anybody changed it.
fn document(id: &str, kind: &str, body: Value) -> Document {
    Document { id: id.to_owned(), kind: kind.to_owned(), version: 1, revision: "1-00000000".to_owned(), body }
}

fn shown(found: &Document) -> Value {
    let mut body = found.body.clone();
    if let Value::Object(members) = &mut body {
        members.insert("id".to_owned(), json!(found.id));
        members.insert("_rev".to_owned(), json!(found.revision));
        members.insert("pvt_type".to_owned(), json!(found.kind));
    }
    body
}

fn folder_of(metadata: &Value) -> String {
    metadata.get("folder").and_then(Value::as_str).unwrap_or("new").to_owned()
}

/// The length of a WAV file: octets of its `data` chunk by octets a second of its `fmt ` chunk.
fn wav_length(bytes: &[u8]) -> Option<Duration> {
    let number = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(u32::from_le_bytes(four))
    };
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut rate) = (12_usize, 0_u32);
    loop {
        let name = bytes.get(at..at.checked_add(4)?)?;
        let size = number(at + 4)?;
        match name {
            b"fmt " => rate = number(at + 16)?,
            b"data" if rate > 0 => return Some(Duration::from_secs_f64(f64::from(size) / f64::from(rate))),
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(usize::try_from(size).ok()?)?.checked_add((size % 2) as usize)?;
    }
}

/// JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        let mut account = Account::empty();
        account.put("box", "vmbox", json!({"mailbox": "101", "pin": "1"}));
        account
    }

    #[test]
    fn patches_need_the_right_revision() {
        let mut account = account();
        let revision = account.revision_of("box");
        let patch = |revision| Change::Patch {
            id: "box".into(),
            patch: json!({"pin": null, "x": {"y": 1}}),
            revision,
        };
        let now = Timestamp::UNIX_EPOCH;
        let wrong = account.save(&patch(Some("0-0".into())), &BTreeMap::new(), now);
        assert_eq!(wrong, Err(Failure::Conflict));
        let new = account.save(&patch(revision.clone()), &BTreeMap::new(), now).unwrap();
        assert_ne!(new, Done::Saved { revision });
        let document = account.document("box").unwrap();
        assert_eq!((document.get("pin"), &document["x"]["y"]), (None, &json!(1)));
        assert_eq!(document["pvt_type"], "vmbox");
    }

    #[test]
    fn messages_move_and_are_listed_until_deleted() {
        let mut account = account();
        let now = Timestamp::UNIX_EPOCH;
        let add = Change::AddMessage {
            box_id: "box".into(),
            message_id: "m".into(),
            recording: RecordingId(1),
            metadata: json!({"caller_id_number": "100"}),
        };
        assert_eq!(account.save(&add, &BTreeMap::new(), now), Err(Failure::NotFound));
        account.save(&add, &BTreeMap::from([(RecordingId(1), Duration::from_secs(3))]), now).unwrap();
        let listed = account.answer(&Query::List(View::Messages { box_id: "box".into() }));
        let Ok(Loaded::Documents(list)) = listed else { panic!("{listed:?}") };
        assert_eq!((list[0]["length"].as_u64(), list[0]["folder"].as_str()), (Some(3000), Some("new")));
        assert_eq!(list[0]["caller_id_number"], "100");
        let delete = Change::MoveMessage { message_id: "m".into(), folder: "deleted".into() };
        account.save(&delete, &BTreeMap::new(), now).unwrap();
        assert_eq!(account.list(&View::Messages { box_id: "box".into() }), Vec::<Value>::new());
        assert_eq!(account.messages_in("box", "deleted"), 1);
    }
}
