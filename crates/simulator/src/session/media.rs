//! What is played to legs and recorded from them. Only lengths exist.
//!
//! Not here: how long an item is (`world::sound`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use engine::ids::{CommandId, LegId, RecordingId};
use engine::input::{Done, Failure, RecordingEnd};
use engine::media::{Loops, Media};

use super::legs::AT_ONCE;
use super::{Due, Session};
use crate::text;
use crate::world::NoSound;
use crate::world::sound::heard_as;

/// A playlist is never shorter than one frame of audio, so that endless ones take time.
const SHORTEST: Duration = Duration::from_millis(20);

/// A playlist being played.
#[derive(Debug)]
pub(super) struct Playback {
    pub(super) command: CommandId,
    items: Vec<Media>,
    lengths: Vec<Option<Duration>>,
    /// Items begun so far in the first pass; later passes are not reported.
    pub(super) begun: usize,
}

/// A recording, going on or ended.
#[derive(Debug)]
pub(super) struct Taping {
    pub(super) command: CommandId,
    leg: LegId,
    began: Duration,
    silence: Option<Duration>,
    last_voice: Duration,
    /// Its length, once it has ended.
    pub(super) ended: Option<Duration>,
}

impl Session {
    pub(super) fn play(&mut self, leg: LegId, items: Vec<Media>, loops: Loops, command: CommandId) {
        if !self.legs.get(&leg).is_some_and(|leg| leg.has_audio() && !leg.ending) {
            return self.complete_if(false, command);
        }
        self.end_playback(leg);
        let lengths: Result<Vec<Option<Duration>>, NoSound> = items
            .iter()
            .map(|item| {
                self.world.length_of(item, |id| self.tapings.get(&id).map(|taping| self.taped(taping)))
            })
            .collect();
        let lengths = match lengths {
            Ok(lengths) => lengths,
            Err(problem) => {
                let failure = match problem {
                    NoSound::Missing(reason) => Failure::Media { reason },
                    NoSound::Speech => Failure::NoSpeech { reason: "no engine is installed".to_owned() },
                };
                self.say(format!("{} cannot be played to: {failure:?}", self.who(leg)));
                return self.complete_after(AT_ONCE, command, Err(failure));
            }
        };
        let one_pass: Option<Duration> = lengths.iter().copied().sum();
        let length = match loops {
            Loops::Once => one_pass,
            Loops::Times(times) => one_pass.map(|pass| pass.saturating_mul(times.max(1))),
            Loops::Endless => None,
        };
        if let Some(length) = length {
            self.in_a_while(length.max(SHORTEST), Due::PlaybackOver(leg, command));
        }
        let begun = 0;
        self.playbacks.insert(leg, Playback { command, items, lengths, begun });
        self.item_begins(leg, command, 0);
    }

    /// The first pass comes to an item.
    pub(super) fn item_begins(&mut self, leg: LegId, command: CommandId, index: usize) {
        let Some(playback) = self.playbacks.get_mut(&leg).filter(|playback| playback.command == command)
        else {
            return;
        };
        let Some(item) = playback.items.get(index) else { return };
        let name = heard_as(item);
        let length = playback.lengths.get(index).copied().flatten();
        let next_exists = index + 1 < playback.items.len();
        playback.begun = index + 1;
        let who = self.who(leg);
        self.say(format!("{who} hears {name}"));
        self.observed.hears(&who, name.clone());
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.script.hears(name);
        }
        if let Some(length) = length.filter(|_| next_exists) {
            self.in_a_while(length, Due::Item(leg, command, index + 1));
        }
        self.wake_listeners();
    }

    pub(super) fn playback_over(&mut self, leg: LegId, command: CommandId) {
        if self.playbacks.get(&leg).is_none_or(|playback| playback.command != command) {
            return;
        }
        self.playbacks.remove(&leg);
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.script.heard_to_end();
        }
        self.complete(command, Ok(Done::Played { stopped: false }));
    }

    pub(super) fn stop_playback(&mut self, leg: LegId, command: CommandId) {
        self.end_playback(leg);
        self.complete_if(true, command);
    }

    /// Ends a leg's playback before its end, if there is one.
    pub(super) fn end_playback(&mut self, leg: LegId) {
        if let Some(playback) = self.playbacks.remove(&leg) {
            if let Some(leg) = self.legs.get_mut(&leg) {
                leg.script.cut_off();
            }
            self.complete_after(AT_ONCE, playback.command, Ok(Done::Played { stopped: true }));
        }
    }

    pub(super) fn record(
        &mut self,
        leg: LegId,
        recording: RecordingId,
        limit: Duration,
        silence: Option<Duration>,
        command: CommandId,
    ) {
        if !self.legs.get(&leg).is_some_and(|leg| leg.has_audio() && !leg.ending) {
            return self.complete_if(false, command);
        }
        let now = self.world.clock.mono();
        self.say(format!("recording {} of {} begins", recording.0, self.who(leg)));
        let taping = Taping { command, leg, began: now, silence, last_voice: now, ended: None };
        self.tapings.insert(recording, taping);
        self.in_a_while(limit, Due::TapeFull(recording));
        if let Some(silence) = silence {
            self.in_a_while(silence, Due::Silence(recording));
        }
    }

    pub(super) fn stop_recording(&mut self, recording: RecordingId, command: CommandId) {
        let allowed = self.tapings.contains_key(&recording);
        self.complete_if(allowed, command);
        self.end_taping(recording, RecordingEnd::Stopped);
    }

    pub(super) fn tape_full(&mut self, recording: RecordingId) {
        self.end_taping(recording, RecordingEnd::Limit);
    }

    /// The silence limit may have been reached; if somebody spoke meanwhile, it is looked at again later.
    pub(super) fn silence_check(&mut self, recording: RecordingId) {
        let now = self.world.clock.mono();
        let Some(taping) = self.tapings.get_mut(&recording).filter(|taping| taping.ended.is_none()) else {
            return;
        };
        let Some(limit) = taping.silence else { return };
        if self.legs.get(&taping.leg).is_some_and(|leg| leg.script.speaking) {
            taping.last_voice = now;
        }
        let over_at = taping.last_voice.saturating_add(limit);
        if over_at <= now {
            self.end_taping(recording, RecordingEnd::Silence);
        } else {
            self.agenda.put(over_at, Due::Silence(recording));
        }
    }

    /// A leg's user stops speaking: the silence of its recordings begins.
    pub(super) fn falls_silent(&mut self, leg: LegId) {
        let now = self.world.clock.mono();
        let mut ends = BTreeSet::new();
        for (id, taping) in &mut self.tapings {
            if taping.leg == leg && taping.ended.is_none() {
                taping.last_voice = now;
                ends.extend(taping.silence.map(|silence| (*id, now.saturating_add(silence))));
            }
        }
        for (id, at) in ends {
            self.agenda.put(at, Due::Silence(id));
        }
    }

    pub(super) fn end_tapings_of(&mut self, leg: LegId) {
        let going: Vec<RecordingId> =
            self.tapings.iter().filter(|(_, taping)| taping.leg == leg).map(|(id, _)| *id).collect();
        for id in going {
            self.end_taping(id, RecordingEnd::LegGone);
        }
    }

    fn end_taping(&mut self, recording: RecordingId, end: RecordingEnd) {
        let now = self.world.clock.mono();
        let Some(taping) = self.tapings.get_mut(&recording).filter(|taping| taping.ended.is_none()) else {
            return;
        };
        let duration = now.saturating_sub(taping.began);
        taping.ended = Some(duration);
        let command = taping.command;
        self.say(format!("recording {} ends after {}", recording.0, text::duration(duration)));
        self.complete_after(AT_ONCE, command, Ok(Done::Recorded { duration, end }));
    }

    /// The lengths of all recordings so far.
    pub(super) fn lengths_taped(&self) -> BTreeMap<RecordingId, Duration> {
        self.tapings.iter().map(|(id, taping)| (*id, self.taped(taping))).collect()
    }

    fn taped(&self, taping: &Taping) -> Duration {
        taping.ended.unwrap_or_else(|| self.world.clock.mono().saturating_sub(taping.began))
    }
}
