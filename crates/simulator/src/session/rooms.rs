//! Rooms where several hear each other (the legs of this call, and people of other calls, who come and go by the scenario),
//! and listening to other calls.
//!
//! Not here: who they are (`world::others`).

use engine::command::{Seat, Voice};
use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure, Input, LegEvent};

use super::legs::AT_ONCE;
use super::{Due, Session};
use crate::world::others::OtherSeat;

/// A leg's place in a room.
#[derive(Clone, Debug)]
pub(super) struct Place {
    room: String,
    number: u32,
    seat: Seat,
}

impl Session {
    /// Puts the comings and goings of others on the agenda.
    pub(super) fn expect_others(&mut self) {
        let ends = self.world.others.iter().filter_map(|call| Some((call.ends?, call.call_id.clone())));
        for (after, call_id) in ends.collect::<Vec<_>>() {
            self.in_a_while(after, Due::OtherEnds(call_id));
        }
        let seats: Vec<OtherSeat> = self.world.others.iter().filter_map(|call| call.seat.clone()).collect();
        for seat in seats {
            if !seat.from.is_zero() {
                self.in_a_while(seat.from, Due::Room(seat.room.clone(), false));
            }
            if let Some(until) = seat.until {
                self.in_a_while(until, Due::Room(seat.room, seat.essential));
            }
        }
    }

    /// Another call is over: those who listen to it are told.
    pub(super) fn other_ends(&mut self, call_id: &str) {
        self.world.others.retain(|call| call.call_id != call_id);
        let of_call = |channel: &String| channel.rsplit_once('/').is_some_and(|(id, _)| id == call_id);
        let listeners: Vec<LegId> = self
            .legs
            .iter()
            .filter(|(_, leg)| !leg.is_over() && leg.listens_to.as_ref().is_some_and(of_call))
            .map(|(id, _)| *id)
            .collect();
        for leg in listeners {
            self.give(Input::Leg { leg, event: LegEvent::ListeningEnded });
        }
    }

    /// Listens to a conversation of others.
    pub(super) fn listen(&mut self, leg: LegId, channel: &str, voice: Voice, command: CommandId) {
        let who = self.who(leg);
        let heard_by = match voice {
            Voice::Nobody => "",
            Voice::Party => ", heard by the party",
            Voice::Partner => ", heard by the other party",
            Voice::Both => ", heard by both",
        };
        self.say(format!("{who} listens to {channel}{heard_by}"));
        self.observed.hears(&who, format!("conversation {channel}{heard_by}"));
        let here = self.legs.get_mut(&leg).filter(|leg| leg.has_audio() && !leg.ending);
        let up = here.map(|leg| leg.listens_to = Some(channel.to_owned())).is_some();
        self.complete_if(up, command);
    }

    /// Somebody of another call came into a room or left it.
    pub(super) fn others_moved(&mut self, room: &str, closed: bool) {
        self.say(match closed {
            true => "the conference is closed",
            false => "somebody comes into the conference, or leaves it",
        });
        self.tell_room(room, closed);
    }

    /// A leg enters a room: whoever of this call is there counts as connected to it.
    pub(super) fn join(&mut self, id: LegId, room: &str, seat: Seat, command: CommandId) {
        let allowed = self.legs.get(&id).is_some_and(|leg| leg.has_audio() && !leg.ending);
        if !allowed {
            return self.complete_if(false, command);
        }
        if self.world.faults.no_mixer {
            let reason = "nothing mixes in this scenario".to_owned();
            return self.complete_after(AT_ONCE, command, Err(Failure::Unsupported { reason }));
        }
        let way = match (seat.speaks, seat.hears) {
            (true, true) => "",
            (true, false) => " to speak",
            (false, true) => " to listen",
            (false, false) => " mute and deaf",
        };
        let here = self.legs.get_mut(&id).and_then(|leg| leg.room.as_mut());
        if let Some(place) = here.filter(|place| place.room == room) {
            place.seat = seat;
            let number = place.number;
            self.say(format!("{} is in the room{way}", self.who(id)));
            return self.complete_after(AT_ONCE, command, Ok(Done::Joined { member: number }));
        }
        let others = self.others_in(room);
        let members = others.len() + self.legs_in(room).len();
        if seat.at_most.is_some_and(|most| members >= most as usize) {
            return self.complete_after(AT_ONCE, command, Err(Failure::Full));
        }
        self.separate(id);
        let inside = self.legs_in(room);
        self.last_member += 1;
        let number = self.last_member.saturating_add(u32::try_from(others.len()).unwrap_or(u32::MAX));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.room = Some(Place { room: room.to_owned(), number, seat });
            leg.partner = inside.first().copied();
        }
        self.say(format!("{} joins a room{way}", self.who(id)));
        for other in inside {
            if let Some(leg) = self.legs.get_mut(&other).filter(|leg| leg.partner.is_none()) {
                leg.partner = Some(id);
            }
            if other == LegId::CALLER {
                self.observed.connected.push(self.who(id));
            }
        }
        self.complete_after(AT_ONCE, command, Ok(Done::Joined { member: number }));
        self.in_a_while(AT_ONCE, Due::Room(room.to_owned(), false));
    }

    /// Takes a leg out of its room.
    pub(super) fn leave_room(&mut self, id: LegId) {
        let Some(place) = self.legs.get_mut(&id).and_then(|leg| leg.room.take()) else { return };
        self.say(format!("{} leaves the room", self.who(id)));
        self.in_a_while(AT_ONCE, Due::Room(place.room, place.seat.essential));
    }

    /// Plays to a room.
    pub(super) fn announce(&mut self, room: &str, items: &[engine::media::Media], command: CommandId) {
        for item in items {
            let name = crate::world::sound::heard_as(item);
            self.say(format!("the room hears {name}"));
            self.observed.hears("room", name.clone());
            for id in self.legs_in(room) {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.script.hears_besides(name.clone());
                }
            }
        }
        self.complete_after(AT_ONCE, command, Ok(Done::Ok));
    }

    /// One in a room hears another from now on, or no longer. Numbers are counted from 1 in the order they came.
    pub(super) fn relate(
        &mut self,
        room: &str,
        listener: u32,
        speaker: u32,
        hears: bool,
        command: CommandId,
    ) {
        let others = u32::try_from(self.others_in(room).len()).unwrap_or(u32::MAX);
        let there = |number: u32| {
            let here = self.legs.values().filter_map(|leg| leg.room.as_ref());
            number >= 1 && number <= others
                || here.into_iter().any(|place| place.room == room && place.number == number)
        };
        let known = there(listener) && there(speaker);
        if known {
            let word = if hears { "hears" } else { "does not hear" };
            self.say(format!("participant {listener} {word} participant {speaker}"));
        }
        self.complete_after(AT_ONCE, command, if known { Ok(Done::Ok) } else { Err(Failure::NotFound) });
    }

    fn others_in(&self, room: &str) -> Vec<OtherSeat> {
        let now = self.elapsed();
        let seats = self.world.others.iter().filter_map(|call| call.seat.as_ref());
        let there = |seat: &&OtherSeat| {
            seat.room == room && seat.from <= now && seat.until.is_none_or(|until| now < until)
        };
        seats.filter(there).cloned().collect()
    }

    fn legs_in(&self, room: &str) -> Vec<LegId> {
        let inside = self.legs.iter().filter(|(_, leg)| !leg.is_over());
        let inside = inside.filter(|(_, leg)| leg.room.as_ref().is_some_and(|place| place.room == room));
        inside.map(|(id, _)| *id).collect()
    }

    fn tell_room(&mut self, room: &str, closed: bool) {
        let (others, legs) = (self.others_in(room), self.legs_in(room));
        let own = legs.iter().filter_map(|id| self.legs.get(id)?.room.as_ref());
        let moderators = own.filter(|place| place.seat.moderator).count()
            + others.iter().filter(|seat| seat.moderator).count();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (members, moderators) = (count(others.len() + legs.len()), count(moderators));
        for leg in legs {
            self.give(Input::Leg { leg, event: LegEvent::Room { members, moderators, closed } });
        }
    }
}
