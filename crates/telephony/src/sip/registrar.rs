//! Registrations: which contacts an address of record has, and for how long (RFC 3261 section 10.3). In memory and in
//! virtual time; [`Registrar::export`] and [`Registrar::import`] carry them over a restart.
//!
//! Not for proving who registers: the core has done that before. `Path` is ignored: we are the phones' first hop.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::leg::FlowId;
use super::limits::RegistrarConfig;
use super::uri::{NameAddr, Uri, param, split_list};
use super::wire::{Message, Name};

/// One contact of an address of record.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    /// Its URI, without brackets.
    pub uri: String,
    /// Where the REGISTER came from; calls go there (NAT).
    pub source: SocketAddr,
    /// The socket or connection it came through.
    pub flow: FlowId,
    /// `User-Agent`.
    pub user_agent: String,
    /// Preference, 0 to 1000.
    pub q: u16,
    /// Time of its end.
    pub expires_at: Duration,
    call_id: String,
    cseq: u32,
}

/// A contact written down to survive a restart. UDP only: a connection does not survive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedContact {
    /// Address of record.
    pub aor: String,
    /// Its URI.
    pub uri: String,
    /// Where it sent from.
    pub source: SocketAddr,
    /// Number of the UDP socket.
    pub socket: u16,
    /// `User-Agent`.
    pub user_agent: String,
    /// Preference, 0 to 1000.
    pub q: u16,
    /// What was left of it, in ms.
    pub remaining_ms: u64,
    /// `Call-ID` of the registration.
    pub call_id: String,
    /// `CSeq` of the registration.
    pub cseq: u32,
}

/// What a REGISTER changed.
#[derive(Debug, Default, PartialEq)]
pub struct Changes {
    /// Contacts added or refreshed.
    pub added: Vec<Contact>,
    /// URIs of contacts withdrawn.
    pub removed: Vec<String>,
}

/// Why a REGISTER is refused; nothing is changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: a contact cannot be read, or `*` without `Expires: 0`.
    #[error("unreadable contact")]
    BadContact,
    /// 423 with `Min-Expires` in seconds.
    #[error("interval too brief, at least {0} s")]
    TooBrief(u64),
    /// 500: an older `CSeq` of the same `Call-ID` came late.
    #[error("out of order")]
    OutOfOrder,
    /// 503: too many addresses of record.
    #[error("too many registrations")]
    Full,
}

/// All registrations.
pub struct Registrar {
    config: RegistrarConfig,
    max_aors: usize,
    max_contacts: usize,
    bindings: HashMap<String, Vec<Contact>>,
    /// Addresses of record by the time at which one of their contacts may end.
    ends: BTreeMap<Duration, Vec<String>>,
    /// The earliest of these times for each.
    armed: HashMap<String, Duration>,
    /// Addresses of record that registered through a connection.
    connections: HashMap<FlowId, Vec<String>>,
}

impl Registrar {
    /// No registrations.
    pub fn new(config: RegistrarConfig, max_aors: usize, max_contacts: usize) -> Registrar {
        Registrar {
            config,
            max_aors,
            max_contacts,
            bindings: HashMap::new(),
            ends: BTreeMap::new(),
            armed: HashMap::new(),
            connections: HashMap::new(),
        }
    }

    /// The contacts of an address of record that have not ended, best first: by `q`, then the newest.
    pub fn contacts(&self, aor: &str, now: Duration) -> Vec<&Contact> {
        let all = self.bindings.get(aor).map(Vec::as_slice).unwrap_or_default();
        let mut live: Vec<&Contact> = all.iter().rev().filter(|c| c.expires_at > now).collect();
        live.sort_by_key(|c| std::cmp::Reverse(c.q));
        live
    }

    /// Addresses of record with a registration.
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Nobody is registered.
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// Carry out an authenticated REGISTER.
    ///
    /// # Errors
    /// [`Refusal`] tells the response; then nothing has changed.
    pub fn register(
        &mut self,
        now: Duration,
        aor: &str,
        message: &Message,
        source: SocketAddr,
        flow: FlowId,
    ) -> Result<Changes, Refusal> {
        let values: Vec<String> = message
            .all(&Name::Contact)
            .flat_map(|v| split_list(&v).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let header_expires = message.number(&Name::Expires);
        let call_id = message.call_id();
        let cseq = message.cseq().map_or(0, |cseq| cseq.number);
        let current = self.bindings.get(aor).map(Vec::as_slice).unwrap_or_default();
        let late = |contact: &Contact| contact.call_id == call_id && cseq <= contact.cseq;
        if values.iter().any(|value| value == "*") {
            if values.len() != 1 || header_expires != Some(0) {
                return Err(Refusal::BadContact);
            }
            if current.iter().any(late) {
                return Err(Refusal::OutOfOrder);
            }
            let removed = self.bindings.remove(aor).unwrap_or_default().into_iter().map(|c| c.uri).collect();
            return Ok(Changes { added: Vec::new(), removed });
        }
        let mut next = current.to_vec();
        let mut changes = Changes::default();
        for value in values.iter().take(self.max_contacts * 2) {
            let address = NameAddr::parse(value);
            let uri = Uri::parse(&address.uri).ok_or(Refusal::BadContact)?;
            let own = param(&address.params, "expires").map(|text| text.parse::<u32>().unwrap_or(3600));
            let asked = own.or(header_expires).map(|s| Duration::from_secs(u64::from(s)));
            let expires = asked.unwrap_or(self.config.default_expires).min(self.config.max_expires);
            let known = next.iter().position(|c| same_contact(&c.uri, &address.uri, &uri));
            if let Some(old) = known.and_then(|at| next.get(at))
                && late(old)
            {
                return Err(Refusal::OutOfOrder);
            }
            if let Some(at) = known {
                next.remove(at);
            }
            if expires.is_zero() {
                changes.removed.push(address.uri);
                continue;
            }
            if expires < self.config.min_expires {
                return Err(Refusal::TooBrief(self.config.min_expires.as_secs()));
            }
            let q = param(&address.params, "q").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
            let contact = Contact {
                uri: address.uri,
                source,
                flow,
                user_agent: message.get(&Name::UserAgent).unwrap_or_default().into_owned(),
                q: (q.clamp(0.0, 1.0) * 1000.0) as u16,
                expires_at: now + expires,
                call_id: call_id.clone(),
                cseq,
            };
            next.push(contact.clone());
            changes.added.push(contact);
        }
        while next.len() > self.max_contacts {
            changes.removed.push(next.remove(0).uri);
        }
        if next.is_empty() {
            self.bindings.remove(aor);
        } else if self.bindings.len() >= self.max_aors && !self.bindings.contains_key(aor) {
            return Err(Refusal::Full);
        } else {
            self.put(aor, next);
        }
        Ok(changes)
    }

    fn put(&mut self, aor: &str, contacts: Vec<Contact>) {
        let first = contacts.iter().map(|c| c.expires_at).min();
        if let Some(first) = first.filter(|first| self.armed.get(aor).is_none_or(|armed| first < armed)) {
            self.ends.entry(first).or_default().push(aor.to_owned());
            self.armed.insert(aor.to_owned(), first);
        }
        for flow in contacts.iter().map(|c| c.flow).filter(|flow| flow.is_reliable()) {
            let names = self.connections.entry(flow).or_default();
            if !names.iter().any(|name| name == aor) {
                names.push(aor.to_owned());
            }
        }
        self.bindings.insert(aor.to_owned(), contacts);
    }

    /// When the next contact may end.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.ends.keys().next().copied()
    }

    /// Take away what has ended: address of record and contact URI.
    pub fn expire(&mut self, now: Duration) -> Vec<(String, String)> {
        let mut gone = Vec::new();
        while let Some(entry) = self.ends.first_entry().filter(|entry| *entry.key() <= now) {
            let time = *entry.key();
            for aor in entry.remove() {
                if self.armed.get(&aor) == Some(&time) {
                    self.armed.remove(&aor);
                }
                let Some(contacts) = self.bindings.remove(&aor) else { continue };
                let (live, dead): (Vec<_>, Vec<_>) = contacts.into_iter().partition(|c| c.expires_at > now);
                gone.extend(dead.into_iter().map(|contact| (aor.clone(), contact.uri)));
                if !live.is_empty() {
                    self.put(&aor, live);
                }
            }
        }
        gone
    }

    /// Contacts behind a connection that is closed are gone (RFC 5626): address of record and URI.
    pub fn flow_closed(&mut self, flow: FlowId) -> Vec<(String, String)> {
        let mut gone = Vec::new();
        for aor in self.connections.remove(&flow).unwrap_or_default() {
            let Some(contacts) = self.bindings.remove(&aor) else { continue };
            let (dead, live): (Vec<_>, Vec<_>) = contacts.into_iter().partition(|c| c.flow == flow);
            gone.extend(dead.into_iter().map(|contact| (aor.clone(), contact.uri)));
            if !live.is_empty() {
                self.put(&aor, live);
            }
        }
        gone
    }

    /// All live contacts that came over UDP.
    pub fn export(&self, now: Duration) -> Vec<SavedContact> {
        let mut saved: Vec<SavedContact> =
            self.bindings.keys().flat_map(|aor| self.export_one(aor, now)).collect();
        saved.sort_by(|a, b| (&a.aor, a.remaining_ms).cmp(&(&b.aor, b.remaining_ms)));
        saved
    }

    /// The live contacts of one address of record that came over UDP.
    pub fn export_one(&self, aor: &str, now: Duration) -> Vec<SavedContact> {
        let contacts = self.bindings.get(aor).map(Vec::as_slice).unwrap_or_default();
        let live = contacts.iter().filter(|contact| contact.expires_at > now);
        live.filter_map(|contact| {
            Some(SavedContact {
                aor: aor.to_owned(),
                uri: contact.uri.clone(),
                source: contact.source,
                socket: u16::try_from(contact.flow.udp_number()?).ok()?,
                user_agent: contact.user_agent.clone(),
                q: contact.q,
                remaining_ms: u64::try_from((contact.expires_at - now).as_millis()).unwrap_or(u64::MAX),
                call_id: contact.call_id.clone(),
                cseq: contact.cseq,
            })
        })
        .collect()
    }

    /// Put contacts back, `away` after they were exported.
    pub fn import(&mut self, now: Duration, away: Duration, saved: Vec<SavedContact>) {
        for contact in saved {
            let remaining = Duration::from_millis(contact.remaining_ms).saturating_sub(away);
            let known = self.bindings.contains_key(&contact.aor);
            if remaining.is_zero() || (!known && self.bindings.len() >= self.max_aors) {
                continue;
            }
            let mut contacts = self.bindings.remove(&contact.aor).unwrap_or_default();
            contacts.retain(|c| c.uri != contact.uri);
            if contacts.len() < self.max_contacts {
                contacts.push(Contact {
                    uri: contact.uri,
                    source: contact.source,
                    flow: FlowId::udp(contact.socket),
                    user_agent: contact.user_agent,
                    q: contact.q,
                    expires_at: now + remaining.min(self.config.max_expires),
                    call_id: contact.call_id,
                    cseq: contact.cseq,
                });
            }
            self.put(&contact.aor, contacts);
        }
    }
}

/// URIs name the same contact: same text, or same user, host, port and transport (RFC 3261 section 19.1.4 in short).
fn same_contact(old_text: &str, new_text: &str, new: &Uri) -> bool {
    if old_text == new_text {
        return true;
    }
    Uri::parse(old_text).is_some_and(|old| {
        old.user == new.user && old.host == new.host && old.port == new.port && old.transport == new.transport
    })
}
