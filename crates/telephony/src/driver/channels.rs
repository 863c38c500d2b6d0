//! Legs of other calls: finding them for pickup and intercept, taking one over, and how a transfer went.
//!
//! Not here: who may do it, and what comes of it (crate `engine`).

use engine::command::{Query, TakeFrom};
use engine::ids::{CommandId, LegId};
use engine::input::{Channel, Done, Failure, LegEvent as Event, Loaded, Usage};

use super::call::{CallKey, LegState};
use super::fax;
use super::switch::Switch;
use crate::sip::leg::LegCommand;

/// Bits of a media token that number the command; above them is the leg's time of ownership.
const COMMAND_BITS: u32 = 40;

/// What the media engine calls a command of a leg, so that one that is reported late, after the leg went to another
/// call, is not taken for one of that call's.
pub(super) fn token(owner: u32, command: CommandId) -> u64 {
    u64::from(owner) << COMMAND_BITS | command.0 & ((1 << COMMAND_BITS) - 1)
}

/// The leg's time of ownership and the command of a token.
pub(super) fn of_token(token: u64) -> (u32, CommandId) {
    let owner = u32::try_from(token >> COMMAND_BITS).unwrap_or(u32::MAX);
    (owner, CommandId(token & ((1 << COMMAND_BITS) - 1)))
}

impl Switch {
    /// Channels of devices in other calls of the account, oldest call first; `None` for another query.
    pub(super) fn channels(&self, key: CallKey, query: &Query) -> Option<Result<Done, Failure>> {
        let Query::Channels { devices } = query else { return None };
        let account_id = &self.calls.get(&key)?.account_id;
        let mut calls: Vec<_> = self
            .calls
            .iter()
            .filter(|(other, call)| **other != key && call.account_id == *account_id)
            .collect();
        calls.sort_by_key(|(other, _)| **other);
        let mut found = Vec::new();
        for (other, call) in calls {
            for (id, leg) in call.legs.iter().filter(|(_, leg)| leg.state != LegState::Over) {
                let Some(device) = leg.device.as_ref().filter(|device| devices.contains(device)) else {
                    continue;
                };
                found.push(Channel {
                    id: name(*other, *id),
                    device: device.clone(),
                    caller: *id == LegId::CALLER,
                    answered: leg.state == LegState::Up,
                    has_peer: self.peer(*other, *id).is_some(),
                });
            }
        }
        Some(Ok(Done::Loaded(Loaded::Channels(found))))
    }

    /// How many other calls the account of a call has. A leg of a device says so; the others are of carriers.
    pub(super) fn usage(&self, key: CallKey) -> Usage {
        let mut usage = Usage::default();
        let Some(account_id) = self.calls.get(&key).map(|call| &call.account_id) else { return usage };
        let others =
            self.calls.iter().filter(|(other, call)| **other != key && call.account_id == *account_id);
        for (other, call) in others {
            let of_engine = call.legs.iter().filter(|(id, _)| **id != fax::ENDPOINT);
            for (id, leg) in of_engine.filter(|(_, leg)| leg.state != LegState::Over) {
                match (*id == LegId::CALLER, leg.device.is_none()) {
                    (true, is_outside) if *other < key => {
                        usage.calls += 1;
                        usage.inbound += u64::from(is_outside);
                    }
                    (false, true) => usage.outbound += 1,
                    _ => {}
                }
            }
        }
        usage
    }

    /// Takes a leg of another call over.
    pub(super) fn take_over(&mut self, key: CallKey, leg: LegId, from: &TakeFrom) -> Result<Done, Failure> {
        let (other, id) = self.find(key, from).ok_or(Failure::NotFound)?;
        self.stop_playback(other, id);
        self.leave_room(other, id);
        let mut live =
            self.calls.get_mut(&other).and_then(|call| call.legs.remove(&id)).ok_or(Failure::NotFound)?;
        if let Some(stream) = live.stream {
            for command in std::mem::take(&mut live.tokens) {
                self.moved.insert((stream, token(live.owner, command)), other);
            }
            for done in [self.media.stop_record(stream), self.media.disconnect(stream)] {
                if let Err(error) = done {
                    tracing::debug!(%error, "a leg taken over");
                }
            }
            self.by_stream.insert(stream, (key, leg));
        }
        live.owner = live.owner.wrapping_add(1);
        let done = Done::Taken { answered: live.state == LegState::Up, device: live.device.clone() };
        self.by_leg.insert(live.key, (key, leg));
        if let Some(call) = self.calls.get_mut(&key) {
            call.legs.insert(leg, live);
        }
        self.tell(other, id, Event::Taken);
        Ok(done)
    }

    /// Tells a party how the transfer it asked for went.
    pub(super) fn transfer_result(&mut self, key: CallKey, leg: LegId, status: u16) -> Result<Done, Failure> {
        let leg_key = self.live_leg(key, leg).ok_or(Failure::LegState)?.key;
        self.leg_command(leg_key, LegCommand::ReferNotify { status });
        Ok(Done::Ok)
    }

    fn find(&self, key: CallKey, from: &TakeFrom) -> Option<(CallKey, LegId)> {
        let account_id = &self.calls.get(&key)?.account_id;
        let found = match from {
            TakeFrom::Channel(id) => place(id)?,
            TakeFrom::PeerOf(id) => {
                let (other, leg) = place(id)?;
                (other, self.peer(other, leg)?)
            }
            TakeFrom::CallerOf(call_id) => {
                let of =
                    |call: &super::call::LiveCall| call.call_id == *call_id && call.account_id == *account_id;
                let other = self.calls.iter().find(|(_, call)| of(call)).map(|(other, _)| *other)?;
                (other, LegId::CALLER)
            }
        };
        let (other, leg) = found;
        let call = self.calls.get(&other).filter(|call| other != key && call.account_id == *account_id)?;
        call.legs.get(&leg).filter(|leg| leg.state != LegState::Over)?;
        Some(found)
    }

    /// Who is at the other end: for a called party the caller, for the caller the party they talk to, or who rings.
    fn peer(&self, key: CallKey, leg: LegId) -> Option<LegId> {
        let call = self.calls.get(&key)?;
        let open = |id: &LegId| call.legs.get(id).is_some_and(|leg| leg.state != LegState::Over);
        if leg != LegId::CALLER {
            return Some(LegId::CALLER).filter(open);
        }
        let others =
            call.legs.iter().filter(|(id, leg)| **id != LegId::CALLER && leg.state != LegState::Over);
        let mut others: Vec<(bool, LegId)> =
            others.map(|(id, leg)| (leg.state != LegState::Up, *id)).collect();
        others.sort();
        others.first().map(|(_, id)| *id)
    }
}

/// A channel's name for the engine.
pub(super) fn name(key: CallKey, leg: LegId) -> String {
    format!("{}/{}", key.0, leg.0)
}

pub(super) fn place(name: &str) -> Option<(CallKey, LegId)> {
    let (key, leg) = name.split_once('/')?;
    Some((CallKey(key.parse().ok()?), LegId(leg.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tokens_are_read_back() {
        assert_eq!(place(&name(CallKey(7), LegId(2))), Some((CallKey(7), LegId(2))));
        assert_eq!(place("7"), None);
        assert_eq!(of_token(token(3, CommandId(99))), (3, CommandId(99)));
    }
}
