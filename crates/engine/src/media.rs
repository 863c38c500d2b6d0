//! What can be played: the items of a playlist. Which samples they become is the driver's business.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::RecordingId;

/// One item of a playlist. Items are played in order, without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// A system prompt by name (`vm-enter_pass`), or the account's replacement of it, in a language (`en-us`).
    Prompt {
        /// The prompt's name (reference section 7.11), or a word of `crate::say`: `say-20`.
        name: String,
        /// Lower-case language tag; a driver falls back to `en-us`.
        language: String,
    },
    /// The audio of a media document of the account.
    Document {
        /// The document's id.
        id: String,
    },
    /// Audio fetched over HTTP(S).
    Url {
        /// `http://` or `https://`.
        url: String,
    },
    /// A tone in the field's notation, without the scheme: `%(2000,4000,440,480);loops=2`.
    Tone {
        /// Text after `tone_stream://`.
        spec: String,
    },
    /// Nothing, for a while; `None` is for ever.
    Silence {
        /// How long.
        duration: Option<Duration>,
    },
    /// Text to be spoken by a text-to-speech engine.
    Speech {
        /// The text.
        text: String,
        /// `female`, `male`, or an engine's own name.
        voice: String,
        /// Language tag.
        language: String,
        /// The engine asked for; empty for the configured one.
        engine: String,
    },
    /// A recording of this call that has not been saved yet.
    Recording {
        /// Which.
        recording: RecordingId,
    },
    /// The audio of a voicemail message.
    Message {
        /// The message's id.
        message_id: String,
        /// Where to begin.
        #[serde(default, skip_serializing_if = "Duration::is_zero")]
        from: Duration,
    },
}

/// How often a playlist is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loops {
    /// Once through.
    #[default]
    Once,
    /// This many times; 0 counts as once.
    Times(u32),
    /// Until stopped.
    Endless,
}
