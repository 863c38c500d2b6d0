//! The bodies of the fuzz targets that attack this crate, run over their seeds and over cut seeds. They are compiled
//! here so that they cannot rot; the fuzzing itself needs another compiler (`fuzz/README.md`).

// The targets say that a rule is broken by panicking.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::path::Path;

#[path = "../../../fuzz/src/rtp_datagram.rs"]
mod rtp_datagram;
#[path = "../../../fuzz/src/sdp.rs"]
mod sdp;
#[path = "../../../fuzz/src/sip_datagram.rs"]
mod sip_datagram;

/// Every seed, and every seed cut short in a few places.
fn feed(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let octets = std::fs::read(entry.unwrap().path()).unwrap();
        run(&octets);
        for cut in 1..4 {
            run(&octets[..octets.len() * cut / 4]);
        }
        seeds += 1;
    }
    assert!(seeds > 1, "no seeds in {}", folder.display());
}

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
