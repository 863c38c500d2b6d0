//! Requests of the peer inside a call, and our re-INVITEs: hold, glare, UPDATE, INFO digits, REFER.
//! Not for the responses to ours: see `responses`.

use std::time::Duration;

use bytes::Bytes;

use super::dialog::tag_text;
use super::requests::Arrival;
use super::state::{Leg, Pending, Purpose, State};
use super::{ALLOW, SipCore};
use crate::sip::build::reason_phrase;
use crate::sip::leg::{Effect, Ended, LegEvent, LegKey};
use crate::sip::sdp::{self, Direction};
use crate::sip::uri::{NameAddr, unescape};
use crate::sip::wire::{Message, Method, Name};

/// How often a re-INVITE is tried again after 491 or another collision.
const MAX_GLARE: u8 = 5;

impl SipCore {
    /// A request with a tag of ours.
    pub(super) fn inside(
        &mut self,
        key: LegKey,
        fork: usize,
        arrival: Arrival<'_>,
        method: &Method,
        out: &mut Vec<Effect>,
    ) {
        self.with_leg(key, out, |core, leg, out| {
            let number = arrival.message.cseq().map_or(0, |cseq| cseq.number);
            let Some(dialog) = leg.dialog.as_mut() else {
                return core.inside_early(leg, fork, &arrival, method, out);
            };
            if number <= dialog.remote_cseq && dialog.remote_cseq != 0 {
                return core.answer_once(&arrival, 500, &[], out);
            }
            dialog.remote_cseq = number;
            if dialog.remote_tag.is_empty() {
                dialog.remote_tag = arrival.message.from().tag().unwrap_or_default().to_owned();
            }
            match method {
                Method::Bye => core.peer_bye(leg, &arrival, out),
                Method::Invite | Method::Update => core.peer_offer(leg, arrival, method, out),
                Method::Prack => core.prack(leg, &arrival, out),
                Method::Info => core.peer_info(leg, &arrival, out),
                Method::Refer => core.peer_refer(leg, arrival, out),
                Method::Options => core.options(&arrival, out),
                Method::Notify => core.answer_once(&arrival, 200, &[], out),
                Method::Message | Method::Subscribe | Method::Publish | Method::Register => {
                    core.answer_once(&arrival, 405, &[("Allow", ALLOW.to_owned())], out);
                }
                _ => core.answer_once(&arrival, 501, &[("Allow", ALLOW.to_owned())], out),
            }
        });
    }

    /// A request from a called party that has not answered yet.
    fn inside_early(
        &mut self,
        leg: &mut Leg,
        _fork: usize,
        arrival: &Arrival<'_>,
        method: &Method,
        out: &mut Vec<Effect>,
    ) {
        match method {
            Method::Info if leg.state == State::Dialling => self.peer_info(leg, arrival, out),
            Method::Options => self.options(arrival, out),
            Method::Notify => self.answer_once(arrival, 200, &[], out),
            // Before the answer the description can only change by our INVITE.
            Method::Update => self.answer_once(arrival, 491, &[], out),
            _ => self.answer_once(arrival, 481, &[], out),
        }
    }

    fn peer_bye(&mut self, leg: &mut Leg, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        self.answer_once(arrival, 200, &[], out);
        let was = leg.state;
        self.refuse_pending(leg, 487, None, &[], out);
        leg.state = State::Ending;
        leg.unacked = None;
        leg.bye_after_ack = None;
        leg.reinvite_at = None;
        if was != State::Ending {
            let reason = arrival.message.get(&Name::Reason).map(|value| value.into_owned());
            SipCore::leg_event(leg, LegEvent::Gone(Ended::ByPeer(reason)), out);
        }
    }

    fn peer_offer(&mut self, leg: &mut Leg, arrival: Arrival<'_>, method: &Method, out: &mut Vec<Effect>) {
        let message = arrival.message;
        let update = *method == Method::Update;
        let sdp = message.sdp();
        let offers = !update || sdp.is_some();
        if leg.state == State::Ending {
            return self.answer_once(&arrival, 481, &[], out);
        }
        if offers && leg.our_invite.is_some() {
            return self.answer_once(&arrival, 491, &[], out);
        }
        if offers && (leg.state != State::Up || leg.pending.is_some()) {
            let after = self.random.below(10).to_string();
            return self.answer_once(&arrival, 500, &[("Retry-After", after)], out);
        }
        if let Some(least) = self.session_too_small(message) {
            return self.answer_once(&arrival, 422, &[("Min-SE", least.to_string())], out);
        }
        let session = self.accept_session(leg, message);
        let contact = self.contact(arrival.hop.flow);
        if let Some(dialog) = leg.dialog.as_mut() {
            dialog.refresh_target(message);
            if dialog.pinned {
                dialog.hop = arrival.hop;
            }
        }
        if !offers {
            let mut extra = vec![("Contact", contact)];
            extra.extend(session.map(|value| ("Session-Expires", value)));
            return self.answer_once(&arrival, 200, &extra, out);
        }
        if update {
            self.open_other(arrival.key, &arrival.head, arrival.hop);
        } else {
            self.open_invite(arrival.key, &arrival.head, arrival.hop, leg.key, None, out);
        }
        let cseq = message.cseq().map_or(0, |cseq| cseq.number);
        leg.pending = Some(Pending {
            server: arrival.key,
            head: arrival.head,
            hop: arrival.hop,
            cseq,
            update,
            session,
        });
        SipCore::leg_event(leg, LegEvent::Reoffer(sdp), out);
    }

    /// The driver replies to an offer inside the call.
    pub(super) fn answer_reoffer(&mut self, leg: &mut Leg, reply: Result<Bytes, u16>, out: &mut Vec<Effect>) {
        if leg.state != State::Up {
            return;
        }
        match reply {
            Ok(sdp) => {
                if leg.pending.is_some() {
                    leg.local_sdp = sdp.clone();
                }
                self.accept_offer(leg, &sdp, false, out);
            }
            Err(status) => {
                let status = if (300..700).contains(&status) { status } else { 488 };
                self.refuse_pending(leg, status, None, &[], out);
            }
        }
    }

    /// Offer a description inside the call; when something else is under way, a little later.
    pub(super) fn reinvite(&mut self, leg: &mut Leg, sdp: Bytes, refresh: bool, out: &mut Vec<Effect>) {
        if leg.state != State::Up {
            return SipCore::leg_event(leg, LegEvent::ReinviteFailed { status: 481 }, out);
        }
        if leg.pending.is_some() || leg.our_invite.is_some() || leg.unacked.is_some() {
            // A refresh comes round again by its timer.
            if !refresh {
                self.reinvite_later(leg, sdp, out);
            }
            return;
        }
        let mut headers = vec![
            ("Allow".to_owned(), ALLOW.to_owned()),
            ("Supported".to_owned(), super::SUPPORTED.to_owned()),
        ];
        if let Some(session) = leg.session {
            let refresher = if session.ours { "uac" } else { "uas" };
            headers.push((
                "Session-Expires".to_owned(),
                format!("{};refresher={refresher}", session.interval.as_secs()),
            ));
        }
        leg.sdp_before = std::mem::replace(&mut leg.local_sdp, sdp.clone());
        let purpose = Purpose::Reinvite { leg: leg.key, refresh };
        leg.our_invite =
            self.inside_request(leg, "INVITE", headers, Some(("application/sdp", sdp)), purpose, out);
        if leg.our_invite.is_none() && !refresh {
            SipCore::leg_event(leg, LegEvent::ReinviteFailed { status: 503 }, out);
        }
    }

    /// Back off as RFC 3261 section 14.1 says: the owner of the Call-ID 2.1 to 4 s, the other up to 2 s.
    pub(super) fn reinvite_later(&mut self, leg: &mut Leg, sdp: Bytes, out: &mut Vec<Effect>) {
        leg.reinvite_tries += 1;
        if leg.reinvite_tries > MAX_GLARE {
            leg.reinvite_tries = 0;
            return SipCore::leg_event(leg, LegEvent::ReinviteFailed { status: 491 }, out);
        }
        let owner = leg.dialog.as_ref().is_some_and(|dialog| dialog.caller);
        let steps = if owner { 210 + self.random.below(191) } else { self.random.below(201) };
        leg.reinvite_at = Some((self.now + Duration::from_millis(steps.max(1) * 10), sdp));
    }

    pub(super) fn hold(&mut self, leg: &mut Leg, held: bool, out: &mut Vec<Effect>) {
        let direction = if held { Direction::SendOnly } else { Direction::SendRecv };
        let sdp = sdp::with_direction(&leg.local_sdp, direction);
        self.reinvite(leg, sdp, false, out);
    }

    fn peer_info(&mut self, leg: &mut Leg, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        let message = arrival.message;
        match message.content_type().as_str() {
            "application/dtmf-relay" | "application/dtmf" => {
                let digit = info_digit(message);
                self.answer_once(arrival, if digit.is_some() { 200 } else { 400 }, &[], out);
                if let Some((digit, duration)) = digit.filter(|_| leg.state != State::Ending) {
                    SipCore::leg_event(leg, LegEvent::Digit { digit, duration }, out);
                }
            }
            "" => self.answer_once(arrival, 200, &[], out),
            _ => {
                let accept = "application/dtmf-relay, application/dtmf".to_owned();
                self.answer_once(arrival, 415, &[("Accept", accept)], out);
            }
        }
    }

    pub(super) fn send_digit(
        &mut self,
        leg: &mut Leg,
        digit: char,
        duration: Duration,
        out: &mut Vec<Effect>,
    ) {
        if leg.state != State::Up || !is_digit(digit) {
            return;
        }
        let body = Bytes::from(format!("Signal={digit}\r\nDuration={}\r\n", duration.as_millis()));
        let purpose = Purpose::Other { leg: leg.key };
        self.inside_request(leg, "INFO", Vec::new(), Some(("application/dtmf-relay", body)), purpose, out);
    }

    fn peer_refer(&mut self, leg: &mut Leg, arrival: Arrival<'_>, out: &mut Vec<Effect>) {
        if leg.state != State::Up || leg.refer.is_some() {
            return self.answer_once(&arrival, if leg.refer.is_some() { 491 } else { 481 }, &[], out);
        }
        let value = arrival.message.get(&Name::ReferTo).unwrap_or_default().into_owned();
        let address = NameAddr::parse(&value);
        let (to, headers) = match address.uri.split_once('?') {
            Some((to, headers)) => (to.to_owned(), headers.to_owned()),
            None => (address.uri.clone(), String::new()),
        };
        let user = NameAddr { uri: to.clone(), ..NameAddr::default() }.parsed().user;
        if to.is_empty() {
            return self.answer_once(&arrival, 400, &[], out);
        }
        let named = headers.split('&').filter_map(|pair| pair.split_once('='));
        let replaces = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("Replaces"));
        let replaces = replaces.and_then(|(_, value)| self.replaced_dialog(&unescape(value)));
        self.open_other(arrival.key, &arrival.head, arrival.hop);
        let cseq = arrival.message.cseq().map_or(0, |cseq| cseq.number);
        leg.refer = Some(Pending {
            server: arrival.key,
            head: arrival.head,
            hop: arrival.hop,
            cseq,
            update: true,
            session: None,
        });
        SipCore::leg_event(leg, LegEvent::Refer { to, user, replaces }, out);
    }

    pub(super) fn answer_refer(&mut self, leg: &mut Leg, status: u16, out: &mut Vec<Effect>) {
        let (Some(refer), Some(dialog)) = (leg.refer.take(), leg.dialog.as_ref()) else { return };
        let tag = tag_text(dialog.local_tag);
        let extra = [("Contact", self.contact(refer.hop.flow))];
        let bytes = refer.head.response(status, reason_phrase(status), Some(&tag), &extra, None);
        self.reply(refer.server, refer.hop, refer.head.destination, bytes, out);
        if status < 300 {
            self.notify_refer(leg, 100, out);
        }
    }

    pub(super) fn notify_refer(&mut self, leg: &mut Leg, status: u16, out: &mut Vec<Effect>) {
        if leg.state != State::Up {
            return;
        }
        let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
        let headers = vec![
            ("Event".to_owned(), "refer".to_owned()),
            ("Subscription-State".to_owned(), state.to_owned()),
        ];
        let body = Bytes::from(format!("SIP/2.0 {status} {}\r\n", reason_phrase(status)));
        let purpose = Purpose::Other { leg: leg.key };
        self.inside_request(
            leg,
            "NOTIFY",
            headers,
            Some(("message/sipfrag;version=2.0", body)),
            purpose,
            out,
        );
    }
}

fn is_digit(digit: char) -> bool {
    matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D')
}

/// The digit in an INFO body: `Signal=5`, `Duration=160` (relay), or the digit alone.
fn info_digit(message: &Message) -> Option<(char, Duration)> {
    let text = String::from_utf8_lossy(&message.body).into_owned();
    let (mut signal, mut duration_ms) = (None, 160);
    for line in text.lines() {
        match line.split_once('=') {
            Some((key, value)) if key.trim().eq_ignore_ascii_case("signal") => {
                signal = Some(value.trim().to_owned())
            }
            Some((key, value)) if key.trim().eq_ignore_ascii_case("duration") => {
                duration_ms = value.trim().parse().unwrap_or(160);
            }
            None if signal.is_none() && !line.trim().is_empty() => signal = Some(line.trim().to_owned()),
            _ => {}
        }
    }
    let digit = match signal?.to_ascii_uppercase().as_str() {
        "10" => '*',
        "11" => '#',
        one if one.chars().count() == 1 => one.chars().next()?,
        _ => return None,
    };
    is_digit(digit).then(|| (digit, Duration::from_millis(u64::min(duration_ms, 10_000))))
}
