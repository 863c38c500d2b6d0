//! Responses to our requests, matched by branch, and requests of ours that nobody answered.

use super::SipCore;
use super::dialog::{Dialog, Hop};
use super::outgoing::refusal_text;
use super::state::{Again, ClientKey, ClientState, ClientTx, Leg, Purpose, State};
use crate::sip::build::{RequestParts, reason_phrase};
use crate::sip::leg::{Effect, Ended, LegEvent, RefusedBy};
use crate::sip::uri::{Via, split_list};
use crate::sip::wire::{Message, Name, Start};
use bytes::Bytes;

impl SipCore {
    pub(super) fn response(&mut self, message: &Message, status: u16, from: Hop, out: &mut Vec<Effect>) {
        let Some(key) = client_key(message) else { return };
        let (now, give_up, unanswered) =
            (self.now, self.config.timers.give_up(), self.config.limits.unanswered);
        let t2 = self.config.timers.t2;
        let Some(tx) = self.clients.get_mut(&key) else { return };
        let invite = tx.method == "INVITE";
        if tx.hop.flow != from.flow || message.cseq().is_none_or(|cseq| cseq.method != tx.method) {
            return;
        }
        if tx.state == ClientState::Completed {
            return self.late_final(key, message, status, out);
        }
        if status < 200 {
            let first = tx.state == ClientState::Calling;
            tx.state = ClientState::Proceeding;
            if invite && first {
                tx.next = None;
                tx.end = now + unanswered;
            } else if !invite {
                tx.interval = t2;
            }
            if let Purpose::Invite { leg, fork } = tx.purpose {
                self.with_leg(leg, out, |core, leg, out| {
                    if leg.forks.get(fork).is_some_and(|fork| fork.branch == key.0) {
                        core.fork_provisional(leg, fork, message, status, out);
                    }
                });
            }
            return;
        }
        let purpose = tx.purpose.clone();
        let again = tx.again.take();
        if invite {
            tx.state = ClientState::Completed;
            tx.next = None;
            tx.end = now + give_up;
            if status >= 300 {
                let ack = derive(&tx.request, "ACK", message.get(&Name::To).as_deref());
                out.push(Effect::Send { flow: tx.hop.flow, to: tx.hop.to, bytes: ack.clone() });
                tx.ack = Some((tx.hop, ack));
            }
            tx.request = Bytes::new();
            self.arm(now + give_up, super::state::Timer::Client(key));
        } else {
            self.forget_client(key);
        }
        self.finished(key, purpose, again, message, status, out);
    }

    /// A final response once more: repeat the ACK; a second answer from another fork downstream is hung up.
    fn late_final(&mut self, key: ClientKey, message: &Message, status: u16, out: &mut Vec<Effect>) {
        let Some(tx) = self.clients.get(&key) else { return };
        let (hop, ack) = match &tx.ack {
            Some((hop, ack)) => (*hop, ack.clone()),
            None => return,
        };
        let Purpose::Invite { leg, fork } = tx.purpose else {
            return out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes: ack });
        };
        let to = message.to();
        let tag = to.tag().unwrap_or_default();
        let same = tag.is_empty() || contains(&ack, tag.as_bytes());
        if status >= 300 || same {
            return out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes: ack });
        }
        let made = self.legs.get(&leg).and_then(|leg| leg.forks.get(fork)).map(|fork| {
            let mut dialog =
                Dialog::of_response(message, &fork.from, &fork.uri, fork.tag, fork.hop, fork.pinned);
            dialog.local_cseq = fork.last_cseq;
            (dialog, fork.cseq)
        });
        if let Some((dialog, cseq)) = made {
            let (hop, bytes) = self.ack_of(&dialog, cseq);
            out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes });
            self.bye_orphan(dialog, leg, out);
        }
    }

    fn finished(
        &mut self,
        key: ClientKey,
        purpose: Purpose,
        again: Option<Box<Again>>,
        message: &Message,
        status: u16,
        out: &mut Vec<Effect>,
    ) {
        if let Purpose::Notify { watcher } = purpose {
            return self.notified(watcher, status, out);
        }
        let Some(leg_key) = purpose.leg() else { return };
        self.with_leg(leg_key, out, |core, leg, out| match purpose {
            Purpose::Invite { fork, .. } => core.fork_final(leg, fork, message, status, out),
            Purpose::Reinvite { refresh, .. } => {
                core.reinvite_final(leg, key, refresh, again, message, status, out)
            }
            Purpose::Refresh { .. } => {
                if core.try_again(leg, "UPDATE", status, again, message, &purpose, out) {
                    return;
                }
                match status {
                    200..=299 => core.session_agreed(leg, message),
                    408 | 481 => core.lost(leg, out),
                    _ => {}
                }
            }
            Purpose::Bye { .. } => {
                if !core.try_again(leg, "BYE", status, again, message, &purpose, out) {
                    leg.bye_out = false;
                }
            }
            Purpose::Other { .. } => {
                if status == 481 && leg.state == State::Up {
                    core.lost(leg, out);
                }
            }
            Purpose::Notify { .. } | Purpose::Nobody => {}
        });
    }

    /// After 401 or 407, once more with credentials. Returns whether it is under way.
    #[allow(clippy::too_many_arguments)]
    fn try_again(
        &mut self,
        leg: &mut Leg,
        method: &'static str,
        status: u16,
        again: Option<Box<Again>>,
        message: &Message,
        purpose: &Purpose,
        out: &mut Vec<Effect>,
    ) -> bool {
        let (Some(again), Some(auth)) = (again, leg.auth.as_mut()) else { return false };
        if !challenge(auth, message, status) {
            return false;
        }
        self.inside_request(leg, method, again.headers, again.body, purpose.clone(), out)
            .inspect(|key| {
                if method == "INVITE" {
                    leg.our_invite = Some(*key);
                }
            })
            .is_some()
    }

    fn fork_final(
        &mut self,
        leg: &mut Leg,
        index: usize,
        message: &Message,
        status: u16,
        out: &mut Vec<Effect>,
    ) {
        let Start::Response { reason, .. } = &message.start else { return };
        if status < 300 {
            return self.fork_answered(leg, index, message, out);
        }
        let dialling = leg.state == State::Dialling;
        let Some(fork) = leg.forks.get_mut(index) else { return };
        if dialling && !fork.give_up {
            let known = fork.auth.as_mut().is_some_and(|auth| challenge(auth, message, status));
            if known {
                return self.send_invite(leg, index, out);
            }
            if status == 422
                && !fork.min_se_tried
                && let Some(least) = message.number(&Name::MinSe).filter(|least| *least <= 86_400)
            {
                fork.min_se_tried = true;
                fork.extra = vec![
                    ("Session-Expires".to_owned(), least.to_string()),
                    ("Min-SE".to_owned(), least.to_string()),
                ];
                return self.send_invite(leg, index, out);
            }
        }
        let text = refusal_text(message, status, reason);
        self.fork_refused(leg, index, (status, text, RefusedBy::Peer), out);
    }

    #[allow(clippy::too_many_arguments)]
    fn reinvite_final(
        &mut self,
        leg: &mut Leg,
        key: ClientKey,
        refresh: bool,
        again: Option<Box<Again>>,
        message: &Message,
        status: u16,
        out: &mut Vec<Effect>,
    ) {
        if leg.our_invite == Some(key) {
            leg.our_invite = None;
        }
        if status < 300 {
            let Some(dialog) = leg.dialog.as_mut() else { return };
            dialog.refresh_target(message);
            let dialog = dialog.clone();
            let cseq = message.cseq().map_or(0, |cseq| cseq.number);
            self.send_ack(&dialog, cseq, key.0, out);
            leg.reinvite_tries = 0;
            if leg.state != State::Up {
                return;
            }
            self.session_agreed(leg, message);
            if !refresh {
                let sdp = message.sdp().unwrap_or_default();
                SipCore::leg_event(leg, LegEvent::Reanswered(sdp), out);
            }
            return;
        }
        if leg.state != State::Up {
            return;
        }
        let purpose = Purpose::Reinvite { leg: leg.key, refresh };
        if self.try_again(leg, "INVITE", status, again, message, &purpose, out) {
            return;
        }
        // RFC 3261 section 14.1: the session stays as it was.
        let wished = std::mem::replace(&mut leg.local_sdp, leg.sdp_before.clone());
        match status {
            491 if refresh => {}
            491 => self.reinvite_later(leg, wished, out),
            408 | 481 => self.lost(leg, out),
            _ if refresh => {}
            _ => SipCore::leg_event(leg, LegEvent::ReinviteFailed { status }, out),
        }
    }

    /// The peer knows nothing of the call any more.
    fn lost(&mut self, leg: &mut Leg, out: &mut Vec<Effect>) {
        if leg.state == State::Up {
            SipCore::leg_event(leg, LegEvent::Gone(Ended::Lost), out);
            self.send_bye(leg, None, out);
        }
    }

    pub(super) fn client_timed_out(&mut self, key: ClientKey, tx: &ClientTx, out: &mut Vec<Effect>) {
        if tx.state == ClientState::Proceeding && tx.method == "INVITE" {
            // Timer C: it rings for ever. Stop it.
            self.cancel_request(key.0, tx.hop, &tx.request, false, out);
        }
        self.unanswered(key, tx, (408, RefusedBy::Timeout), out);
    }

    pub(super) fn client_failed(&mut self, key: ClientKey, tx: &ClientTx, out: &mut Vec<Effect>) {
        self.unanswered(key, tx, (503, RefusedBy::Transport), out);
    }

    fn unanswered(
        &mut self,
        key: ClientKey,
        tx: &ClientTx,
        (status, by): (u16, RefusedBy),
        out: &mut Vec<Effect>,
    ) {
        if let Purpose::Notify { watcher } = tx.purpose {
            return self.notified(watcher, status, out);
        }
        let Some(leg_key) = tx.purpose.leg() else { return };
        let purpose = tx.purpose.clone();
        self.with_leg(leg_key, out, |core, leg, out| match purpose {
            Purpose::Invite { fork, .. } => {
                if leg.forks.get(fork).is_some_and(|fork| fork.branch == key.0) {
                    core.fork_refused(leg, fork, (status, reason_phrase(status).to_owned(), by), out);
                }
            }
            Purpose::Reinvite { .. } => {
                leg.our_invite = None;
                core.lost(leg, out);
            }
            Purpose::Refresh { .. } => core.lost(leg, out),
            Purpose::Bye { .. } => leg.bye_out = false,
            Purpose::Other { .. } | Purpose::Notify { .. } | Purpose::Nobody => {}
        });
    }

    fn ack_of(&mut self, dialog: &Dialog, cseq: u32) -> (Hop, Bytes) {
        let hop = dialog.next_hop();
        let (uri, routes) = dialog.request_line();
        let branch = self.random.number();
        let request = RequestParts {
            method: "ACK",
            uri: &uri,
            via: self.via(hop.flow, branch),
            max_forwards: 70,
            from: &dialog.local,
            to: &dialog.remote,
            call_id: &dialog.call_id,
            cseq,
            routes: &routes,
            ..RequestParts::default()
        };
        (hop, request.write())
    }

    /// Acknowledge a 2xx, and remember the ACK for its retransmissions.
    pub(super) fn send_ack(&mut self, dialog: &Dialog, cseq: u32, branch: u64, out: &mut Vec<Effect>) {
        let (hop, bytes) = self.ack_of(dialog, cseq);
        out.push(Effect::Send { flow: hop.flow, to: hop.to, bytes: bytes.clone() });
        if let Some(tx) = self.clients.get_mut(&ClientKey(branch, false)) {
            tx.ack = Some((hop, bytes));
        }
    }

    /// CANCEL the INVITE with this branch.
    pub(super) fn send_cancel(&mut self, branch: u64, elsewhere: bool, out: &mut Vec<Effect>) {
        let end = self.now + self.config.timers.give_up();
        let Some(tx) = self.clients.get_mut(&ClientKey(branch, false)) else { return };
        if tx.state == ClientState::Completed {
            return;
        }
        // RFC 3261 section 9.1: when no final response comes in this time, the INVITE counts as cancelled.
        tx.end = end;
        let (hop, request) = (tx.hop, tx.request.clone());
        self.arm(end, super::state::Timer::Client(ClientKey(branch, false)));
        self.cancel_request(branch, hop, &request, elsewhere, out);
    }

    fn cancel_request(
        &mut self,
        branch: u64,
        hop: Hop,
        invite: &Bytes,
        elsewhere: bool,
        out: &mut Vec<Effect>,
    ) {
        let mut bytes = derive(invite, "CANCEL", None).to_vec();
        if elsewhere {
            // Phones then show no missed call (RFC 3326).
            let at = bytes.len().saturating_sub(2);
            let reason = b"Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";
            bytes.splice(at..at, reason.iter().copied());
        }
        self.send_request(ClientKey(branch, true), "CANCEL", Purpose::Nobody, hop, Bytes::from(bytes), out);
    }
}

fn challenge(auth: &mut crate::sip::digest::DigestClient, message: &Message, status: u16) -> bool {
    let name = match status {
        401 => Name::WwwAuthenticate,
        407 => Name::ProxyAuthenticate,
        _ => return false,
    };
    let values: Vec<String> = message.all(&name).map(|value| value.into_owned()).collect();
    auth.challenged(values.iter().map(String::as_str), status == 407)
}

/// The number in our branch of the topmost `Via`.
fn client_key(message: &Message) -> Option<ClientKey> {
    let value = message.get(&Name::Via)?;
    let via = Via::parse(split_list(&value).first()?)?;
    let number = via.branch()?.strip_prefix("z9hG4bK")?;
    if number.len() != 16 {
        return None;
    }
    let number = u64::from_str_radix(number, 16).ok()?;
    Some(ClientKey(number, message.cseq()?.method == "CANCEL"))
}

/// ACK (with the `To` of the response) or CANCEL of an INVITE that we wrote: same request line, `Via`, `From`, `To`,
/// `Call-ID`, number and routes (RFC 3261 sections 17.1.1.3 and 9.1).
fn derive(invite: &Bytes, method: &str, to: Option<&str>) -> Bytes {
    let text = String::from_utf8_lossy(invite);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let mut out = String::with_capacity(head.len());
    for (index, line) in head.split("\r\n").enumerate() {
        let name = line.split(':').next().unwrap_or_default();
        match (name, to) {
            _ if index == 0 => out.push_str(&line.replacen("INVITE", method, 1)),
            ("CSeq", _) => out.push_str(&line.replace("INVITE", method)),
            ("To", Some(to)) => out.push_str(&format!("To: {}", to.replace(['\r', '\n'], " "))),
            ("Via" | "Max-Forwards" | "From" | "To" | "Call-ID" | "Route", _) => out.push_str(line),
            _ => continue,
        }
        out.push_str("\r\n");
    }
    out.push_str("Content-Length: 0\r\n\r\n");
    Bytes::from(out)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
}
