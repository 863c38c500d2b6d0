//! Sessions of legs: opening audio, offers and answers, and what a new description changes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use engine::ids::LegId;

use super::call::{CallKey, LiveLeg};
use super::switch::Switch;
use crate::media::engine::{MediaError, OpenSpec};
use crate::media::g711;
use crate::media::stream::{Direction as MediaDirection, Format};
use crate::sip::sdp::{self, Codec, Direction, Local, Negotiated, SdpError};

/// Numbers for the `o=` lines of our descriptions.
static SESSIONS: AtomicU64 = AtomicU64::new(1);

/// Why a leg has no audio.
#[derive(Debug, thiserror::Error)]
pub(super) enum LegError {
    /// The leg or call is gone.
    #[error("the leg is gone")]
    Gone,
    /// The peer's description is of no use: answer 488.
    #[error("session description: {0}")]
    Sdp(#[from] SdpError),
    /// No port or thread: answer 503.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl LegError {
    /// The SIP status it is answered with.
    pub(super) fn status(&self) -> u16 {
        match self {
            LegError::Gone => 481,
            LegError::Sdp(_) => 488,
            LegError::Media(_) => 503,
        }
    }
}

impl Switch {
    /// Our description for an incoming leg: the answer to its offer, or our offer when it made none. Opens the audio.
    pub(super) fn describe_incoming(&mut self, key: CallKey, id: LegId) -> Result<Bytes, LegError> {
        let call = self.calls.get_mut(&key).ok_or(LegError::Gone)?;
        let home = Some(home_of(&call.account_id));
        let leg = call.legs.get_mut(&id).ok_or(LegError::Gone)?;
        if let Some(described) = &leg.described {
            return Ok(described.clone());
        }
        let offer = leg.offer.take();
        let probe = offer.as_ref().map(|(_, probe)| probe);
        let opened = self.media.open(OpenSpec {
            format: probe.map(format_of).unwrap_or_default(),
            remote: probe.map(|negotiated| negotiated.remote),
            detect_inband: probe.is_some_and(|negotiated| negotiated.telephone_event_pt.is_none()),
            no_idle_silence: true,
            home,
            ..OpenSpec::default()
        })?;
        let local = Local::new(opened.local, SESSIONS.fetch_add(1, Ordering::Relaxed));
        let described = match &offer {
            Some((offer, _)) => {
                let (negotiated, answer) = sdp::answer(offer, &local)?;
                leg.negotiated = Some(negotiated);
                answer
            }
            None => sdp::offer(&local),
        };
        leg.stream = Some(opened.id);
        leg.local = Some(local);
        leg.described = Some(described.clone());
        self.by_stream.insert(opened.id, (key, id));
        Ok(described)
    }

    /// Opens the audio of a leg to dial and gives our offer. `codecs` are names in order; unknown ones are left out.
    pub(super) fn describe_outgoing(
        &mut self,
        key: CallKey,
        id: LegId,
        codecs: &[String],
    ) -> Result<Bytes, LegError> {
        let call = self.calls.get_mut(&key).ok_or(LegError::Gone)?;
        let home = Some(home_of(&call.account_id));
        let leg = call.legs.get_mut(&id).ok_or(LegError::Gone)?;
        let opened = self.media.open(OpenSpec { home, no_idle_silence: true, ..OpenSpec::default() })?;
        let mut local = Local::new(opened.local, SESSIONS.fetch_add(1, Ordering::Relaxed));
        let wanted: Vec<Codec> = codecs.iter().filter_map(|name| Codec::from_name(name)).collect();
        if !wanted.is_empty() {
            local.codecs = wanted;
        }
        let offer = sdp::offer(&local);
        leg.stream = Some(opened.id);
        leg.local = Some(local);
        leg.described = Some(offer.clone());
        self.by_stream.insert(opened.id, (key, id));
        Ok(offer)
    }

    /// Takes the peer's answer to our offer in.
    pub(super) fn accept_answer(&mut self, key: CallKey, id: LegId, answer: &[u8]) -> Result<(), LegError> {
        let leg = self.calls.get_mut(&key).and_then(|call| call.legs.get_mut(&id)).ok_or(LegError::Gone)?;
        let local = leg.local.as_ref().ok_or(LegError::Gone)?;
        let negotiated = sdp::accept(answer, local)?;
        apply(&self.media, leg, negotiated)?;
        Ok(())
    }

    /// Answers a new offer of the peer inside a call: hold, resume, another address or codec.
    pub(super) fn answer_reoffer(
        &mut self,
        key: CallKey,
        id: LegId,
        offer: Option<&[u8]>,
    ) -> Result<(Bytes, bool), LegError> {
        let leg = self.calls.get_mut(&key).and_then(|call| call.legs.get_mut(&id)).ok_or(LegError::Gone)?;
        let local = leg.local.as_mut().ok_or(LegError::Gone)?;
        local.version += 1;
        let Some(offer) = offer else {
            let described = sdp::offer(local);
            leg.described = Some(described.clone());
            return Ok((described, leg.held));
        };
        let (negotiated, answer) = sdp::answer(offer, local)?;
        leg.described = Some(answer.clone());
        let held = negotiated.held();
        apply(&self.media, leg, negotiated)?;
        Ok((answer, held))
    }
}

/// Legs of one account share a media thread: any two of them may come together, by a pickup, a transfer, a conference.
fn home_of(account_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    account_id.hash(&mut hasher);
    hasher.finish()
}

/// A side of ours for finding out what an offer comes to, before a port is taken.
pub(super) fn probe_local() -> Local {
    Local::new(([127, 0, 0, 1], 9).into(), 1)
}

fn apply(
    media: &crate::media::engine::MediaHandle,
    leg: &mut LiveLeg,
    negotiated: Negotiated,
) -> Result<(), LegError> {
    let stream = leg.stream.ok_or(LegError::Gone)?;
    media.update(stream, Some(negotiated.remote), format_of(&negotiated))?;
    leg.negotiated = Some(negotiated);
    Ok(())
}

fn format_of(negotiated: &Negotiated) -> Format {
    Format {
        codec: match negotiated.codec {
            Codec::Pcmu => g711::Codec::Pcmu,
            Codec::Pcma => g711::Codec::Pcma,
        },
        event_payload_type: negotiated.telephone_event_pt,
        direction: match negotiated.direction {
            Direction::SendRecv => MediaDirection::SendReceive,
            Direction::SendOnly => MediaDirection::SendOnly,
            Direction::RecvOnly => MediaDirection::ReceiveOnly,
            Direction::Inactive => MediaDirection::Inactive,
        },
    }
}
