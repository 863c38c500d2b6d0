//! Calls of other people in the account that are in progress when a call begins: what pickup, intercept, parking and
//! attended transfers find.
//!
//! Not here: taking a party of one over (`session`). Other calls only wait to be found; they do nothing by themselves.

use std::time::Duration;

use engine::command::TakeFrom;
use engine::input::{Channel, Usage};

use super::party::Step;

/// A call in progress.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherCall {
    /// Its call id.
    pub call_id: String,
    /// Who calls.
    pub caller: OtherParty,
    /// Who is called; `None` for one that talks to the machine.
    pub callee: Option<OtherParty>,
    /// The called party has answered; without one, the machine has.
    pub answered: bool,
    /// It ends this long after the beginning of the call under test, for those who listen to it.
    pub ends: Option<Duration>,
    /// Its caller is in a conference.
    pub seat: Option<OtherSeat>,
}

/// A place in a room that somebody else takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherSeat {
    /// The room, as the engine names it: `conference-<id>`.
    pub room: String,
    /// As a moderator.
    pub moderator: bool,
    /// The room closes for all when they leave.
    pub essential: bool,
    /// From then on, from the beginning of the call under test.
    pub from: Duration,
    /// Until then; `None` for as long as it lasts.
    pub until: Option<Duration>,
}

/// A party of such a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherParty {
    /// Device id, or a number outside.
    pub who: String,
    /// It is a device of the account.
    pub is_device: bool,
    /// What it does when it has been taken over.
    pub then: Vec<Step>,
}

/// A party taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakenParty {
    pub(crate) party: OtherParty,
    pub(crate) answered: bool,
    /// It is being rung by the other call.
    pub(crate) dialled: bool,
}

/// The channels of these devices.
pub(crate) fn channels(calls: &[OtherCall], devices: &[String]) -> Vec<Channel> {
    let mut found = Vec::new();
    for call in calls {
        let ends = [(Some(&call.caller), "a"), (call.callee.as_ref(), "b")];
        for (party, end) in ends.into_iter().filter_map(|(party, end)| Some((party?, end))) {
            if party.is_device && devices.contains(&party.who) {
                found.push(Channel {
                    id: format!("{}/{end}", call.call_id),
                    device: party.who.clone(),
                    caller: end == "a",
                    answered: call.answered,
                    has_peer: call.callee.is_some(),
                });
            }
        }
    }
    found
}

/// How many calls there are, and how many of them go through a carrier in which direction.
pub(crate) fn usage(calls: &[OtherCall]) -> Usage {
    let count = |is: &dyn Fn(&OtherCall) -> bool| calls.iter().filter(|call| is(call)).count() as u64;
    Usage {
        calls: calls.len() as u64,
        inbound: count(&|call| !call.caller.is_device),
        outbound: count(&|call| call.callee.as_ref().is_some_and(|callee| !callee.is_device)),
    }
}

/// Takes a party out of its call, which is over then.
pub(crate) fn take(calls: &mut Vec<OtherCall>, from: &TakeFrom) -> Option<TakenParty> {
    let (call_id, end) = match from {
        TakeFrom::Channel(id) => id.rsplit_once('/')?,
        TakeFrom::PeerOf(id) => {
            let (call_id, end) = id.rsplit_once('/')?;
            (call_id, if end == "a" { "b" } else { "a" })
        }
        TakeFrom::CallerOf(call_id) => (call_id.as_str(), "a"),
    };
    let place = calls.iter().position(|call| call.call_id == call_id)?;
    if end == "b" && calls.get(place)?.callee.is_none() {
        return None;
    }
    let call = calls.remove(place);
    let dialled = end == "b";
    let party = if dialled { call.callee? } else { call.caller };
    Some(TakenParty { party, answered: call.answered, dialled })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> Vec<OtherCall> {
        let device = |who: &str| OtherParty { who: who.to_owned(), is_device: true, then: Vec::new() };
        vec![OtherCall {
            call_id: "c1".to_owned(),
            caller: OtherParty { who: "+15550111".to_owned(), ..OtherParty::default() },
            callee: Some(device("desk")),
            answered: false,
            ends: None,
            seat: None,
        }]
    }

    #[test]
    fn devices_have_channels_and_their_peers_can_be_taken() {
        let mut calls = calls();
        assert!(channels(&calls, &["other".to_owned()]).is_empty());
        let found = channels(&calls, &["desk".to_owned()]);
        assert_eq!((found[0].id.as_str(), found[0].caller, found[0].answered), ("c1/b", false, false));
        let taken = take(&mut calls, &TakeFrom::PeerOf("c1/b".to_owned())).unwrap();
        assert_eq!((taken.party.who.as_str(), taken.dialled), ("+15550111", false));
        assert_eq!(take(&mut calls, &TakeFrom::CallerOf("c1".to_owned())), None);
    }
}
