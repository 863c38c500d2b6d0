//! A recording kept as a media document: greetings of menus and mailboxes.
//!
//! Not here: how a caller records and reviews it (`menu_greeting`, `voicemail`).

use serde_json::json;

use crate::command::Change;
use crate::cx::Cx;
use crate::ids::RecordingId;
use crate::lenient::Read;

/// Whose greeting it is.
pub(crate) struct Owner<'a> {
    /// `menu`, `voicemail` or `pivot`, the media document's `source_type`.
    pub(crate) kind: &'static str,
    /// The owner's document id.
    pub(crate) id: &'a str,
    /// The media document's name.
    pub(crate) title: String,
}

/// Stores a recording as the audio of `present`, if that was recorded over the telephone too, or else of a new document:
/// an uploaded file is never written over. Gives the media document's id, or `None` when it could not be stored.
pub(crate) async fn store(
    cx: &Cx,
    owner: Owner<'_>,
    present: Option<&str>,
    recording: RecordingId,
) -> Option<String> {
    let reusable = match present {
        Some(id) => cx
            .document(id)
            .await
            .is_some_and(|media| media.text_at(&["media_source"]).as_deref() == Some("recording")),
        None => false,
    };
    let media_id = match present.filter(|_| reusable) {
        Some(id) => id.to_owned(),
        None => cx.with(|state| state.new_document_id()),
    };
    let document = json!({
        "name": owner.title,
        "media_source": "recording",
        "source_type": owner.kind,
        "source_id": owner.id,
        "streamable": true,
    });
    let put = Change::PutMedia { media_id: media_id.clone(), recording, document };
    cx.save(put).await.is_ok().then_some(media_id)
}
