//! Louder or softer, as a table of what each octet becomes.
//!
//! Not for: who is changed ([`stream`](super::stream)).

use super::g711::Codec;

/// The loudest and softest that can be asked for, in steps of 3 dB.
pub const STEPS_MAX: i8 = 4;

/// A change of level.
#[derive(Debug)]
pub struct Level {
    pcmu: [u8; 256],
    pcma: [u8; 256],
}

impl Level {
    /// So many steps of 3 dB, -4 to 4 (what is beyond is cut); `None` for 0, which changes nothing.
    pub fn new(steps: i8) -> Option<Level> {
        let steps = steps.clamp(-STEPS_MAX, STEPS_MAX);
        if steps == 0 {
            return None;
        }
        // 3 dB are a factor of the square root of 2 in amplitude.
        let factor = 2.0_f32.powf(f32::from(steps) / 2.0);
        let table = |codec: Codec| {
            let mut table = [0; 256];
            for (octet, changed) in (0..=u8::MAX).zip(&mut table) {
                // A cast of a float saturates: what is too loud is clipped.
                *changed = codec.encode((f32::from(codec.decode(octet)) * factor) as i16);
            }
            table
        };
        Some(Level { pcmu: table(Codec::Pcmu), pcma: table(Codec::Pcma) })
    }

    /// What an octet becomes.
    #[inline]
    pub fn apply(&self, codec: Codec, octet: u8) -> u8 {
        let table = match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => &self.pcma,
        };
        table[usize::from(octet)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_double_and_halve() {
        assert!(Level::new(0).is_none());
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let (up, down) = (Level::new(2).unwrap(), Level::new(-2).unwrap());
            for sample in [-9_000_i16, -700, 900, 5_000] {
                let octet = codec.encode(sample);
                let louder = i32::from(codec.decode(up.apply(codec, octet)));
                let softer = i32::from(codec.decode(down.apply(codec, octet)));
                let was = i32::from(codec.decode(octet));
                assert!((louder - 2 * was).abs() <= was.abs() / 10 + 16, "{was} {louder}");
                assert!((softer - was / 2).abs() <= was.abs() / 20 + 16, "{was} {softer}");
            }
        }
    }

    #[test]
    fn too_loud_is_clipped_and_does_not_wrap_round() {
        let most = Level::new(i8::MAX).unwrap();
        assert_eq!(most.apply(Codec::Pcmu, 0x80), 0x80);
        assert_eq!(most.apply(Codec::Pcmu, 0x00), 0x00);
    }
}
