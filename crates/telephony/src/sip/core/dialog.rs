//! Dialogs (RFC 3261 section 12): what both ends agreed on, and where requests inside the call go. Not for state of the
//! call itself.

use std::net::{IpAddr, SocketAddr};

use crate::sip::leg::FlowId;
use crate::sip::uri::{NameAddr, Uri, split_list};
use crate::sip::wire::{Message, Name};

/// Where a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) flow: FlowId,
    pub(crate) to: SocketAddr,
}

/// One dialog.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    pub(crate) local_tag: u64,
    /// Our `From` value in requests, tag included.
    pub(crate) local: String,
    /// Our `To` value in requests, tag included.
    pub(crate) remote: String,
    pub(crate) remote_tag: String,
    /// The peer's `Contact` URI.
    pub(crate) target: String,
    /// Route set in the order of `Route` headers.
    pub(crate) routes: Vec<String>,
    /// Last number we used.
    pub(crate) local_cseq: u32,
    /// Highest number the peer used.
    pub(crate) remote_cseq: u32,
    /// The neighbour this dialog was made with.
    pub(crate) hop: Hop,
    /// Requests go to the neighbour whatever its contact says: it may be behind NAT.
    pub(crate) pinned: bool,
    /// We sent the INVITE that made it (owner of the Call-ID, for glare).
    pub(crate) caller: bool,
}

/// A tag as text.
pub(crate) fn tag_text(tag: u64) -> String {
    format!("{tag:016x}")
}

/// A tag of ours; `None` for text that we never made.
pub(crate) fn tag_number(text: &str) -> Option<u64> {
    if text.len() != 16 { None } else { u64::from_str_radix(text, 16).ok() }
}

/// `Record-Route` values, one per hop, in message order.
fn record_routes(message: &Message, limit: usize) -> Vec<String> {
    let lines: Vec<String> = message.all(&Name::RecordRoute).map(|line| line.into_owned()).collect();
    lines.iter().flat_map(|line| split_list(line)).take(limit).map(str::to_owned).collect()
}

/// The URI of the first `Contact`, if it is one.
pub(crate) fn contact_uri(message: &Message) -> Option<String> {
    let value = message.get(&Name::Contact)?;
    let uri = NameAddr::parse(split_list(&value).first()?).uri;
    Uri::parse(&uri).map(|_| uri)
}

impl Dialog {
    /// The dialog an INVITE makes at the called side.
    pub(crate) fn of_request(
        message: &Message,
        tag: u64,
        hop: Hop,
        pinned: bool,
        max_routes: usize,
    ) -> Dialog {
        let from = message.from();
        let to = message.get(&Name::To).unwrap_or_default();
        Dialog {
            call_id: message.call_id(),
            local_tag: tag,
            local: format!("{to};tag={}", tag_text(tag)),
            remote: message.get(&Name::From).unwrap_or_default().into_owned(),
            remote_tag: from.tag().unwrap_or_default().to_owned(),
            target: contact_uri(message).unwrap_or(from.uri),
            routes: record_routes(message, max_routes),
            local_cseq: 0,
            remote_cseq: message.cseq().map_or(0, |cseq| cseq.number),
            hop,
            pinned,
            caller: false,
        }
    }

    /// The dialog a response makes at the calling side. `from` and `uri` are those of the request.
    pub(crate) fn of_response(
        message: &Message,
        from: &str,
        uri: &str,
        tag: u64,
        hop: Hop,
        pinned: bool,
    ) -> Dialog {
        let mut routes = record_routes(message, 20);
        routes.reverse();
        Dialog {
            call_id: message.call_id(),
            local_tag: tag,
            local: from.to_owned(),
            remote: message.get(&Name::To).unwrap_or_default().into_owned(),
            remote_tag: message.to().tag().unwrap_or_default().to_owned(),
            target: contact_uri(message).unwrap_or_else(|| uri.to_owned()),
            routes,
            local_cseq: message.cseq().map_or(0, |cseq| cseq.number),
            remote_cseq: 0,
            hop,
            pinned,
            caller: true,
        }
    }

    /// The peer's `Contact` in a re-INVITE, UPDATE or 2xx changes where requests go (target refresh).
    pub(crate) fn refresh_target(&mut self, message: &Message) {
        if let Some(uri) = contact_uri(message) {
            self.target = uri;
        }
    }

    /// Request URI and `Route` values; a first hop without `lr` is a strict router (RFC 3261 section 12.2.1.1).
    pub(crate) fn request_line(&self) -> (String, Vec<String>) {
        let strict =
            self.routes.first().map(|route| NameAddr::parse(route)).filter(|route| !route.parsed().loose);
        match strict {
            Some(first) => {
                let mut routes: Vec<String> = self.routes.iter().skip(1).cloned().collect();
                routes.push(format!("<{}>", self.target));
                (first.uri, routes)
            }
            None => (self.target.clone(), self.routes.clone()),
        }
    }

    /// Where the next request goes: the first route or the peer's contact when that is an address that can be reached,
    /// else the neighbour.
    pub(crate) fn next_hop(&self) -> Hop {
        if self.pinned || self.hop.flow.is_reliable() {
            return self.hop;
        }
        let uri = match self.routes.first() {
            Some(route) => NameAddr::parse(route).parsed(),
            None => Uri::parse(&self.target).unwrap_or_default(),
        };
        match uri.address() {
            Some(to) if to.is_ipv4() == self.hop.to.is_ipv4() && reachable(to.ip(), self.hop.to.ip()) => {
                Hop { flow: self.hop.flow, to }
            }
            _ => self.hop,
        }
    }
}

/// An address behind somebody's NAT cannot be reached unless the neighbour is itself inside.
fn reachable(ip: IpAddr, neighbour: IpAddr) -> bool {
    let inside = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => {
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || (ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.segments()[0] & 0xfe00 == 0xfc00,
    };
    !ip.is_unspecified() && (!inside(ip) || inside(neighbour))
}
