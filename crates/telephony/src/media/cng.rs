//! The calling tone of fax machines in the audio (CNG, ITU-T T.30 section 4.3.3.2): 1100 Hz ± 38 Hz for 0.5 s, every 3.5 s. A
//! Goertzel filter over blocks of 80 samples (10 ms): wide enough for the tolerance, and blind at 1000 and 1200 Hz.
//!
//! Not for: digits ([`inband`](super::inband)), other tones of fax machines and modems, receiving faxes.

/// The tone, in Hz.
pub const FREQUENCY: f32 = 1_100.0;

const BLOCK: usize = 80;
/// 2 cos(2 pi 1100 / 8000).
const TWICE_COSINE: f32 = 1.298_896;
/// Mean square below which nothing is looked for: about -48 dBm0.
const MIN_POWER: f32 = 4_000.0;
/// Share of a block's energy that the tone must have.
const MIN_SHARE: f32 = 0.5;

/// Blocks of a tone: 0.5 s ± 15 %, and something for packets that were lost or came together with others.
const TONE_MIN: u32 = 40;
const TONE_MAX: u32 = 62;
/// Blocks in a tone that may be something else, one after the other: a lost packet.
const GAP_MAX: u32 = 3;
/// Blocks without the tone that must follow: who goes on is no fax machine.
const PAUSE: u32 = 15;

/// Finds the calling tone in samples at 8 kHz.
#[derive(Clone, Debug, Default)]
pub struct Detector {
    past: [f32; 2],
    energy: f32,
    filled: usize,
    /// Length of the tone so far, its gaps included.
    tone: u32,
    /// Blocks without the tone since.
    gap: u32,
}

impl Detector {
    /// Takes a sample; `true` when a calling tone was heard to its end.
    #[inline]
    pub fn sample(&mut self, sample: i16) -> bool {
        let sample = f32::from(sample);
        self.energy += sample * sample;
        let next = TWICE_COSINE * self.past[0] - self.past[1] + sample;
        self.past = [next, self.past[0]];
        self.filled += 1;
        if self.filled < BLOCK {
            return false;
        }
        let found = self.block();
        self.past = [0.0; 2];
        self.energy = 0.0;
        self.filled = 0;
        self.judge(found)
    }

    /// The block just filled is the tone.
    fn block(&self) -> bool {
        let [last, before] = self.past;
        let power = last * last + before * before - TWICE_COSINE * last * before;
        // A pure tone of energy E in N samples gives a power of E * N / 2.
        self.energy >= MIN_POWER * BLOCK as f32 && power >= MIN_SHARE * self.energy * BLOCK as f32 / 2.0
    }

    fn judge(&mut self, found: bool) -> bool {
        if found {
            if self.gap > GAP_MAX {
                self.tone = 0;
            }
            self.tone = (self.tone + self.gap + 1).min(TONE_MAX + 1);
            self.gap = 0;
            return false;
        }
        if self.tone == 0 {
            return false;
        }
        self.gap += 1;
        if self.gap < PAUSE {
            return false;
        }
        let heard = (TONE_MIN..=TONE_MAX).contains(&self.tone);
        self.tone = 0;
        self.gap = 0;
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::g711::Codec;
    use crate::media::tone::digit_sample;

    fn heard(samples: impl IntoIterator<Item = i16>) -> usize {
        let mut detector = Detector::default();
        samples.into_iter().filter(|sample| detector.sample(*sample)).count()
    }

    fn tone(hz: f32, length_ms: usize, amplitude: f32) -> Vec<i16> {
        let at = |n: usize| (n as f32 * hz * std::f32::consts::TAU / 8_000.0).sin() * amplitude;
        (0..length_ms * 8).map(|n| at(n) as i16).collect()
    }

    /// A tone between silence, at an odd place in the blocks.
    fn burst(hz: f32, length_ms: usize, amplitude: f32) -> Vec<i16> {
        let mut samples = vec![0; 333];
        samples.extend(tone(hz, length_ms, amplitude));
        samples.resize(samples.len() + 4_000, 0);
        samples
    }

    fn noise(length: usize, amplitude: i32) -> impl Iterator<Item = i16> {
        let mut state = 1_u32;
        (0..length).map(move |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (((state >> 16) as i32 - 32_768) * amplitude / 32_768) as i16
        })
    }

    #[test]
    fn the_constant_is_what_it_says() {
        let expected = 2.0 * (std::f32::consts::TAU * FREQUENCY / 8_000.0).cos();
        assert!((TWICE_COSINE - expected).abs() < 1e-5, "{expected}");
    }

    #[test]
    fn the_calling_tone_within_its_tolerances_and_at_any_usual_level() {
        for hz in [1_062.0, 1_080.0, 1_100.0, 1_120.0, 1_138.0] {
            for length_ms in [425, 500, 575] {
                for amplitude in [200.0, 3_000.0, 20_000.0] {
                    for codec in [Codec::Pcmu, Codec::Pcma] {
                        let samples = burst(hz, length_ms, amplitude);
                        let samples = samples.into_iter().map(|sample| codec.decode(codec.encode(sample)));
                        assert_eq!(heard(samples), 1, "{hz} Hz {length_ms} ms {amplitude} {codec:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_tone_counts_and_noise_on_the_line_does_not_matter() {
        let mut samples = burst(FREQUENCY, 500, 4_000.0);
        samples.resize(3_500 * 8, 0);
        samples.extend(samples.clone());
        let noisy: Vec<i16> =
            samples.iter().zip(noise(56_000, 600)).map(|(tone, noise)| tone + noise).collect();
        assert_eq!(heard(noisy), 2);
    }

    #[test]
    fn a_lost_packet_within_the_tone_does_not_matter() {
        let mut samples = burst(FREQUENCY, 500, 4_000.0);
        samples[2_000..2_160].fill(0);
        assert_eq!(heard(samples), 1);
    }

    #[test]
    fn tones_of_another_length_are_no_calling_tones() {
        for length_ms in [100, 300, 800, 3_000] {
            assert_eq!(heard(burst(FREQUENCY, length_ms, 4_000.0)), 0, "{length_ms} ms");
        }
    }

    #[test]
    fn other_tones_are_no_calling_tones() {
        for hz in
            [350.0, 425.0, 440.0, 480.0, 620.0, 950.0, 1_000.0, 1_200.0, 1_209.0, 1_300.0, 1_400.0, 2_100.0]
        {
            assert_eq!(heard(burst(hz, 500, 8_000.0)), 0, "{hz} Hz");
        }
        let both = |a: f32, b: f32| {
            burst(a, 500, 8_000.0).into_iter().zip(burst(b, 500, 8_000.0)).map(|(a, b)| a + b)
        };
        assert_eq!(heard(both(350.0, 440.0)) + heard(both(440.0, 480.0)) + heard(both(480.0, 620.0)), 0);
        for digit in "1234567890*#ABCD".chars() {
            let mut samples: Vec<i16> = (0..4_000).map(|n| digit_sample(digit, n)).collect();
            samples.resize(8_000, 0);
            assert_eq!(heard(samples), 0, "{digit}");
        }
    }

    #[test]
    fn noise_and_speech_are_no_calling_tones() {
        assert_eq!(heard(noise(800_000, 8_000)), 0);
        let prompts = crate::media::prompts::Prompts::built_in().unwrap();
        for (name, clip) in prompts.of_language("en-us") {
            assert_eq!(heard(clip.pcm()), 0, "{name}");
        }
    }
}
