//! Calls we make: forking to several contacts, the winner, the losers, CANCEL against 200.
//! Not for matching responses to transactions: see `responses`.

use std::net::SocketAddr;

use super::SipCore;
use super::dialog::{Dialog, Hop, tag_text};
use super::state::{ClientKey, Fork, Leg, Purpose, State};
use super::{ALLOW, SUPPORTED};
use crate::sip::build::{RequestParts, reason_phrase};
use crate::sip::digest::DigestClient;
use crate::sip::leg::{Dial, DialTarget, Effect, LegEvent, LegKey, Party, RefusedBy};
use crate::sip::uri::{NameAddr, Uri, escape_user, param, quote};
use crate::sip::wire::{Message, Name};

/// A target that can be sent to.
struct Way {
    uri: String,
    hop: Hop,
    routes: Vec<String>,
    pinned: bool,
}

impl SipCore {
    pub(super) fn dial(&mut self, key: LegKey, dial: Dial, out: &mut Vec<Effect>) {
        if key.is_incoming() || self.legs.contains_key(&key) {
            return;
        }
        let refused = |status, by| {
            let reason = reason_phrase(status).to_owned();
            Effect::Leg(key, LegEvent::Refused { status, reason, by })
        };
        let full = self.legs.len() >= self.config.limits.max_legs
            || self.clients.len() >= self.config.limits.max_client_transactions;
        if full {
            return out.push(refused(503, RefusedBy::Transport));
        }
        let mut ways = Vec::new();
        let mut unregistered = false;
        for target in &dial.targets {
            match target {
                DialTarget::Registered { aor, invite_user } => {
                    let found = self.registered_ways(aor, invite_user.as_deref());
                    unregistered |= found.is_empty();
                    ways.extend(found);
                }
                DialTarget::Uri { uri, address, route, tcp } => {
                    ways.extend(self.uri_way(uri, *address, route.as_deref(), *tcp, out));
                }
            }
        }
        ways.truncate(self.config.limits.max_forks);
        if ways.is_empty() {
            return out.push(if unregistered {
                refused(480, RefusedBy::NotRegistered)
            } else {
                refused(404, RefusedBy::NoRoute)
            });
        }
        let mut leg = Box::new(Leg::new(key, State::Dialling));
        leg.offer = dial.sdp.clone();
        leg.local_sdp = dial.sdp;
        leg.headers = dial.headers;
        leg.max_forwards = if dial.max_forwards == 0 { 70 } else { dial.max_forwards };
        for way in ways {
            let tag = self.random.number();
            let host = self.own_address(way.hop.flow).ip();
            let from = format!("{};tag={}", address_text(&dial.from, &host_text(host)), tag_text(tag));
            let to = match &dial.to {
                Some(party) => address_text(party, &host_text(way.hop.to.ip())),
                None => format!("<{}>", way.uri),
            };
            self.tags.insert(tag, (key, leg.forks.len()));
            leg.forks.push(Fork {
                tag,
                call_id: self.random.token(),
                cseq: 1,
                last_cseq: 0,
                uri: way.uri,
                from,
                to,
                routes: way.routes,
                hop: way.hop,
                pinned: way.pinned,
                branch: 0,
                provisional: false,
                give_up: false,
                cancel_sent: false,
                auth: dial.credentials.clone().map(DigestClient::new),
                extra: self.config.session_expires.map(|s| self.session_wish(s)).unwrap_or_default(),
                min_se_tried: false,
                early: Vec::new(),
                outcome: None,
            });
        }
        for index in 0..leg.forks.len() {
            self.send_invite(&mut leg, index, out);
        }
        self.keep(leg);
    }

    fn session_wish(&self, interval: std::time::Duration) -> Vec<(String, String)> {
        vec![
            ("Session-Expires".to_owned(), interval.as_secs().to_string()),
            ("Min-SE".to_owned(), self.config.min_session_expires.as_secs().to_string()),
        ]
    }

    /// Contacts of an address of record: to where each registered from, since it may be behind NAT.
    fn registered_ways(&self, aor: &str, invite_user: Option<&str>) -> Vec<Way> {
        let contacts = self.registrar.contacts(aor, self.now);
        contacts
            .into_iter()
            .map(|contact| Way {
                uri: match invite_user {
                    Some(user) => with_user(&contact.uri, user),
                    None => contact.uri.clone(),
                },
                hop: Hop { flow: contact.flow, to: contact.source },
                routes: Vec::new(),
                pinned: true,
            })
            .collect()
    }

    fn uri_way(
        &mut self,
        uri: &str,
        address: Option<SocketAddr>,
        route: Option<&str>,
        tcp: bool,
        out: &mut Vec<Effect>,
    ) -> Option<Way> {
        let parsed = Uri::parse(uri)?;
        let first = route.map(|route| NameAddr::parse(route).parsed());
        let next = first.as_ref().unwrap_or(&parsed);
        let to = address.or_else(|| next.address())?;
        let tcp = tcp || next.transport.as_deref() == Some("tcp");
        let hop = self.hop_to(to, tcp, out)?;
        let routes = route.map(str::to_owned).into_iter().collect();
        Some(Way { uri: uri.trim_matches(['<', '>']).to_owned(), hop, routes, pinned: false })
    }

    /// Send the INVITE of a fork, the first or one with credentials.
    pub(super) fn send_invite(&mut self, leg: &mut Leg, index: usize, out: &mut Vec<Effect>) {
        let branch = self.random.number();
        let key = leg.key;
        let (offer, shared, max_forwards) = (leg.offer.clone(), leg.headers.clone(), leg.max_forwards);
        let Some(fork) = leg.forks.get_mut(index) else { return };
        fork.branch = branch;
        fork.provisional = false;
        fork.last_cseq += 1;
        fork.cseq = fork.last_cseq;
        let mut headers = shared;
        headers.push(("Allow".to_owned(), ALLOW.to_owned()));
        headers.push(("Supported".to_owned(), SUPPORTED.to_owned()));
        headers.push(("User-Agent".to_owned(), self.config.product.clone()));
        headers.extend(fork.extra.iter().cloned());
        if let Some(auth) = fork.auth.as_mut() {
            headers.extend(auth.header("INVITE", &fork.uri, &mut self.random));
        }
        let contact = self.contact(fork.hop.flow);
        let request = RequestParts {
            method: "INVITE",
            uri: &fork.uri,
            via: self.via(fork.hop.flow, branch),
            max_forwards,
            from: &fork.from,
            to: &fork.to,
            call_id: &fork.call_id,
            cseq: fork.cseq,
            contact: Some(&contact),
            routes: &fork.routes,
            headers: &headers,
            body: (!offer.is_empty()).then_some(("application/sdp", offer.as_ref())),
        };
        let bytes = request.write();
        let hop = fork.hop;
        self.send_request(
            ClientKey(branch, false),
            "INVITE",
            Purpose::Invite { leg: key, fork: index },
            hop,
            bytes,
            out,
        );
    }

    /// The driver gives an unanswered leg up.
    pub(super) fn give_up(&mut self, leg: &mut Leg, out: &mut Vec<Effect>) {
        if leg.state != State::Dialling {
            return;
        }
        leg.state = State::Ending;
        let reason = reason_phrase(487).to_owned();
        SipCore::leg_event(leg, LegEvent::Refused { status: 487, reason, by: RefusedBy::Cancelled }, out);
        self.cancel_forks(leg, None, out);
    }

    /// CANCEL every fork that has no outcome, but the winner.
    pub(super) fn cancel_forks(&mut self, leg: &mut Leg, winner: Option<usize>, out: &mut Vec<Effect>) {
        let elsewhere = winner.is_some();
        for (index, fork) in leg.forks.iter_mut().enumerate() {
            if fork.outcome.is_some() || Some(index) == winner {
                continue;
            }
            fork.give_up = true;
            if fork.provisional && !fork.cancel_sent {
                fork.cancel_sent = true;
                self.send_cancel(fork.branch, elsewhere, out);
            }
        }
    }

    /// A fork's first provisional response has come.
    pub(super) fn fork_provisional(
        &mut self,
        leg: &mut Leg,
        index: usize,
        message: &Message,
        status: u16,
        out: &mut Vec<Effect>,
    ) {
        let elsewhere = leg.state != State::Ending;
        let Some(fork) = leg.forks.get_mut(index) else { return };
        fork.provisional = true;
        if fork.give_up {
            if !fork.cancel_sent {
                fork.cancel_sent = true;
                self.send_cancel(fork.branch, elsewhere, out);
            }
            return;
        }
        if status == 100 || leg.state != State::Dialling {
            return;
        }
        if message.lists(&Name::Require, "100rel") && !self.acknowledge_reliable(leg, index, message, out) {
            return;
        }
        if let Some(sdp) = message.sdp() {
            SipCore::leg_event(leg, LegEvent::Early(sdp), out);
        }
        if status == 180 && !leg.rang {
            leg.rang = true;
            SipCore::leg_event(leg, LegEvent::Ringing, out);
        }
    }

    /// PRACK a reliable provisional response; false for one seen before or out of order (RFC 3262 section 4).
    fn acknowledge_reliable(
        &mut self,
        leg: &mut Leg,
        index: usize,
        message: &Message,
        out: &mut Vec<Effect>,
    ) -> bool {
        let Some(rseq) = message.number(&Name::RSeq) else { return false };
        let to = message.to();
        let tag = to.tag().unwrap_or_default();
        let Some(fork) = leg.forks.get_mut(index) else { return false };
        let full = fork.early.len() >= 8;
        match fork.early.iter_mut().find(|(known, _)| known == tag) {
            Some((_, last)) if rseq != *last + 1 => return false,
            Some((_, last)) => *last = rseq,
            None if full => return false,
            None => fork.early.push((tag.to_owned(), rseq)),
        }
        let invite_cseq = fork.cseq;
        let mut dialog = Dialog::of_response(message, &fork.from, &fork.uri, fork.tag, fork.hop, fork.pinned);
        dialog.local_cseq = fork.last_cseq;
        fork.last_cseq += 1;
        let auth = fork.auth.clone();
        let headers = vec![("RAck".to_owned(), format!("{rseq} {invite_cseq} INVITE"))];
        let mut scratch = Leg::new(leg.key, State::Up);
        scratch.dialog = Some(dialog);
        scratch.auth = auth;
        let purpose = Purpose::Other { leg: leg.key };
        self.inside_request(&mut scratch, "PRACK", headers, None, purpose, out);
        if let Some(fork) = leg.forks.get_mut(index) {
            fork.auth = scratch.auth;
        }
        true
    }

    /// A fork has ended without an answer.
    pub(super) fn fork_refused(
        &mut self,
        leg: &mut Leg,
        index: usize,
        outcome: (u16, String, RefusedBy),
        out: &mut Vec<Effect>,
    ) {
        let status = outcome.0;
        if let Some(fork) = leg.forks.get_mut(index) {
            fork.outcome.get_or_insert(outcome);
        }
        if leg.state != State::Dialling {
            return;
        }
        if status >= 600 {
            self.cancel_forks(leg, None, out);
        }
        if leg.forks.iter().any(|fork| fork.outcome.is_none()) {
            return;
        }
        leg.state = State::Ending;
        let best = leg
            .forks
            .iter()
            .filter_map(|fork| fork.outcome.as_ref())
            .min_by_key(|(status, ..)| rank(*status));
        if let Some((status, reason, by)) = best.cloned() {
            SipCore::leg_event(leg, LegEvent::Refused { status, reason, by }, out);
        }
    }

    /// A fork has answered: the first wins, a later one is acknowledged and hung up.
    pub(super) fn fork_answered(
        &mut self,
        leg: &mut Leg,
        index: usize,
        message: &Message,
        out: &mut Vec<Effect>,
    ) {
        let Some(fork) = leg.forks.get_mut(index) else { return };
        let mut dialog = Dialog::of_response(message, &fork.from, &fork.uri, fork.tag, fork.hop, fork.pinned);
        dialog.local_cseq = fork.last_cseq;
        let (branch, cseq) = (fork.branch, fork.cseq);
        fork.outcome = Some((200, String::new(), RefusedBy::Peer));
        self.send_ack(&dialog, cseq, branch, out);
        if leg.state != State::Dialling {
            return self.bye_orphan(dialog, leg.key, out);
        }
        let fork_auth = leg.forks.get_mut(index).and_then(|fork| fork.auth.take());
        let contact = dialog.target.clone();
        leg.auth = fork_auth;
        leg.dialog = Some(dialog);
        leg.state = State::Up;
        self.session_agreed(leg, message);
        self.cancel_forks(leg, Some(index), out);
        let sdp = message.sdp().unwrap_or_default();
        SipCore::leg_event(leg, LegEvent::Answered { sdp, contact }, out);
    }

    /// End a dialog that nobody wants.
    pub(super) fn bye_orphan(&mut self, dialog: Dialog, key: LegKey, out: &mut Vec<Effect>) {
        let mut scratch = Leg::new(key, State::Up);
        scratch.dialog = Some(dialog);
        self.inside_request(&mut scratch, "BYE", Vec::new(), None, Purpose::Nobody, out);
    }
}

/// Which refusal speaks for all (RFC 3261 section 16.7 step 6): a global one, else busy before plain unavailability.
fn rank(status: u16) -> u16 {
    match status {
        600..=699 => 0,
        486 => 1,
        300..=399 => 2,
        401 | 407 | 415 | 420 | 484 => 3,
        487 | 408 => 900,
        other => other,
    }
}

fn host_text(ip: std::net::IpAddr) -> String {
    match ip {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// `"Name" <sip:user@host>`.
fn address_text(party: &Party, own_host: &str) -> String {
    let host = if party.host.is_empty() { own_host } else { &party.host };
    let user = if party.user.is_empty() { String::new() } else { format!("{}@", escape_user(&party.user)) };
    let name = if party.name.is_empty() { String::new() } else { format!("{} ", quote(&party.name)) };
    format!("{name}<sip:{user}{host}>")
}

/// A URI with another user part, parameters kept.
fn with_user(uri: &str, user: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else { return uri.to_owned() };
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}:{}@{host}", escape_user(user))
}

/// What a refusal says: its phrase, or where a redirect points.
pub(super) fn refusal_text(message: &Message, status: u16, reason: &str) -> String {
    if (300..400).contains(&status)
        && let Some(value) = message.get(&Name::Contact)
    {
        return NameAddr::parse(&value).uri;
    }
    let cause = message.get(&Name::Reason).and_then(|value| param(&value, "text").map(str::to_owned));
    cause.unwrap_or_else(|| reason.to_owned())
}
