//! Requests as they arrive: retransmissions, malformed ones, requests outside any call, and the way into a call's own.
//! Not for what happens inside a call: see `midcall`.

use std::net::SocketAddr;

use super::dialog::{Hop, tag_number};
use super::state::ServerKey;
use super::{ALLOW, SUPPORTED, SipCore};
use crate::sip::build::{ResponseHead, reason_phrase};
use crate::sip::leg::{Effect, Registration};
use crate::sip::registrar::{Contact, Refusal};
use crate::sip::watch::Package;
use crate::sip::wire::{self, Message, Method, Name, Reject, Start};

/// A request on its way through the core.
pub(super) struct Arrival<'a> {
    pub(super) message: &'a Message,
    pub(super) uri: &'a str,
    pub(super) key: ServerKey,
    pub(super) head: ResponseHead,
    pub(super) hop: Hop,
}

impl Arrival<'_> {
    pub(super) fn source(&self) -> SocketAddr {
        self.hop.to
    }
}

impl SipCore {
    pub(super) fn packet(&mut self, raw: &[u8], hop: Hop, out: &mut Vec<Effect>) {
        let message = match wire::parse(raw, hop.to, hop.flow.is_reliable()) {
            Ok(message) => message,
            Err(Reject::Drop(_)) => return,
            Err(Reject::Answer { status, reason, head }) => {
                let tag = self.stateless_tag(raw);
                let bytes = head.response(status, reason, Some(&tag), &[], None);
                return out.push(Effect::Send { flow: hop.flow, to: head.destination, bytes });
            }
        };
        match &message.start {
            Start::Response { status, .. } => self.response(&message, *status, hop, out),
            Start::Request { method, uri } => {
                let Some(head) = ResponseHead::of(&message, hop.to, hop.flow.is_reliable()) else { return };
                let name = String::from_utf8_lossy(method.as_bytes()).into_owned();
                let identity = if *method == Method::Ack { "INVITE" } else { name.as_str() };
                let key = self.server_key(&message, identity);
                let arrival = Arrival { message: &message, uri, key, head, hop };
                self.request(arrival, method, out);
            }
        }
    }

    fn request(&mut self, arrival: Arrival<'_>, method: &Method, out: &mut Vec<Effect>) {
        if *method == Method::Ack {
            if !self.acknowledged(arrival.key) {
                self.ack(&arrival, out);
            }
            return;
        }
        if self.retransmission(arrival.key, out) {
            return;
        }
        if self.servers.len() >= self.config.limits.max_server_transactions {
            return self.overloaded(&arrival, out);
        }
        if *method == Method::Cancel {
            return self.cancelled(&arrival, out);
        }
        if let Some(tag) = self.watcher_of(arrival.message) {
            return match method {
                Method::Subscribe => self.resubscribe(tag, arrival, out),
                _ => self.answer_once(&arrival, 405, &[("Allow", "SUBSCRIBE".to_owned())], out),
            };
        }
        let to = arrival.message.to();
        match to.tag() {
            Some(tag) => {
                let call_id = arrival.message.call_id();
                let known = tag_number(tag).and_then(|number| self.tags.get(&number).copied());
                match known.filter(|(key, _)| self.leg_of_dialog(&call_id, tag) == Some(*key)) {
                    Some((key, fork)) => self.inside(key, fork, arrival, method, out),
                    None => self.answer_once(&arrival, 481, &[], out),
                }
            }
            None => self.outside(arrival, method, out),
        }
    }

    fn outside(&mut self, arrival: Arrival<'_>, method: &Method, out: &mut Vec<Effect>) {
        if arrival.message.number(&Name::MaxForwards) == Some(0) && *method != Method::Register {
            return self.answer_once(&arrival, 483, &[], out);
        }
        let scheme = arrival.uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(scheme.as_str(), "sip" | "sips" | "tel") {
            return self.answer_once(&arrival, 416, &[], out);
        }
        let known = ["100rel", "timer", "replaces"];
        let unknown: Vec<String> = arrival
            .message
            .all(&Name::Require)
            .flat_map(|line| line.split(',').map(|tag| tag.trim().to_owned()).collect::<Vec<_>>())
            .filter(|tag| !tag.is_empty() && !known.iter().any(|k| k.eq_ignore_ascii_case(tag)))
            .collect();
        if !unknown.is_empty() {
            return self.answer_once(&arrival, 420, &[("Unsupported", unknown.join(", "))], out);
        }
        match method {
            Method::Invite => self.new_call(arrival, out),
            Method::Register => self.register(arrival, out),
            Method::Options => self.options(&arrival, out),
            Method::Bye | Method::Info | Method::Prack | Method::Update => {
                self.answer_once(&arrival, 481, &[], out)
            }
            Method::Subscribe => self.subscribe(arrival, out),
            Method::Notify => {
                let event = arrival.message.get(&Name::Event).unwrap_or_default().trim().to_ascii_lowercase();
                // Phones keep NAT bindings alive with it; silence would make them register again.
                let status = if event == "keep-alive" { 200 } else { 481 };
                self.answer_once(&arrival, status, &[], out);
            }
            Method::Refer | Method::Message | Method::Publish => {
                self.answer_once(&arrival, 405, &[("Allow", ALLOW.to_owned())], out);
            }
            _ => self.answer_once(&arrival, 501, &[("Allow", ALLOW.to_owned())], out),
        }
    }

    pub(super) fn options(&mut self, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        let extra = [
            ("Allow", ALLOW.to_owned()),
            ("Accept", "application/sdp".to_owned()),
            ("Supported", SUPPORTED.to_owned()),
            ("Allow-Events", Package::ALL.to_owned()),
        ];
        self.answer_once(arrival, 200, &extra, out);
    }

    /// A tag for a response that nothing remembers: the same for the same request (RFC 3261 section 8.2.7).
    pub(super) fn stateless_tag(&self, of: &[u8]) -> String {
        format!("{:016x}", self.hash(&[b"tag", of]) as u64 | 1 << 63)
    }

    fn final_bytes(&self, arrival: &Arrival<'_>, status: u16, extra: &[(&str, String)]) -> bytes::Bytes {
        let tag = self.stateless_tag(&arrival.key.0.to_be_bytes());
        let mut headers: Vec<(&str, String)> = extra.to_vec();
        headers.push(("Server", self.config.product.clone()));
        arrival.head.response(status, reason_phrase(status), Some(&tag), &headers, None)
    }

    /// A final response. An INVITE is answered without a transaction: its ACK is dropped and a retransmission is
    /// answered the same; any other request keeps its answer for retransmissions.
    pub(super) fn answer_once(
        &mut self,
        arrival: &Arrival<'_>,
        status: u16,
        extra: &[(&str, String)],
        out: &mut Vec<Effect>,
    ) {
        let bytes = self.final_bytes(arrival, status, extra);
        if arrival.message.method() == Some(&Method::Invite) {
            out.push(Effect::Send { flow: arrival.hop.flow, to: arrival.head.destination, bytes });
        } else {
            self.reply(arrival.key, arrival.hop, arrival.head.destination, bytes, out);
        }
    }

    /// 503, remembering nothing.
    pub(super) fn overloaded(&mut self, arrival: &Arrival<'_>, out: &mut Vec<Effect>) {
        let after = self.config.limits.retry_after.as_secs().to_string();
        let bytes = self.final_bytes(arrival, 503, &[("Retry-After", after)]);
        out.push(Effect::Send { flow: arrival.hop.flow, to: arrival.head.destination, bytes });
    }

    fn register(&mut self, arrival: Arrival<'_>, out: &mut Vec<Effect>) {
        let Some(device) = self.authenticate_register(&arrival, out) else { return };
        let aor = device.aor();
        let now = self.now;
        let result = self.registrar.register(now, &aor, arrival.message, arrival.source(), arrival.hop.flow);
        let changes = match result {
            Ok(changes) => changes,
            Err(Refusal::BadContact) => return self.answer_once(&arrival, 400, &[], out),
            Err(Refusal::OutOfOrder) => return self.answer_once(&arrival, 500, &[], out),
            Err(Refusal::Full) => return self.overloaded(&arrival, out),
            Err(Refusal::TooBrief(least)) => {
                return self.answer_once(&arrival, 423, &[("Min-Expires", least.to_string())], out);
            }
        };
        let contacts = self.registrar.contacts(&aor, now);
        let mut extra: Vec<(&str, String)> = contacts
            .iter()
            .map(|c| ("Contact", format!("<{}>;expires={}", c.uri, remaining_s(c, now))))
            .collect();
        extra.push(("Allow", ALLOW.to_owned()));
        for contact in changes.removed {
            out.push(Effect::Unregistered { aor: aor.clone(), contact, expired: false });
        }
        for contact in changes.added {
            out.push(Effect::Registered(Registration {
                aor: aor.clone(),
                account_id: device.account_id.clone(),
                device_id: device.device_id.clone(),
                contact: contact.uri,
                source: contact.source,
                user_agent: contact.user_agent,
                expires: contact.expires_at - now,
            }));
        }
        self.answer_once(&arrival, 200, &extra, out);
    }
}

/// Seconds left, rounded up.
fn remaining_s(contact: &Contact, now: std::time::Duration) -> u64 {
    contact.expires_at.saturating_sub(now).as_millis().div_ceil(1000) as u64
}
