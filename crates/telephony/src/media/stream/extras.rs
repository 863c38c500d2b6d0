//! What few streams have: another level, somebody who listens in, and somebody who whispers.
//!
//! Not for: whose audio that is (`worker`).

use crate::media::g711::{Codec, FRAME_SAMPLES};
use crate::media::level::Level;
use crate::media::line::Line;
use crate::media::recording::Frame;
use crate::media::rooms::LISTENERS_MAX;

use super::Stream;

/// Samples of a whisper that wait although the party is sent nothing: then they are sent by themselves.
const IMPATIENT: usize = 4 * FRAME_SAMPLES;

/// The rare things of a stream; one that has none of them has no `Extras` at all.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// Of what the party says.
    said: Option<Level>,
    /// Of what it hears.
    heard: Option<Level>,
    /// What it says and hears, for those who listen in.
    tap: Option<(Line, Line)>,
    /// What others say into its ear only, by a number of theirs.
    whispers: Vec<(u64, Line)>,
}

impl Stream {
    /// Makes what the party hears, or else says, louder or softer by steps of 3 dB.
    pub fn set_level(&mut self, heard: bool, steps: i8) {
        self.change_extras(|extras| extras.set_level(heard, steps));
    }

    /// Somebody listens in from now on ([`Stream::tapped`]), or nobody does any more.
    pub fn set_tapped(&mut self, tapped: bool) {
        self.change_extras(|extras| extras.set_tapped(tapped));
    }

    /// Says something into the party's ear, besides what it hears otherwise. `from` tells several from each other.
    pub fn whisper(&mut self, from: u64, samples: impl Iterator<Item = i16>) {
        self.change_extras(|extras| extras.whisper(from, samples));
    }

    /// Nothing more comes from there.
    pub fn end_whisper(&mut self, from: u64) {
        self.change_extras(|extras| extras.end_whisper(from));
    }

    /// The next 20 ms of what the party says and hears, while somebody listens in. Once per tick.
    pub fn tapped(&mut self) -> Option<Frame> {
        self.extras.as_mut()?.tapped()
    }

    /// What the party says at the level it is to be heard with: `payload` itself, or changed in `changed`.
    pub fn at_level<'a>(&self, codec: Codec, payload: &'a [u8], changed: &'a mut [u8]) -> &'a [u8] {
        let Some(extras) = &self.extras else { return payload };
        let changed = &mut changed[..payload.len()];
        for (changed, octet) in changed.iter_mut().zip(payload) {
            *changed = extras.said(codec, *octet);
        }
        changed
    }

    fn change_extras(&mut self, change: impl FnOnce(&mut Extras)) {
        let mut extras = self.extras.take().unwrap_or_default();
        change(&mut extras);
        self.extras = Some(extras).filter(|extras| !extras.is_empty());
    }
}

impl Extras {
    fn is_empty(&self) -> bool {
        self.said.is_none() && self.heard.is_none() && self.tap.is_none() && self.whispers.is_empty()
    }

    fn set_level(&mut self, heard: bool, steps: i8) {
        let level = Level::new(steps);
        match heard {
            true => self.heard = level,
            false => self.said = level,
        }
    }

    fn set_tapped(&mut self, tapped: bool) {
        match tapped {
            true => _ = self.tap.get_or_insert_default(),
            false => self.tap = None,
        }
    }

    fn whisper(&mut self, from: u64, samples: impl Iterator<Item = i16>) {
        match self.whispers.iter_mut().find(|(who, _)| *who == from) {
            Some((_, line)) => line.push(samples),
            None => {
                let mut line = Line::default();
                line.push(samples);
                if self.whispers.len() >= LISTENERS_MAX {
                    // One who whispered here before this party changed partners.
                    self.whispers.remove(0);
                }
                self.whispers.push((from, line));
            }
        }
    }

    fn end_whisper(&mut self, from: u64) {
        self.whispers.retain(|(who, _)| *who != from);
    }

    /// A whisper has waited for long: nothing else goes to the party.
    pub(super) fn is_impatient(&self) -> bool {
        self.whispers.iter().any(|(_, line)| line.waiting() >= IMPATIENT)
    }

    /// An octet of the party at its level.
    pub(super) fn said(&self, codec: Codec, octet: u8) -> u8 {
        self.said.as_ref().map_or(octet, |level| level.apply(codec, octet))
    }

    /// The party says this.
    pub(super) fn tap_said(&mut self, codec: Codec, payload: &[u8]) {
        if let Some((line, _)) = &mut self.tap {
            let level = self.said.as_ref();
            let octet = |octet: &u8| level.map_or(*octet, |level| level.apply(codec, *octet));
            line.push(payload.iter().map(|said| codec.decode(octet(said))));
        }
    }

    /// The party is about to hear this: whispers are added, its level is set.
    pub(super) fn hears(&mut self, codec: Codec, body: &mut [u8]) {
        for (_, line) in &mut self.whispers {
            let mut whispered = [0; FRAME_SAMPLES];
            for part in body.chunks_mut(FRAME_SAMPLES) {
                if !line.pop_live(&mut whispered[..part.len()]) {
                    break;
                }
                for (octet, sample) in part.iter_mut().zip(whispered) {
                    *octet = codec.encode(codec.decode(*octet).saturating_add(sample));
                }
                whispered.fill(0);
            }
        }
        if let Some(level) = &self.heard {
            for octet in body.iter_mut() {
                *octet = level.apply(codec, *octet);
            }
        }
        if let Some((_, heard)) = &mut self.tap {
            heard.push(body.iter().map(|octet| codec.decode(*octet)));
        }
    }

    /// The next 20 ms for those who listen in: both voices.
    fn tapped(&mut self) -> Option<Frame> {
        let (said, heard) = self.tap.as_mut()?;
        let (mut frame, mut other) = ([0; FRAME_SAMPLES], [0; FRAME_SAMPLES]);
        said.pop_live(&mut frame);
        heard.pop_live(&mut other);
        for (sample, other) in frame.iter_mut().zip(other) {
            *sample = sample.saturating_add(other);
        }
        Some(frame)
    }
}
