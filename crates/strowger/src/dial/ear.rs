//! Listens: cuts received audio into stretches of sound and says what each was: a prompt by name, a tone, or something
//! else. Pure: samples go in, findings come out.
//!
//! A stretch ends with [`GAP`] of silence. Only then is it compared with all prompts, because that costs most; a caller
//! that waits for a prompt by name has it compared also in between ([`Ear::eager`]). Not here: files and threads (`listener`).

use std::time::Duration;

use telephony::media::identify::{Heard, Identifier};

/// Silence that ends a stretch of sound.
pub(crate) const GAP: Duration = Duration::from_millis(700);

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A prompt or media document, by name.
    Prompt {
        /// Its name.
        name: String,
        /// How long all of it is.
        length: Duration,
        /// It was heard to its end.
        complete: bool,
    },
    /// One sound of the same loudness throughout: a tone.
    Tone,
    /// Speech or music without a name here.
    Unknown,
}

/// Something heard, with its place in the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    /// What.
    pub(crate) what: What,
    /// When it began.
    pub(crate) start: Duration,
    /// How long it was heard.
    pub(crate) heard: Duration,
}

/// What listening came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// A stretch of sound began then.
    Sounding(Duration),
    /// A stretch of sound is over since then.
    Quiet(Duration),
    /// What was in it.
    Sound(Sound),
}

/// Listens to one call.
pub(crate) struct Ear {
    identifier: Identifier,
    /// Samples not yet explained, from `origin` on.
    audio: Vec<i16>,
    /// Samples that were dropped before `audio`.
    origin: usize,
    /// Samples of `audio` that were looked at.
    seen: usize,
    /// The stretch that goes on: its first and its last loud sample (end).
    stretch: Option<(usize, usize)>,
    /// Compare also while a stretch goes on.
    eager: bool,
    /// Samples of `audio` there were at the last comparison.
    compared: usize,
}

impl Ear {
    /// An ear that knows these clips.
    pub(crate) fn new(identifier: Identifier) -> Ear {
        Ear { identifier, audio: Vec::new(), origin: 0, seen: 0, stretch: None, eager: false, compared: 0 }
    }

    /// Says what prompts were as soon as they are over, not only at the end of the stretch.
    #[must_use]
    pub(crate) fn eager(self, eager: bool) -> Ear {
        Ear { eager, ..self }
    }

    /// Takes the next samples (mono, 8 kHz) and tells what they ended. `tell` gets [`Finding::Quiet`] before the comparison
    /// with the prompts, which takes a while.
    pub(crate) fn hear(&mut self, samples: &[i16], tell: &mut dyn FnMut(Finding)) {
        self.audio.extend_from_slice(samples);
        while self.seen + FRAME <= self.audio.len() {
            let frame = &self.audio[self.seen..self.seen + FRAME];
            let loud = is_loud(frame);
            self.seen += FRAME;
            match &mut self.stretch {
                None if loud => {
                    self.stretch = Some((self.seen - FRAME, self.seen));
                    tell(Finding::Sounding(self.time(self.seen - FRAME)));
                }
                Some((_, end)) if loud => *end = self.seen,
                Some((start, end)) if self.seen - *end >= samples_of(GAP) => {
                    let (start, end) = (*start, *end);
                    tell(Finding::Quiet(self.time(end)));
                    self.explain(start, end, tell);
                }
                // Music without an end is explained piece by piece.
                Some((start, end)) if self.seen - *start >= LONGEST => {
                    let (start, end) = (*start, *end);
                    self.explain(start, end, tell);
                }
                _ => {}
            }
        }
        if self.stretch.is_none() {
            self.forget(self.seen.saturating_sub(MARGIN));
        } else if self.eager && self.audio.len() >= self.compared + EAGER_STEP {
            self.compared = self.audio.len();
            self.complete_so_far(tell);
        }
    }

    /// The call is over: tells what is left.
    pub(crate) fn end(&mut self, tell: &mut dyn FnMut(Finding)) {
        if let Some((start, end)) = self.stretch {
            self.explain(start, end, tell);
        }
    }

    /// A stretch is over: names what is in it.
    fn explain(&mut self, start: usize, end: usize, tell: &mut dyn FnMut(Finding)) {
        self.stretch = None;
        let from = start.saturating_sub(MARGIN);
        let to = (end + MARGIN).min(self.audio.len());
        let mut at = start;
        let mut found = Vec::new();
        let heard = self.identifier.identify(&self.audio[from..to]);
        for heard in self.believable(heard, from, start, end) {
            let begins = from + samples_of(heard.start);
            self.leftover(at, begins.min(end), &mut found);
            at = at.max(begins + samples_of(heard.heard));
            found.push(self.prompt(from, &heard));
        }
        self.leftover(at, end, &mut found);
        for sound in found {
            tell(Finding::Sound(sound));
        }
        self.forget(end);
    }

    /// Tells prompts that are certainly over while the sound goes on.
    fn complete_so_far(&mut self, tell: &mut dyn FnMut(Finding)) {
        let Some((start, end)) = self.stretch else { return };
        let from = start.saturating_sub(MARGIN);
        let heard = self.identifier.identify(&self.audio[from..]);
        let heard = self.believable(heard, from, start, end);
        let over = |heard: &&Heard| {
            heard.complete() && from + samples_of(heard.start + heard.heard) + MARGIN <= self.audio.len()
        };
        let heard: Vec<_> = heard.iter().take_while(over).collect();
        let Some(last) = heard.last() else { return };
        let done = from + samples_of(last.start + last.heard);
        let mut at = start;
        let mut found = Vec::new();
        for heard in heard {
            let begins = from + samples_of(heard.start);
            self.leftover(at, begins, &mut found);
            at = begins + samples_of(heard.heard);
            found.push(self.prompt(from, heard));
        }
        for sound in found {
            tell(Finding::Sound(sound));
        }
        let rest = self.audio.get(done..end).is_some_and(|rest| rest.chunks(FRAME).any(is_loud));
        self.stretch = Some((done, if rest { end } else { done }));
        self.forget(done);
    }

    /// Sound between prompts that has no name; what is short belongs to its neighbours.
    fn leftover(&self, from: usize, to: usize, found: &mut Vec<Sound>) {
        let frames: Vec<&[i16]> = self.audio.get(from..to).unwrap_or_default().chunks_exact(FRAME).collect();
        let first = frames.iter().position(|frame| is_loud(frame));
        let last = frames.iter().rposition(|frame| is_loud(frame));
        let (Some(first), Some(last)) = (first, last) else { return };
        let loud: Vec<&[i16]> = frames.get(first..=last).unwrap_or_default().to_vec();
        if loud.len() * FRAME < SHORTEST {
            return;
        }
        found.push(Sound {
            what: if is_tone(&loud) { What::Tone } else { What::Unknown },
            start: self.time(from + first * FRAME),
            heard: Duration::from_millis(20) * u32::try_from(loud.len()).unwrap_or(u32::MAX),
        });
    }

    /// Leaves out short finds in the middle of other speech: the same voice says the same syllable in many words. A short
    /// one counts when silence or another prompt is on both of its sides.
    fn believable(&self, mut heard: Vec<Heard>, from: usize, start: usize, end: usize) -> Vec<Heard> {
        let place = |heard: &Heard| {
            let begins = from + samples_of(heard.start);
            (begins, begins + samples_of(heard.heard))
        };
        // What is left out is speech beside its neighbours, so they are looked at again.
        loop {
            let doubtful = heard.iter().enumerate().position(|(index, one)| {
                let (begins, ends) = place(one);
                let before =
                    index.checked_sub(1).and_then(|index| heard.get(index)).map_or(start, |h| place(h).1);
                let after = heard.get(index + 1).map_or(end, |next| place(next).0);
                one.heard < CERTAIN && (self.sounds(before, begins) || self.sounds(ends, after))
            });
            match doubtful {
                Some(index) => drop(heard.remove(index)),
                None => return heard,
            }
        }
    }

    /// There is sound of more than an instant between two places.
    fn sounds(&self, from: usize, to: usize) -> bool {
        let between = self.audio.get(from..to).unwrap_or_default();
        between.chunks_exact(FRAME).filter(|frame| is_loud(frame)).count() > 3
    }

    fn prompt(&self, from: usize, heard: &Heard) -> Sound {
        let what =
            What::Prompt { name: heard.name.clone(), length: heard.length, complete: heard.complete() };
        Sound { what, start: self.time(from) + heard.start, heard: heard.heard }
    }

    /// Drops samples that nobody asks for again, in large steps.
    fn forget(&mut self, before: usize) {
        if self.stretch.is_none() && before >= KEEP {
            self.audio.drain(..before);
            self.origin += before;
            self.seen -= before.min(self.seen);
            self.compared = self.compared.saturating_sub(before);
        }
    }

    fn time(&self, sample: usize) -> Duration {
        telephony::media::clip::duration_of((self.origin + sample) as u64)
    }
}

/// Samples of 20 ms.
const FRAME: usize = 160;
/// Silence around a stretch that is compared with it: 0.1 s.
const MARGIN: usize = 800;
/// Sound that is told though it has no name: 80 ms, less than a beep.
const SHORTEST: usize = 640;
/// Samples between comparisons while sound goes on: 0.5 s.
const EAGER_STEP: usize = 4_000;
/// What is heard for so long is no chance.
const CERTAIN: Duration = Duration::from_millis(600);
/// Samples of one stretch: 60 s.
const LONGEST: usize = 480_000;
/// Samples dropped at once: 2 s.
const KEEP: usize = 16_000;
/// Mean magnitude from which a frame is sound: what ends recordings counts as silence below it.
const LOUD: u32 = 100;

fn samples_of(time: Duration) -> usize {
    usize::try_from(time.as_millis() * 8).unwrap_or(usize::MAX)
}

fn magnitude(frame: &[i16]) -> u32 {
    frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum::<u32>() / frame.len().max(1) as u32
}

fn is_loud(frame: &[i16]) -> bool {
    magnitude(frame) >= LOUD
}

/// All frames but the outermost are about equally loud, which speech never is.
fn is_tone(frames: &[&[i16]]) -> bool {
    let inner = frames.get(1..frames.len().saturating_sub(1)).unwrap_or_default();
    let levels: Vec<u32> = inner.iter().map(|frame| magnitude(frame)).collect();
    match (levels.iter().min(), levels.iter().max()) {
        (Some(least), Some(most)) => most.saturating_sub(*least) * 4 <= *most,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telephony::media::prompts::Prompts;
    use telephony::media::tone;

    fn prompts() -> (Prompts, Identifier) {
        let prompts = Prompts::built_in().unwrap();
        let mut identifier = Identifier::default();
        for name in ["vm-goodbye", "vm-saved", "vm-deleted"] {
            identifier.add(name, &prompts.get("en-us", name).unwrap().pcm());
        }
        (prompts, identifier)
    }

    fn listen(ear: &mut Ear, audio: &[i16]) -> Vec<Finding> {
        let mut found = Vec::new();
        for chunk in audio.chunks(1_111) {
            ear.hear(chunk, &mut |finding| found.push(finding));
        }
        ear.end(&mut |finding| found.push(finding));
        found
    }

    fn describe(findings: &[Finding]) -> Vec<String> {
        let word = |finding: &Finding| match finding {
            Finding::Sounding(_) => "sounding".to_owned(),
            Finding::Quiet(_) => "quiet".to_owned(),
            Finding::Sound(Sound { what: What::Prompt { name, complete: true, .. }, .. }) => name.clone(),
            Finding::Sound(Sound { what: What::Prompt { name, .. }, .. }) => format!("{name}..."),
            Finding::Sound(Sound { what: What::Tone, .. }) => "tone".to_owned(),
            Finding::Sound(Sound { what: What::Unknown, .. }) => "unknown".to_owned(),
        };
        findings.iter().map(word).collect()
    }

    /// A prompt, 3 s of silence, a prompt with a beep right behind it, 1 s of silence, speech backwards.
    fn call(prompts: &Prompts) -> Vec<i16> {
        let pcm = |name: &str| prompts.get("en-us", name).unwrap().pcm();
        let mut audio = vec![0; 3_000];
        audio.extend(pcm("vm-saved"));
        audio.extend([0; 24_000]);
        audio.extend(pcm("vm-deleted"));
        audio.extend(tone::parse("%(500,0,640)").unwrap().render());
        audio.extend([0; 8_000]);
        audio.extend(pcm("vm-goodbye").into_iter().rev());
        audio
    }

    #[test]
    fn prompts_tones_and_strange_speech_are_told_in_order() {
        let (prompts, identifier) = prompts();
        let found = listen(&mut Ear::new(identifier), &call(&prompts));
        assert_eq!(
            describe(&found),
            [
                "sounding",
                "quiet",
                "vm-saved",
                "sounding",
                "quiet",
                "vm-deleted",
                "tone",
                "sounding",
                "unknown"
            ]
        );
        let starts: Vec<Duration> = found
            .iter()
            .filter_map(|finding| match finding {
                Finding::Sound(sound) => Some(sound.start),
                Finding::Sounding(_) | Finding::Quiet(_) => None,
            })
            .collect();
        assert!(starts[0].abs_diff(Duration::from_millis(375)) < Duration::from_millis(2), "{starts:?}");
        assert!(starts.is_sorted());
        let second = 3_000 + prompts.get("en-us", "vm-saved").unwrap().samples() + 24_000;
        assert!(starts[1].abs_diff(Duration::from_micros(second as u64 * 125)) < Duration::from_millis(2));
    }

    #[test]
    fn a_word_within_other_speech_is_no_prompt() {
        let prompts = Prompts::built_in().unwrap();
        let pcm = |name: &str| prompts.get("en-us", name).unwrap().pcm();
        let mut identifier = Identifier::default();
        identifier.add("say-5", &pcm("say-5"));
        let alone = listen(&mut Ear::new(identifier), &pcm("say-5"));
        assert_eq!(describe(&alone), ["sounding", "say-5"]);
        let mut identifier = Identifier::default();
        identifier.add("say-5", &pcm("say-5"));
        let speech: Vec<i16> = pcm("vm-goodbye").into_iter().rev().collect();
        let within = listen(&mut Ear::new(identifier), &[speech.clone(), pcm("say-5"), speech].concat());
        assert_eq!(describe(&within), ["sounding", "unknown"]);
    }

    #[test]
    fn an_eager_ear_tells_the_same_and_earlier() {
        let (prompts, identifier) = prompts();
        let pcm = |name: &str| prompts.get("en-us", name).unwrap().pcm();
        let mut ear = Ear::new(identifier).eager(true);
        let mut found = Vec::new();
        let mut audio = pcm("vm-saved");
        audio.extend(pcm("vm-deleted"));
        for chunk in audio.chunks(800) {
            ear.hear(chunk, &mut |finding| found.push(finding));
        }
        assert_eq!(describe(&found), ["sounding", "vm-saved"], "before the stretch is over");
        ear.end(&mut |finding| found.push(finding));
        assert_eq!(describe(&found), ["sounding", "vm-saved", "vm-deleted"]);
    }

    #[test]
    fn silence_is_nothing_and_is_forgotten() {
        let mut ear = Ear::new(Identifier::default());
        assert_eq!(listen(&mut ear, &vec![3; 800_000]), []);
        assert!(ear.audio.len() < 2 * KEEP);
    }
}
