//! Provisional responses of calls that come in, plain or reliable (100rel, RFC 3262), and the PRACK of the peer.
//! Reliable only when the peer requires it.

use std::time::Duration;

use bytes::Bytes;

use super::SipCore;
use super::dialog::tag_text;
use super::requests::Arrival;
use super::state::{Leg, State, Unpracked};
use crate::sip::build::reason_phrase;
use crate::sip::leg::{Effect, Ended, LegEvent};
use crate::sip::wire::Name;

/// Proxies give an INVITE up after 3 minutes of silence; RFC 3261 section 13.3.1.1 asks for a word each minute.
const REMINDER: Duration = Duration::from_secs(60);

impl SipCore {
    /// 180, or 183 with a session description.
    pub(super) fn provisional(
        &mut self,
        leg: &mut Leg,
        status: u16,
        sdp: Option<Bytes>,
        out: &mut Vec<Effect>,
    ) {
        if leg.state != State::Offered || leg.waiting_answer.is_some() {
            return;
        }
        if leg.unpracked.is_some() {
            if leg.waiting_provisional.len() < 4 {
                leg.waiting_provisional.push((status, sdp));
            }
            return;
        }
        let (Some(pending), Some(dialog)) = (leg.pending.as_ref(), leg.dialog.as_ref()) else { return };
        let tag = tag_text(dialog.local_tag);
        let mut extra = vec![("Contact", self.contact(pending.hop.flow)), ("Allow", super::ALLOW.to_owned())];
        // An offer may only go into a reliable response; without an offer of the peer's this would be one.
        let body = sdp.as_ref().filter(|sdp| !sdp.is_empty()).map(|sdp| ("application/sdp", sdp.as_ref()));
        if leg.peer_requires_100rel {
            if leg.rseq == 0 {
                leg.rseq = (self.random.below(1 << 16)) as u32;
            }
            leg.rseq += 1;
            extra.push(("Require", "100rel".to_owned()));
            extra.push(("RSeq", leg.rseq.to_string()));
        }
        let bytes = pending.head.response(status, reason_phrase(status), Some(&tag), &extra, body);
        self.send_provisional(pending.server, bytes.clone(), out);
        if leg.peer_requires_100rel {
            let timers = self.config.timers;
            leg.unpracked = Some(Unpracked {
                rseq: leg.rseq,
                bytes,
                interval: timers.t1,
                next: self.now + timers.t1,
                end: self.now + timers.give_up(),
            });
        }
        leg.remind_at = (!leg.peer_requires_100rel).then_some(self.now + REMINDER);
        if let Some(sdp) = sdp {
            leg.local_sdp = sdp;
        }
    }

    /// Say the last provisional response again.
    pub(super) fn remind(&mut self, leg: &mut Leg, out: &mut Vec<Effect>) {
        if leg.remind_at.is_none_or(|at| at > self.now) {
            return;
        }
        leg.remind_at = None;
        let Some(pending) = leg.pending.as_ref().filter(|_| leg.state == State::Offered) else { return };
        self.retransmission(pending.server, out);
        leg.remind_at = Some(self.now + REMINDER);
    }

    /// PRACK: `RAck: 776656 1 INVITE` must name the response that waits for it.
    pub(super) fn prack(&mut self, leg: &mut Leg, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        let rack = arrival.message.get(&Name::RAck).unwrap_or_default();
        let mut words = rack.split_ascii_whitespace();
        let rseq = words.next().and_then(|word| word.parse::<u32>().ok());
        let cseq = words.next().and_then(|word| word.parse::<u32>().ok());
        let invite = leg.pending.as_ref().map(|pending| pending.cseq);
        let matches = leg.unpracked.as_ref().is_some_and(|u| Some(u.rseq) == rseq) && cseq == invite;
        if !matches {
            return self.answer_once(arrival, 481, &[], out);
        }
        leg.unpracked = None;
        self.answer_once(arrival, 200, &[], out);
        if let Some(sdp) = leg.waiting_answer.take() {
            leg.waiting_provisional.clear();
            self.answer(leg, sdp, out);
        } else if !leg.waiting_provisional.is_empty() {
            let (status, sdp) = leg.waiting_provisional.remove(0);
            self.provisional(leg, status, sdp, out);
        }
    }

    /// Repeat a reliable response; give the call up when nothing acknowledges it.
    pub(super) fn unpracked_timer(&mut self, leg: &mut Leg, out: &mut Vec<Effect>) {
        let now = self.now;
        let Some(unpracked) = leg.unpracked.as_mut() else { return };
        if unpracked.end <= now {
            leg.unpracked = None;
            self.refuse(leg, 504, None, &[], out);
            return SipCore::leg_event(leg, LegEvent::Gone(Ended::NoAck), out);
        }
        if unpracked.next <= now {
            unpracked.interval *= 2;
            unpracked.next = now + unpracked.interval;
            let bytes = unpracked.bytes.clone();
            if let Some(pending) = leg.pending.as_ref() {
                self.send_provisional(pending.server, bytes, out);
            }
        }
    }
}
