//! A caller in a conference: waiting for a moderator, alone with music, talking, and the keys that change how they are heard.
//!
//! Who else is there is not this call's to know: the driver tells how many there are, and how many of them are moderators.
//! Not here: whom to let in (`modules::conference`), what its document says (`document`), which keys there are (`controls`).

use std::time::Duration;

use serde_json::json;

use crate::command::{Action, Seat};
use crate::cx::{Cx, HungUp};
use crate::ids::{CommandId, LegId, RecordingId};
use crate::input::{Done, Failure, LegEvent};
use crate::media::{Loops, Media};
use crate::state::{LegPhase, State};

pub(crate) mod controls;
pub(crate) mod document;

use controls::{Control, Deed};

/// Time between the keys of one control.
const INTERDIGIT: Duration = Duration::from_secs(2);

/// Loudest and softest, in steps of 3 dB.
const LEVEL_MAX: i8 = 4;

/// How a caller is in a conference, and what they and the others hear of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Participation {
    /// The room: calls of the account that name the same one are together. [`room_of`] gives a document's.
    pub(crate) room: String,
    /// The conference's id, for those who listen to events.
    pub(crate) conference_id: String,
    /// Counts as a moderator.
    pub(crate) moderator: bool,
    /// Is not heard at first.
    pub(crate) muted: bool,
    /// Does not hear at first.
    pub(crate) deaf: bool,
    /// The conference ends for everybody when this one leaves.
    pub(crate) essential: bool,
    /// Refused when so many are inside already.
    pub(crate) at_most: Option<u32>,
    /// Hears music, and nobody, until a moderator is there.
    pub(crate) waits_for_moderator: bool,
    /// Does not wait again when the last moderator has left.
    pub(crate) waits_once: bool,
    /// Has to go when the last moderator has left.
    pub(crate) needs_moderator: bool,
    /// Played to all when the caller has come in.
    pub(crate) entry: Vec<Media>,
    /// Played to those who stay when the caller leaves.
    pub(crate) exit: Vec<Media>,
    /// Played once to a caller who is the first.
    pub(crate) alone: Option<Media>,
    /// Heard while alone or waiting; `None` for silence.
    pub(crate) music: Option<Media>,
    /// Heard by a caller who is muted from now on.
    pub(crate) muted_sound: Option<Media>,
    /// Heard by a caller who speaks again.
    pub(crate) unmuted_sound: Option<Media>,
    /// Has to go then, in monotonic time.
    pub(crate) until: Option<Duration>,
    /// What keys do.
    pub(crate) controls: Vec<Control>,
    /// The caller's name as they said it, announced before `conf-has_joined` and `conf-has_left`.
    pub(crate) name: Option<RecordingId>,
}

/// How a caller's time in a conference ended, other than by their hang-up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// They pressed the key for it, or their time was up.
    Left,
    /// The conference is over: who had to be there has left.
    Over,
    /// They were not let in, for it is full.
    Full,
    /// They could not be put into a room.
    Failed(Failure),
}

/// The room of a conference document.
pub(crate) fn room_of(conference_id: &str) -> String {
    format!("conference-{conference_id}")
}

/// Puts the caller, who has been answered, into the conference, until they leave it. Leaving is told to the others also when
/// the caller hangs up.
pub(crate) async fn take_part(cx: &Cx, participation: Participation) -> Result<End, HungUp> {
    let mut caller = Participant {
        cx,
        muted: participation.muted,
        deaf: participation.deaf,
        held: false,
        part: participation,
        members: 0,
        moderators: 0,
        had_moderator: false,
        told_alone: false,
        seat: Seat::default(),
        playback: None,
        music: false,
        keys: String::new(),
        levels: [0; 2],
    };
    cx.flush_digits();
    caller.seat = caller.wanted_seat();
    match caller.join().await? {
        Ok(_) => {}
        Err(Failure::Full) => return Ok(End::Full),
        Err(failure) => return Ok(End::Failed(failure)),
    }
    cx.vars(|vars| vars.bridged = true);
    caller.publish("conference_joined");
    let announced = caller.announcement(&caller.part.entry, "conf-has_joined");
    caller.announce(announced);
    let end = caller.stay().await;
    caller.leave().await;
    caller.publish("conference_left");
    end
}

/// A caller in a room.
struct Participant<'a> {
    cx: &'a Cx,
    part: Participation,
    muted: bool,
    deaf: bool,
    /// Their telephone holds us: nobody is to hear its music.
    held: bool,
    /// How many are inside and how many of them are moderators; 0 until the driver has told.
    members: u32,
    moderators: u32,
    had_moderator: bool,
    told_alone: bool,
    /// As it was asked for last.
    seat: Seat,
    /// What is played to the caller alone.
    playback: Option<CommandId>,
    /// It is the music.
    music: bool,
    keys: String,
    /// Of what the caller says, and of what they hear.
    levels: [i8; 2],
}

enum Happened {
    Key(char),
    Room { members: u32, moderators: u32, closed: bool },
    Held(bool),
    Played,
}

impl Participant<'_> {
    async fn stay(&mut self) -> Result<End, HungUp> {
        let mut keys_until = None;
        loop {
            let (playback, until) = (self.playback, self.part.until);
            let next = [keys_until, until].into_iter().flatten().min();
            let happened = self.cx.wait(next, |state| find(state, playback)).await?;
            if until.is_some_and(|until| self.cx.mono() >= until) {
                return Ok(End::Left);
            }
            match happened {
                Some(Happened::Room { members, moderators, closed }) => {
                    (self.members, self.moderators) = (members, moderators);
                    self.had_moderator |= moderators > 0;
                    if closed || (self.part.needs_moderator && self.had_moderator && moderators == 0) {
                        return Ok(End::Over);
                    }
                    self.settle().await?;
                }
                Some(Happened::Held(held)) => {
                    self.held = held;
                    self.settle().await?;
                }
                Some(Happened::Played) => {
                    self.playback = None;
                    self.settle().await?;
                }
                Some(Happened::Key(key)) => {
                    self.keys.push(key);
                    match controls::pressed(&self.part.controls, &self.keys) {
                        controls::Pressed::Does(deed) => {
                            self.keys.clear();
                            keys_until = None;
                            if self.does(deed).await? {
                                return Ok(End::Left);
                            }
                        }
                        controls::Pressed::Begins => {
                            keys_until = Some(self.cx.mono().saturating_add(INTERDIGIT));
                        }
                        controls::Pressed::Nothing => {
                            self.keys.clear();
                            keys_until = None;
                        }
                    }
                }
                None => {
                    self.keys.clear();
                    keys_until = None;
                }
            }
        }
    }

    /// Does what a key is for; true when the caller leaves.
    async fn does(&mut self, deed: Deed) -> Result<bool, HungUp> {
        let (muted, deaf) = (self.muted, self.deaf);
        match deed {
            Deed::Mute(wanted) => self.muted = wanted.unwrap_or(!muted),
            Deed::Deaf(wanted) => self.deaf = wanted.unwrap_or(!deaf),
            Deed::DeafAndMute => {
                self.deaf = !deaf;
                self.muted = self.deaf;
            }
            Deed::Level { heard, change } => {
                let level = &mut self.levels[usize::from(heard)];
                *level = change.map_or(0, |change| (*level + change).clamp(-LEVEL_MAX, LEVEL_MAX));
                let effect = crate::command::Effect::Level { heard, steps: *level };
                if let Err(failure) = self.cx.run(Action::Effect { leg: LegId::CALLER, effect }).await? {
                    self.cx.note("EN2039", format!("the level could not be changed: {failure:?}"));
                }
                return Ok(false);
            }
            Deed::Leave => return Ok(true),
        }
        if (self.muted, self.deaf) != (muted, deaf) {
            self.settle().await?;
        }
        let sound = match (muted, self.muted) {
            (false, true) => self.part.muted_sound.clone(),
            (true, false) => self.part.unmuted_sound.clone(),
            _ => None,
        };
        if let Some(sound) = sound.filter(|_| self.playback.is_none()) {
            self.playback = self.cx.begin_playback(vec![sound], Loops::Once).await?.ok();
        }
        Ok(false)
    }

    fn is_waiting(&self) -> bool {
        let started = self.part.waits_once && self.had_moderator;
        self.part.waits_for_moderator && !self.part.moderator && self.moderators == 0 && !started
    }

    fn wanted_seat(&self) -> Seat {
        let waiting = self.is_waiting();
        Seat {
            speaks: !self.muted && !self.held && !waiting,
            hears: !self.deaf && !waiting,
            moderator: self.part.moderator,
            essential: self.part.essential,
            at_most: self.part.at_most,
        }
    }

    async fn join(&self) -> Result<Result<Done, Failure>, HungUp> {
        let room = self.part.room.clone();
        self.cx.run(Action::Join { leg: LegId::CALLER, room, seat: self.seat }).await
    }

    /// Brings the seat and the music in line with who is there.
    async fn settle(&mut self) -> Result<(), HungUp> {
        let wanted = self.wanted_seat();
        if wanted != self.seat {
            self.seat = wanted;
            if let Err(failure) = self.join().await? {
                self.cx.note("EN2036", format!("the conference could not be told of a change: {failure:?}"));
            }
        }
        let lonely = self.members <= 1 || self.is_waiting();
        if lonely == self.music || (lonely && self.playback.is_some()) || self.members == 0 {
            return Ok(());
        }
        if let Some(playback) = self.playback.take() {
            self.cx.stop_playback(playback).await?;
        }
        self.music = false;
        let alone = (self.members == 1 && !self.told_alone).then(|| self.part.alone.clone()).flatten();
        if let (true, Some(alone)) = (lonely, alone) {
            self.told_alone = true;
            self.playback = self.cx.begin_playback(vec![alone], Loops::Once).await?.ok();
        } else if let (true, Some(music)) = (lonely, self.part.music.clone()) {
            self.playback = self.cx.begin_playback(vec![music], Loops::Endless).await?.ok();
            self.music = true;
        }
        Ok(())
    }

    async fn leave(&mut self) {
        if self.members > 1 {
            let announced = self.announcement(&self.part.exit, "conf-has_left");
            if let Some(command) = self.announce(announced) {
                // The recording of a name is there only as long as this call.
                self.cx.completion(command).await.ok();
            }
        }
        let there = self.cx.with(|state| {
            state.legs.get(&LegId::CALLER).is_some_and(|leg| !matches!(leg.phase, LegPhase::Over(_)))
        });
        if there {
            if self.playback.take().is_some() {
                self.cx.send(Action::StopPlayback { leg: LegId::CALLER });
            }
            let command = self.cx.start(Action::Disconnect { leg: LegId::CALLER });
            self.cx.completion(command).await.ok();
        }
    }

    /// A tone, and the caller's name with what happened to them.
    fn announcement(&self, tone: &[Media], what: &str) -> Vec<Media> {
        let mut items = tone.to_vec();
        if let Some(recording) = self.part.name {
            items.push(Media::Recording { recording });
            items.push(self.cx.prompt_item(what));
        }
        items
    }

    fn announce(&self, items: Vec<Media>) -> Option<CommandId> {
        let room = self.part.room.clone();
        (!items.is_empty()).then(|| self.cx.start(Action::Announce { room, items }))
    }

    fn publish(&self, event: &str) {
        let data = json!({
            "conference_id": self.part.conference_id,
            "room": self.part.room,
            "moderator": self.part.moderator,
        });
        self.cx.send(Action::Publish { event: event.to_owned(), data });
    }
}

fn find(state: &mut State, playback: Option<CommandId>) -> Option<Happened> {
    let leg = state.legs.get_mut(&LegId::CALLER)?;
    while let Some(event) = leg.events.pop_front() {
        match event {
            LegEvent::Room { members, moderators, closed } => {
                return Some(Happened::Room { members, moderators, closed });
            }
            LegEvent::Held { held } => return Some(Happened::Held(held)),
            _ => {}
        }
    }
    if let Some(key) = leg.digits.pop_front() {
        return Some(Happened::Key(key));
    }
    state.completions.remove(&playback?).map(|_| Happened::Played)
}
