//! Faxes: hearing that a machine calls, and handing its call over to the fax endpoint of the configuration
//! (`docs/fax.md`), both ends staying with G.711.
//!
//! Not here: how the tone sounds (`media::cng`), receiving and storing pages (the endpoint does), whether a flow goes on
//! (crate `engine`).

use std::time::Duration;

use engine::cause::Cause;
use engine::command::{CallerId, Dial, Target};
use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure, LegEvent as Event};
use serde_json::Value;

use super::call::{CallKey, LegState};
use super::channels;
use super::commands::media_failure;
use super::mailbox::Event as Mail;
use super::switch::Switch;
use crate::sip::leg::LegCommand;
use crate::sip::sdp::Codec;

/// The leg to the endpoint. The engine knows nothing of it, and numbers its own from 0.
pub(super) const ENDPOINT: LegId = LegId(u32::MAX);

/// Time the endpoint has to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// A call being handed over.
pub(super) struct Handover {
    command: CommandId,
    /// Whose fax it is.
    sender: LegId,
    answered: bool,
}

impl Switch {
    /// Listens for the calling tone; the stream says when that is over.
    pub(super) fn detect_fax(
        &mut self,
        key: CallKey,
        id: LegId,
        command: CommandId,
        limit: Duration,
    ) -> Result<(), Failure> {
        let leg = self.live_leg(key, id).ok_or(Failure::LegState)?;
        if leg.stream.is_none() && leg.state == LegState::Calling {
            // The action does not answer, and without audio there is nothing to hear.
            self.early_media(key, id)?;
        }
        let leg = self.live_leg(key, id).ok_or(Failure::LegState)?;
        let stream = leg.stream.ok_or(Failure::LegState)?;
        let token = channels::token(leg.owner, command);
        self.media.listen_for_fax(stream, token, limit).map_err(media_failure)?;
        if let Some(leg) = self.live_leg(key, id) {
            leg.tokens.insert(command);
        }
        Ok(())
    }

    /// Calls the endpoint on behalf of an answered leg.
    pub(super) fn receive_fax(
        &mut self,
        key: CallKey,
        id: LegId,
        command: CommandId,
        settings: &Value,
    ) -> Result<(), Failure> {
        let uri = self.config.fax_endpoint.clone();
        if uri.is_empty() {
            return Err(Failure::Unsupported {
                reason: "no fax endpoint is configured (fax.endpoint)".to_owned(),
            });
        }
        let leg = self.live_leg(key, id).ok_or(Failure::LegState)?;
        if leg.state != LegState::Up || leg.stream.is_none() {
            return Err(Failure::LegState);
        }
        // The same on both sides, so that tones go through as they are.
        let spoken = leg.negotiated.as_ref().map_or(Codec::Pcma, |negotiated| negotiated.codec);
        let other = if spoken == Codec::Pcma { Codec::Pcmu } else { Codec::Pcma };
        let call = self.calls.get_mut(&key).ok_or(Failure::LegState)?;
        if call.fax.is_some() {
            return Err(Failure::Unsupported {
                reason: "another fax of this call is being received".to_owned(),
            });
        }
        if let Some(stream) = call.legs.remove(&ENDPOINT).and_then(|former| former.stream) {
            self.by_stream.remove(&stream);
        }
        let facts = &call.call.journal().setup.facts;
        let caller_id = CallerId {
            name: facts.caller_id_name.clone(),
            number: facts.caller_id_number.clone(),
            hide_name: facts.privacy,
            hide_number: facts.privacy,
        };
        let to = facts.request.clone();
        let mut headers = vec![("X-Strowger-Account".to_owned(), call.account_id.clone())];
        for (header, member) in [("X-Strowger-Faxbox", "faxbox_id"), ("X-Strowger-Owner", "owner_id")] {
            if let Some(value) =
                settings.get(member).and_then(Value::as_str).filter(|value| !value.is_empty())
            {
                headers.push((header.to_owned(), value.to_owned()));
            }
        }
        let dial = Dial {
            leg: ENDPOINT,
            target: Target::Uri { uri, route: None, credentials: None },
            caller_id,
            headers,
            codecs: vec![spoken.name().to_owned(), other.name().to_owned()],
            for_leg: id,
        };
        call.fax = Some(Handover { command, sender: id, answered: false });
        if let Err(failure) = self.dial(key, dial, Some(to)) {
            self.forget_fax(key);
            return Err(failure);
        }
        let mailbox = self.mailbox.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(ANSWER_LIMIT).await;
            mailbox.post(Mail::FaxAnswerLimit { call: key, command });
        });
        Ok(())
    }

    /// The leg to the endpoint reports.
    pub(super) fn fax_endpoint(&mut self, key: CallKey, event: &Event) {
        match event {
            Event::Answered => self.fax_answered(key),
            Event::Refused { status, .. } => {
                let reason = format!("the fax endpoint did not take the call (SIP {status})");
                self.end_fax(key, Err(Failure::NoRoute { reason }));
            }
            Event::Gone { .. } | Event::Taken => self.end_fax(key, Ok(Done::Ok)),
            Event::Transfer { .. } => {
                if let Some(leg) = self.live_leg(key, ENDPOINT).map(|leg| leg.key) {
                    self.leg_command(leg, LegCommand::ReferNotify { status: 603 });
                }
            }
            Event::Ringing
            | Event::EarlyMedia
            | Event::Digit { .. }
            | Event::Held { .. }
            | Event::Room { .. }
            | Event::ListeningEnded => {}
        }
    }

    /// A leg of a call is gone, or is another call's: its fax is over, if the endpoint has answered it, or has not.
    pub(super) fn end_fax_of(&mut self, key: CallKey, leg: LegId, answered: bool) {
        let handover = self.calls.get(&key).and_then(|call| call.fax.as_ref());
        if handover.is_some_and(|fax| fax.sender == leg && fax.answered == answered) {
            self.end_fax(key, if answered { Ok(Done::Ok) } else { Err(Failure::LegState) });
        }
    }

    /// The endpoint had time enough to answer.
    pub(super) fn fax_answer_limit(&mut self, key: CallKey, command: CommandId) {
        let handover = self.calls.get(&key).and_then(|call| call.fax.as_ref());
        if handover.is_some_and(|fax| fax.command == command && !fax.answered) {
            let limit_s = ANSWER_LIMIT.as_secs();
            let reason = format!("the fax endpoint did not answer within {limit_s} s");
            self.end_fax(key, Err(Failure::NoRoute { reason }));
        }
    }

    /// The call is over, whatever is left of a fax.
    pub(super) fn forget_fax(&mut self, key: CallKey) {
        let handover = self.calls.get_mut(&key).and_then(|call| call.fax.take());
        if handover.is_some() {
            // Fails only for a leg that is over already.
            let _ = self.hang_up(key, ENDPOINT, Cause::NormalClearing);
        }
    }

    fn fax_answered(&mut self, key: CallKey) {
        let handover = self.calls.get_mut(&key).and_then(|call| call.fax.as_mut());
        let Some(fax) = handover else { return };
        fax.answered = true;
        let sender = fax.sender;
        self.stop_playback(key, sender);
        if let Err(failure) = self.connect(key, sender, ENDPOINT) {
            self.end_fax(key, Err(failure));
        }
    }

    fn end_fax(&mut self, key: CallKey, result: Result<Done, Failure>) {
        let handover = self.calls.get(&key).and_then(|call| call.fax.as_ref());
        let Some(command) = handover.map(|fax| fax.command) else { return };
        self.forget_fax(key);
        self.complete(key, command, result);
    }
}
