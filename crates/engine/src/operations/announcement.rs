//! From an announcement of a plan to a playlist.

use flow::n2fe::config::Announcement;
use flow::n2fe::service::ANNOUNCEMENT_SET;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::media::Media;
use crate::media_path;

/// What is played: the entry's `media` (a media document, prompt or address) or spoken `text`, as often as asked. An
/// announcement that is not there is noted, and nothing is played.
pub(super) async fn items(cx: &Cx, announcement: &Announcement) -> Vec<Media> {
    let set = cx.named(ANNOUNCEMENT_SET, &announcement.set).await;
    let entry = set.as_deref().and_then(|set| entry_of(set, &announcement.entry));
    let media = entry.and_then(|entry| match (entry.text_at(&["media"]), entry.text_at(&["text"])) {
        (Some(path), _) => media_path::item(cx, &path),
        (None, Some(text)) => Some(Media::Speech {
            text,
            voice: entry.text_at(&["voice"]).unwrap_or_else(|| "female".to_owned()),
            language: cx.vars(|vars| vars.language.clone()),
            engine: String::new(),
        }),
        (None, None) => None,
    });
    let Some(media) = media else {
        cx.note("EN2101", format!("there is no announcement `{announcement}`"));
        return Vec::new();
    };
    (0..announcement.repetition).map(|_| media.clone()).collect()
}

fn entry_of<'a>(set: &'a Value, name: &str) -> Option<&'a Value> {
    let entries = set.get("entries")?.as_array()?;
    let is =
        |entry: &&Value, member: &str| entry.get(member).and_then(lenient::as_text).as_deref() == Some(name);
    entries.iter().find(|entry| is(entry, "name")).or_else(|| entries.iter().find(|entry| is(entry, "id")))
}
