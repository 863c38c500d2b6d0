//! How long everything played lasts, and under which name it is heard.
//!
//! Not here: playing (`session::media`). No audio exists in this world, only its length.

use std::time::Duration;

use engine::media::Media;

use crate::text;

/// Lengths of what can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundBook {
    /// Name patterns (`*` stands for any text) and lengths, `None` for what is missing; the first match counts.
    pub lengths: Vec<(String, Option<Duration>)>,
    /// A text-to-speech engine is there.
    pub speech: bool,
}

impl Default for SoundBook {
    fn default() -> Self {
        SoundBook { lengths: Vec::new(), speech: true }
    }
}

/// Length of a media document, and of audio from the web, that nobody gave a length.
pub const MEDIA_LENGTH: Duration = Duration::from_secs(5);
/// Length of a tone that nobody gave a length.
pub const TONE_LENGTH: Duration = Duration::from_secs(2);
/// A longer text is spoken no longer than this.
const SPOKEN_MAX: Duration = Duration::from_secs(3600);

impl SoundBook {
    /// What the book says about a name: `Some(None)` when it is missing.
    pub fn entry(&self, name: &str) -> Option<Option<Duration>> {
        self.lengths.iter().find(|(pattern, _)| text::matches(pattern, name)).map(|(_, length)| *length)
    }
}

/// The name under which an item is heard: `prompt vm-person`, `speech "Welcome"`, `media ID`.
pub fn heard_as(media: &Media) -> String {
    match media {
        Media::Prompt { name, .. } => format!("prompt {name}"),
        Media::Document { id } => format!("media {id}"),
        Media::Url { url } => format!("url {url}"),
        Media::Tone { spec } => format!("tone {spec}"),
        Media::Silence { duration: Some(time) } => format!("silence {}", text::duration(*time)),
        Media::Silence { duration: None } => "silence".to_owned(),
        Media::Speech { text, .. } => format!("speech \"{text}\""),
        Media::Recording { recording } => format!("recording {}", recording.0),
        Media::Message { message_id, from } if from.is_zero() => format!("message {message_id}"),
        Media::Message { message_id, from } => {
            format!("message {message_id} from {}", crate::text::duration(*from))
        }
    }
}

/// How long a text takes to be said: 400 ms and 65 ms for each character.
pub fn spoken_length(text: &str) -> Duration {
    Duration::from_millis(400 + 65 * text.chars().count() as u64).min(SPOKEN_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_matching_entry_counts() {
        let book = SoundBook {
            lengths: vec![
                ("prompt vm-person".to_owned(), Some(Duration::from_secs(2))),
                ("prompt *".to_owned(), None),
            ],
            ..SoundBook::default()
        };
        assert_eq!(book.entry("prompt vm-person"), Some(Some(Duration::from_secs(2))));
        assert_eq!(book.entry("prompt vm-other"), Some(None));
        assert_eq!(book.entry("media x"), None);
    }

    #[test]
    fn items_have_names() {
        let speech = Media::Speech {
            text: "Hi".into(),
            voice: "female".into(),
            language: "en-us".into(),
            engine: String::new(),
        };
        assert_eq!(heard_as(&speech), "speech \"Hi\"");
        assert_eq!(heard_as(&Media::Silence { duration: Some(Duration::from_millis(500)) }), "silence 500ms");
        assert_eq!(spoken_length("Hi"), Duration::from_millis(530));
    }
}
