//! G.711: the two 8-bit telephone codecs, and the tables between them. Everything is a table or a few shifts.
//!
//! Not for: packets ([`rtp`](super::rtp)), resampling ([`resample`](super::resample)).

/// Samples per second of everything in [`media`](super).
pub const SAMPLE_RATE: u32 = 8_000;

/// Samples (and, in G.711, octets) of one 20 ms frame.
pub const FRAME_SAMPLES: usize = 160;

/// A codec that a stream can speak. Static payload types of RFC 3551 section 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 mu-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
}

impl Codec {
    /// The RTP payload type.
    pub fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// The codec of a static payload type.
    pub fn from_payload_type(payload_type: u8) -> Option<Codec> {
        match payload_type {
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            _ => None,
        }
    }

    /// The encoding name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The codec with an SDP encoding name, in any case.
    pub fn from_name(name: &str) -> Option<Codec> {
        [Codec::Pcmu, Codec::Pcma].into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// The octet that decodes to (almost) nothing.
    pub fn silence(self) -> u8 {
        match self {
            Codec::Pcmu => 0xff,
            Codec::Pcma => 0xd5,
        }
    }

    /// One octet as a linear sample.
    #[inline]
    pub fn decode(self, octet: u8) -> i16 {
        match self {
            Codec::Pcmu => PCMU_LINEAR[usize::from(octet)],
            Codec::Pcma => PCMA_LINEAR[usize::from(octet)],
        }
    }

    /// One linear sample as an octet.
    #[inline]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Codec::Pcmu => pcmu_octet(sample),
            Codec::Pcma => pcma_octet(sample),
        }
    }

    /// Translates `from` (in `self`) into the codec `to`; the shorter of the two slices decides how much.
    pub fn transcode(self, to: Codec, from: &[u8], into: &mut [u8]) {
        let table = match (self, to) {
            (Codec::Pcmu, Codec::Pcma) => &PCMU_PCMA,
            (Codec::Pcma, Codec::Pcmu) => &PCMA_PCMU,
            _ => {
                let length = from.len().min(into.len());
                into[..length].copy_from_slice(&from[..length]);
                return;
            }
        };
        for (into, from) in into.iter_mut().zip(from) {
            *into = table[usize::from(*from)];
        }
    }
}

static PCMU_LINEAR: [i16; 256] = linear_table(true);
static PCMA_LINEAR: [i16; 256] = linear_table(false);
static PCMU_PCMA: [u8; 256] = cross_table(true);
static PCMA_PCMU: [u8; 256] = cross_table(false);

const fn linear_table(mu: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = if mu { pcmu_sample(octet as u8) } else { pcma_sample(octet as u8) };
        octet += 1;
    }
    table
}

const fn cross_table(from_mu: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] =
            if from_mu { pcma_octet(pcmu_sample(octet as u8)) } else { pcmu_octet(pcma_sample(octet as u8)) };
        octet += 1;
    }
    table
}

/// The offset that makes every mu-law segment begin at a power of two.
const BIAS: i16 = 0x84;

const fn pcmu_sample(octet: u8) -> i16 {
    let bits = !octet;
    let magnitude = ((((bits & 0x0f) as i16) << 3) + BIAS) << ((bits & 0x70) >> 4);
    if bits & 0x80 != 0 { BIAS - magnitude } else { magnitude - BIAS }
}

const fn pcmu_octet(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let mut magnitude = (sample as i32).unsigned_abs() + BIAS as u32;
    if magnitude > 0x7fff {
        magnitude = 0x7fff;
    }
    // The bias makes bit 7 the lowest possible top bit, so this is the segment 0 to 7.
    let segment = 24 - magnitude.leading_zeros();
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | ((segment as u8) << 4) | step as u8)
}

const fn pcma_sample(octet: u8) -> i16 {
    let bits = octet ^ 0x55;
    let step = ((bits & 0x0f) as i16) << 4;
    let magnitude = match (bits & 0x70) >> 4 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if bits & 0x80 != 0 { magnitude } else { -magnitude }
}

const fn pcma_octet(sample: i16) -> u8 {
    let (sign, magnitude) = if sample >= 0 { (0x80, sample as u32) } else { (0, !sample as u16 as u32) };
    let bits = if magnitude < 0x100 {
        magnitude >> 4
    } else {
        let segment = 24 - magnitude.leading_zeros();
        (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)
    };
    (sign | bits as u8) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_survives_a_round_trip() {
        for octet in 0..=255u8 {
            assert_eq!(pcma_octet(pcma_sample(octet)), octet);
            // Mu-law has two zeros; the negative one comes back as the positive one.
            let expected = if octet == 0x7f { 0xff } else { octet };
            assert_eq!(pcmu_octet(pcmu_sample(octet)), expected);
        }
    }

    #[test]
    fn known_values_of_the_recommendation() {
        // Extremes of tables 1a and 2a of G.711, scaled to 16 bits.
        assert_eq!(Codec::Pcmu.decode(0x00), -32_124);
        assert_eq!(Codec::Pcmu.decode(0x80), 32_124);
        assert_eq!(Codec::Pcma.decode(0xaa), 32_256);
        assert_eq!(Codec::Pcma.decode(0x2a), -32_256);
        assert_eq!(Codec::Pcmu.encode(i16::MIN), 0x00);
        assert_eq!(Codec::Pcma.encode(i16::MIN), 0x2a);
        assert_eq!(Codec::Pcmu.encode(0), Codec::Pcmu.silence());
        assert_eq!(Codec::Pcma.encode(0), Codec::Pcma.silence());
    }

    #[test]
    fn coding_errors_stay_small() {
        for sample in (i16::MIN..=i16::MAX).step_by(7) {
            for codec in [Codec::Pcmu, Codec::Pcma] {
                let back = codec.decode(codec.encode(sample));
                let error = (i32::from(back) - i32::from(sample)).abs();
                assert!(error <= 16 + i32::from(sample).abs() / 16, "{codec:?} {sample} -> {back}");
            }
        }
    }

    #[test]
    fn transcoding_keeps_the_sound() {
        let speech: Vec<u8> = (0..160u32).map(|n| (n * 37 % 256) as u8).collect();
        let mut there = [0; 160];
        let mut back = [0; 160];
        Codec::Pcmu.transcode(Codec::Pcma, &speech, &mut there);
        Codec::Pcma.transcode(Codec::Pcmu, &there, &mut back);
        for (a, b) in speech.iter().zip(back) {
            let (a, b) = (i32::from(Codec::Pcmu.decode(*a)), i32::from(Codec::Pcmu.decode(b)));
            assert!((a - b).abs() <= 24 + a.abs() / 12, "{a} {b}");
        }
    }
}
