//! Symmetric RTP (RFC 4961) as a pure state machine: from which address a party really sends, and where to send to.
//!
//! A party behind an address translator announces an address in SDP that is not the one its packets come from. So the
//! first good packets decide; from then on nobody else is heard until the next agreement (offer and answer).
//! A packet from the announced host is believed at once; a stranger must send a few packets in a row, which keeps out
//! stray packets of a call that used the port before.
//!
//! Not for: sockets ([`engine`](super::engine)).

use std::net::{IpAddr, SocketAddr};

use super::rtp::Header;

/// How many packets in a row a stranger must send before it is believed to be the party.
const STRANGER_PACKETS: u8 = 3;

/// Whose packets are taken before the party's address is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LatchPolicy {
    /// Anybody's: needed for parties behind address translators.
    #[default]
    Anyone,
    /// Only the host that SDP announces, from any port.
    AnnouncedHost,
}

/// Where a party is.
#[derive(Clone, Debug)]
pub struct Latch {
    policy: LatchPolicy,
    announced: Option<SocketAddr>,
    latched: Option<SocketAddr>,
    candidate: Option<(SocketAddr, Header, u8)>,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the party's.
    Accept,
    /// It is the party's, and shows its address: connect the socket to it.
    Latch(SocketAddr),
    /// It is a stranger's.
    Ignore,
}

impl Latch {
    /// Nothing heard yet; `announced` is the address in SDP, if there was one already.
    pub fn new(policy: LatchPolicy, announced: Option<SocketAddr>) -> Latch {
        Latch { policy, announced: announced.filter(usable), latched: None, candidate: None }
    }

    /// Where to send to; `None`: nowhere yet.
    pub fn target(&self) -> Option<SocketAddr> {
        self.latched.or(self.announced)
    }

    /// The address that packets come from, once known.
    pub fn latched(&self) -> Option<SocketAddr> {
        self.latched
    }

    /// A new agreement announces an address. Gives `true` when it differs from the former one and the latch is open again.
    pub fn announce(&mut self, announced: Option<SocketAddr>) -> bool {
        let announced = announced.filter(usable);
        if announced.is_none() || announced == self.announced {
            return false;
        }
        self.announced = announced;
        self.candidate = None;
        self.latched.take().is_some()
    }

    /// Judges a well-formed packet by where it comes from.
    pub fn judge(&mut self, from: SocketAddr, header: &Header) -> Verdict {
        if let Some(latched) = self.latched {
            return if latched == from { Verdict::Accept } else { Verdict::Ignore };
        }
        let announced_host = self.announced.is_some_and(|announced| same_host(announced.ip(), from.ip()));
        if !announced_host {
            if self.policy == LatchPolicy::AnnouncedHost {
                return Verdict::Ignore;
            }
            let seen = match self.candidate {
                Some((address, last, seen))
                    if address == from
                        && last.ssrc == header.ssrc
                        && (1..=3).contains(&header.sequence.wrapping_sub(last.sequence)) =>
                {
                    seen + 1
                }
                _ => 1,
            };
            self.candidate = Some((from, *header, seen));
            if seen < STRANGER_PACKETS {
                return Verdict::Ignore;
            }
        }
        self.latched = Some(from);
        self.candidate = None;
        Verdict::Latch(from)
    }
}

/// Hold in the manner of RFC 2543 announces 0.0.0.0; nothing can be sent there.
fn usable(address: &SocketAddr) -> bool {
    !address.ip().is_unspecified() && address.port() != 0
}

fn same_host(a: IpAddr, b: IpAddr) -> bool {
    a.to_canonical() == b.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn header(sequence: u16) -> Header {
        Header { sequence, ssrc: 1, ..Header::default() }
    }

    #[test]
    fn the_announced_host_is_believed_at_once_from_any_port() {
        let mut latch = Latch::new(LatchPolicy::Anyone, Some(at("192.0.2.1:4000")));
        assert_eq!(latch.target(), Some(at("192.0.2.1:4000")));
        assert_eq!(latch.judge(at("192.0.2.1:5000"), &header(1)), Verdict::Latch(at("192.0.2.1:5000")));
        assert_eq!(latch.target(), Some(at("192.0.2.1:5000")));
        assert_eq!(latch.judge(at("192.0.2.1:5000"), &header(2)), Verdict::Accept);
        assert_eq!(latch.judge(at("192.0.2.1:4000"), &header(3)), Verdict::Ignore);
    }

    #[test]
    fn a_stranger_has_to_insist() {
        let mut latch = Latch::new(LatchPolicy::Anyone, Some(at("10.0.0.9:4000")));
        let stranger = at("198.51.100.7:4000");
        assert_eq!(latch.judge(stranger, &header(1)), Verdict::Ignore);
        assert_eq!(latch.judge(at("203.0.113.1:9"), &header(7)), Verdict::Ignore);
        assert_eq!(latch.judge(stranger, &header(2)), Verdict::Ignore);
        assert_eq!(latch.judge(stranger, &header(3)), Verdict::Ignore);
        assert_eq!(latch.judge(stranger, &header(4)), Verdict::Latch(stranger));
        let mut strict = Latch::new(LatchPolicy::AnnouncedHost, Some(at("10.0.0.9:4000")));
        assert!((0..9).all(|n| strict.judge(stranger, &header(n)) == Verdict::Ignore));
    }

    #[test]
    fn only_a_new_address_opens_the_latch() {
        let mut latch = Latch::new(LatchPolicy::Anyone, Some(at("192.0.2.1:4000")));
        latch.judge(at("192.0.2.1:5000"), &header(1));
        assert!(!latch.announce(Some(at("192.0.2.1:4000"))));
        assert!(!latch.announce(Some(at("0.0.0.0:4000"))), "hold keeps the address");
        assert_eq!(latch.latched(), Some(at("192.0.2.1:5000")));
        assert!(latch.announce(Some(at("192.0.2.2:4000"))));
        assert_eq!(latch.target(), Some(at("192.0.2.2:4000")));
    }
}
