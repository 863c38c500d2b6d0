//! Listens: cuts received audio into stretches of sound, and says what each was: a prompt by name, a tone, or something
//! else. Pure: samples go in, findings come out.
//!
//! In two parts, since the second takes long: [`Ear`] notices sound and silence at once, [`Namer`] compares a stretch with
//! all prompts. Not here: files and threads (`listener`).

use std::time::Duration;

use telephony::media::clip::duration_of;
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

/// A stretch of sound, with some of the silence around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Samples.
    audio: Vec<i16>,
    /// Samples of the call before `audio`, and how many of silence were put in front of it.
    origin: usize,
    /// See `origin`.
    padding: usize,
    /// Its first loud sample in `audio`.
    start: usize,
    /// The end of its last.
    end: usize,
}

/// What the ear notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A stretch of sound began then.
    Sounding(Duration),
    /// It is over since then.
    Quiet(Duration),
    /// It is complete, or as long as one may be.
    Stretch(Stretch),
}

/// Notices sound and silence.
#[derive(Debug, Default)]
pub(crate) struct Ear {
    /// Samples not yet handed out, from `origin` on.
    audio: Vec<i16>,
    /// Samples that were dropped before `audio`.
    origin: usize,
    /// Samples of `audio` that were looked at.
    seen: usize,
    /// The stretch that goes on: its first and the end of its last loud sample.
    stretch: Option<(usize, usize)>,
}

impl Ear {
    /// Takes the next samples (mono, 8 kHz).
    pub(crate) fn hear(&mut self, samples: &[i16], tell: &mut dyn FnMut(Notice)) {
        self.audio.extend_from_slice(samples);
        while let Some(frame) = self.audio.get(self.seen..self.seen + FRAME) {
            let loud = is_loud(frame);
            self.seen += FRAME;
            match &mut self.stretch {
                None if loud => {
                    self.stretch = Some((self.seen - FRAME, self.seen));
                    tell(Notice::Sounding(self.time(self.seen - FRAME)));
                }
                Some((_, end)) if loud && self.seen < LONGEST => *end = self.seen,
                Some((_, end)) if loud => {
                    *end = self.seen;
                    self.hand_out(tell);
                }
                Some((_, end)) if self.seen - *end >= samples_of(GAP) => {
                    let end = *end;
                    tell(Notice::Quiet(self.time(end)));
                    self.hand_out(tell);
                }
                _ => {}
            }
        }
        if self.stretch.is_none() && self.seen >= KEEP {
            self.forget(self.seen.saturating_sub(MARGIN));
        }
    }

    /// The call is over.
    pub(crate) fn end(&mut self, tell: &mut dyn FnMut(Notice)) {
        self.hand_out(tell);
    }

    fn hand_out(&mut self, tell: &mut dyn FnMut(Notice)) {
        let Some((start, end)) = self.stretch.take() else { return };
        // Where there was no such silence some is put, so that a prompt has room for its own.
        let padding = MARGIN.saturating_sub(start);
        let mut audio = vec![0; padding];
        audio.extend_from_slice(self.audio.get(..end).unwrap_or_default());
        audio.resize(audio.len() + MARGIN, 0);
        let (start, end) = (start + padding, end + padding);
        tell(Notice::Stretch(Stretch { audio, origin: self.origin, padding, start, end }));
        self.forget(end - padding);
    }

    fn forget(&mut self, before: usize) {
        self.audio.drain(..before.min(self.audio.len()));
        self.origin += before;
        self.seen = self.seen.saturating_sub(before);
    }

    fn time(&self, sample: usize) -> Duration {
        duration_of((self.origin + sample) as u64)
    }
}

/// Names what was heard.
#[derive(Debug)]
pub(crate) struct Namer {
    identifier: Identifier,
}

impl Namer {
    /// One that knows these clips.
    pub(crate) fn new(identifier: Identifier) -> Namer {
        Namer { identifier }
    }

    /// What is in a stretch, by time.
    pub(crate) fn name(&self, stretch: &Stretch) -> Vec<Sound> {
        let mut at = stretch.start;
        let mut found = Vec::new();
        for heard in stretch.believable(self.identifier.identify(&stretch.audio)) {
            let (begins, ends) = place(&heard);
            found.extend(stretch.leftover(at, begins.min(stretch.end)));
            at = at.max(ends);
            let what =
                What::Prompt { name: heard.name.clone(), length: heard.length, complete: heard.complete() };
            found.push(Sound { what, start: stretch.time(begins), heard: heard.heard });
        }
        found.extend(stretch.leftover(at, stretch.end));
        found
    }
}

impl Stretch {
    /// Sound between prompts that has no name; what is short belongs to its neighbours.
    fn leftover(&self, from: usize, to: usize) -> Option<Sound> {
        let frames: Vec<&[i16]> = self.audio.get(from..to)?.chunks_exact(FRAME).collect();
        let first = frames.iter().position(|frame| is_loud(frame))?;
        let last = frames.iter().rposition(|frame| is_loud(frame))?;
        let loud = frames.get(first..=last)?;
        let heard = duration_of((loud.len() * FRAME) as u64);
        let what = if is_tone(loud) { What::Tone } else { What::Unknown };
        (heard >= SHORTEST).then(|| Sound { what, start: self.time(from + first * FRAME), heard })
    }

    /// Leaves out short finds in the middle of other speech: the same voice says the same syllable in many words. A short
    /// one counts when silence or another prompt is on both of its sides.
    fn believable(&self, mut heard: Vec<Heard>) -> Vec<Heard> {
        // What is left out is speech beside its neighbours, so they are looked at again.
        loop {
            let doubtful = heard.iter().enumerate().position(|(index, one)| {
                let (begins, ends) = place(one);
                let before = index.checked_sub(1).and_then(|index| heard.get(index));
                let before = before.map_or(self.start, |heard| place(heard).1);
                let after = heard.get(index + 1).map_or(self.end, |next| place(next).0);
                one.heard < CERTAIN && (self.sounds(before, begins) || self.sounds(ends, after))
            });
            match doubtful {
                Some(index) => drop(heard.remove(index)),
                None => return heard,
            }
        }
    }

    /// There is sound of more than an instant between two places, and no mere tone.
    fn sounds(&self, from: usize, to: usize) -> bool {
        let between = self.audio.get(from..to).unwrap_or_default().chunks_exact(FRAME);
        let loud: Vec<&[i16]> = between.filter(|frame| is_loud(frame)).collect();
        loud.len() > 3 && !is_tone(&loud)
    }

    fn time(&self, sample: usize) -> Duration {
        duration_of((self.origin + sample).saturating_sub(self.padding) as u64)
    }
}

/// Samples of 20 ms.
const FRAME: usize = 160;
/// Silence around a stretch that belongs to it: 1 s, since prompts begin and end with some.
const MARGIN: usize = 8_000;
/// Sound that is told though it has no name: less than a beep.
const SHORTEST: Duration = Duration::from_millis(80);
/// What is heard for so long is no chance.
const CERTAIN: Duration = Duration::from_millis(600);
/// Samples of one stretch: 30 s. Music without an end is told piece by piece.
const LONGEST: usize = 240_000;
/// Samples of silence that are dropped at once: 4 s.
const KEEP: usize = 32_000;
/// Mean magnitude from which a frame is sound: what ends recordings counts as silence below it.
const LOUD: u32 = 100;

/// Where a clip was heard, in samples of its stretch.
fn place(heard: &Heard) -> (usize, usize) {
    let begins = samples_of(heard.start);
    (begins, begins + samples_of(heard.heard))
}

fn samples_of(time: Duration) -> usize {
    usize::try_from(time.as_micros() / 125).unwrap_or(usize::MAX)
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

    /// What the ear notices, and the names of what is in each stretch.
    fn listen(identifier: Identifier, audio: &[i16]) -> (Vec<String>, Vec<Sound>) {
        let (mut ear, namer) = (Ear::default(), Namer::new(identifier));
        let (mut words, mut sounds) = (Vec::new(), Vec::new());
        let mut tell = |notice: Notice| match notice {
            Notice::Sounding(_) => words.push("sounding".to_owned()),
            Notice::Quiet(_) => words.push("quiet".to_owned()),
            Notice::Stretch(stretch) => {
                for sound in namer.name(&stretch) {
                    words.push(word(&sound));
                    sounds.push(sound);
                }
            }
        };
        for chunk in audio.chunks(1_111) {
            ear.hear(chunk, &mut tell);
        }
        ear.end(&mut tell);
        (words, sounds)
    }

    fn word(sound: &Sound) -> String {
        match &sound.what {
            What::Prompt { name, complete: true, .. } => name.clone(),
            What::Prompt { name, .. } => format!("{name}..."),
            What::Tone => "tone".to_owned(),
            What::Unknown => "unknown".to_owned(),
        }
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
        let (words, sounds) = listen(identifier, &call(&prompts));
        let expected = [
            "sounding",
            "quiet",
            "vm-saved",
            "sounding",
            "quiet",
            "vm-deleted",
            "tone",
            "sounding",
            "unknown",
        ];
        assert_eq!(words, expected);
        let starts: Vec<Duration> = sounds.iter().map(|sound| sound.start).collect();
        assert!(starts.is_sorted());
        let second = 3_000 + prompts.get("en-us", "vm-saved").unwrap().samples() + 24_000;
        for (start, sample) in [(starts[0], 3_000), (starts[1], second)] {
            let error = start.abs_diff(duration_of(sample as u64));
            assert!(error < Duration::from_millis(2), "{starts:?}");
        }
    }

    #[test]
    fn a_clip_that_begins_with_silence_is_told() {
        let (prompts, _) = prompts();
        let mut clip = vec![0; 3_000];
        clip.extend(prompts.get("en-us", "vm-goodbye").unwrap().pcm());
        let mut identifier = Identifier::default();
        identifier.add("late", &clip);
        let (words, _) = listen(identifier, &[vec![0; 10_000], clip].concat());
        assert_eq!(words, ["sounding", "late"]);
    }

    #[test]
    fn a_word_within_other_speech_is_no_prompt() {
        let prompts = Prompts::built_in().unwrap();
        let pcm = |name: &str| prompts.get("en-us", name).unwrap().pcm();
        let knowing = || {
            let mut identifier = Identifier::default();
            identifier.add("say-5", &pcm("say-5"));
            identifier
        };
        assert_eq!(listen(knowing(), &pcm("say-5")).0, ["sounding", "say-5"]);
        let speech: Vec<i16> = pcm("vm-goodbye").into_iter().rev().collect();
        let within = [speech.clone(), pcm("say-5"), speech].concat();
        assert_eq!(listen(knowing(), &within).0, ["sounding", "unknown"]);
    }

    #[test]
    fn silence_is_forgotten_and_endless_music_comes_in_pieces() {
        let mut ear = Ear::default();
        let mut stretches = Vec::new();
        let mut tell = |notice| {
            if let Notice::Stretch(stretch) = notice {
                stretches.push(stretch.end - stretch.start);
            }
        };
        for _ in 0..100 {
            ear.hear(&[3; 8_000], &mut tell);
            assert!(ear.audio.len() < 2 * KEEP);
        }
        for _ in 0..100 {
            ear.hear(&[3_000; 8_000], &mut tell);
            assert!(ear.audio.len() < 2 * LONGEST);
        }
        ear.end(&mut tell);
        assert!(stretches.len() >= 4, "{stretches:?}");
        assert_eq!(stretches.iter().sum::<usize>(), 800_000, "{stretches:?}");
    }
}
