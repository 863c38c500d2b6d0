//! RTP datagrams through the streams of two connected legs, and through the latch that finds out where a party is.
//!
//! Not for: sockets.

use std::net::SocketAddr;

use telephony::media::latch::{Latch, LatchPolicy, Verdict};
use telephony::media::rtp::parse;
use telephony::media::stream::fuzz_datagram;

/// Nothing panics; the latch listens to one address only. Each datagram is a length octet and what follows it.
pub fn run(octets: &[u8]) {
    fuzz_datagram(octets);
    let announced = SocketAddr::from(([192, 0, 2, 1], 4_000));
    let mut latch = Latch::new(LatchPolicy::Anyone, Some(announced));
    let mut rest = octets;
    while let Some((length, after)) = rest.split_first() {
        let (datagram, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        let Ok((header, payload)) = parse(datagram) else { continue };
        assert!(payload.len() <= datagram.len());
        let from = SocketAddr::from(([192, 0, 2, 1 + length % 3], 4_000 + u16::from(length % 2)));
        let known = latch.latched();
        match latch.judge(from, &header) {
            Verdict::Accept => assert_eq!(known, Some(from)),
            Verdict::Latch(to) => assert_eq!((known, Some(to)), (None, latch.latched())),
            Verdict::Ignore => assert_ne!(known, Some(from)),
        }
    }
}
