//! Any sample rate to 8 kHz: a windowed-sinc filter. Done once per file, so quality comes before speed.
//!
//! Not for: live audio, which is 8 kHz already.

use super::g711::SAMPLE_RATE;

/// Zero crossings of the sinc on either side of its middle.
const CROSSINGS: f64 = 16.0;
/// Filters kept at most; rates that would need more use the nearest one.
const MAX_FILTERS: usize = 512;

/// Resamples mono audio (scaled like 16-bit samples) and rounds it.
pub fn to_8k(input: &[f32], rate: u32) -> Vec<i16> {
    if rate == SAMPLE_RATE || rate == 0 {
        return input.iter().map(|sample| round(*sample)).collect();
    }
    let step = f64::from(rate) / f64::from(SAMPLE_RATE);
    // Below the lower of the two Nyquist frequencies, leaving room for the filter's slope.
    let cutoff = (1.0 / step).min(1.0) * 0.94;
    let reach = (CROSSINGS / cutoff).ceil() as usize;
    let filters = (SAMPLE_RATE / common_divisor(rate, SAMPLE_RATE)).min(MAX_FILTERS as u32) as usize;
    let table: Vec<Vec<f32>> =
        (0..filters).map(|phase| filter(phase as f64 / filters as f64, cutoff, reach)).collect();

    let length = (input.len() as f64 / step).floor() as usize;
    (0..length)
        .map(|n| {
            let position = n as f64 * step;
            let (mut whole, mut phase) =
                (position as usize, (position.fract() * filters as f64).round() as usize);
            if phase == filters {
                (whole, phase) = (whole + 1, 0);
            }
            let taps = &table[phase];
            let first = whole as isize - reach as isize + 1;
            let skipped = (-first).max(0) as usize;
            let start = first.max(0) as usize;
            let sum: f32 = taps
                .iter()
                .skip(skipped)
                .zip(input.get(start..).unwrap_or_default())
                .map(|(tap, sample)| tap * sample)
                .sum();
            round(sum)
        })
        .collect()
}

/// The taps for outputs that lie `phase` (0 to 1) after an input sample; they sum to one.
fn filter(phase: f64, cutoff: f64, reach: usize) -> Vec<f32> {
    let taps: Vec<f64> = (0..2 * reach)
        .map(|n| {
            let distance = n as f64 - (reach as f64 - 1.0) - phase;
            let x = std::f64::consts::PI * distance * cutoff;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
            let edge = (distance / reach as f64).clamp(-1.0, 1.0);
            // Blackman window: side lobes below -58 dB.
            let turn = std::f64::consts::PI * edge;
            sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn round(sample: f32) -> i16 {
    sample.round().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frequency: f32, rate: u32) -> Vec<f32> {
        (0..rate)
            .map(|n| (n as f32 * frequency * std::f32::consts::TAU / rate as f32).sin() * 10_000.0)
            .collect()
    }

    fn level(samples: &[i16]) -> f64 {
        let middle = &samples[500..samples.len() - 500];
        (middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64).sqrt()
    }

    #[test]
    fn the_voice_band_passes_and_the_rest_is_kept_out() {
        for rate in [11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 47_999] {
            let kept = level(&to_8k(&tone(1_000.0, rate), rate));
            assert!((6_950.0..7_150.0).contains(&kept), "{rate}: {kept}");
            let rejected = level(&to_8k(&tone(4_800.0, rate), rate));
            assert!(rejected < 70.0, "{rate}: {rejected}");
        }
    }

    #[test]
    fn lower_rates_go_up() {
        let up = to_8k(&tone(500.0, 4_000), 4_000);
        assert_eq!(up.len(), 8_000);
        assert!((6_950.0..7_150.0).contains(&level(&up)));
    }

    #[test]
    fn short_inputs_do_no_harm() {
        for length in 0..5 {
            assert_eq!(to_8k(&vec![0.0; length], 48_000).len(), 0);
        }
        assert_eq!(to_8k(&[1.0; 12], 48_000).len(), 2);
    }
}
