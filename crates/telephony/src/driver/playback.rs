//! From a playlist of the engine to audio: prompts, tones and silence at once, everything else from the host.

use std::sync::Arc;

use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure};
use engine::media::Media;

use super::call::CallKey;
use super::channels;
use super::host::ClipRequest;
use super::mailbox::Event;
use super::switch::Switch;
use crate::media::clip::{Clip, Item, Repeat};
use crate::media::tone;

/// A playlist some of whose audio is not there yet.
pub(super) struct Pending {
    pub(super) to: Heard,
    items: Vec<Option<Item>>,
    repeat: Repeat,
}

/// Who hears a playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A leg.
    By(LegId),
    /// Everybody in a room.
    In(String),
}

impl Switch {
    /// Starts a playback, now or as soon as its audio is there.
    pub(super) fn play(
        &mut self,
        key: CallKey,
        command: CommandId,
        to: Heard,
        items: Vec<Media>,
        repeat: Repeat,
    ) {
        if let Heard::By(leg) = to {
            self.stop_playback(key, leg);
        }
        let mut found = Vec::with_capacity(items.len());
        let mut wanted = Vec::new();
        for (place, media) in items.into_iter().enumerate() {
            match self.at_once(&media) {
                Ok(Some(item)) => found.push(Some(item)),
                Ok(None) => {
                    found.push(None);
                    wanted.push((place, media));
                }
                Err(failure) => return self.complete(key, command, Err(failure)),
            }
        }
        if wanted.is_empty() {
            return self.begin(key, command, to, found.into_iter().flatten().collect(), repeat);
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.pending.insert(command, Pending { to, items: found, repeat });
        let account_id = call.account_id.clone();
        let recordings: Vec<_> = wanted
            .iter()
            .map(|(_, media)| match media {
                Media::Recording { recording } => {
                    call.recordings.get(recording).map(|made| made.path.clone())
                }
                _ => None,
            })
            .collect();
        for ((item, media), recording) in wanted.into_iter().zip(recordings) {
            let mailbox = self.mailbox.clone();
            let request = ClipRequest { account_id: account_id.clone(), media, recording };
            let reply = move |clip| mailbox.post(Event::Clip { call: key, command, item, clip });
            self.host.clip(request, Box::new(reply));
        }
    }

    /// One item has come; when it was the last, the playback starts.
    pub(super) fn clip_arrived(
        &mut self,
        key: CallKey,
        command: CommandId,
        place: usize,
        clip: Result<Arc<Clip>, Failure>,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(pending) = call.pending.get_mut(&command) else { return };
        match clip {
            Ok(clip) => {
                if let Some(slot) = pending.items.get_mut(place) {
                    *slot = Some(Item::once(clip));
                }
                if pending.items.iter().all(Option::is_some)
                    && let Some(ready) = call.pending.remove(&command)
                {
                    let items = ready.items.into_iter().flatten().collect();
                    self.begin(key, command, ready.to, items, ready.repeat);
                }
            }
            Err(failure) => {
                call.pending.remove(&command);
                self.complete(key, command, Err(failure));
            }
        }
    }

    /// Ends the playback of a leg, also one that waits for its audio.
    pub(super) fn stop_playback(&mut self, key: CallKey, leg: LegId) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let waiting: Vec<CommandId> = call
            .pending
            .iter()
            .filter(|(_, pending)| pending.to == Heard::By(leg))
            .map(|(id, _)| *id)
            .collect();
        for command in &waiting {
            call.pending.remove(command);
        }
        let stream = call.legs.get(&leg).and_then(|leg| leg.stream);
        for command in waiting {
            self.complete(key, command, Ok(Done::Played { stopped: true }));
        }
        if let Some(stream) = stream
            && let Err(error) = self.media.stop_play(stream)
        {
            tracing::warn!(%error, "a playback could not be stopped");
        }
    }

    fn at_once(&self, media: &Media) -> Result<Option<Item>, Failure> {
        match media {
            Media::Prompt { name, language } => match self.prompts.get(language, name) {
                Some(clip) => Ok(Some(Item::once(clip))),
                None => Err(Failure::Media { reason: format!("there is no prompt `{name}`") }),
            },
            Media::Tone { spec } => tone::parse(spec)
                .map(|tone| Some(tone.item()))
                .map_err(|error| Failure::Media { reason: format!("tone `{spec}`: {error}") }),
            Media::Silence { duration } => Ok(Some(Item::Silence(*duration))),
            Media::Document { .. }
            | Media::Url { .. }
            | Media::Speech { .. }
            | Media::Recording { .. }
            | Media::Message { .. } => Ok(None),
        }
    }

    fn begin(&mut self, key: CallKey, command: CommandId, to: Heard, items: Vec<Item>, repeat: Repeat) {
        let leg = match to {
            Heard::By(leg) => leg,
            Heard::In(room) => {
                let begun = self.announce(key, &room, items);
                return self.complete(key, command, begun);
            }
        };
        let live = self.calls.get_mut(&key).and_then(|call| call.legs.get_mut(&leg));
        let Some((live, stream)) = live.and_then(|leg| leg.stream.map(|stream| (leg, stream))) else {
            return self.complete(key, command, Err(Failure::LegState));
        };
        live.tokens.insert(command);
        let token = channels::token(live.owner, command);
        if let Err(error) = self.media.play(stream, token, items, repeat) {
            live.tokens.remove(&command);
            self.complete(key, command, Err(Failure::Media { reason: error.to_string() }));
        }
    }
}
