//! The bodies of the fuzz targets that attack this crate, run over their seeds and over cut seeds. They are compiled
//! here so that they cannot rot; the fuzzing itself needs another compiler (`fuzz/README.md`).

// The targets say that a rule is broken by panicking.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "../../../fuzz/src/rtp_datagram.rs"]
mod rtp_datagram;
#[path = "../../../fuzz/src/sdp.rs"]
mod sdp;
#[path = "../../../fuzz/src/seeds.rs"]
mod seeds;
#[path = "../../../fuzz/src/sip_datagram.rs"]
mod sip_datagram;

use seeds::feed;

#[test]
fn sip_datagram() {
    feed("sip_datagram", sip_datagram::run);
}

#[test]
fn sdp() {
    feed("sdp", sdp::run);
}

#[test]
fn rtp_datagram() {
    feed("rtp_datagram", rtp_datagram::run);
}
