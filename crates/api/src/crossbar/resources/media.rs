//! `A/media` (reference "Crossbar" 4.1): prompts and recordings, with their audio.
//!
//! Not here: converting audio, rendering text to speech (crate `telephony`, when the media is first played).

use std::io::Read as _;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use store::{BlobReader, Document, Private, Save};

use super::plain::row;
use super::{Resource, crud};
use crate::crossbar::context::{Cx, text};
use crate::crossbar::data;
use crate::crossbar::envelope::{File, Reply};
use crate::crossbar::error::Failure;
use crate::crossbar::etag;
use crate::crossbar::request::{Upload, Verb};

/// The most bytes of a stored file that are sent in one answer.
const SENT_BYTES_MAX: u64 = 64 << 20;

/// `A/media`: no PATCH, as in the reference.
pub(crate) static MEDIA: Resource =
    Resource { patch: false, row: list_row, below, ..Resource::plain("media", "media", "media") };

fn list_row(_cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    let mut row = row(document, &["name", "media_type", "media_source"]);
    if let Some(language) = text(&document.body, "language") {
        row.insert("language".to_owned(), language.to_lowercase().into());
    }
    row.insert("is_prompt".to_owned(), json!(document.body.contains_key("prompt_id")));
    row
}

fn below(cx: &Cx<'_>, arguments: &[&str]) -> Option<Result<Reply, Failure>> {
    match (arguments, cx.request.verb) {
        (["languages"], Verb::Get) => Some(grouped(cx, "language")),
        (["prompts"], Verb::Get) => Some(grouped(cx, "prompt_id")),
        (["languages" | "prompts", value], Verb::Get) => {
            let member = if arguments.first() == Some(&"languages") { "language" } else { "prompt_id" };
            Some(with_member(cx, member, value))
        }
        ([id, "raw"], Verb::Get) => Some(download(cx, id)),
        ([id, "raw"], Verb::Post) => Some(upload(cx, id)),
        ([id], Verb::Post) if cx.request.upload.is_some() => Some(upload(cx, id)),
        ([_, "raw"], _) => Some(Err(Failure::Method(vec!["GET", "POST"]))),
        _ => None,
    }
}

/// How many media there are of each language or prompt.
fn grouped(cx: &Cx<'_>, member: &str) -> Result<Reply, Failure> {
    let mut counts: Map<String, Value> = Map::new();
    for document in data::all(cx.state, &cx.account, "media")? {
        let value = text(&document.body, member).map(str::to_lowercase);
        // Media without a language are counted as `missing`; those that are no prompt are none.
        let Some(value) = value.or_else(|| (member == "language").then(|| "missing".to_owned())) else {
            continue;
        };
        let count = counts.get(&value).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(value, (count + 1).into());
    }
    Ok(Reply::ok(json!([counts])))
}

fn with_member(cx: &Cx<'_>, member: &str, wanted: &str) -> Result<Reply, Failure> {
    let media = data::all(cx.state, &cx.account, "media")?;
    let found = media.iter().filter(|document| {
        text(&document.body, member).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
    });
    Ok(Reply::ok(found.map(|document| Value::from(document.id.clone())).collect()))
}

fn download(cx: &Cx<'_>, id: &str) -> Result<Reply, Failure> {
    data::document(cx.state, &cx.account, "media", id)?;
    let files = cx.state.store.attachments(&cx.account, id)?;
    let file = files.first().ok_or_else(|| Failure::BadIdentifier(id.to_owned()))?;
    let reader = cx.state.store.open_attachment(&cx.account, id, &file.name, None)?;
    send(reader, file.name.clone())
}

/// A stored file as an answer.
pub(crate) fn send(reader: BlobReader, name: String) -> Result<Reply, Failure> {
    let content_type = reader.blob.content_type.clone();
    if reader.blob.size > SENT_BYTES_MAX {
        return Err(Failure::Range);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(reader.blob.size).unwrap_or_default());
    let read = reader.take(SENT_BYTES_MAX).read_to_end(&mut bytes);
    read.map_err(|error| Failure::Store(format!("a stored file cannot be read: {error}")))?;
    Ok(Reply::File(File { content_type, name, bytes: Bytes::from(bytes) }))
}

fn upload(cx: &Cx<'_>, id: &str) -> Result<Reply, Failure> {
    let file = audio(cx)?;
    let _lock = cx.state.lock(&cx.account);
    let stored = data::document(cx.state, &cx.account, "media", id)?;
    etag::check_match(cx.request, &stored.revision)?;
    let name = file.name.clone().unwrap_or_else(|| format!("{id}.{}", extension(&file.content_type)));
    let store = &cx.state.store;
    store.attach(&cx.account, id, &name, &file.content_type, file.bytes.as_ref())?;
    for other in store.attachments(&cx.account, id)?.iter().filter(|other| other.name != name) {
        store.detach(&cx.account, id, &other.name)?;
    }
    let mut body = stored.body.clone();
    body.insert("content_type".to_owned(), file.content_type.clone().into());
    body.insert("content_length".to_owned(), file.bytes.len().into());
    let save = Save { expected: Some(&stored.revision), body, private: Private::Keep };
    Ok(crud::reply(&store.save(&cx.account, id, save, &cx.author())?))
}

/// The one audio (or video) file of a request.
///
/// # Errors
/// `file.required` without one, `MediaType` for another kind of file.
pub(crate) fn audio<'a>(cx: &'a Cx<'_>) -> Result<&'a Upload, Failure> {
    let Some(file) = &cx.request.upload else {
        return Err(Failure::invalid("file", "required", "Please provide a media file", json!({})));
    };
    let kind = file.content_type.as_str();
    if kind.starts_with("audio/") || kind.starts_with("video/") || kind == "application/octet-stream" {
        Ok(file)
    } else {
        Err(Failure::MediaType)
    }
}

/// The usual ending of a file of this type.
pub(crate) fn extension(content_type: &str) -> &'static str {
    match content_type {
        "audio/mp3" | "audio/mpeg" | "audio/mpeg3" => "mp3",
        "audio/ogg" => "ogg",
        "audio/wav" | "audio/x-wav" | "audio/vnd.wave" => "wav",
        "video/mp4" => "mp4",
        _ => "bin",
    }
}
