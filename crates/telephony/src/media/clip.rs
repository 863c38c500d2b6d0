//! Audio that can be played: encoded once, shared by all calls that play it.
//!
//! Not for: where audio comes from ([`wav`](super::wav), [`mp3`](super::mp3), [`tone`](super::tone),
//! [`prompts`](super::prompts), [`speech`](super::speech)).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;

use super::g711::Codec;

/// Mono audio at 8 kHz in G.711, one octet per sample. The A-law form is made when first asked for.
#[derive(Debug)]
pub struct Clip {
    pcmu: Bytes,
    pcma: OnceLock<Bytes>,
}

impl Clip {
    /// From linear samples at 8 kHz.
    pub fn from_pcm(samples: &[i16]) -> Clip {
        Clip::from_pcmu(samples.iter().map(|sample| Codec::Pcmu.encode(*sample)).collect())
    }

    /// From mu-law octets.
    pub fn from_pcmu(pcmu: Bytes) -> Clip {
        Clip { pcmu, pcma: OnceLock::new() }
    }

    /// What follows after so much of it: nothing when that is all.
    #[must_use]
    pub fn after(&self, skipped: Duration) -> Clip {
        let octets = usize::try_from(skipped.as_millis() / 20).unwrap_or(usize::MAX).saturating_mul(160);
        Clip::from_pcmu(self.pcmu.slice(octets.min(self.pcmu.len())..))
    }

    /// The octets in a codec.
    pub fn encoded(&self, codec: Codec) -> &Bytes {
        match codec {
            Codec::Pcmu => &self.pcmu,
            Codec::Pcma => self.pcma.get_or_init(|| {
                let mut pcma = vec![0; self.pcmu.len()];
                Codec::Pcmu.transcode(Codec::Pcma, &self.pcmu, &mut pcma);
                pcma.into()
            }),
        }
    }

    /// The linear samples, decoded anew.
    pub fn pcm(&self) -> Vec<i16> {
        self.pcmu.iter().map(|octet| Codec::Pcmu.decode(*octet)).collect()
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.pcmu.len()
    }

    /// Playing time.
    pub fn duration(&self) -> Duration {
        duration_of(self.pcmu.len() as u64)
    }
}

/// Playing time of a number of samples at 8 kHz.
pub fn duration_of(samples: u64) -> Duration {
    Duration::from_micros(samples.saturating_mul(125))
}

/// How often something is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// This many times; 0 counts as once.
    Times(u32),
    /// Until stopped.
    Endless,
}

impl From<engine::media::Loops> for Repeat {
    fn from(loops: engine::media::Loops) -> Repeat {
        match loops {
            engine::media::Loops::Once => Repeat::Times(1),
            engine::media::Loops::Times(times) => Repeat::Times(times),
            engine::media::Loops::Endless => Repeat::Endless,
        }
    }
}

/// One item of a playlist.
#[derive(Clone, Debug)]
pub enum Item {
    /// A clip, played once or more.
    Clip {
        /// What.
        clip: Arc<Clip>,
        /// How often, within one pass of the playlist.
        repeat: Repeat,
    },
    /// Nothing for a while; `None` is for ever.
    Silence(Option<Duration>),
}

impl Item {
    /// A clip, once.
    pub fn once(clip: Arc<Clip>) -> Item {
        Item::Clip { clip, repeat: Repeat::Times(1) }
    }
}

/// A playlist being played: fills frame after frame, without a gap between items.
#[derive(Debug)]
pub struct Playback {
    items: Vec<Item>,
    repeat: Repeat,
    /// Item, how often it has been played to its end in this pass, samples of it played.
    item: usize,
    item_rounds: u32,
    offset: u64,
    rounds: u32,
    /// Whether this pass had any sound or silence at all: an empty playlist must not spin.
    progressed: bool,
}

impl Playback {
    /// Starts at the beginning.
    pub fn new(items: Vec<Item>, repeat: Repeat) -> Playback {
        Playback { items, repeat, item: 0, item_rounds: 0, offset: 0, rounds: 0, progressed: false }
    }

    /// Fills `frame` with the next octets in `codec`, padding the end with silence. Gives `false` when the playlist was
    /// over before this frame and nothing was written.
    pub fn fill(&mut self, codec: Codec, frame: &mut [u8]) -> bool {
        let mut filled = 0;
        while filled < frame.len() {
            let Some(item) = self.items.get(self.item) else {
                let again = match self.repeat {
                    Repeat::Endless => true,
                    Repeat::Times(times) => self.rounds + 1 < times,
                };
                if !again || !self.progressed {
                    break;
                }
                self.rounds = self.rounds.saturating_add(1);
                (self.item, self.item_rounds, self.offset, self.progressed) = (0, 0, 0, false);
                continue;
            };
            let room = &mut frame[filled..];
            let taken = match item {
                Item::Clip { clip, .. } => {
                    let rest = &clip.encoded(codec)[(self.offset as usize).min(clip.samples())..];
                    let taken = rest.len().min(room.len());
                    room[..taken].copy_from_slice(&rest[..taken]);
                    taken
                }
                Item::Silence(duration) => {
                    let rest = duration.map_or(u64::MAX, |duration| silence_samples(duration) - self.offset);
                    let taken = rest.min(room.len() as u64) as usize;
                    room[..taken].fill(codec.silence());
                    taken
                }
            };
            if taken == 0 {
                self.end_of_item();
                continue;
            }
            filled += taken;
            self.offset += taken as u64;
            self.progressed = true;
        }
        frame[filled..].fill(codec.silence());
        filled > 0
    }

    fn end_of_item(&mut self) {
        let again = match self.items.get(self.item) {
            Some(Item::Clip { repeat: Repeat::Endless, clip }) => clip.samples() > 0,
            Some(Item::Clip { repeat: Repeat::Times(times), clip }) => {
                clip.samples() > 0 && self.item_rounds + 1 < *times
            }
            _ => false,
        };
        self.offset = 0;
        if again {
            self.item_rounds = self.item_rounds.saturating_add(1);
        } else {
            self.item_rounds = 0;
            self.item += 1;
        }
    }
}

fn silence_samples(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros() / 125).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: usize, octet: u8) -> Arc<Clip> {
        Arc::new(Clip::from_pcmu(vec![octet; samples].into()))
    }

    fn play(playback: &mut Playback) -> Vec<u8> {
        let mut all = Vec::new();
        let mut frame = [0; 160];
        while all.len() < 100_000 && playback.fill(Codec::Pcmu, &mut frame) {
            all.extend(frame);
        }
        all
    }

    #[test]
    fn items_follow_without_a_gap() {
        let items = vec![
            Item::once(clip(100, 1)),
            Item::Silence(Some(Duration::from_millis(10))),
            Item::Clip { clip: clip(50, 2), repeat: Repeat::Times(2) },
        ];
        let heard = play(&mut Playback::new(items, Repeat::Times(1)));
        let expected: Vec<u8> = [vec![1; 100], vec![0xff; 80], vec![2; 100], vec![0xff; 40]].concat();
        assert_eq!(heard, expected);
    }

    #[test]
    fn a_playlist_repeats() {
        let heard = play(&mut Playback::new(vec![Item::once(clip(160, 1))], Repeat::Times(3)));
        assert_eq!(heard, vec![1; 480]);
        let heard = play(&mut Playback::new(vec![Item::once(clip(160, 1))], Repeat::Endless));
        assert_eq!(heard.len(), 100_000);
    }

    #[test]
    fn nothing_ends_at_once_however_often() {
        assert!(play(&mut Playback::new(Vec::new(), Repeat::Endless)).is_empty());
        assert!(play(&mut Playback::new(vec![Item::once(clip(0, 1))], Repeat::Endless)).is_empty());
        let endless = Item::Clip { clip: clip(0, 1), repeat: Repeat::Endless };
        assert!(play(&mut Playback::new(vec![endless], Repeat::Times(2))).is_empty());
    }

    #[test]
    fn both_codecs_carry_the_same_sound() {
        let samples: Vec<i16> = (0..160).map(|n| (n * 200 - 16_000) as i16).collect();
        let clip = Clip::from_pcm(&samples);
        assert_eq!(clip.duration(), Duration::from_millis(20));
        for (pcma, sample) in clip.encoded(Codec::Pcma).iter().zip(clip.pcm()) {
            assert!((i32::from(Codec::Pcma.decode(*pcma)) - i32::from(sample)).abs() < 1_100);
        }
    }
}
