//! Calls that come in: the first INVITE, its answer and its refusal, CANCEL, and the ACK of the answer.
//! Not for provisional responses, see `provisional`; nor for what happens once answered, see `midcall`.

use bytes::Bytes;

use super::dialog::{Dialog, tag_text};
use super::requests::Arrival;
use super::state::{Leg, Pending, ServerState, State, Unacked};
use super::{ALLOW, SUPPORTED, SipCore};
use crate::sip::build::reason_phrase;
use crate::sip::leg::{Effect, Ended, Identity, Incoming, LegEvent, LegKey, Party, Replaces};
use crate::sip::uri::{NameAddr, Uri, param, split_list};
use crate::sip::wire::{Message, Name};

impl SipCore {
    pub(super) fn new_call(&mut self, arrival: Arrival<'_>, out: &mut Vec<Effect>) {
        let message = arrival.message;
        let Some(identity) = self.authenticate_invite(&arrival, out) else { return };
        let merged = self.merge_key(message);
        if self.merged.contains_key(&merged) {
            return self.answer_once(&arrival, 482, &[], out);
        }
        if self.legs.len() >= self.config.limits.max_legs {
            return self.overloaded(&arrival, out);
        }
        let encoded =
            message.get(&Name::ContentEncoding).is_some_and(|e| !e.trim().eq_ignore_ascii_case("identity"));
        let offer = message.sdp();
        if encoded || (offer.is_none() && !message.body.is_empty()) {
            let extra =
                [("Accept", "application/sdp".to_owned()), ("Accept-Encoding", "identity".to_owned())];
            return self.answer_once(&arrival, 415, &extra, out);
        }
        if let Some(least) = self.session_too_small(message) {
            return self.answer_once(&arrival, 422, &[("Min-SE", least.to_string())], out);
        }
        let replaces = match self.replaces(message) {
            Ok(replaces) => replaces,
            Err(()) => return self.answer_once(&arrival, 400, &[], out),
        };
        self.incoming_legs += 1;
        let key = LegKey::incoming(self.incoming_legs);
        let tag = self.random.number();
        let pinned = matches!(identity, Identity::Device { .. });
        let mut leg = Box::new(Leg::new(key, State::Offered));
        leg.dialog =
            Some(Dialog::of_request(message, tag, arrival.hop, pinned, self.config.limits.max_routes));
        leg.had_offer = offer.is_some();
        leg.peer_requires_100rel = message.lists(&Name::Require, "100rel");
        leg.peer_updates = message.lists(&Name::Allow, "UPDATE");
        leg.unanswered_at = Some(self.now + self.config.limits.unanswered);
        let session = self.accept_session(&mut leg, message);
        let cseq = message.cseq().map_or(0, |cseq| cseq.number);
        self.tags.insert(tag, (key, 0));
        self.open_invite(arrival.key, &arrival.head, arrival.hop, key, Some(merged), out);
        let incoming = describe(&arrival, identity, offer, replaces);
        leg.pending = Some(Pending {
            server: arrival.key,
            head: arrival.head,
            hop: arrival.hop,
            cseq,
            update: false,
            session,
        });
        SipCore::leg_event(&leg, LegEvent::Invite(Box::new(incoming)), out);
        self.keep(leg);
    }

    /// The dialog of a `Replaces` header; an error when it cannot be read or is there twice.
    fn replaces(&self, message: &Message) -> Result<Option<Replaces>, ()> {
        let mut values = message.all(&Name::Replaces);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(());
        }
        Ok(Some(self.replaced_dialog(&value).ok_or(())?))
    }

    /// `call-id;to-tag=x;from-tag=y`: the `to-tag` is ours (RFC 3891 section 3).
    pub(super) fn replaced_dialog(&self, value: &str) -> Option<Replaces> {
        let (call_id, params) = value.trim().split_once(';')?;
        let to_tag = param(params, "to-tag")?;
        let from_tag = param(params, "from-tag")?;
        let leg = self.leg_of_dialog(call_id, to_tag).or_else(|| self.leg_of_dialog(call_id, from_tag));
        Some(Replaces { leg, call_id: call_id.to_owned() })
    }

    /// 200 with a session description.
    pub(super) fn answer(&mut self, leg: &mut Leg, sdp: Bytes, out: &mut Vec<Effect>) {
        if leg.state != State::Offered || leg.pending.is_none() {
            return;
        }
        if leg.unpracked.is_some() {
            // RFC 3262 section 3: not before the reliable provisional response is acknowledged.
            leg.waiting_answer = Some(sdp);
            return;
        }
        leg.state = State::Up;
        leg.unanswered_at = None;
        leg.local_sdp = sdp.clone();
        self.accept_offer(leg, &sdp, true, out);
    }

    /// Answer the pending INVITE or UPDATE with 200 and this description.
    pub(super) fn accept_offer(&mut self, leg: &mut Leg, sdp: &Bytes, first: bool, out: &mut Vec<Effect>) {
        let (Some(pending), Some(dialog)) = (leg.pending.take(), leg.dialog.as_ref()) else { return };
        let tag = tag_text(dialog.local_tag);
        let mut extra = vec![
            ("Contact", self.contact(pending.hop.flow)),
            ("Allow", ALLOW.to_owned()),
            ("Supported", SUPPORTED.to_owned()),
            ("Server", self.config.product.clone()),
        ];
        if let Some(value) = pending.session {
            if leg.peer_timer {
                extra.push(("Require", "timer".to_owned()));
            }
            extra.push(("Session-Expires", value));
        }
        let body = (!sdp.is_empty()).then_some(("application/sdp", sdp.as_ref()));
        let bytes = pending.head.response(200, "OK", Some(&tag), &extra, body);
        if pending.update {
            return self.reply(pending.server, pending.hop, pending.head.destination, bytes, out);
        }
        let cseq = pending.cseq;
        let Some(hop) = self.send_final(pending.server, 200, bytes.clone(), out) else { return };
        let timers = self.config.timers;
        leg.unacked = Some(Unacked {
            bytes,
            hop,
            interval: timers.t1,
            next: self.now + timers.t1,
            end: self.now + timers.give_up(),
            cseq,
            first,
        });
    }

    /// Refuse the pending INVITE of an unanswered leg; the leg is over.
    pub(super) fn refuse(
        &mut self,
        leg: &mut Leg,
        status: u16,
        reason: Option<&str>,
        headers: &[(String, String)],
        out: &mut Vec<Effect>,
    ) {
        if leg.state != State::Offered {
            return;
        }
        let status = if (300..700).contains(&status) { status } else { 480 };
        self.refuse_pending(leg, status, reason, headers, out);
        leg.state = State::Ending;
    }

    /// Refuse whatever the peer has pending.
    pub(super) fn refuse_pending(
        &mut self,
        leg: &mut Leg,
        status: u16,
        reason: Option<&str>,
        headers: &[(String, String)],
        out: &mut Vec<Effect>,
    ) {
        leg.unpracked = None;
        leg.waiting_provisional.clear();
        leg.waiting_answer = None;
        let Some(pending) = leg.pending.take() else { return };
        let tag = leg.dialog.as_ref().map(|dialog| tag_text(dialog.local_tag)).unwrap_or_default();
        let mut extra: Vec<(&str, String)> = headers.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
        extra.push(("Server", self.config.product.clone()));
        let reason = reason.unwrap_or_else(|| reason_phrase(status));
        let bytes = pending.head.response(status, reason, Some(&tag), &extra, None);
        if pending.update {
            self.reply(pending.server, pending.hop, pending.head.destination, bytes, out);
        } else {
            self.send_final(pending.server, status, bytes, out);
        }
    }

    /// CANCEL: 200 when there is an INVITE, whose leg ends when it is unanswered (RFC 3261 section 9.2).
    pub(super) fn cancelled(&mut self, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        let target = self.server_key(arrival.message, "INVITE");
        let found = self.servers.get(&target).map(|tx| (tx.state, tx.leg));
        let Some((state, leg)) = found else { return self.answer_once(arrival, 481, &[], out) };
        self.answer_once(arrival, 200, &[], out);
        let (ServerState::Proceeding, Some(key)) = (state, leg) else { return };
        let reason = arrival.message.get(&Name::Reason).map(|value| value.into_owned());
        self.with_leg(key, out, |core, leg, out| {
            if leg.pending.as_ref().is_none_or(|pending| pending.server != target) {
                return;
            }
            if leg.state == State::Offered {
                core.refuse(leg, 487, None, &[], out);
                SipCore::leg_event(leg, LegEvent::Gone(Ended::Cancelled(reason)), out);
            } else {
                core.refuse_pending(leg, 487, None, &[], out);
            }
        });
    }

    /// The ACK of a 2xx.
    pub(super) fn ack(&mut self, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        let message = arrival.message;
        let to = message.to();
        let call_id = message.call_id();
        let Some(key) = to.tag().and_then(|tag| self.leg_of_dialog(&call_id, tag)) else { return };
        let number = message.cseq().map_or(0, |cseq| cseq.number);
        let sdp = message.sdp();
        self.with_leg(key, out, |core, leg, out| {
            let Some(unacked) = leg.unacked.take_if(|unacked| unacked.cseq == number) else { return };
            if let Some(reason) = leg.bye_after_ack.take() {
                return core.send_bye(leg, reason, out);
            }
            if unacked.first || sdp.is_some() {
                SipCore::leg_event(leg, LegEvent::Confirmed { sdp }, out);
            }
        });
    }
}

fn party(value: &str) -> Party {
    let address = NameAddr::parse(value);
    let uri = address.parsed();
    Party { name: address.display, user: uri.user, host: uri.host }
}

fn describe(
    arrival: &Arrival<'_>,
    identity: Identity,
    offer: Option<Bytes>,
    replaces: Option<Replaces>,
) -> Incoming {
    let message = arrival.message;
    let text = |name: &Name| message.get(name).unwrap_or_default().into_owned();
    let dialled = Uri::parse(arrival.uri).unwrap_or_default();
    let other = Name::parse(&Bytes::from_static(b"Diversion"));
    let private = text(&Name::Privacy)
        .split([';', ','])
        .any(|value| matches!(value.trim().to_ascii_lowercase().as_str(), "id" | "user" | "header" | "full"));
    let asserted = message.get(&Name::PAssertedIdentity);
    let extra = message.headers().filter_map(|(name, value)| {
        let name = std::str::from_utf8(name.canonical()).ok()?;
        let custom = name.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-"));
        custom.then(|| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
    });
    Incoming {
        identity,
        request: Party { name: String::new(), user: dialled.user, host: dialled.host },
        to: party(&text(&Name::To)),
        from: party(&text(&Name::From)),
        asserted: asserted.and_then(|value| split_list(&value).first().map(|first| party(first))),
        private,
        diversion: message.all(&other).map(|value| value.into_owned()).collect(),
        referred_by: message.get(&Name::ReferredBy).map(|value| party(&value)),
        replaces,
        extra: extra.collect(),
        call_id: message.call_id(),
        user_agent: text(&Name::UserAgent),
        max_forwards: message.number(&Name::MaxForwards).map_or(70, |hops| u8::try_from(hops).unwrap_or(70)),
        offer,
        source: arrival.source(),
        flow: arrival.hop.flow,
    }
}
