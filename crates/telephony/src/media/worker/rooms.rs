//! The thread's side of rooms and of listening in: who is where, and what they are sent every 20 ms.
//!
//! A room is mixed in one of the four turns; its members are sent their packets then, while their sockets are emptied in their own
//! turns, so audio waits in each member's line until it is mixed. Not for: the sums ([`mixer`](crate::media::mixer)).

use std::time::Duration;

use super::{Leg, TURNS, Worker};
use crate::media::clip::{Item, Playback, Repeat};
use crate::media::engine::{MediaEvent, StreamId};
use crate::media::g711::{Codec, FRAME_SAMPLES};
use crate::media::line::Line;
use crate::media::rooms::{ANNOUNCEMENTS_MAX, LISTENERS_MAX, RELATIONS_MAX, RoomId, Voice};

/// Where a leg's audio goes besides, or instead of, its partner.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The room it is in.
    seat: Option<Box<Seat>>,
    /// Whom it listens to.
    listening: Option<(usize, Voice)>,
    /// Who listens to it.
    listeners: Vec<usize>,
}

/// A place in a room.
#[derive(Debug)]
struct Seat {
    room: RoomId,
    speaks: bool,
    hears: bool,
    /// What the member said and nobody was sent yet.
    said: Line,
    /// Members it does not hear.
    deaf_to: Vec<usize>,
}

/// Several who hear each other.
#[derive(Debug)]
pub(super) struct Room {
    id: RoomId,
    members: Vec<usize>,
    announcements: Vec<Playback>,
    relations: usize,
    turn: usize,
}

impl Worker {
    pub(super) fn join_room(&mut self, id: StreamId, room: RoomId, speaks: bool, hears: bool) {
        let Some(slot) = self.slots.get(&id).copied() else { return };
        let Some(leg) = self.legs[slot].as_deref_mut() else { return };
        if let Some(seat) = leg.links.seat.as_deref_mut().filter(|seat| seat.room == room) {
            (seat.speaks, seat.hears) = (speaks, hears);
            return;
        }
        self.disconnect(id);
        let place = match self.rooms.iter().position(|other| other.id == room) {
            Some(place) => place,
            None => {
                let rooms_in = |turn: usize| self.rooms.iter().filter(|room| room.turn == turn).count();
                let turn = (0..TURNS).min_by_key(|turn| rooms_in(*turn)).unwrap_or(0);
                let new =
                    Room { id: room, members: Vec::new(), announcements: Vec::new(), relations: 0, turn };
                self.rooms.push(new);
                self.rooms.len() - 1
            }
        };
        self.rooms[place].members.push(slot);
        if let Some(leg) = self.legs[slot].as_deref_mut() {
            let seat = Seat { room, speaks, hears, said: Line::default(), deaf_to: Vec::new() };
            leg.links.seat = Some(Box::new(seat));
            leg.stream.connect(true);
        }
    }

    /// Takes a leg out of its room, and from whom it listens to.
    pub(super) fn unlink(&mut self, slot: usize) {
        let Some(leg) = self.legs[slot].as_deref_mut() else { return };
        let seat = leg.links.seat.take();
        let listening = leg.links.listening.take();
        let id = leg.id;
        if seat.is_some() || listening.is_some() {
            leg.stream.connect(false);
        }
        if let Some(seat) = seat {
            self.leave_room(slot, &seat);
        }
        if let Some((to, voice)) = listening {
            self.end_whisper(id, to, voice);
            if let Some(to) = self.legs[to].as_deref_mut() {
                to.links.listeners.retain(|listener| *listener != slot);
                to.stream.set_tapped(!to.links.listeners.is_empty());
            }
        }
    }

    fn leave_room(&mut self, slot: usize, seat: &Seat) {
        let Some(place) = self.rooms.iter().position(|other| other.id == seat.room) else { return };
        let room = &mut self.rooms[place];
        room.members.retain(|member| *member != slot);
        if room.members.is_empty() {
            self.rooms.swap_remove(place);
            return;
        }
        room.relations = room.relations.saturating_sub(seat.deaf_to.len());
        // Slots are used again: nobody may be deaf to the next one who gets this one.
        for member in &room.members {
            if let Some(seat) = self.legs[*member].as_deref_mut().and_then(|leg| leg.links.seat.as_mut()) {
                let before = seat.deaf_to.len();
                seat.deaf_to.retain(|other| *other != slot);
                room.relations = room.relations.saturating_sub(before - seat.deaf_to.len());
            }
        }
    }

    /// A leg is going: those who listen to it are told.
    pub(super) fn end_listeners(&mut self, slot: usize) {
        let Some(leg) = self.legs[slot].as_deref_mut() else { return };
        for listener in std::mem::take(&mut leg.links.listeners) {
            if let Some(listener) = self.legs[listener].as_deref_mut() {
                listener.links.listening = None;
                listener.stream.connect(false);
                (self.sink)(listener.id, MediaEvent::ListeningEnded);
            }
        }
    }

    pub(super) fn announce(&mut self, room: RoomId, items: Vec<Item>, repeat: Repeat) {
        let Some(room) = self.rooms.iter_mut().find(|other| other.id == room) else { return };
        if room.announcements.len() >= ANNOUNCEMENTS_MAX {
            room.announcements.remove(0);
        }
        room.announcements.push(Playback::new(items, repeat));
    }

    pub(super) fn relate(&mut self, listener: StreamId, speaker: StreamId, hears: bool) {
        let slots = (self.slots.get(&listener).copied(), self.slots.get(&speaker).copied());
        let (Some(listener), Some(speaker)) = slots else { return };
        let in_room = |leg: &Option<Box<Leg>>| Some(leg.as_ref()?.links.seat.as_ref()?.room);
        let room = in_room(&self.legs[listener]);
        if room.is_none() || room != in_room(&self.legs[speaker]) {
            return;
        }
        let Some(room) = self.rooms.iter_mut().find(|other| Some(other.id) == room) else { return };
        let Some(seat) = self.legs[listener].as_deref_mut().and_then(|leg| leg.links.seat.as_mut()) else {
            return;
        };
        let before = seat.deaf_to.len();
        seat.deaf_to.retain(|other| *other != speaker);
        if !hears && (seat.deaf_to.len() < before || room.relations < RELATIONS_MAX) {
            seat.deaf_to.push(speaker);
        }
        room.relations = (room.relations + seat.deaf_to.len()).saturating_sub(before);
    }

    pub(super) fn listen(&mut self, id: StreamId, to: StreamId, voice: Voice) {
        let (Some(slot), Some(target)) = (self.slots.get(&id).copied(), self.slots.get(&to).copied()) else {
            (self.sink)(id, MediaEvent::ListeningEnded);
            return;
        };
        let former = self.legs[slot].as_ref().and_then(|leg| leg.links.listening);
        if let Some((former, former_voice)) = former.filter(|(former, _)| *former == target) {
            self.end_whisper(id, former, former_voice);
        } else {
            self.disconnect(id);
            let Some(target) = self.legs[target].as_deref_mut().filter(|_| slot != target) else { return };
            if target.links.listeners.len() >= LISTENERS_MAX {
                (self.sink)(id, MediaEvent::ListeningEnded);
                return;
            }
            target.links.listeners.push(slot);
            target.stream.set_tapped(true);
        }
        if let Some(leg) = self.legs[slot].as_deref_mut() {
            leg.links.listening = Some((target, voice));
            leg.stream.connect(true);
        }
    }

    fn end_whisper(&mut self, id: StreamId, target: usize, voice: Voice) {
        for slot in spoken_to(&self.legs, target, voice) {
            if let Some(leg) = self.legs[slot].as_deref_mut() {
                leg.stream.end_whisper(id.serial());
            }
        }
    }

    /// What a leg said goes to its room, or to whom it speaks. `octets` are at its level.
    pub(super) fn said(legs: &mut [Option<Box<Leg>>], slot: usize, codec: Codec, octets: &[u8]) {
        let Some(leg) = legs[slot].as_deref_mut() else { return };
        let samples = octets.iter().map(|octet| codec.decode(*octet));
        if let Some(seat) = &mut leg.links.seat {
            if seat.speaks {
                seat.said.push(samples);
            }
            return;
        }
        let (id, Some((target, voice))) = (leg.id, leg.links.listening) else { return };
        for slot in spoken_to(legs, target, voice) {
            if let Some(leg) = legs[slot].as_deref_mut() {
                leg.stream.whisper(id.serial(), samples.clone());
            }
        }
    }

    /// Sends what a leg said and heard in the last 20 ms to those who listen to it.
    pub(super) fn feed_listeners(&mut self, slot: usize, now: Duration) {
        let Some(leg) = self.legs[slot].as_deref_mut() else { return };
        let Some(frame) = leg.stream.tapped() else { return };
        for index in 0..self.legs[slot].as_ref().map_or(0, |leg| leg.links.listeners.len()) {
            let listener = self.legs[slot].as_ref().and_then(|leg| leg.links.listeners.get(index).copied());
            let Some(listener) = listener.and_then(|slot| self.legs[slot].as_deref_mut()) else { continue };
            let fill = |codec: Codec, into: &mut [u8]| {
                for (octet, sample) in into.iter_mut().zip(frame) {
                    *octet = codec.encode(sample);
                }
            };
            if let Some(length) = listener.stream.mixed(fill, now, &mut self.effects) {
                listener.send(&self.effects.packet[..length]);
            }
        }
    }

    /// Mixes the rooms of a turn and sends each member what it hears.
    pub(super) fn mix_rooms(&mut self, turn: usize, now: Duration) {
        let Worker { rooms, legs, mix, effects, .. } = self;
        for room in rooms.iter_mut().filter(|room| room.turn == turn) {
            mix.begin();
            room.announcements.retain_mut(|announcement| {
                let mut octets = [0; FRAME_SAMPLES];
                let goes_on = announcement.fill(Codec::Pcmu, &mut octets);
                if goes_on {
                    mix.add(octets.iter().map(|octet| Codec::Pcmu.decode(*octet)));
                }
                goes_on
            });
            for slot in &room.members {
                let seat = legs[*slot].as_deref_mut().and_then(|leg| leg.links.seat.as_mut());
                mix.say(|frame| match seat {
                    Some(seat) => seat.said.pop_live(frame) && seat.speaks,
                    None => false,
                });
            }
            for (place, slot) in room.members.iter().enumerate() {
                let Some(leg) = legs[*slot].as_deref_mut() else { continue };
                let Some(seat) = &leg.links.seat else { continue };
                let place_of = |slot: &usize| room.members.iter().position(|member| member == slot);
                let fill = |codec: Codec, into: &mut [u8]| match seat.hears {
                    true => mix.hear(place, seat.deaf_to.iter().filter_map(place_of), codec, into),
                    false => into.fill(codec.silence()),
                };
                if let Some(length) = leg.stream.mixed(fill, now, effects) {
                    leg.send(&effects.packet[..length]);
                }
            }
        }
    }
}

/// The legs that hear somebody who speaks into a conversation.
fn spoken_to(legs: &[Option<Box<Leg>>], target: usize, voice: Voice) -> impl Iterator<Item = usize> + use<> {
    let partner = legs[target].as_ref().and_then(|leg| leg.partner);
    let both = match voice {
        Voice::Nobody => [None, None],
        Voice::Party => [Some(target), None],
        Voice::Partner => [partner, None],
        Voice::Both => [Some(target), partner],
    };
    both.into_iter().flatten()
}
