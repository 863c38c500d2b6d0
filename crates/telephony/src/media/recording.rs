//! The part of a recording that runs with its stream: collects what was said and heard, frame by frame, and decides
//! when it is over.
//!
//! Not for: files ([`recorder`](super::recorder)).

use std::time::Duration;

use engine::input::RecordingEnd;

use super::clip::duration_of;
use super::g711::FRAME_SAMPLES;
use super::line::Line;

/// One 20 ms frame of linear samples.
pub type Frame = [i16; FRAME_SAMPLES];

/// What to record, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSpec {
    /// The driver's name for it: comes back in the events.
    pub token: u64,
    /// Also what the leg hears, mixed in.
    pub both_ways: bool,
    /// Ends it after this long.
    pub limit: Duration,
    /// Ends it after this much silence of the leg; `None` never.
    pub silence: Option<Duration>,
}

/// A recording under way.
#[derive(Debug)]
pub(crate) struct Recording {
    spec: RecordSpec,
    said: Line,
    heard: Line,
    samples: u64,
    silent_samples: u64,
    /// Nothing is kept at the moment.
    masked: bool,
}

impl Recording {
    pub(crate) fn new(spec: RecordSpec) -> Recording {
        Recording {
            spec,
            said: Line::default(),
            heard: Line::default(),
            samples: 0,
            silent_samples: 0,
            masked: false,
        }
    }

    pub(crate) fn token(&self) -> u64 {
        self.spec.token
    }

    pub(crate) fn duration(&self) -> Duration {
        duration_of(self.samples)
    }

    /// Keeps silence instead of what is said and heard, or no longer. Time goes on.
    pub(crate) fn mask(&mut self, masked: bool) {
        self.masked = masked;
    }

    /// Audio of the leg.
    pub(crate) fn said(&mut self, samples: impl Iterator<Item = i16>) {
        self.said.push(samples);
    }

    /// Audio for the leg.
    pub(crate) fn heard(&mut self, samples: impl Iterator<Item = i16>) {
        if self.spec.both_ways {
            self.heard.push(samples);
        }
    }

    /// The next 20 ms, and why it is the last frame if it is.
    pub(crate) fn tick(&mut self) -> (Frame, Option<RecordingEnd>) {
        let mut frame = [0; FRAME_SAMPLES];
        self.said.pop(&mut frame);
        self.silent_samples = if is_silent(&frame) { self.silent_samples + FRAME_SAMPLES as u64 } else { 0 };
        if self.spec.both_ways {
            let mut heard = [0; FRAME_SAMPLES];
            self.heard.pop(&mut heard);
            for (sample, heard) in frame.iter_mut().zip(heard) {
                *sample = sample.saturating_add(heard);
            }
        }
        if self.masked {
            frame.fill(0);
            self.silent_samples = 0;
        }
        self.samples += FRAME_SAMPLES as u64;
        let end = if self.duration() >= self.spec.limit {
            Some(RecordingEnd::Limit)
        } else if self.spec.silence.is_some_and(|limit| duration_of(self.silent_samples) >= limit) {
            Some(RecordingEnd::Silence)
        } else {
            None
        };
        (frame, end)
    }
}

/// Mean magnitude below which a frame is silence: about -46 dBm0, above line noise and below quiet speech.
const SILENCE_MAGNITUDE: u32 = 100;

fn is_silent(frame: &Frame) -> bool {
    frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum::<u32>()
        < SILENCE_MAGNITUDE * FRAME_SAMPLES as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(both_ways: bool) -> RecordSpec {
        RecordSpec { token: 1, both_ways, limit: Duration::from_secs(1), silence: None }
    }

    #[test]
    fn both_ways_are_mixed_without_wrapping_round() {
        let mut recording = Recording::new(spec(true));
        for _ in 0..3 {
            recording.said([30_000; 160].into_iter());
            recording.heard([10_000; 160].into_iter());
        }
        assert_eq!(recording.tick().0, [i16::MAX; 160]);
        let mut one_way = Recording::new(spec(false));
        one_way.said([3_000; 320].into_iter());
        one_way.heard([10_000; 320].into_iter());
        assert_eq!(one_way.tick().0, [3_000; 160]);
    }

    #[test]
    fn a_mask_keeps_nothing_and_is_no_silence_of_the_leg() {
        let mut recording =
            Recording::new(RecordSpec { silence: Some(Duration::from_millis(60)), ..spec(true) });
        recording.said([500; 1_600].into_iter());
        recording.mask(true);
        for _ in 0..5 {
            assert_eq!(recording.tick(), ([0; 160], None));
        }
        recording.mask(false);
        assert_eq!(recording.tick(), ([500; 160], None));
    }

    #[test]
    fn a_gap_is_silence_and_time_goes_on() {
        let mut recording = Recording::new(spec(false));
        recording.said([500; 320].into_iter());
        let frames: Vec<_> = (0..50).map(|_| recording.tick()).collect();
        assert_eq!(frames[1].0, [500; 160]);
        assert_eq!(frames[10].0, [0; 160]);
        assert!(frames[..49].iter().all(|(_, end)| end.is_none()));
        assert_eq!(frames[49].1, Some(RecordingEnd::Limit));
    }

    #[test]
    fn silence_of_the_leg_ends_it() {
        let silence = Some(Duration::from_millis(100));
        let mut recording = Recording::new(RecordSpec { silence, ..spec(true) });
        for _ in 0..10 {
            recording.said([500; 160].into_iter());
            recording.heard([500; 160].into_iter());
            assert_eq!(recording.tick().1, None);
        }
        let mut ticks = 0;
        let end = loop {
            ticks += 1;
            recording.heard([500; 160].into_iter());
            if let (_, Some(end)) = recording.tick() {
                break end;
            }
        };
        assert_eq!(end, RecordingEnd::Silence);
        assert!((5..10).contains(&ticks), "{ticks}");
    }
}
