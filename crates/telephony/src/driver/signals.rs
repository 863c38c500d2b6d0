//! What legs and streams report, as inputs of their calls.

use std::net::SocketAddr;

use engine::cause::Cause;
use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure, Input, LegEvent as Event};

use super::call::{CallKey, LegState, LiveLeg};
use super::channels;
use super::fax;
use super::playback::Heard;
use super::switch::Switch;
use crate::media::engine::{MediaEvent, StreamId};
use crate::sip::leg::{DialTarget, Ended, LegCommand, LegEvent, LegKey, RefusedBy, Replaces};

impl Switch {
    /// A leg reports.
    pub(super) fn leg_event(&mut self, leg: LegKey, event: LegEvent) {
        if let LegEvent::Invite(incoming) = event {
            return self.invite(leg, *incoming);
        }
        let Some((key, id)) = self.by_leg.get(&leg).copied() else { return };
        match event {
            LegEvent::Invite(_) | LegEvent::Reanswered(_) | LegEvent::ReinviteFailed { .. } => {}
            LegEvent::Ringing => self.tell(key, id, Event::Ringing),
            LegEvent::Early(sdp) => match self.accept_answer(key, id, &sdp) {
                Ok(()) => self.tell(key, id, Event::EarlyMedia),
                Err(error) => tracing::debug!(%error, "early media not usable"),
            },
            LegEvent::Answered { sdp, .. } => self.answered(key, id, leg, &sdp),
            LegEvent::Refused { status, by, .. } => {
                let cause = match by {
                    RefusedBy::NotRegistered => Cause::UserNotRegistered,
                    RefusedBy::NoRoute => Cause::NoRouteDestination,
                    RefusedBy::Timeout => Cause::NoUserResponse,
                    RefusedBy::Transport => Cause::NetworkOutOfOrder,
                    RefusedBy::Peer | RefusedBy::Cancelled => Cause::from_sip(status),
                };
                self.over(key, id, Event::Refused { status, cause });
            }
            LegEvent::Confirmed { sdp: Some(sdp) } => {
                if let Err(error) = self.accept_answer(key, id, &sdp) {
                    tracing::debug!(%error, "the answer in the ACK is of no use");
                    self.leg_command(leg, LegCommand::Bye { reason: None });
                }
            }
            LegEvent::Confirmed { sdp: None } => {}
            LegEvent::Reoffer(offer) => self.reoffer(key, id, leg, offer.as_deref()),
            LegEvent::Digit { digit, duration } => {
                let duration_ms = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
                self.tell(key, id, Event::Digit { digit, duration_ms });
            }
            LegEvent::Refer { user, replaces, .. } => {
                self.leg_command(leg, LegCommand::ReferReply { status: 202 });
                // A dialog that is none of ours has a name that finds nothing.
                let named = |replaces: Replaces| {
                    let place = replaces.leg.and_then(|leg| self.by_leg.get(&leg));
                    place.map_or(replaces.call_id, |(key, id)| channels::name(*key, *id))
                };
                let replaces = replaces.map(named);
                self.tell(key, id, Event::Transfer { to: user, replaces });
            }
            LegEvent::Gone(ended) => self.over(key, id, Event::Gone { cause: cause_of(&ended) }),
        }
    }

    /// Something happened to a stream.
    pub(super) fn media_event(&mut self, stream: StreamId, event: MediaEvent) {
        let place = self.by_stream.get(&stream).copied();
        let Some((key, id)) = place else { return };
        match event {
            MediaEvent::Digit { digit, duration_ms, .. } => {
                self.tell(key, id, Event::Digit { digit, duration_ms });
            }
            MediaEvent::Played { token, stopped } => {
                self.finish_token(stream, key, id, token, Ok(Done::Played { stopped }));
            }
            MediaEvent::Recorded { token, duration, end } => {
                self.finish_token(stream, key, id, token, Ok(Done::Recorded { duration, end }));
            }
            MediaEvent::RecordingFailed { token, reason } => {
                self.finish_token(stream, key, id, token, Err(Failure::Media { reason }));
            }
            MediaEvent::DigitsSent { token } => self.finish_token(stream, key, id, token, Ok(Done::Ok)),
            MediaEvent::FaxListened { token, heard } => {
                self.finish_token(stream, key, id, token, Ok(Done::FaxTone { heard }));
            }
            MediaEvent::ListeningEnded => self.tell(key, id, Event::ListeningEnded),
            MediaEvent::Latched { .. } | MediaEvent::Stats(_) | MediaEvent::Closed { .. } => {}
            MediaEvent::Lost { .. } => {}
        }
    }

    /// The address of a leg to dial is known, or is not to be had.
    pub(super) fn resolved(&mut self, key: CallKey, id: LegId, address: Option<SocketAddr>) {
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.legs.get_mut(&id)) else { return };
        let Some(mut dial) = leg.waiting_dial.take() else { return };
        if leg.state == LegState::Over {
            return;
        }
        let leg_key = leg.key;
        for target in &mut dial.targets {
            if let DialTarget::Uri { address: missing @ None, .. } = target {
                *missing = address;
            }
        }
        self.leg_command(leg_key, LegCommand::Dial(dial));
    }

    /// Gives a call an event of one of its legs.
    pub(super) fn tell(&mut self, key: CallKey, leg: LegId, event: Event) {
        if leg == fax::ENDPOINT {
            return self.fax_endpoint(key, &event);
        }
        let gone = matches!(event, Event::Gone { .. } | Event::Taken);
        if gone {
            // A fax that got through is complete before its sender is gone: nobody has missed the call.
            self.end_fax_of(key, leg, true);
        }
        self.inputs.push_back((key, Input::Leg { leg, event }));
        if gone {
            self.end_fax_of(key, leg, false);
        }
    }

    /// A leg is over: its audio goes, its commands end, its call is told.
    pub(super) fn over(&mut self, key: CallKey, id: LegId, event: Event) {
        let Some(leg) = self.calls.get_mut(&key).and_then(|call| call.legs.get_mut(&id)) else { return };
        if leg.state == LegState::Over {
            return;
        }
        leg.state = LegState::Over;
        self.by_leg.remove(&leg.key);
        self.leave_room(key, id);
        self.tell(key, id, event);
        self.release(key, id);
    }

    fn answered(&mut self, key: CallKey, id: LegId, leg: LegKey, sdp: &[u8]) {
        let early = self.live_leg(key, id).is_some_and(|leg| leg.negotiated.is_some());
        // An answer that was given before, in a provisional response, need not be repeated.
        let accepted = if sdp.is_empty() && early { Ok(()) } else { self.accept_answer(key, id, sdp) };
        match accepted {
            Ok(()) => {
                if let Some(live) = self.live_leg(key, id) {
                    live.state = LegState::Up;
                }
                self.tell(key, id, Event::Answered);
            }
            Err(error) => {
                tracing::debug!(%error, "an answer is of no use");
                self.leg_command(leg, LegCommand::Bye { reason: None });
                self.over(key, id, Event::Refused { status: 488, cause: Cause::IncompatibleDestination });
            }
        }
    }

    fn reoffer(&mut self, key: CallKey, id: LegId, leg: LegKey, offer: Option<&[u8]>) {
        let reply = match self.answer_reoffer(key, id, offer) {
            Ok((sdp, held)) => {
                let was = self.live_leg(key, id).map(|live| std::mem::replace(&mut live.held, held));
                if was != Some(held) {
                    self.tell(key, id, Event::Held { held });
                }
                Ok(sdp)
            }
            Err(error) => Err(error.status()),
        };
        self.leg_command(leg, LegCommand::AnswerReinvite(reply));
    }

    fn finish_token(
        &mut self,
        stream: StreamId,
        key: CallKey,
        id: LegId,
        token: u64,
        result: Result<Done, Failure>,
    ) {
        let (owner, command) = channels::of_token(token);
        let Some(leg) = self.live_leg(key, id) else { return self.complete(key, command, result) };
        if leg.owner != owner {
            if let Some(former) = self.moved.remove(&(stream, token)) {
                self.complete(former, command, result);
            }
            return;
        }
        leg.tokens.remove(&command);
        self.complete(key, command, result);
    }

    /// Closes a leg's audio. The media engine ends what is going on there and says so, for which the stream's name is
    /// kept until the call is over.
    fn release(&mut self, key: CallKey, id: LegId) {
        let waiting: Vec<CommandId> = match self.calls.get(&key) {
            Some(call) => call
                .pending
                .iter()
                .filter(|(_, p)| p.to == Heard::By(id))
                .map(|(command, _)| *command)
                .collect(),
            None => return,
        };
        for command in waiting {
            if let Some(call) = self.calls.get_mut(&key) {
                call.pending.remove(&command);
            }
            self.complete(key, command, Ok(Done::Played { stopped: true }));
        }
        if let Some(stream) = self.live_leg(key, id).and_then(|leg| leg.stream) {
            self.media.close(stream);
        }
    }

    pub(super) fn live_leg(&mut self, key: CallKey, id: LegId) -> Option<&mut LiveLeg> {
        self.calls.get_mut(&key)?.legs.get_mut(&id)
    }
}

fn cause_of(ended: &Ended) -> Cause {
    match ended {
        Ended::ByPeer(_) | Ended::ByUs => Cause::NormalClearing,
        Ended::Cancelled(_) => Cause::OriginatorCancel,
        Ended::NoAck | Ended::SessionExpired | Ended::Lost => Cause::RecoveryOnTimerExpire,
        Ended::Unanswered => Cause::NoAnswer,
    }
}
