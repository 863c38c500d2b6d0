//! Session descriptions: answered, accepted, put on hold.
//!
//! Not for: SIP around them (`sip_datagram`).

use std::net::SocketAddr;

use telephony::sip::sdp::{Direction, Local, accept, answer, offer, with_direction};

/// What we answer can be read by ourselves and says the same; nothing panics.
pub fn run(octets: &[u8]) {
    let local = Local::new(SocketAddr::from(([192, 0, 2, 1], 40_000)), 7);
    let _ = accept(octets, &local);
    let held = with_direction(octets, Direction::SendOnly);
    assert!(held.len() <= 4 * octets.len() + 64);
    let Ok((agreed, ours)) = answer(octets, &local) else { return };
    let text = String::from_utf8_lossy(&ours);
    assert!(
        text.split("\r\n").all(|line| !line.contains(['\r', '\n', '\0'])),
        "a line was injected: {text:?}"
    );
    assert!((10..=60).contains(&agreed.ptime_ms));
    let back = accept(&ours, &local).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(back.codec, agreed.codec);
    assert_eq!(back.remote, local.address);
    let held = with_direction(&ours, Direction::SendOnly);
    assert!(accept(&held, &local).is_ok());
    assert!(accept(&offer(&local), &local).is_ok());
}
