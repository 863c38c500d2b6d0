//! A call the driver runs: the engine's call, its legs, and what belongs to it outside of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use engine::ids::{CommandId, LegId, RecordingId};
use engine::output::{Termination, Trace};
use jiff::Timestamp;

use super::fax::Handover;
use super::playback::Pending;
use crate::media::engine::StreamId;
use crate::sip::leg::LegKey;
use crate::sip::sdp::{Local, Negotiated};

/// A call's number within the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub(super) u64);

/// Trace entries kept per call.
pub(super) const TRACE_MAX: usize = 10_000;

/// A call in progress.
pub(super) struct LiveCall {
    pub(super) call: engine::Call,
    pub(super) account_id: String,
    pub(super) call_id: String,
    pub(super) started: Timestamp,
    pub(super) answered: Option<Timestamp>,
    pub(super) legs: BTreeMap<LegId, LiveLeg>,
    pub(super) deadline: Option<Duration>,
    pub(super) trace: Vec<Trace>,
    /// Playbacks whose audio is not there yet.
    pub(super) pending: BTreeMap<CommandId, Pending>,
    pub(super) recordings: BTreeMap<RecordingId, LiveRecording>,
    /// A fax handed over to the fax endpoint.
    pub(super) fax: Option<Handover>,
    pub(super) max_forwards: u8,
    pub(super) ended: Option<Termination>,
}

/// A recording made or being made.
pub(super) struct LiveRecording {
    pub(super) path: PathBuf,
    pub(super) leg: LegId,
}

/// A leg of a call.
pub(super) struct LiveLeg {
    pub(super) key: LegKey,
    pub(super) state: LegState,
    /// The telephone at its end, a device of the account, when that is known.
    pub(super) device: Option<String>,
    /// The audio, once it is open.
    pub(super) stream: Option<StreamId>,
    /// Our side of the session, once the audio is open.
    pub(super) local: Option<Local>,
    /// What the caller offered, and what it comes to; `None` when they want our offer.
    pub(super) offer: Option<(Bytes, Negotiated)>,
    /// Our last session description.
    pub(super) described: Option<Bytes>,
    pub(super) negotiated: Option<Negotiated>,
    /// A leg dialled by name waits for its address with this.
    pub(super) waiting_dial: Option<Box<crate::sip::leg::Dial>>,
    /// Playbacks, digits and recordings going on, so that each is completed even when the leg goes away.
    pub(super) tokens: BTreeSet<CommandId>,
    pub(super) held: bool,
    /// The room it is in.
    pub(super) room: Option<String>,
    /// How often it went from call to call.
    pub(super) owner: u32,
}

/// How far a leg has come, as far as the driver must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegState {
    /// Came in and is not answered.
    Calling,
    /// Being dialled.
    Dialling,
    /// Answered.
    Up,
    /// Over.
    Over,
}

impl LiveLeg {
    pub(super) fn new(key: LegKey, state: LegState, offer: Option<(Bytes, Negotiated)>) -> LiveLeg {
        LiveLeg {
            key,
            state,
            device: None,
            stream: None,
            local: None,
            offer,
            described: None,
            negotiated: None,
            waiting_dial: None,
            tokens: BTreeSet::new(),
            held: false,
            room: None,
            owner: 0,
        }
    }
}
