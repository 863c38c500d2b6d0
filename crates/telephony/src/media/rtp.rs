//! RTP packets (RFC 3550 section 5.1): reading a header without trusting it, writing one, and counting what arrives.
//!
//! Not for: RTCP, which is recognised only to be left alone, and SRTP.

use std::time::Duration;

/// Octets of a header without contributing sources or an extension.
pub const HEADER_BYTES: usize = 12;

/// The fixed part of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// First packet after a silence, or of an event.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Counts packets, wraps.
    pub sequence: u16,
    /// Counts samples, wraps.
    pub timestamp: u32,
    /// The sender's random number.
    pub ssrc: u32,
}

impl Header {
    /// Writes the header to the first [`HEADER_BYTES`] of `packet`.
    pub fn write(&self, packet: &mut [u8; HEADER_BYTES]) {
        packet[0] = 0x80;
        packet[1] = (u8::from(self.marker) << 7) | (self.payload_type & 0x7f);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter than its header says.
    #[error("datagram is shorter than its RTP header")]
    Short,
    /// Not version 2 (STUN, T.38, noise).
    #[error("not RTP version 2")]
    Version,
    /// An RTCP packet on the RTP port (RFC 5761 section 4).
    #[error("RTCP on the RTP port")]
    Rtcp,
    /// More padding than payload.
    #[error("padding is longer than the payload")]
    Padding,
}

/// Splits a datagram into header and payload. Contributing sources, extension and padding are skipped.
pub fn parse(datagram: &[u8]) -> Result<(Header, &[u8]), Malformed> {
    let Some((fixed, rest)) = datagram.split_first_chunk::<HEADER_BYTES>() else {
        return Err(Malformed::Short);
    };
    if fixed[0] >> 6 != 2 {
        return Err(Malformed::Version);
    }
    if (192..=223).contains(&fixed[1]) {
        return Err(Malformed::Rtcp);
    }
    let header = Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7f,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
        ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
    };
    let sources = usize::from(fixed[0] & 0x0f) * 4;
    let mut payload = rest.get(sources..).ok_or(Malformed::Short)?;
    if fixed[0] & 0x10 != 0 {
        let (extension, after) = payload.split_first_chunk::<4>().ok_or(Malformed::Short)?;
        let words = usize::from(u16::from_be_bytes([extension[2], extension[3]]));
        payload = after.get(words * 4..).ok_or(Malformed::Short)?;
    }
    if fixed[0] & 0x20 != 0 {
        let padding = usize::from(*payload.last().ok_or(Malformed::Padding)?);
        if padding == 0 || padding > payload.len() {
            return Err(Malformed::Padding);
        }
        payload = &payload[..payload.len() - padding];
    }
    Ok((header, payload))
}

/// What became of a packet in the order of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first of its sender.
    First,
    /// The next one, possibly after lost ones.
    Next,
    /// Older than one already seen, or the same again.
    Late,
}

/// Counts arriving packets, losses and jitter (RFC 3550 appendices A.1, A.3 and A.8).
#[derive(Clone, Debug, Default)]
pub struct Reception {
    ssrc: Option<u32>,
    highest: u16,
    packets: u64,
    octets: u64,
    lost: u64,
    late: u64,
    /// Sixteenths of a sample, as the RFC keeps it.
    jitter: u32,
    transit: u32,
    last_arrival: Option<Duration>,
}

/// A sequence jump larger than this is a restarted sender, not loss.
const MAX_DROPOUT: u16 = 3_000;

impl Reception {
    /// Counts a packet that arrived at `now` (any fixed epoch).
    pub fn count(&mut self, header: &Header, payload_bytes: usize, now: Duration) -> Order {
        self.packets += 1;
        self.octets += payload_bytes as u64;
        self.last_arrival = Some(now);
        let arrival = (now.as_micros() * 8 / 1_000) as u32;
        let transit = arrival.wrapping_sub(header.timestamp);
        let ahead = header.sequence.wrapping_sub(self.highest);
        let restarted = ahead > MAX_DROPOUT && ahead < u16::MAX - 100;
        if self.ssrc != Some(header.ssrc) || restarted {
            self.ssrc = Some(header.ssrc);
            self.highest = header.sequence;
            self.transit = transit;
            return Order::First;
        }
        if ahead == 0 || ahead > MAX_DROPOUT {
            self.late += 1;
            // It was counted as lost when it was overtaken; a duplicate was not, hence the floor.
            if ahead != 0 {
                self.lost = self.lost.saturating_sub(1);
            }
            return Order::Late;
        }
        self.lost += u64::from(ahead - 1);
        self.highest = header.sequence;
        let difference = (transit.wrapping_sub(self.transit) as i32).unsigned_abs();
        self.transit = transit;
        // A jump of more than a second is a new timestamp base, not jitter.
        if difference < 8_000 {
            self.jitter = self.jitter.saturating_add(difference).saturating_sub((self.jitter + 8) >> 4);
        }
        Order::Next
    }

    /// When the last packet came.
    pub fn last_arrival(&self) -> Option<Duration> {
        self.last_arrival
    }

    /// Packets, payload octets, lost packets, late or repeated packets.
    pub fn totals(&self) -> (u64, u64, u64, u64) {
        (self.packets, self.octets, self.lost, self.late)
    }

    /// Interarrival jitter.
    pub fn jitter(&self) -> Duration {
        Duration::from_micros(u64::from(self.jitter >> 4) * 125)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(header: &Header, payload: &[u8]) -> Vec<u8> {
        let mut fixed = [0; HEADER_BYTES];
        header.write(&mut fixed);
        [&fixed[..], payload].concat()
    }

    #[test]
    fn a_header_survives_a_round_trip() {
        let header =
            Header { marker: true, payload_type: 101, sequence: 65_535, timestamp: 0xdead_beef, ssrc: 7 };
        let bytes = packet(&header, b"abc");
        assert_eq!(parse(&bytes), Ok((header, &b"abc"[..])));
    }

    #[test]
    fn sources_extension_and_padding_are_skipped() {
        let mut bytes = packet(&Header::default(), b"");
        bytes[0] = 0x80 | 0x20 | 0x10 | 2;
        bytes.extend([0; 8]);
        bytes.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        bytes.extend(b"voice");
        bytes.extend([0, 0, 3]);
        let (_, payload) = parse(&bytes).unwrap();
        assert_eq!(payload, b"voice");
    }

    #[test]
    fn what_is_no_rtp_is_named() {
        assert_eq!(parse(&[0x80; 11]), Err(Malformed::Short));
        assert_eq!(parse(&[0; 20]), Err(Malformed::Version));
        let mut report = packet(&Header::default(), b"");
        report[1] = 200;
        assert_eq!(parse(&report), Err(Malformed::Rtcp));
        let mut padded = packet(&Header::default(), &[9]);
        padded[0] |= 0x20;
        assert_eq!(parse(&padded), Err(Malformed::Padding));
    }

    #[test]
    fn loss_and_lateness_are_counted() {
        let mut reception = Reception::default();
        let mut at = |sequence: u16| {
            let header = Header { sequence, timestamp: u32::from(sequence) * 160, ..Header::default() };
            reception.count(&header, 160, Duration::from_millis(u64::from(sequence) * 20))
        };
        assert_eq!(at(10), Order::First);
        assert_eq!(at(11), Order::Next);
        assert_eq!(at(14), Order::Next);
        assert_eq!(at(13), Order::Late);
        assert_eq!(reception.totals(), (4, 640, 1, 1));
        assert_eq!(reception.jitter(), Duration::ZERO);
    }

    #[test]
    fn the_sequence_number_may_wrap() {
        let mut reception = Reception::default();
        for step in 0..10u16 {
            let sequence = 65_530u16.wrapping_add(step);
            let header = Header { sequence, ..Header::default() };
            assert_ne!(reception.count(&header, 1, Duration::ZERO), Order::Late);
        }
        assert_eq!(reception.totals().2, 0);
    }

    proptest! {
        #[test]
        fn any_datagram_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((_, payload)) = parse(&bytes) {
                prop_assert!(payload.len() + HEADER_BYTES <= bytes.len());
            }
        }
    }
}
