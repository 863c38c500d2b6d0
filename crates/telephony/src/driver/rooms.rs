//! Rooms where legs of several calls hear each other, and listening to a call.
//!
//! A room is there from its first leg to its last. Not here: the audio ([`media::rooms`](crate::media::rooms)), who may enter
//! and what they hear first (crate `engine`).

use std::collections::BTreeMap;

use engine::command::{Seat, Voice};
use engine::ids::LegId;
use engine::input::{Done, Failure, LegEvent as Event};

use super::call::CallKey;
use super::channels;
use super::commands::media_failure;
use super::switch::Switch;
use crate::media::clip::{Item, Repeat};
use crate::media::engine::StreamId;
use crate::media::rooms::{self, RoomId};

/// Legs in one room at most.
const MEMBERS_MAX: usize = 250;

/// Rooms at most, of all accounts.
const ROOMS_MAX: usize = 2_000;

/// An account's id and the room's name.
pub(super) type RoomName = (String, String);

/// A room with somebody inside.
pub(super) struct LiveRoom {
    id: RoomId,
    members: BTreeMap<u32, Member>,
    last_number: u32,
}

struct Member {
    call: CallKey,
    leg: LegId,
    stream: StreamId,
    seat: Seat,
}

impl Switch {
    /// Puts a leg into a room, or changes how it is there.
    pub(super) fn join(
        &mut self,
        key: CallKey,
        leg: LegId,
        room: String,
        seat: Seat,
    ) -> Result<Done, Failure> {
        let account = self.calls.get(&key).map(|call| call.account_id.clone()).ok_or(Failure::LegState)?;
        let live = self.live_leg(key, leg).ok_or(Failure::LegState)?;
        let stream = live.stream.ok_or(Failure::LegState)?;
        let stays = live.room.as_ref() == Some(&room);
        if !stays {
            self.leave_room(key, leg);
        }
        let full = self.rooms.len() >= ROOMS_MAX;
        let name = (account, room);
        if !stays {
            let most = seat.at_most.map_or(MEMBERS_MAX, |most| MEMBERS_MAX.min(most as usize));
            match self.rooms.get(&name) {
                Some(room) if room.members.len() >= most => return Err(Failure::Full),
                None if full || most == 0 => return Err(Failure::Full),
                _ => {}
            }
        }
        let id = self.rooms.get(&name).map_or_else(|| self.media.new_room(stream), |room| room.id);
        self.media.join(stream, id, seat.speaks, seat.hears).map_err(media_failure)?;
        let room = self.rooms.entry(name.clone()).or_insert(LiveRoom {
            id,
            members: BTreeMap::new(),
            last_number: 0,
        });
        let inside = room.members.iter().find(|(_, member)| (member.call, member.leg) == (key, leg));
        let number = match inside.map(|(number, _)| *number) {
            Some(number) => number,
            None => {
                room.last_number = room.last_number.saturating_add(1);
                room.last_number
            }
        };
        let before = room.members.insert(number, Member { call: key, leg, stream, seat });
        if let Some(live) = self.live_leg(key, leg) {
            live.room = Some(name.1.clone());
        }
        if before.is_none_or(|before| before.seat.moderator != seat.moderator) {
            self.tell_room(&name, false);
        }
        Ok(Done::Joined { member: number })
    }

    /// Takes a leg out of its room, if it is in one. Its audio is the caller's business.
    pub(super) fn leave_room(&mut self, key: CallKey, leg: LegId) {
        let Some(room) = self.live_leg(key, leg).and_then(|live| live.room.take()) else { return };
        let Some(account) = self.calls.get(&key).map(|call| call.account_id.clone()) else { return };
        let name = (account, room);
        let Some(room) = self.rooms.get_mut(&name) else { return };
        let is_it = |member: &Member| (member.call, member.leg) == (key, leg);
        let closes = room.members.values().any(|member| is_it(member) && member.seat.essential);
        room.members.retain(|_, member| !is_it(member));
        if room.members.is_empty() {
            self.rooms.remove(&name);
        } else {
            self.tell_room(&name, closes);
        }
    }

    fn tell_room(&mut self, name: &RoomName, closed: bool) {
        let Some(room) = self.rooms.get(name) else { return };
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let members = count(room.members.len());
        let moderators = count(room.members.values().filter(|member| member.seat.moderator).count());
        let legs: Vec<_> = room.members.values().map(|member| (member.call, member.leg)).collect();
        for (key, leg) in legs {
            self.tell(key, leg, Event::Room { members, moderators, closed });
        }
    }

    /// Plays to a room of the call's account.
    pub(super) fn announce(&self, key: CallKey, room: &str, items: Vec<Item>) -> Result<Done, Failure> {
        let account = self.calls.get(&key).map(|call| call.account_id.clone()).ok_or(Failure::LegState)?;
        let Some(room) = self.rooms.get(&(account, room.to_owned())) else { return Ok(Done::Ok) };
        let Some(near) = room.members.values().next().map(|member| member.stream) else {
            return Ok(Done::Ok);
        };
        let announced = self.media.announce(near, room.id, items, Repeat::Times(1));
        announced.map(|()| Done::Ok).map_err(media_failure)
    }

    /// Decides whether one in a room of the call's account hears another.
    pub(super) fn relate(
        &self,
        key: CallKey,
        room: &str,
        listener: u32,
        speaker: u32,
        hears: bool,
    ) -> Result<Done, Failure> {
        let account = self.calls.get(&key).map(|call| call.account_id.clone()).ok_or(Failure::LegState)?;
        let room = self.rooms.get(&(account, room.to_owned())).ok_or(Failure::NotFound)?;
        let stream = |number: u32| room.members.get(&number).map(|member| member.stream);
        let listener = stream(listener).ok_or(Failure::NotFound)?;
        let speaker = stream(speaker).ok_or(Failure::NotFound)?;
        self.media.relate(listener, speaker, hears).map(|()| Done::Ok).map_err(media_failure)
    }

    /// Lets a leg listen to a channel of another call of the account.
    pub(super) fn listen(
        &mut self,
        key: CallKey,
        leg: LegId,
        channel: &str,
        voice: Voice,
    ) -> Result<Done, Failure> {
        let account = self.calls.get(&key).map(|call| call.account_id.clone()).ok_or(Failure::LegState)?;
        let (other, id) = channels::place(channel).ok_or(Failure::NotFound)?;
        let call = self.calls.get(&other).filter(|call| call.account_id == account);
        let heard = call.and_then(|call| call.legs.get(&id)?.stream).ok_or(Failure::NotFound)?;
        let stream = self.live_leg(key, leg).and_then(|live| live.stream).ok_or(Failure::LegState)?;
        self.leave_room(key, leg);
        let voice = match voice {
            Voice::Nobody => rooms::Voice::Nobody,
            Voice::Party => rooms::Voice::Party,
            Voice::Partner => rooms::Voice::Partner,
            Voice::Both => rooms::Voice::Both,
        };
        self.media.listen(stream, heard, voice).map(|()| Done::Ok).map_err(media_failure)
    }
}
