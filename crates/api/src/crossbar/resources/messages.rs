//! `A/vmboxes/.../messages` (reference "Crossbar" 4.1): listing, hearing, moving and deleting voicemail.
//!
//! Not here: the boxes (`vmboxes`). A message is deleted by moving it to the folder `deleted`; the archive of several
//! messages (`messages/raw`) is not made: 501.

use serde_json::{Map, Value, json};
use store::{Message, MessageChange, MessageFolder, MessageList, NewMessage};

use super::media;
use crate::crossbar::context::Cx;
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::list::{self, Entry};
use crate::crossbar::request::Verb;

/// The most messages named in one request.
const BULK_MAX: usize = 1_000;

/// Paths below the boxes.
pub(crate) fn below(cx: &Cx<'_>, arguments: &[&str]) -> Option<Result<Reply, Failure>> {
    let outcome = match (arguments, cx.request.verb) {
        (["messages"], Verb::Get) => list(cx, None),
        (["messages"], _) => Err(Failure::Method(vec!["GET"])),
        ([vmbox, "messages", rest @ ..], verb) => {
            data::document(cx.state, &cx.account, "vmbox", vmbox).and_then(|_| in_box(cx, vmbox, rest, verb))
        }
        _ => return None,
    };
    Some(outcome)
}

/// `messages` and `folders` of a box's list row.
pub(crate) fn counts(cx: &Cx<'_>, id: &str) -> Map<String, Value> {
    let counts = cx.state.store.message_counts(&cx.account, id).unwrap_or_default();
    let mut row = Map::new();
    row.insert("messages".to_owned(), (counts.new + counts.saved).into());
    if counts.new + counts.saved > 0 {
        row.insert("folders".to_owned(), json!({"new": counts.new, "saved": counts.saved}));
    }
    row
}

fn in_box(cx: &Cx<'_>, vmbox: &str, rest: &[&str], verb: Verb) -> Result<Reply, Failure> {
    match (rest, verb) {
        ([], Verb::Get) => list(cx, Some(vmbox)),
        ([], Verb::Put) => create(cx, vmbox),
        ([], Verb::Post) => bulk(cx, vmbox, false),
        ([], Verb::Delete) => bulk(cx, vmbox, true),
        ([], _) => Err(Failure::Method(vec!["GET", "PUT", "POST", "DELETE"])),
        (["raw"], Verb::Post) => Err(Failure::NotImplemented),
        ([id], Verb::Get) => Ok(Reply::ok(row(&message(cx, vmbox, id)?))),
        ([id], Verb::Post) => {
            message(cx, vmbox, id)?;
            Ok(Reply::ok(row(&change(cx, id, false)?)))
        }
        ([id], Verb::Delete) => {
            message(cx, vmbox, id)?;
            Ok(Reply::ok(row(&change(cx, id, true)?)))
        }
        ([id, "raw"], Verb::Get) => {
            let message = message(cx, vmbox, id)?;
            let reader = cx.state.store.open_message(&cx.account, &message.id, None)?;
            let ending = media::extension(&reader.blob.content_type);
            media::send(reader, format!("{}.{ending}", message.id))
        }
        ([id, "raw"], Verb::Put | Verb::Post) => {
            message(cx, vmbox, id)?;
            let file = media::audio(cx)?;
            let audio = file.bytes.as_ref();
            let message = cx.state.store.set_message_audio(&cx.account, id, &file.content_type, audio)?;
            Ok(Reply::ok(row(&message)))
        }
        ([_], _) => Err(Failure::Method(vec!["GET", "POST", "DELETE"])),
        ([_, "raw"], _) => Err(Failure::Method(vec!["GET", "PUT"])),
        _ => Err(Failure::NotFound),
    }
}

/// A message of this box that is not deleted.
fn message(cx: &Cx<'_>, vmbox: &str, id: &str) -> Result<Message, Failure> {
    let message = cx.state.store.message(&cx.account, id)?;
    if message.box_id == vmbox && message.folder != MessageFolder::Deleted {
        Ok(message)
    } else {
        Err(Failure::BadIdentifier(id.to_owned()))
    }
}

fn list(cx: &Cx<'_>, vmbox: Option<&str>) -> Result<Reply, Failure> {
    let folder = cx.request.parameter("folder").map(|name| folder(&name)).transpose()?;
    let query = MessageList { box_id: vmbox, folder, descending: true, ..MessageList::default() };
    let messages = cx.state.store.messages(&cx.account, &query)?;
    let entries = messages.iter().map(|message| Entry {
        key: format!("{:012}", message.created),
        id: message.id.clone(),
        document: row(message).as_object().cloned().unwrap_or_default(),
        created: message.created,
        modified: message.modified,
    });
    let page = list::page(entries.collect(), &cx.filters(), &cx.paging(), |entry| {
        Value::Object(entry.document.clone())
    });
    Ok(Reply::page(page))
}

fn create(cx: &Cx<'_>, vmbox: &str) -> Result<Reply, Failure> {
    let mut metadata = cx.data()?.clone();
    let folder = match metadata.shift_remove("folder") {
        Some(Value::String(name)) => folder(&name)?,
        _ => MessageFolder::New,
    };
    metadata.retain(|name, _| !name.starts_with("pvt_") && name != "id" && name != "media_id");
    let new =
        NewMessage { account: cx.account.clone(), box_id: vmbox.to_owned(), id: None, folder, metadata };
    let message = if cx.request.upload.is_some() {
        let file = media::audio(cx)?;
        cx.state.store.add_message(new, &file.content_type, file.bytes.as_ref())?
    } else {
        cx.state.store.add_silent_message(new)?
    };
    Ok(Reply::created(row(&message), None, Some(message.id.clone())))
}

/// Moves, copies or deletes the messages named in `messages`; without any, a whole `folder` is deleted.
fn bulk(cx: &Cx<'_>, vmbox: &str, delete: bool) -> Result<Reply, Failure> {
    let ids: Vec<String> = match cx.data()?.get("messages") {
        Some(Value::Array(ids)) if ids.len() <= BULK_MAX => {
            ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::Array(_)) => {
            let members = json!({"target": BULK_MAX});
            return Err(Failure::invalid("messages", "maxItems", "too many messages at once", members));
        }
        None if delete => {
            let folder = cx.request.parameter("folder").map(|name| folder(&name)).transpose()?;
            let query = MessageList { box_id: Some(vmbox), folder, ..MessageList::default() };
            let found = cx.state.store.messages(&cx.account, &query)?;
            found.into_iter().map(|message| message.id).collect()
        }
        _ => return Err(Failure::required("messages")),
    };
    let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
    for id in ids {
        match message(cx, vmbox, &id).and_then(|_| change(cx, &id, delete)) {
            Ok(_) => succeeded.push(Value::from(id)),
            Err(failure @ (Failure::Store(_) | Failure::Busy | Failure::Validation(_))) => {
                return Err(failure);
            }
            Err(failure) => failed.push(json!({id: failure.to_string()})),
        }
    }
    Ok(Reply::ok(json!({"succeeded": succeeded, "failed": failed})))
}

/// What a request wants of one message: another folder, another box (`source_id`), or copies in several boxes.
fn change(cx: &Cx<'_>, id: &str, delete: bool) -> Result<Message, Failure> {
    let store = &cx.state.store;
    let data = cx.data()?;
    let mut change = MessageChange::default();
    if delete {
        change.folder = Some(MessageFolder::Deleted);
        return Ok(store.change_message(&cx.account, id, change)?);
    }
    if let Some(name) = cx.request.parameter("folder").or_else(|| text_of(data, "folder")) {
        change.folder = Some(folder(&name)?);
    }
    match data.get("source_id") {
        Some(Value::String(vmbox)) => change.box_id = Some(vmbox.clone()),
        Some(Value::Array(boxes)) => {
            for vmbox in boxes.iter().filter_map(Value::as_str) {
                store.copy_message(&cx.account, id, vmbox, None)?;
            }
        }
        _ => {}
    }
    Ok(store.change_message(&cx.account, id, change)?)
}

fn text_of(data: &Map<String, Value>, name: &str) -> Option<String> {
    data.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn folder(name: &str) -> Result<MessageFolder, Failure> {
    MessageFolder::from_name(name).ok_or_else(|| {
        let members = json!({"target": ["new", "saved", "deleted"], "value": name});
        Failure::invalid("folder", "enum", "Value not found in enumerated list of values", members)
    })
}

fn row(message: &Message) -> Value {
    let mut row = message.metadata.clone();
    row.entry("timestamp").or_insert_with(|| message.created.into());
    row.insert("folder".to_owned(), message.folder.as_str().into());
    row.insert("media_id".to_owned(), message.id.clone().into());
    row.entry("transcribed").or_insert(Value::Bool(false));
    Value::Object(row)
}
