//! An audio file of unknown kind to a clip: what accounts upload, and what is fetched by address.
//!
//! Not for: files too large to hold; callers limit what they read.

use super::clip::Clip;
use super::{mp3, wav};

/// Why a file cannot be played: the fault of who uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Neither WAV nor MP3.
    #[error("neither a WAV nor an MP3 file")]
    Unknown,
    /// A WAV file that we cannot read.
    #[error(transparent)]
    Wav(#[from] wav::WavError),
    /// Without any sample.
    #[error("an audio file without sound")]
    Empty,
}

/// Decodes a WAV or MP3 file, whatever it is called. Takes milliseconds per second of audio: not for the signalling thread.
pub fn decode(file: &[u8]) -> Result<Clip, FileError> {
    let samples = match wav::read(file) {
        Err(wav::WavError::NotWav) => mp3::read(file).map_err(|_| FileError::Unknown)?,
        result => result?,
    };
    if samples.is_empty() { Err(FileError::Empty) } else { Ok(Clip::from_pcm(&samples)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_recognised_by_their_content() {
        assert_eq!(decode(&wav::encode(&[100; 80])).unwrap().samples(), 80);
        assert!(decode(include_bytes!("../../tests/data/tone-1000hz.mp3")).unwrap().samples() > 3_000);
        assert_eq!(decode(b"<html>").unwrap_err(), FileError::Unknown);
        assert_eq!(decode(&wav::encode(&[])).unwrap_err(), FileError::Empty);
    }
}
