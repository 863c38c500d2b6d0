//! Tones: the field's tone notation (`%(2000,4000,440,480);loops=2`), its silence notation, and digit tones.
//!
//! The notation is FreeSWITCH's TGML as far as account documents use it. Items are separated by `;`:
//!
//! | item | means |
//! |---|---|
//! | `%(on,off,f1,f2,...)` | the frequencies in Hz together for `on` ms, then nothing for `off` ms |
//! | `v=-7` | level of each frequency in dBm0 for what follows; default -13, at most 0 |
//! | `L=3` | the whole, three times |
//! | `loops=2` | the whole, twice; `loops=-1`: until stopped |
//!
//! Not for: playing ([`clip`](super::clip)), detecting ([`inband`](super::inband)).

use std::time::Duration;

use super::clip::{Clip, Item, Repeat};
use super::inband::{COLUMNS, KEYPAD, ROWS};

/// A tone text read.
#[derive(Clone, Debug, PartialEq)]
pub struct Tone {
    /// Played one after the other.
    pub cadence: Vec<Burst>,
    /// How often all of it.
    pub repeat: Repeat,
}

/// One sound and the silence after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// Milliseconds of sound.
    pub on_ms: u32,
    /// Milliseconds of silence after it.
    pub off_ms: u32,
    /// In Hz, sounding together.
    pub frequencies: Vec<f32>,
    /// Of each frequency, in dBm0.
    pub level: f32,
}

/// Why a tone text cannot be played: the author's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToneError {
    /// An item that is none of the known ones.
    #[error("unknown item `{0}` in a tone")]
    Item(String),
    /// A number is missing, unreadable or out of range.
    #[error("bad number in `{0}` of a tone")]
    Number(String),
    /// No `%(...)`, or only of zero length.
    #[error("a tone without any sound")]
    Empty,
    /// More bursts or more time than allowed.
    #[error("a tone that is too long")]
    TooLong,
}

/// The most of one pass through a tone: 10 minutes.
const MAX_PASS_MS: u32 = 600_000;
const MAX_BURSTS: usize = 64;
const MAX_FREQUENCIES: usize = 8;
const DEFAULT_LEVEL: f32 = -13.0;

/// Reads a tone text, without the scheme `tone_stream://`.
pub fn parse(text: &str) -> Result<Tone, ToneError> {
    let text = text.strip_prefix("tone_stream://").unwrap_or(text);
    let mut tone = Tone { cadence: Vec::new(), repeat: Repeat::Times(1) };
    let (mut level, mut whole_times) = (DEFAULT_LEVEL, 1u32);
    for item in text.split(';').map(str::trim).filter(|item| !item.is_empty()) {
        let bad_number = || ToneError::Number(short(item));
        if let Some(burst) = item.strip_prefix("%(").and_then(|rest| rest.strip_suffix(')')) {
            tone.cadence.push(parse_burst(burst, level).ok_or_else(bad_number)?);
            continue;
        }
        let (name, value) = item.split_once('=').ok_or_else(|| ToneError::Item(short(item)))?;
        let value = value.trim();
        match name.trim() {
            "v" => {
                level = value.parse::<f32>().ok().filter(|v| v.is_finite()).ok_or_else(bad_number)?.min(0.0)
            }
            "L" => whole_times = value.parse::<u32>().map_err(|_| bad_number())?.max(1),
            "loops" => match value.parse::<i64>().map_err(|_| bad_number())? {
                ..0 => tone.repeat = Repeat::Endless,
                times => tone.repeat = Repeat::Times(times.clamp(1, i64::from(u32::MAX)) as u32),
            },
            // Sample rate, channels, decay: what we play has one rate, one channel and no decay.
            "r" | "c" | "d" | "w" | "l" | ">" | "<" | "+" => {}
            _ => return Err(ToneError::Item(short(item))),
        }
    }
    if let Repeat::Times(times) = &mut tone.repeat {
        *times = times.saturating_mul(whole_times);
    }
    let length =
        tone.cadence.iter().map(|burst| u64::from(burst.on_ms) + u64::from(burst.off_ms)).sum::<u64>();
    if length == 0 {
        return Err(ToneError::Empty);
    }
    if tone.cadence.len() > MAX_BURSTS || length > u64::from(MAX_PASS_MS) {
        return Err(ToneError::TooLong);
    }
    Ok(tone)
}

/// Reads a silence text, with or without the scheme: milliseconds, `-1` for ever, and an optional `,level` of comfort
/// noise, which we leave out.
pub fn parse_silence(text: &str) -> Result<Option<Duration>, ToneError> {
    let text = text.strip_prefix("silence_stream://").unwrap_or(text);
    let milliseconds = text.split(',').next().unwrap_or_default().trim();
    match milliseconds.parse::<i64>() {
        Ok(..0) => Ok(None),
        Ok(milliseconds) => Ok(Some(Duration::from_millis(milliseconds.unsigned_abs()))),
        Err(_) => Err(ToneError::Number(short(text))),
    }
}

impl Tone {
    /// One pass as samples.
    pub fn render(&self) -> Vec<i16> {
        let mut samples = Vec::new();
        for burst in &self.cadence {
            let amplitude = amplitude(burst.level);
            let on = burst.on_ms as usize * 8;
            samples.extend((0..on).map(|n| {
                let sum: f32 = burst.frequencies.iter().map(|frequency| wave(*frequency, n)).sum();
                (sum * amplitude * fade(n, on)) as i16
            }));
            samples.extend(std::iter::repeat_n(0, burst.off_ms as usize * 8));
        }
        samples
    }

    /// The tone as an item of a playlist.
    pub fn item(&self) -> Item {
        Item::Clip { clip: Clip::from_pcm(&self.render()).into(), repeat: self.repeat }
    }
}

/// A sample of a digit's tone (ITU-T Q.23), `n` samples after its beginning; silence for what is no digit.
pub fn digit_sample(digit: char, n: usize) -> i16 {
    for (row, digits) in ROWS.iter().zip(KEYPAD) {
        for (column, known) in COLUMNS.iter().zip(digits) {
            if known == digit {
                return ((wave(*row, n) + wave(*column, n)) * amplitude(DIGIT_LEVEL)) as i16;
            }
        }
    }
    0
}

/// Level of each of a digit's two tones in dBm0.
const DIGIT_LEVEL: f32 = -9.0;

/// Peak of a sine of 0 dBm0: full scale is +3.17 dBm0 in mu-law (G.711 table 4).
const PEAK_0_DBM0: f32 = 22_300.0;

fn amplitude(level: f32) -> f32 {
    PEAK_0_DBM0 * 10f32.powf(level / 20.0)
}

fn wave(frequency: f32, n: usize) -> f32 {
    // The angle is taken in f64 so that long tones keep their pitch.
    ((f64::from(frequency) * n as f64 / 8_000.0).fract() * std::f64::consts::TAU).sin() as f32
}

/// Two milliseconds in and out, so that a burst does not click.
fn fade(n: usize, length: usize) -> f32 {
    let edge = n.min(length - n);
    if edge >= 16 { 1.0 } else { edge as f32 / 16.0 }
}

fn parse_burst(text: &str, level: f32) -> Option<Burst> {
    let mut numbers = text.split([',', '+']).map(|number| number.trim().parse::<f32>());
    let mut milliseconds = || {
        let value = numbers.next()?.ok()?;
        (0.0..=MAX_PASS_MS as f32).contains(&value).then_some(value as u32)
    };
    let (on_ms, off_ms) = (milliseconds()?, milliseconds()?);
    let frequencies: Vec<f32> = numbers.collect::<Result<_, _>>().ok()?;
    let sane = frequencies.iter().all(|frequency| (0.0..4_000.0).contains(frequency));
    let any = !frequencies.is_empty() || on_ms == 0;
    (sane && any && frequencies.len() <= MAX_FREQUENCIES).then_some(Burst {
        on_ms,
        off_ms,
        frequencies,
        level,
    })
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ringback_reads_and_renders() {
        let tone = parse("tone_stream://%(2000,4000,440,480);loops=2").unwrap();
        assert_eq!(tone.repeat, Repeat::Times(2));
        let samples = tone.render();
        assert_eq!(samples.len(), 48_000);
        assert!(samples[..16_000].iter().any(|sample| sample.unsigned_abs() > 5_000));
        assert!(samples[16_000..].iter().all(|sample| *sample == 0));
    }

    #[test]
    fn segments_levels_and_loops() {
        let tone = parse("v=-7;%(500,500,480,620); v=-20; %(100,0,1000);L=2;loops=3").unwrap();
        assert_eq!(tone.cadence.len(), 2);
        assert_eq!(tone.cadence[0].level, -7.0);
        assert_eq!(tone.cadence[1].frequencies, [1_000.0]);
        assert_eq!(tone.repeat, Repeat::Times(6));
        assert_eq!(parse("%(1,1,440);loops=-1").unwrap().repeat, Repeat::Endless);
    }

    #[test]
    fn the_author_is_told_what_is_wrong() {
        assert_eq!(parse(""), Err(ToneError::Empty));
        assert_eq!(parse("hello"), Err(ToneError::Item("hello".into())));
        assert_eq!(parse("%(500)"), Err(ToneError::Number("%(500)".into())));
        assert_eq!(parse("%(500,500,99999)"), Err(ToneError::Number("%(500,500,99999)".into())));
        assert_eq!(parse("%(600000,1,440)"), Err(ToneError::TooLong));
        assert_eq!(parse("v=loud;%(1,1,1)"), Err(ToneError::Number("v=loud".into())));
    }

    #[test]
    fn silence_has_a_length_or_none() {
        assert_eq!(parse_silence("silence_stream://100"), Ok(Some(Duration::from_millis(100))));
        assert_eq!(parse_silence("1500,1400"), Ok(Some(Duration::from_millis(1_500))));
        assert_eq!(parse_silence("-1"), Ok(None));
        assert!(parse_silence("soon").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[%()0-9,;=vLloops+. -]{0,80}") {
            if let Ok(tone) = parse(&text) {
                prop_assert!(tone.cadence.len() <= MAX_BURSTS);
            }
        }
    }
}
