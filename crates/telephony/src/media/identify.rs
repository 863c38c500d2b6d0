//! Tells which known clips are in a piece of received audio, and where: a test caller prints what it hears by name.
//!
//! Works in two steps. The loudness curve of each clip's beginning is looked for everywhere in the audio (cheap, survives any
//! coding); where it fits, the waveforms are compared sample by sample (certain), and followed for as long as they
//! agree. So a clip is found at any offset, after G.711 in either law, at another level, several in a row, and also when it was broken
//! off after its first third of a second.
//! Not for: speech recognition, or audio that was resampled or coded with more loss than G.711.

use std::time::Duration;

use super::clip::duration_of;

/// A clip that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its name.
    pub name: String,
    /// When it began, from the beginning of the audio.
    pub start: Duration,
    /// How much of it was heard.
    pub heard: Duration,
    /// How long it is.
    pub length: Duration,
}

impl Heard {
    /// It was heard to its end, or almost (a quarter of a second may be missing or be masked by noise).
    pub fn complete(&self) -> bool {
        self.heard + Duration::from_millis(250) >= self.length
    }
}

/// Samples per point of a loudness curve: 5 ms.
const HOP: usize = 40;
/// Points of a clip's beginning that are looked for: 0.6 s.
const HEAD_POINTS: usize = 120;
/// Agreement of loudness curves (normalised correlation) that makes waveforms worth comparing.
const CURVE_FIT: f32 = 0.80;
/// Agreement of waveforms that makes a find.
const WAVE_FIT: f32 = 0.70;
/// Samples by which a clip is followed: 50 ms.
const STRIDE: usize = 400;
/// Strides in a row that may disagree: one lost packet.
const MAX_MISSES: usize = 2;
/// Samples by which a jitter buffer may move what it passes on: three packets.
const MAX_SLIP: usize = 480;
/// Agreement of waveforms at a place that was searched for: the best of a thousand agrees easily.
const SLIP_FIT: f32 = 0.92;
/// Samples that must be heard at least, unless the clip is shorter: 0.3 s.
const MIN_HEARD: usize = 2_400;
/// Clips shorter than this (0.1 s) have too little to tell them by.
const MIN_CLIP: usize = 800;

/// Knows clips.
#[derive(Debug, Default)]
pub struct Identifier {
    clips: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    name: String,
    samples: Vec<f32>,
    /// The loudness curve of the beginning, with mean 0 and length 1.
    head: Vec<f32>,
    /// Where in the beginning the loudest 100 ms are: compared first.
    loudest: usize,
}

/// A clip at a place, in samples.
#[derive(Clone, Copy)]
struct Find {
    clip: usize,
    start: usize,
    heard: usize,
    /// How long and how well it fits.
    score: f32,
}

impl Identifier {
    /// Learns a clip (mono, 8 kHz). One that is too short or silent is never found.
    pub fn add(&mut self, name: &str, samples: &[i16]) {
        let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample)).collect();
        let mut head = curve(&samples[..samples.len().min(HEAD_POINTS * HOP)]);
        if samples.len() < MIN_CLIP || !normalise(&mut head) {
            return;
        }
        let window = 2 * STRIDE;
        let last = (head.len() * HOP).saturating_sub(window);
        let loudest = (0..=last)
            .step_by(HOP)
            .max_by(|a, b| energy(&samples[*a..*a + window]).total_cmp(&energy(&samples[*b..*b + window])))
            .unwrap_or(0);
        self.clips.push(Known { name: name.to_owned(), samples, head, loudest });
    }

    /// The clips in `audio` (mono, 8 kHz), by their beginning. They do not overlap: where several fit, the one that is
    /// heard for longest and fits best counts.
    pub fn identify(&self, audio: &[i16]) -> Vec<Heard> {
        let audio: Vec<f32> = audio.iter().map(|sample| f32::from(*sample)).collect();
        let points = curve(&audio);
        let mut finds: Vec<Find> = Vec::new();
        for (clip, known) in self.clips.iter().enumerate() {
            for point in fits(&known.head, &points) {
                if let Some(start) = known.align(&audio, point * HOP) {
                    let (heard, score) = known.follow(&audio, start);
                    if heard >= MIN_HEARD.min(known.samples.len() * 3 / 4) {
                        finds.push(Find { clip, start, heard, score });
                    }
                }
            }
        }
        finds.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.start.cmp(&b.start)));
        let mut kept: Vec<Find> = Vec::new();
        for find in finds {
            let overlaps = |other: &Find| {
                let common = (find.start + find.heard).min(other.start + other.heard);
                common.saturating_sub(find.start.max(other.start)) > find.heard / 4
            };
            if !kept.iter().any(overlaps) {
                kept.push(find);
            }
        }
        kept.sort_by_key(|find| find.start);
        kept.into_iter()
            .map(|find| Heard {
                name: self.clips[find.clip].name.clone(),
                start: duration_of(find.start as u64),
                heard: duration_of(find.heard as u64),
                length: duration_of(self.clips[find.clip].samples.len() as u64),
            })
            .collect()
    }
}

impl Known {
    /// The exact place near `around` where the waveforms agree.
    fn align(&self, audio: &[f32], around: usize) -> Option<usize> {
        let probe = &self.samples[self.loudest..self.loudest + 2 * STRIDE];
        let fit_at = |start: usize| {
            let from = start + self.loudest;
            audio.get(from..from + probe.len()).map_or(0.0, |there| likeness(probe, there))
        };
        let (start, fit) = (around.saturating_sub(HOP)..=around + HOP)
            .map(|start| (start, fit_at(start)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        (fit >= WAVE_FIT).then_some(start)
    }

    /// How many samples of the clip are in `audio` from `start` on, and how well they fit: likeness times samples.
    fn follow(&self, audio: &[f32], start: usize) -> (usize, f32) {
        let (mut heard, mut misses, mut score) = (0, 0, 0.0);
        // Where the clip's beginning would stand; before the audio when its beginning was heard and then a little was
        // left out.
        let mut place = start as isize;
        let (mut common, mut ours_energy, mut theirs_energy, mut together) = (0.0, 0.0, 0.0, 0.0);
        let loud = energy(&self.samples) / self.samples.len() as f32 / 100.0;
        for (index, ours) in self.samples.chunks(STRIDE).enumerate() {
            let from = index * STRIDE;
            let Some(around) = place.checked_add_unsigned(from).and_then(|at| usize::try_from(at).ok())
            else {
                break;
            };
            let Some(mut theirs) = audio.get(around..around + ours.len()) else { break };
            let quiet = energy(ours) < loud * ours.len() as f32;
            // What is quiet in the clip has little to compare; it must not be loud in the audio.
            let mut fits = if quiet {
                energy(theirs) < 20.0 * loud * ours.len() as f32
            } else {
                likeness(ours, theirs) >= WAVE_FIT
            };
            if !fits
                && !quiet
                && heard >= MIN_HEARD
                && let Some(slipped) = slip(ours, audio, around)
            {
                place = slipped as isize - from as isize;
                theirs = &audio[slipped..slipped + ours.len()];
                fits = true;
            }
            common += dot(ours, theirs);
            ours_energy += energy(ours);
            theirs_energy += energy(theirs);
            if !fits {
                misses += 1;
                if misses > MAX_MISSES {
                    break;
                }
                continue;
            }
            if !quiet {
                misses = 0;
                together = common / (ours_energy * theirs_energy).sqrt().max(f32::MIN_POSITIVE);
                score += likeness(ours, theirs) * ours.len() as f32;
            }
            // Silence after what was heard may be anybody's: it only counts when sound follows.
            if !quiet || from + ours.len() == self.samples.len() {
                heard = from + ours.len();
            }
        }
        // Single strides may agree by chance; all of them together do not.
        if together >= WAVE_FIT { (heard, score) } else { (0, 0.0) }
    }
}

/// Where the audio goes on after a jitter buffer has put in or left out a little: the place near `around` where `ours`
/// fits better than it would by chance.
fn slip(ours: &[f32], audio: &[f32], around: usize) -> Option<usize> {
    if ours.len() < STRIDE {
        return None;
    }
    let (place, fit) = (around.saturating_sub(MAX_SLIP)..=around + MAX_SLIP)
        .filter_map(|place| Some((place, likeness(ours, audio.get(place..place + ours.len())?))))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    (fit >= SLIP_FIT).then_some(place)
}

/// Mean magnitudes of overlapping windows of 10 ms, one per 5 ms.
fn curve(samples: &[f32]) -> Vec<f32> {
    let halves: Vec<f32> =
        samples.chunks_exact(HOP).map(|hop| hop.iter().map(|sample| sample.abs()).sum::<f32>()).collect();
    halves.windows(2).map(|pair| pair[0] + pair[1]).collect()
}

/// Points of `curve` where `head` fits best among their neighbours and well enough.
fn fits(head: &[f32], curve: &[f32]) -> Vec<usize> {
    let width = head.len();
    if width == 0 || curve.len() < width {
        return Vec::new();
    }
    // Running sums give each window's mean and spread at once; in f64, as they grow large.
    let (mut sums, mut squares) = (vec![0.0f64], vec![0.0f64]);
    for value in curve {
        let value = f64::from(*value);
        sums.push(sums[sums.len() - 1] + value);
        squares.push(squares[squares.len() - 1] + value * value);
    }
    let n = width as f64;
    let scores: Vec<f32> = curve
        .windows(width)
        .enumerate()
        .map(|(at, window)| {
            let sum = sums[at + width] - sums[at];
            let spread = (squares[at + width] - squares[at] - sum * sum / n).max(0.0).sqrt();
            // `head` has mean 0 and length 1, so the dot product needs no more than the window's spread.
            if spread < n { 0.0 } else { dot(head, window) / spread as f32 }
        })
        .collect();
    (0..scores.len())
        .filter(|at| {
            let near = &scores[at.saturating_sub(2)..(at + 3).min(scores.len())];
            scores[*at] >= CURVE_FIT && near.iter().all(|other| *other <= scores[*at])
        })
        .collect()
}

/// Mean 0 and length 1; `false` for a flat line.
fn normalise(values: &mut [f32]) -> bool {
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = energy(values).sqrt();
    if length < 1.0 {
        return false;
    }
    values.iter_mut().for_each(|value| *value /= length);
    true
}

/// Normalised correlation, -1 to 1.
fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let product = energy(a) * energy(b);
    if product <= 0.0 { 0.0 } else { dot(a, b) / product.sqrt() }
}

fn energy(values: &[f32]) -> f32 {
    dot(values, values)
}

/// In eight lanes, which compilers turn into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::g711::Codec;
    use crate::media::prompts::{DEFAULT_LANGUAGE, Prompts};

    /// A quarter of the prompts, to keep unoptimised tests short, and those that are asked for.
    fn identifier(prompts: &Prompts, wanted: &[&str]) -> Identifier {
        let mut identifier = Identifier::default();
        for (index, (name, clip)) in prompts.of_language(DEFAULT_LANGUAGE).enumerate() {
            if index % 4 == 0 || wanted.contains(&name) {
                identifier.add(name, &clip.pcm());
            }
        }
        identifier
    }

    fn prompt(prompts: &Prompts, name: &str) -> Vec<i16> {
        prompts.get("en-us", name).unwrap().pcm()
    }

    fn names(heard: &[Heard]) -> Vec<&str> {
        heard.iter().map(|heard| heard.name.as_str()).collect()
    }

    #[test]
    fn prompts_in_a_row_are_told_after_the_other_law_and_at_half_the_level() {
        let prompts = Prompts::built_in().unwrap();
        let spoken = ["vm-you_have", "say-2", "vm-new_messages", "vm-saved"];
        let mut audio = vec![0i16; 1_234];
        for name in spoken {
            audio.extend(prompt(&prompts, name));
        }
        audio.extend([0; 777]);
        for sample in &mut audio {
            *sample = Codec::Pcma.decode(Codec::Pcma.encode(*sample)) / 2;
        }
        let heard = identifier(&prompts, &spoken).identify(&audio);
        assert_eq!(names(&heard), spoken);
        assert!(heard.iter().all(Heard::complete), "{heard:?}");
        let error = heard[0].start.abs_diff(duration_of(1_234));
        assert!(error < Duration::from_millis(1), "{error:?}");
    }

    #[test]
    fn a_prompt_broken_off_by_a_digit_is_still_told() {
        let prompts = Prompts::built_in().unwrap();
        let mut audio = vec![0i16; 555];
        audio.extend(&prompt(&prompts, "vm-main_menu")[..8_000]);
        audio.extend(prompt(&prompts, "vm-settings_menu"));
        let heard = identifier(&prompts, &["vm-main_menu", "vm-settings_menu"]).identify(&audio);
        assert_eq!(names(&heard), ["vm-main_menu", "vm-settings_menu"]);
        assert!(!heard[0].complete() && heard[1].complete(), "{heard:?}");
    }

    #[test]
    fn a_prompt_at_the_very_beginning_that_loses_a_little_is_followed() {
        let prompts = Prompts::built_in().unwrap();
        let mut audio = prompt(&prompts, "vm-main_menu");
        audio.drain(12_000..12_120);
        let heard = identifier(&prompts, &["vm-main_menu"]).identify(&audio);
        assert_eq!(names(&heard), ["vm-main_menu"]);
        assert!(heard[0].complete(), "{heard:?}");
    }

    #[test]
    fn a_lost_packet_and_noise_do_not_hide_it() {
        let prompts = Prompts::built_in().unwrap();
        let mut audio = prompt(&prompts, "menu-transferring_call");
        audio[4_000..4_160].fill(0);
        let mut state = 7u32;
        for sample in &mut audio {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = sample.saturating_add((state >> 24) as i16 - 128);
        }
        let heard = identifier(&prompts, &["menu-transferring_call"]).identify(&audio);
        assert_eq!(names(&heard), ["menu-transferring_call"]);
        assert!(heard[0].complete());
    }

    #[test]
    fn what_a_jitter_buffer_moves_is_followed() {
        let prompts = Prompts::built_in().unwrap();
        let mut audio = vec![0i16; 900];
        let clip = prompt(&prompts, "menu-transferring_call");
        audio.extend(&clip[..3_333]);
        audio.extend([0; 160]);
        audio.extend(&clip[3_333..7_000]);
        audio.extend(&clip[7_160..]);
        let heard = identifier(&prompts, &["menu-transferring_call"]).identify(&audio);
        assert_eq!(names(&heard), ["menu-transferring_call"]);
        assert!(heard[0].complete(), "{heard:?}");
    }

    #[test]
    fn silence_tones_and_strange_speech_are_nothing() {
        let prompts = Prompts::built_in().unwrap();
        let identifier = identifier(&prompts, &[]);
        assert_eq!(identifier.identify(&[]), []);
        assert_eq!(identifier.identify(&[0; 20_000]), []);
        let tone = crate::media::tone::parse("%(2000,1000,440,480)").unwrap().render();
        assert_eq!(identifier.identify(&tone), []);
        let backwards: Vec<i16> = prompt(&prompts, "vm-main_menu").into_iter().rev().collect();
        assert_eq!(identifier.identify(&backwards), []);
    }
}
