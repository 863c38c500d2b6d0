//! What the caller does during the call, and what each thing waits for: keys to press, audio to speak.
//!
//! Pure text reading; the audio files are read by [`plan`](super::plan). Not here: carrying it out (`call`).

use std::time::Duration;

use simulator::text::{duration, parse_duration};

/// What an act waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Something was heard, and then nothing for a moment: a prompt is over.
    Pause,
    /// So long after the answer.
    At(Duration),
    /// So long after the act before it, or after the answer.
    After(Duration),
    /// A prompt or media document of this name was heard to its end, or was broken off.
    Prompt(String),
}

/// One group of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    /// `0-9*#A-D`, at least one.
    pub(crate) digits: String,
    /// When.
    pub(crate) cue: Cue,
}

/// Why a script cannot be read: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadScript(String);

/// Reads `1`, `1@3s,2@5s`, `1@welcome,,101#`: groups of keys by commas, each with what it waits for after an `@`; else
/// for `otherwise`. A group without keys is a pause of 2 s before the next.
pub(crate) fn presses(text: &str, otherwise: &Cue) -> Result<Vec<Press>, BadScript> {
    let mut found = Vec::new();
    let mut pause = Duration::ZERO;
    for group in text.split(',').map(str::trim) {
        if group.is_empty() {
            pause += PAUSE;
            continue;
        }
        let (digits, cue) = with_cue(group)?;
        if digits.is_empty() || !digits.chars().all(is_key) {
            return Err(BadScript(format!("`{digits}` are no keys: there are 0 to 9, *, # and A to D")));
        }
        let cue = match cue {
            Some(cue) => cue,
            None if !pause.is_zero() => Cue::After(pause),
            None => otherwise.clone(),
        };
        pause = Duration::ZERO;
        found.push(Press { digits: digits.to_ascii_uppercase(), cue });
    }
    if found.is_empty() {
        return Err(BadScript("there are no keys in it".to_owned()));
    }
    Ok(found)
}

/// Takes `@3s` or `@welcome` off the end of a text.
pub(crate) fn with_cue(text: &str) -> Result<(&str, Option<Cue>), BadScript> {
    let Some((what, cue)) = text.rsplit_once('@') else { return Ok((text, None)) };
    let cue = cue.trim();
    if cue.is_empty() {
        return Err(BadScript(format!(
            "`{text}` ends before it says when: write {what}@3s or {what}@PROMPT"
        )));
    }
    if cue.starts_with(|first: char| first.is_ascii_digit()) {
        return match parse_duration(cue) {
            Some(at) => Ok((what.trim(), Some(Cue::At(at)))),
            None => Err(BadScript(format!("`{cue}` is no time: write 3s or 1.5s"))),
        };
    }
    Ok((what.trim(), Some(Cue::Prompt(cue.to_owned()))))
}

/// A time on the command line: `3s`, `1m30s`, `500ms`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "a time needs a unit, such as 3s, 500ms or 1m30s".to_owned())
}

impl std::fmt::Display for Cue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cue::Pause => out.write_str("a pause"),
            Cue::At(at) => write!(out, "{} after the answer", duration(*at)),
            Cue::After(after) => write!(out, "{}", duration(*after)),
            Cue::Prompt(name) => write!(out, "the prompt `{name}`"),
        }
    }
}

/// What a group without keys stands for, as in `strowger simulate --press`.
const PAUSE: Duration = Duration::from_secs(2);

fn is_key(key: char) -> bool {
    matches!(key.to_ascii_uppercase(), '0'..='9' | '*' | '#' | 'A'..='D')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(digits: &str, cue: Cue) -> Press {
        Press { digits: digits.to_owned(), cue }
    }

    #[test]
    fn each_group_has_its_cue() {
        let secs = Duration::from_secs;
        assert_eq!(presses("1", &Cue::Pause).unwrap(), [press("1", Cue::Pause)]);
        assert_eq!(
            presses("1@3s, 2a@500ms,*3@vm-main_menu,#", &Cue::After(secs(4))).unwrap(),
            [
                press("1", Cue::At(secs(3))),
                press("2A", Cue::At(Duration::from_millis(500))),
                press("*3", Cue::Prompt("vm-main_menu".to_owned())),
                press("#", Cue::After(secs(4))),
            ]
        );
        assert_eq!(
            presses("1,,,101#", &Cue::Pause).unwrap(),
            [press("1", Cue::Pause), press("101#", Cue::After(secs(4)))]
        );
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for wrong in ["", ",", "x", "1@", "1@3", "1@3parsecs", "@3s", "12 3"] {
            assert!(presses(wrong, &Cue::Pause).is_err(), "{wrong}");
        }
        let error = presses("1@3", &Cue::Pause).unwrap_err().to_string();
        assert_eq!(error, "`3` is no time: write 3s or 1.5s");
    }
}
