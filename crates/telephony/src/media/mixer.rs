//! The sum of what the people in a room say, and for each of them that sum without their own voice.
//!
//! Pure arithmetic on one 20 ms frame; a room of n people costs n decodings, n additions and n encodings, and those who are
//! silent share one encoding per codec. Not for: who is in a room and where frames come from (`worker`).

use super::g711::{Codec, FRAME_SAMPLES};
use super::recording::Frame;

/// What a frame may be at most, sample by sample, to count as silence: G.711 A-law has no true zero.
const SILENT: i16 = 8;

/// One frame of a room being mixed; made once and used again for every room.
#[derive(Debug)]
pub(crate) struct Mix {
    total: [i32; FRAME_SAMPLES],
    /// What each one says, by the order of [`Mix::say`]; the first `count` count.
    said: Vec<(bool, Frame)>,
    count: usize,
    /// The total in each codec, once somebody needs it as it is.
    whole: [Option<[u8; FRAME_SAMPLES]>; 2],
}

impl Default for Mix {
    fn default() -> Mix {
        Mix { total: [0; FRAME_SAMPLES], said: Vec::new(), count: 0, whole: [None; 2] }
    }
}

impl Mix {
    /// Begins the next frame.
    pub(crate) fn begin(&mut self) {
        self.total.fill(0);
        self.count = 0;
        self.whole = [None; 2];
    }

    /// Adds what everybody hears: an announcement.
    pub(crate) fn add(&mut self, samples: impl Iterator<Item = i16>) {
        for (total, sample) in self.total.iter_mut().zip(samples) {
            *total += i32::from(sample);
        }
    }

    /// Adds what the next member says; `fill` writes it and tells whether there is anything. One who may not speak counts
    /// with nothing.
    pub(crate) fn say(&mut self, fill: impl FnOnce(&mut Frame) -> bool) {
        if self.said.len() == self.count {
            self.said.push((false, [0; FRAME_SAMPLES]));
        }
        let (speaks, frame) = &mut self.said[self.count];
        self.count += 1;
        frame.fill(0);
        *speaks = fill(frame) && frame.iter().any(|sample| sample.unsigned_abs() > SILENT.unsigned_abs());
        if *speaks {
            for (total, sample) in self.total.iter_mut().zip(frame.iter()) {
                *total += i32::from(*sample);
            }
        }
    }

    /// What a member hears: all but itself and but those in `without`, clipped, in its codec.
    pub(crate) fn hear(
        &mut self,
        member: usize,
        without: impl Iterator<Item = usize>,
        codec: Codec,
        into: &mut [u8],
    ) {
        let speaks = |said: &[(bool, Frame)], who: usize| said.get(who).is_some_and(|(speaks, _)| *speaks);
        let said = &self.said[..self.count];
        let mut left_out = std::iter::once(member).chain(without).filter(|who| speaks(said, *who)).peekable();
        if left_out.peek().is_none() {
            let total = &self.total;
            let whole = self.whole[usize::from(codec == Codec::Pcma)].get_or_insert_with(|| {
                let mut whole = [0; FRAME_SAMPLES];
                encode(total, codec, &mut whole);
                whole
            });
            into.copy_from_slice(whole);
            return;
        }
        let mut heard = self.total;
        for who in left_out {
            for (heard, sample) in heard.iter_mut().zip(&self.said[who].1) {
                *heard -= i32::from(*sample);
            }
        }
        encode(&heard, codec, into);
    }
}

fn encode(samples: &[i32; FRAME_SAMPLES], codec: Codec, into: &mut [u8]) {
    for (octet, sample) in into.iter_mut().zip(samples) {
        *octet = codec.encode((*sample).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(octet: u8, codec: Codec, expected: i32) -> bool {
        (i32::from(codec.decode(octet)) - expected).abs() <= 16 + expected.abs() / 16
    }

    fn mixed(said: &[Option<i16>]) -> Mix {
        let mut mix = Mix::default();
        mix.begin();
        for sample in said {
            mix.say(|frame| {
                frame.fill(sample.unwrap_or_default());
                sample.is_some()
            });
        }
        mix
    }

    fn heard(mix: &mut Mix, member: usize, without: &[usize], codec: Codec) -> u8 {
        let mut frame = [0; FRAME_SAMPLES];
        mix.hear(member, without.iter().copied(), codec, &mut frame);
        assert!(frame.iter().all(|octet| *octet == frame[0]));
        frame[0]
    }

    #[test]
    fn each_hears_the_sum_of_the_others() {
        let mut mix = mixed(&[Some(1_000), Some(2_000), None, Some(-500)]);
        for codec in [Codec::Pcmu, Codec::Pcma] {
            for (member, expected) in [1_500, 500, 2_500, 3_000].into_iter().enumerate() {
                assert!(near(heard(&mut mix, member, &[], codec), codec, expected), "{member}");
            }
        }
    }

    #[test]
    fn what_is_too_loud_is_clipped_after_the_own_voice_is_taken_out() {
        let mut mix = mixed(&[Some(30_000), Some(30_000), Some(-29_000)]);
        assert_eq!(heard(&mut mix, 2, &[], Codec::Pcmu), Codec::Pcmu.encode(i16::MAX));
        // 60,000 - 29,000 would be clipped, were it not for the member's own 30,000.
        assert!(near(heard(&mut mix, 0, &[], Codec::Pcmu), Codec::Pcmu, 1_000));
    }

    #[test]
    fn announcements_are_for_all_and_relations_for_one() {
        let mut mix = mixed(&[Some(1_000), Some(2_000), Some(4_000)]);
        mix.add([100; FRAME_SAMPLES].into_iter());
        assert!(near(heard(&mut mix, 0, &[], Codec::Pcmu), Codec::Pcmu, 6_100));
        assert!(near(heard(&mut mix, 0, &[2], Codec::Pcmu), Codec::Pcmu, 2_100));
        assert!(near(heard(&mut mix, 0, &[2, 9], Codec::Pcmu), Codec::Pcmu, 2_100), "nobody has number 9");
    }

    #[test]
    fn silence_is_silence_and_frames_do_not_leak_into_the_next() {
        let mut mix = mixed(&[Some(9_000), Some(8)]);
        mix.begin();
        for _ in 0..2 {
            mix.say(|frame| {
                frame.fill(8);
                true
            });
        }
        assert_eq!(heard(&mut mix, 0, &[], Codec::Pcmu), Codec::Pcmu.silence());
        assert_eq!(heard(&mut mix, 1, &[], Codec::Pcma), Codec::Pcma.silence());
    }
}
