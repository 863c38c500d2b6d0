//! What people and phones do: behaviours of called parties and the steps of whoever talks.
//!
//! Not here: how a behaviour is carried out (`session`), how it is written in a scenario (`scenario`).

use std::time::Duration;

/// What a phone or a trunk does with one call to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// When it says that it rings; `None` for never.
    pub ring_after: Option<Duration>,
    /// It sends audio of its own when it would ring.
    pub early_media: bool,
    /// It is in another call already.
    pub in_call: bool,
    /// That other call ends so long after the world began; `None` for never.
    pub free_after: Option<Duration>,
    /// What it ends up doing.
    pub ends: Ends,
    /// What its user does after the answer.
    pub then: Vec<Step>,
}

/// What a called phone ends up doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Rings until the caller gives up.
    Rings,
    /// Answers, so long after the attempt began.
    Answers(Duration),
    /// Refuses with a SIP status.
    Refuses {
        /// 300 to 699.
        status: u16,
        /// So long after the attempt began.
        after: Duration,
    },
    /// Never replies at all; the attempt fails after 32 s (RFC 3261 section 17.1.1.2, timer B).
    Silent,
    /// There is no such phone at the moment.
    Unregistered,
}

/// Ringing of a phone that is not told otherwise.
pub const RING_AFTER: Duration = Duration::from_millis(100);

impl Behaviour {
    /// Rings and does what is said.
    pub fn new(ends: Ends) -> Behaviour {
        let ring_after = match ends {
            Ends::Rings | Ends::Answers(_) => Some(RING_AFTER),
            Ends::Refuses { .. } | Ends::Silent | Ends::Unregistered => None,
        };
        Behaviour { ring_after, early_media: false, in_call: false, free_after: None, ends, then: Vec::new() }
    }

    /// Answers after that long, and then does these steps.
    pub fn answers(after: Duration, then: Vec<Step>) -> Behaviour {
        Behaviour { then, ..Behaviour::new(Ends::Answers(after)) }
    }

    /// The behaviour a word stands for: `answer`, `ring`, `busy`, `decline`, `silent`, `unregistered`.
    pub fn from_word(word: &str) -> Option<Behaviour> {
        let refuses = |status| Ends::Refuses { status, after: RING_AFTER };
        Some(Behaviour::new(match word {
            "answer" => Ends::Answers(Duration::from_secs(1)),
            "ring" => Ends::Rings,
            "busy" => refuses(486),
            "decline" => refuses(603),
            "silent" => Ends::Silent,
            "unregistered" => Ends::Unregistered,
            _ => return None,
        }))
    }

    /// The words of [`Behaviour::from_word`].
    pub const WORDS: &'static [&'static str] =
        &["answer", "ring", "busy", "decline", "silent", "unregistered"];
}

/// The behaviours of a party for its first call, its second, and so on; the last is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviours {
    list: Vec<Behaviour>,
    used: usize,
}

impl Behaviours {
    /// These, in this order. An empty list is a phone that is not registered.
    pub fn new(list: Vec<Behaviour>) -> Behaviours {
        Behaviours { list, used: 0 }
    }

    /// What it does with the next call to it.
    pub(crate) fn next(&mut self) -> Behaviour {
        let at = self.used.min(self.list.len().saturating_sub(1));
        self.used += 1;
        self.list.get(at).cloned().unwrap_or_else(|| Behaviour::new(Ends::Unregistered))
    }

    /// What it would do with the next call to it.
    pub(crate) fn peek(&self) -> Option<&Behaviour> {
        self.list.get(self.used.min(self.list.len().saturating_sub(1)))
    }

    /// All of them.
    pub fn list(&self) -> &[Behaviour] {
        &self.list
    }
}

impl From<Behaviour> for Behaviours {
    fn from(one: Behaviour) -> Self {
        Behaviours::new(vec![one])
    }
}

/// Somebody out there: a carrier, a mobile, a PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// The SIP URIs it answers for; `*` stands for any text.
    pub to: String,
    /// What it does.
    pub does: Behaviours,
}

/// One thing a caller, or the user of a phone, does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Hangs up.
    HangUp,
    /// Waits until the call is answered.
    Answered,
    /// Waits until connected to another party.
    Connected,
    /// Waits until something is played.
    Hear {
        /// Part of its name; `*` stands for any text.
        what: String,
        /// Until it has been played to its end.
        to_end: bool,
    },
    /// Presses keys.
    Press {
        /// `0-9*#A-D`.
        keys: String,
        /// Time from key to key.
        every: Duration,
        /// How long each is held.
        length: Duration,
    },
    /// Is silent.
    Wait(Duration),
    /// Speaks.
    Speak(Duration),
    /// Waits until connected to another party and stays so for that long.
    Talk(Duration),
    /// Puts the other side on hold, or takes it back.
    Hold(bool),
    /// Asks to be transferred: to a number, or, as `replaces CHANNEL`, into another call.
    Transfer(String),
    /// Sends the calling tone of a fax machine.
    FaxTone,
    /// Somebody else's call takes the party over.
    Taken,
}

/// Time from key to key when nothing else is said.
pub const KEY_EVERY: Duration = Duration::from_millis(200);
/// How long a key is held when nothing else is said.
pub const KEY_LENGTH: Duration = Duration::from_millis(100);

impl Step {
    /// Presses these keys at the usual speed.
    pub fn press(keys: impl Into<String>) -> Step {
        Step::Press { keys: keys.into(), every: KEY_EVERY, length: KEY_LENGTH }
    }

    /// Waits until something with this in its name begins to be played.
    pub fn hear(what: impl Into<String>) -> Step {
        Step::Hear { what: what.into(), to_end: false }
    }

    /// The step in words, for failures and traces.
    pub fn describe(&self) -> String {
        match self {
            Step::HangUp => "hang_up".to_owned(),
            Step::FaxTone => "fax_tone".to_owned(),
            Step::Answered => "answered".to_owned(),
            Step::Connected => "connected".to_owned(),
            Step::Hear { what, to_end: false } => format!("hear \"{what}\""),
            Step::Hear { what, to_end: true } => format!("hear \"{what}\" to its end"),
            Step::Press { keys, .. } => format!("press \"{keys}\""),
            Step::Wait(time) => format!("wait {}", crate::text::duration(*time)),
            Step::Speak(time) => format!("speak {}", crate::text::duration(*time)),
            Step::Talk(time) => format!("talk {}", crate::text::duration(*time)),
            Step::Hold(held) => format!("hold {held}"),
            Step::Transfer(to) => format!("transfer \"{to}\""),
            Step::Taken => "taken".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_behaviour_is_repeated() {
        let mut phone = Behaviours::new(vec![
            Behaviour::from_word("busy").unwrap(),
            Behaviour::from_word("answer").unwrap(),
        ]);
        assert!(matches!(phone.next().ends, Ends::Refuses { status: 486, .. }));
        assert!(matches!(phone.next().ends, Ends::Answers(_)));
        assert!(matches!(phone.next().ends, Ends::Answers(_)));
        assert_eq!(Behaviours::new(Vec::new()).next().ends, Ends::Unregistered);
    }

    #[test]
    fn every_word_is_a_behaviour() {
        for word in Behaviour::WORDS {
            assert!(Behaviour::from_word(word).is_some(), "{word}");
        }
        assert_eq!(Behaviour::from_word("dance"), None);
    }
}
