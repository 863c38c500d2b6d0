//! What a media id, path or URL in a document stands for (reference section 2.11).

use std::time::Duration;

use crate::cx::Cx;
use crate::lenient::Read;
use crate::media::Media;

/// The playlist item for a media id, path or URL; `None` for an empty one.
///
/// `prompt://ACCOUNT/NAME/LANGUAGE` and `system_media/NAME` are prompts; `tone_stream://` and
/// `silence_stream://MS` are what they say; `http(s)://` is fetched; `/ACCOUNT/ID` and anything else is a media
/// document of the account.
pub(crate) fn item(cx: &Cx, path: &str) -> Option<Media> {
    let path = path.trim();
    if path.is_empty() {
        return None;
    }
    if let Some(spec) = path.strip_prefix("tone_stream://") {
        return Some(Media::Tone { spec: spec.to_owned() });
    }
    if let Some(length) = path.strip_prefix("silence_stream://") {
        let ms: Option<u64> = length.split(',').next().and_then(|ms| ms.trim().parse().ok());
        return Some(Media::Silence { duration: ms.map(Duration::from_millis) });
    }
    if path.starts_with("http://") || path.starts_with("https://") {
        return Some(Media::Url { url: path.to_owned() });
    }
    if let Some(rest) = path.strip_prefix("prompt://") {
        let mut parts = rest.split('/').skip(1);
        let name = parts.next().unwrap_or(rest);
        let language = parts.next().map(str::to_ascii_lowercase);
        return Some(Media::Prompt {
            name: name.to_owned(),
            language: language.unwrap_or_else(|| cx.vars(|vars| vars.language.clone())),
        });
    }
    if let Some(name) = path.trim_start_matches('/').strip_prefix("system_media/") {
        return Some(cx.prompt_item(name.rsplit('/').next().unwrap_or(name)));
    }
    let id = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    Some(Media::Document { id: id.to_owned() })
}

/// What somebody who is held or parked hears: this, or the account's music on hold, or silence.
pub(crate) async fn music_on_hold(cx: &Cx, asked: Option<&str>) -> Media {
    let account = cx.account().await;
    let of_account = || account.text_at(&["music_on_hold", "media_id"]);
    asked
        .map(str::to_owned)
        .or_else(of_account)
        .and_then(|path| item(cx, &path))
        .unwrap_or(Media::Silence { duration: None })
}
