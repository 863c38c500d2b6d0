//! SIP signalling without sockets, threads or clock: bytes, commands and the time go in, bytes and events come out.
//!
//! [`core::SipCore`] is the whole of it: transactions, dialogs, legs, registrar and digest. [`leg`] is the vocabulary it
//! shares with a driver. [`sdp`] negotiates audio. The sockets are in [`transport`](crate::transport). What a call
//! *does* is not decided here.

pub mod build;
pub mod core;
pub mod digest;
pub mod directory;
pub mod leg;
pub mod limits;
pub mod random;
pub mod registrar;
pub mod sdp;
pub mod uri;
pub mod watch;
pub mod wire;

use std::time::Duration;

/// Throw a datagram at a core as a fuzz target does: it must neither panic nor grow without bound. Effects are dropped.
pub fn fuzz_datagram(core: &mut core::SipCore, now: Duration, raw: &[u8]) {
    let from = std::net::SocketAddr::from(([192, 0, 2, 99], 5060));
    let mut out = Vec::new();
    core.handle(now, leg::Input::Packet { raw, flow: leg::FlowId::udp(0), from }, &mut out);
}
