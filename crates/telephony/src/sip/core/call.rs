//! What every leg can do whatever its direction: send requests inside the call, end, and keep its timers.

use bytes::Bytes;

use super::SipCore;
use super::dialog::Dialog;
use super::state::{Again, ClientKey, Leg, Purpose, State};
use crate::sip::build::RequestParts;
use crate::sip::digest::DigestClient;
use crate::sip::leg::{Effect, Ended, LegEvent};

impl SipCore {
    /// Send a request inside the call, with credentials where a challenge is known.
    pub(super) fn inside_request(
        &mut self,
        leg: &mut Leg,
        method: &'static str,
        headers: Vec<(String, String)>,
        body: Option<(&'static str, Bytes)>,
        purpose: Purpose,
        out: &mut Vec<Effect>,
    ) -> Option<ClientKey> {
        let mut dialog = leg.dialog.take()?;
        let sent = self.dialog_request(
            &mut dialog,
            leg.auth.as_mut(),
            method,
            &headers,
            body.as_ref(),
            purpose,
            out,
        );
        leg.dialog = Some(dialog);
        let key = sent?;
        if leg.auth.is_some()
            && let Some(tx) = self.clients.get_mut(&key)
        {
            tx.again = Some(Box::new(Again { headers, body }));
        }
        Some(key)
    }

    /// Send a request inside a dialog.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn dialog_request(
        &mut self,
        dialog: &mut Dialog,
        auth: Option<&mut DigestClient>,
        method: &'static str,
        headers: &[(String, String)],
        body: Option<&(&'static str, Bytes)>,
        purpose: Purpose,
        out: &mut Vec<Effect>,
    ) -> Option<ClientKey> {
        if self.clients.len() >= self.config.limits.max_client_transactions {
            return None;
        }
        dialog.local_cseq = dialog.local_cseq.wrapping_add(1) & 0x7fff_ffff;
        let mut hop = dialog.next_hop();
        let (uri, routes) = dialog.request_line();
        if hop.flow.is_connected() && self.connections.get(&hop.to) != Some(&hop.flow) {
            hop = self.hop_to(hop.to, true, out)?;
            dialog.hop = hop;
        }
        let mut all = headers.to_vec();
        all.push(("User-Agent".to_owned(), self.config.product.clone()));
        if let Some(auth) = auth {
            all.extend(auth.header(method, &uri, &mut self.random));
        }
        let branch = self.random.number();
        let contact = self.contact(hop.flow);
        let request = RequestParts {
            method,
            uri: &uri,
            via: self.via(hop.flow, branch),
            max_forwards: 70,
            from: &dialog.local,
            to: &dialog.remote,
            call_id: &dialog.call_id,
            cseq: dialog.local_cseq,
            contact: matches!(method, "INVITE" | "UPDATE" | "NOTIFY").then_some(contact.as_str()),
            routes: &routes,
            headers: &all,
            body: body.map(|(kind, content)| (*kind, content.as_ref())),
        };
        let bytes = request.write();
        let key = ClientKey(branch, false);
        self.send_request(key, method, purpose, hop, bytes, out);
        Some(key)
    }

    /// BYE now; the leg ends when it is answered.
    pub(super) fn send_bye(&mut self, leg: &mut Leg, reason: Option<String>, out: &mut Vec<Effect>) {
        self.refuse_pending(leg, 487, None, &[], out);
        leg.state = State::Ending;
        leg.unacked = None;
        leg.reinvite_at = None;
        let headers = reason.map(|value| ("Reason".to_owned(), value)).into_iter().collect();
        let purpose = Purpose::Bye { leg: leg.key };
        leg.bye_out = self.inside_request(leg, "BYE", headers, None, purpose, out).is_some();
    }

    /// The driver ends the leg.
    pub(super) fn hang_up(&mut self, leg: &mut Leg, reason: Option<String>, out: &mut Vec<Effect>) {
        match leg.state {
            State::Offered => {
                let headers: Vec<(String, String)> =
                    reason.map(|value| ("Reason".to_owned(), value)).into_iter().collect();
                self.refuse(leg, 480, None, &headers, out);
                SipCore::leg_event(leg, LegEvent::Gone(Ended::ByUs), out);
            }
            State::Dialling => self.give_up(leg, out),
            State::Up => {
                SipCore::leg_event(leg, LegEvent::Gone(Ended::ByUs), out);
                if leg.unacked.as_ref().is_some_and(|unacked| unacked.first) {
                    // RFC 3261 section 15: the called side waits for the ACK of its answer.
                    self.refuse_pending(leg, 487, None, &[], out);
                    leg.state = State::Ending;
                    leg.bye_after_ack = Some(reason);
                } else {
                    self.send_bye(leg, reason, out);
                }
            }
            State::Ending => {}
        }
    }

    pub(super) fn leg_timer(&mut self, leg: &mut Leg, out: &mut Vec<Effect>) {
        let now = self.now;
        if let Some(unacked) = leg.unacked.as_mut() {
            if unacked.end <= now {
                leg.unacked = None;
                let wanted = leg.bye_after_ack.take();
                if wanted.is_none() {
                    SipCore::leg_event(leg, LegEvent::Gone(Ended::NoAck), out);
                }
                return self.send_bye(leg, wanted.flatten(), out);
            }
            if unacked.next <= now {
                unacked.interval = (unacked.interval * 2).min(self.config.timers.t2);
                unacked.next = now + unacked.interval;
                let (hop, bytes) = (unacked.hop, unacked.bytes.clone());
                out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes });
            }
        }
        self.unpracked_timer(leg, out);
        self.remind(leg, out);
        if leg.unanswered_at.is_some_and(|at| at <= now) {
            leg.unanswered_at = None;
            if leg.state == State::Offered {
                self.refuse(leg, 480, None, &[], out);
                SipCore::leg_event(leg, LegEvent::Gone(Ended::Unanswered), out);
            }
        }
        self.session_timer(leg, out);
        if let Some((_, sdp)) = leg.reinvite_at.take_if(|(at, _)| *at <= now)
            && leg.state == State::Up
        {
            self.reinvite(leg, sdp, false, out);
        }
    }
}
