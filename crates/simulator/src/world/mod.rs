//! The virtual world around a call: an account, phones, carriers, web servers, sounds, and a clock.
//!
//! Not here: what a call does with it (`session`), and anything real: no sockets, no files, no time.

pub mod account;
pub mod others;
pub mod party;
pub mod queues;
pub mod sound;
pub mod web;

use std::time::Duration;

use engine::limits::Limits;
use engine::media::Media;
use indexmap::IndexMap;
use jiff::Timestamp;

use crate::clock::Clock;
use account::Account;
use party::{Behaviour, Behaviours, Ends, Trunk};
use sound::{SoundBook, heard_as, spoken_length};
use web::Web;

/// Everything around a call. Cloning a world gives another that goes its own way from there.
#[derive(Clone, Debug)]
pub struct World {
    /// Its time; it goes on from call to call.
    pub clock: Clock,
    /// The account the calls belong to, and what changes in it.
    pub account: Account,
    /// Registered phones by device id.
    pub phones: IndexMap<String, Behaviours>,
    /// The world outside, asked in order.
    pub trunks: Vec<Trunk>,
    /// Calls of other people in progress.
    pub others: Vec<others::OtherCall>,
    /// The account's agent queues.
    pub queues: queues::Queues,
    /// Web servers.
    pub web: Web,
    /// How long things played last.
    pub sound: SoundBook,
    /// What goes wrong inside the system.
    pub faults: Faults,
    /// Bounds of the calls.
    pub limits: Limits,
    /// Seed of the calls.
    pub seed: u64,
}

/// What goes wrong inside the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Fate of each change of the account in turn; the last is repeated, none means that all is well.
    pub save: Vec<Fate>,
    /// Fate of each thing read.
    pub load: Vec<Fate>,
    /// The caller is gone while the call is being answered.
    pub answer_lost: bool,
    /// Faxes cannot be received.
    pub fax_lost: bool,
    /// Nothing can mix several voices.
    pub no_mixer: bool,
    saves: usize,
    loads: usize,
}

/// What becomes of one reading or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It works.
    Well,
    /// Somebody else has changed the document.
    Conflict,
    /// Storage fails.
    Storage,
}

impl Faults {
    /// These fates for savings and readings.
    pub fn new(save: Vec<Fate>, load: Vec<Fate>, answer_lost: bool) -> Faults {
        Faults { save, load, answer_lost, fax_lost: false, no_mixer: false, saves: 0, loads: 0 }
    }

    pub(crate) fn next_save(&mut self) -> Fate {
        self.saves += 1;
        fate(&self.save, self.saves)
    }

    pub(crate) fn next_load(&mut self) -> Fate {
        self.loads += 1;
        fate(&self.load, self.loads)
    }
}

fn fate(fates: &[Fate], nth: usize) -> Fate {
    fates.get(nth - 1).or(fates.last()).copied().unwrap_or(Fate::Well)
}

impl World {
    /// A world with an account and nothing else: no phone registered, no carrier, no web server.
    pub fn new(account: Account, start: Timestamp) -> World {
        World {
            clock: Clock::new(start),
            account,
            phones: IndexMap::new(),
            trunks: Vec::new(),
            others: Vec::new(),
            queues: queues::Queues::default(),
            web: Web::default(),
            sound: SoundBook::default(),
            faults: Faults::default(),
            limits: Limits::default(),
            seed: 1,
        }
    }

    /// What a device does with the next call to it.
    pub(crate) fn call_phone(&mut self, device_id: &str) -> Behaviour {
        self.phones.get_mut(device_id).map_or_else(|| Behaviour::new(Ends::Unregistered), Behaviours::next)
    }

    /// What the world outside does with the next call to a URI; `None` when there is no way to it.
    pub(crate) fn call_uri(&mut self, uri: &str) -> Option<Behaviour> {
        self.trunks
            .iter_mut()
            .find(|trunk| crate::text::matches(&trunk.to, uri))
            .map(|trunk| trunk.does.next())
    }

    /// The length of an item; `recordings` gives that of a recording of this call. `None` is for ever.
    pub(crate) fn length_of(
        &self,
        media: &Media,
        recordings: impl Fn(engine::ids::RecordingId) -> Option<Duration>,
    ) -> Result<Option<Duration>, NoSound> {
        let name = heard_as(media);
        if let Media::Speech { .. } = media
            && !self.sound.speech
        {
            return Err(NoSound::Speech);
        }
        match self.sound.entry(&name) {
            Some(Some(length)) => return Ok(Some(length)),
            Some(None) => return Err(NoSound::Missing(format!("{name} is missing"))),
            None => {}
        }
        let missing = || NoSound::Missing(format!("{name}: there is no such thing"));
        match media {
            Media::Prompt { name, .. } => Ok(spoken_length(name)),
            Media::Speech { text, .. } => Ok(spoken_length(text)),
            Media::Document { id } => self.account.media_length(id).ok_or_else(missing),
            Media::Url { url } => match self.web.sound(url) {
                Some(found) => found.map_err(NoSound::Missing),
                None => Ok(sound::MEDIA_LENGTH),
            },
            Media::Tone { .. } => Ok(sound::TONE_LENGTH),
            Media::Silence { duration } => return Ok(*duration),
            Media::Recording { recording } => recordings(*recording).ok_or_else(missing),
            Media::Message { message_id, from } => {
                let length = self.account.message_length(message_id).ok_or_else(missing);
                length.map(|length| length.saturating_sub(*from))
            }
        }
        .map(Some)
    }
}

/// Why something cannot be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoSound {
    Missing(String),
    Speech,
}
