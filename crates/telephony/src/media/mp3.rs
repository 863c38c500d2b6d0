//! MP3 files (and MPEG layers 1 and 2) to mono samples at 8 kHz.
//!
//! Not for: writing MP3.

use nanomp3::SliceReader;

use super::resample;
use super::wav::MAX_SECONDS;

/// Why a file cannot be played: the fault of who uploaded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mp3Error {
    /// No MPEG audio frame in it.
    #[error("not an MP3 file")]
    NotMp3,
}

/// Decodes a file. What comes after an hour, or after a change of the sample rate within the file, is cut.
pub fn read(file: &[u8]) -> Result<Vec<i16>, Mp3Error> {
    if !nanomp3::detect(file) {
        return Err(Mp3Error::NotMp3);
    }
    let mut reader = SliceReader::<f32>::new(file);
    let (rate, channels) =
        (reader.sample_rate(), reader.channels().map_or(0, |channels| usize::from(channels.num())));
    if rate == 0 || channels == 0 {
        return Err(Mp3Error::NotMp3);
    }
    let longest = rate as usize * MAX_SECONDS as usize;
    let mut mono: Vec<f32> = Vec::new();
    while mono.len() < longest {
        match reader.read_frame() {
            Ok(Some(samples)) => {
                let scale = 32_768.0 / channels as f32;
                mono.extend(samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() * scale));
            }
            Ok(None) | Err(_) => break,
        }
    }
    Ok(resample::to_8k(&mono, rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 0.5 s of 1 kHz at 22.05 kHz stereo, from LAME.
    const TONE: &[u8] = include_bytes!("../../tests/data/tone-1000hz.mp3");

    #[test]
    fn a_file_is_decoded_to_its_sound() {
        let samples = read(TONE).unwrap();
        assert!((3_900..=4_700).contains(&samples.len()), "{}", samples.len());
        let middle = &samples[1_000..3_000];
        let crossings = middle.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert!((248..=252).contains(&crossings), "{crossings}");
        let peak = middle.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((12_000..=20_000).contains(&peak), "{peak}");
    }

    #[test]
    fn what_is_no_mp3_is_refused() {
        assert_eq!(read(b""), Err(Mp3Error::NotMp3));
        assert_eq!(read(&[0; 5_000]), Err(Mp3Error::NotMp3));
        assert_eq!(read(b"ID3\x04\0\0\0\0\0\0 nothing behind the tag"), Err(Mp3Error::NotMp3));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_files_do_no_harm(at in 0usize..3_000, with in any::<[u8; 4]>()) {
            let mut file = TONE.to_vec();
            let at = at % (file.len() - 4);
            file[at..at + 4].copy_from_slice(&with);
            let _ = read(&file);
        }
    }
}
