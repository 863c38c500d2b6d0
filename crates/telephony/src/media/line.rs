//! A short queue of samples that evens out packets which come a little early or late.
//!
//! Not for: who is at its ends ([`recording`](super::recording), [`mixer`](super::mixer)).

use std::collections::VecDeque;

use super::g711::FRAME_SAMPLES;

/// Samples to have before the first is taken: 40 ms.
const START: usize = 2 * FRAME_SAMPLES;
/// The most that is kept (200 ms): beyond, the oldest go.
const MAX: usize = 10 * FRAME_SAMPLES;
/// Frames over which a queue that is never shorter than it need be counts as late.
const WATCHED: u32 = 100;

/// The queue: it begins to flow once it is two frames deep, and again after each time it ran empty.
#[derive(Debug)]
pub(crate) struct Line {
    samples: VecDeque<i16>,
    flowing: bool,
    /// The least that was left after a frame was taken, in the frames watched so far.
    least: usize,
    watched: u32,
}

impl Default for Line {
    fn default() -> Line {
        Line { samples: VecDeque::with_capacity(MAX), flowing: false, least: MAX, watched: 0 }
    }
}

impl Line {
    /// Puts samples in; what is too old by then is lost.
    pub(crate) fn push(&mut self, samples: impl Iterator<Item = i16>) {
        for sample in samples {
            if self.samples.len() == MAX {
                self.samples.pop_front();
            }
            self.samples.push_back(sample);
        }
    }

    /// Takes a frame out, filling `frame` as far as there are samples. `false` when there were none.
    pub(crate) fn pop(&mut self, frame: &mut [i16]) -> bool {
        self.flowing |= self.samples.len() >= START;
        if !self.flowing {
            return false;
        }
        let found = frame.len().min(self.samples.len());
        for (sample, next) in frame.iter_mut().zip(self.samples.drain(..found)) {
            *sample = next;
        }
        self.flowing = found == frame.len();
        found > 0
    }

    /// As [`Line::pop`], for people who talk with each other: when for two seconds more was waiting than two frames (the
    /// sender's clock is fast, or packets came in a burst once), a frame is left out, so that nobody lags behind.
    pub(crate) fn pop_live(&mut self, frame: &mut [i16]) -> bool {
        let popped = self.pop(frame);
        self.least = self.least.min(self.samples.len());
        self.watched += 1;
        if self.watched >= WATCHED {
            if self.least >= START {
                self.samples.drain(..FRAME_SAMPLES);
            }
            (self.least, self.watched) = (MAX, 0);
        }
        popped
    }

    /// Samples that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.samples.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_bounded() {
        let mut line = Line::default();
        line.push(std::iter::repeat_n(1, 1_000_000));
        assert_eq!(line.waiting(), MAX);
    }

    #[test]
    fn it_flows_from_two_frames_on_and_begins_anew_when_it_ran_empty() {
        let mut line = Line::default();
        let mut frame = [0; FRAME_SAMPLES];
        line.push([7; FRAME_SAMPLES].into_iter());
        assert!(!line.pop(&mut frame), "one frame is not enough to begin with");
        line.push([8; FRAME_SAMPLES].into_iter());
        assert!(line.pop(&mut frame) && frame == [7; FRAME_SAMPLES]);
        assert!(line.pop(&mut frame) && frame == [8; FRAME_SAMPLES]);
        assert!(!line.pop(&mut frame));
        line.push([9; FRAME_SAMPLES].into_iter());
        assert!(!line.pop(&mut frame));
    }

    #[test]
    fn a_talker_who_lags_behind_is_brought_back() {
        let mut line = Line::default();
        let mut frame = [0; FRAME_SAMPLES];
        line.push([1; 8 * FRAME_SAMPLES].into_iter());
        for _ in 0..2_000 {
            line.push([1; FRAME_SAMPLES].into_iter());
            assert!(line.pop_live(&mut frame));
        }
        assert!(line.waiting() < START, "{}", line.waiting());
        let mut steady = Line::default();
        steady.push([1; 2 * FRAME_SAMPLES].into_iter());
        for _ in 0..2_000 {
            assert!(steady.pop_live(&mut frame), "one that is in time loses nothing");
            steady.push([1; FRAME_SAMPLES].into_iter());
        }
    }
}
