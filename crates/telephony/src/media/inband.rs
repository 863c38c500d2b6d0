//! Digits as tones in the audio (ITU-T Q.23, Q.24): a Goertzel filter bank over blocks of 102 samples (12.75 ms).
//!
//! Not for: telephone events ([`dtmf`](super::dtmf)). Use it only for parties that do not offer them: speech can, very
//! rarely, look like a digit.

use super::dtmf::Pressed;

/// The row and column frequencies in Hz.
pub const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// See [`ROWS`].
pub const COLUMNS: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// The digit at a row and a column.
pub const KEYPAD: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

const BLOCK: usize = 102;

/// Twice the cosine of each filter's angle per sample, rows then columns: 2 cos(2 pi f / 8000).
const TWICE_COSINE: [f32; 8] =
    [1.707_737_8, 1.645_281, 1.568_686_9, 1.478_204_6, 1.164_104, 0.996_371, 0.798_618_4, 0.568_532_7];

/// Mean square below which nothing is looked for: about -38 dBm0.
const MIN_POWER: f32 = 8_000.0;
/// Share of the block's energy that the two tones must have.
const MIN_SHARE: f32 = 0.70;
/// Most that a row may be above its column (reverse twist, 6 dB), and a column above its row (8 dB).
const MAX_ROW_EXCESS: f32 = 4.0;
const MAX_COLUMN_EXCESS: f32 = 6.3;
/// What the strongest filter of a group must be above the next one.
const MIN_LEAD: f32 = 4.0;

/// Finds digits in samples at 8 kHz.
#[derive(Clone, Debug, Default)]
pub struct Detector {
    past: [[f32; 2]; 8],
    energy: f32,
    filled: usize,
    last: Option<char>,
    digit: Option<char>,
    blocks: u32,
    misses: u32,
}

impl Detector {
    /// Takes a sample; gives a digit at its end.
    #[inline]
    pub fn sample(&mut self, sample: i16) -> Option<Pressed> {
        let sample = f32::from(sample);
        self.energy += sample * sample;
        for (past, factor) in self.past.iter_mut().zip(TWICE_COSINE) {
            let next = factor * past[0] - past[1] + sample;
            *past = [next, past[0]];
        }
        self.filled += 1;
        if self.filled < BLOCK {
            return None;
        }
        let found = self.block();
        self.past = [[0.0; 2]; 8];
        self.energy = 0.0;
        self.filled = 0;
        self.judge(found)
    }

    /// The digit in the block just filled.
    fn block(&self) -> Option<char> {
        if self.energy < MIN_POWER * BLOCK as f32 {
            return None;
        }
        let mut power = [0.0f32; 8];
        for ((power, past), factor) in power.iter_mut().zip(&self.past).zip(TWICE_COSINE) {
            *power = past[0] * past[0] + past[1] * past[1] - factor * past[0] * past[1];
        }
        let (row, row_power) = strongest(&power[..4])?;
        let (column, column_power) = strongest(&power[4..])?;
        if row_power > column_power * MAX_ROW_EXCESS || column_power > row_power * MAX_COLUMN_EXCESS {
            return None;
        }
        // A pure tone of energy E in N samples gives a power of E * N / 2.
        let share = (row_power + column_power) / (self.energy * BLOCK as f32 / 2.0);
        (share >= MIN_SHARE).then_some(KEYPAD[row][column])
    }

    /// Two like blocks begin a digit, two others end it.
    fn judge(&mut self, found: Option<char>) -> Option<Pressed> {
        let mut ended = None;
        match self.digit {
            Some(digit) if found == Some(digit) => {
                self.blocks += 1 + self.misses;
                self.misses = 0;
            }
            Some(digit) => {
                self.misses += 1;
                if self.misses == 2 {
                    ended = Some(Pressed { digit, duration_ms: self.blocks * BLOCK as u32 / 8 });
                    self.digit = None;
                }
            }
            None => {}
        }
        if self.digit.is_none() && found.is_some() && found == self.last {
            self.digit = found;
            self.blocks = 2;
            self.misses = 0;
        }
        self.last = found;
        ended
    }
}

/// The strongest filter of a group, when it leads clearly.
fn strongest(group: &[f32]) -> Option<(usize, f32)> {
    let (index, power) = group.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let clear = group.iter().enumerate().all(|(other, value)| other == index || value * MIN_LEAD <= power);
    clear.then_some((index, power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::g711::Codec;
    use crate::media::tone::digit_sample;

    fn detect(samples: impl Iterator<Item = i16>) -> String {
        let mut detector = Detector::default();
        samples.filter_map(|sample| detector.sample(sample)).map(|pressed| pressed.digit).collect()
    }

    fn dialled(digits: &str, on: usize, off: usize, gain: f32) -> Vec<i16> {
        let mut samples = vec![0; 333];
        for digit in digits.chars() {
            samples.extend((0..on).map(|n| (f32::from(digit_sample(digit, n)) * gain) as i16));
            samples.extend(std::iter::repeat_n(0, off));
        }
        samples
    }

    #[test]
    fn constants_are_what_they_say() {
        for (factor, frequency) in TWICE_COSINE.iter().zip(ROWS.iter().chain(&COLUMNS)) {
            let expected = 2.0 * (std::f32::consts::TAU * frequency / 8_000.0).cos();
            assert!((factor - expected).abs() < 1e-4, "{frequency}: {factor} {expected}");
        }
    }

    #[test]
    fn all_digits_at_any_usual_level_and_length() {
        for (on, off, gain) in [(800, 800, 1.0), (400, 400, 0.1), (360, 360, 2.0)] {
            for codec in [Codec::Pcmu, Codec::Pcma] {
                let samples = dialled("1234567890*#ABCD", on, off, gain);
                let heard = detect(samples.into_iter().map(|sample| codec.decode(codec.encode(sample))));
                assert_eq!(heard, "1234567890*#ABCD", "{on} {off} {gain} {codec:?}");
            }
        }
    }

    #[test]
    fn a_long_press_is_one_digit_with_its_length() {
        let mut detector = Detector::default();
        let heard: Vec<_> =
            dialled("5", 8_000, 800, 1.0).into_iter().filter_map(|sample| detector.sample(sample)).collect();
        assert_eq!(heard.len(), 1);
        assert!((950..=1_010).contains(&heard[0].duration_ms), "{heard:?}");
    }

    #[test]
    fn other_tones_and_noise_are_no_digits() {
        let tone = |f: f32| {
            (0..8_000).map(move |n| ((n as f32 * f * std::f32::consts::TAU / 8_000.0).sin() * 9e3) as i16)
        };
        for frequency in [350.0, 440.0, 697.0, 1_000.0, 1_336.0, 2_100.0] {
            assert_eq!(detect(tone(frequency)), "");
        }
        let mut state = 1u32;
        let noise = (0..80_000).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i16 / 4
        });
        assert_eq!(detect(noise), "");
    }

    #[test]
    fn six_minutes_of_speech_are_no_digits() {
        let prompts = crate::media::prompts::Prompts::built_in().unwrap();
        for (name, clip) in prompts.of_language("en-us") {
            assert_eq!(detect(clip.pcm().into_iter()), "", "{name}");
        }
    }
}
