//! Answers every SIP call with a session description, to measure signalling alone: no media, no flows.
//!
//! `cargo run --release -p telephony --example answer -- 127.0.0.1:5070`, then for instance
//! `sipp -sn uac -r 1000 -m 10000 127.0.0.1:5070`. It ends when its input is closed.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use telephony::sip::core::SipCore;
use telephony::sip::directory::{DeviceAuth, Directory, Trunk};
use telephony::sip::leg::{Effect, LegCommand, LegEvent};
use telephony::sip::limits::Config;
use telephony::sip::sdp::{Local, answer};
use telephony::transport::{Handle, Transport, TransportConfig};

/// Everybody may call.
struct Open;

impl Directory for Open {
    fn realm_known(&self, _: &str) -> bool {
        true
    }

    fn device(&self, _: &str, _: &str) -> Option<DeviceAuth> {
        None
    }

    fn trunk(&self, _: SocketAddr) -> Option<Trunk> {
        Some(Trunk { account_id: None, resource_id: "any".into(), name: "any".into() })
    }

    fn device_by_address(&self, _: SocketAddr) -> Option<DeviceAuth> {
        None
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:5070").parse()?;
    let transport = Transport::bind(&TransportConfig::new(address))?;
    let own = transport.udp().first().copied().unwrap_or(address);
    let mut config = Config::new(own, [1; 32]);
    config.tcp = transport.tcp();
    config.limits.max_legs = 200_000;
    let handle: Arc<OnceLock<Handle>> = Arc::default();
    let calls = Arc::clone(&handle);
    let running = transport.start(SipCore::new(config, Arc::new(Open)), move |effect| {
        let (Effect::Leg(leg, LegEvent::Invite(incoming)), Some(handle)) = (effect, calls.get()) else {
            return true;
        };
        let local = Local::new(SocketAddr::new(own.ip(), 40_000), 1);
        let reply = match incoming.offer.as_deref().map(|offer| answer(offer, &local)) {
            Some(Ok((_, description))) => LegCommand::Answer(description),
            Some(Err(_)) => LegCommand::Reject { status: 488, reason: None, headers: Vec::new() },
            None => LegCommand::Answer(telephony::sip::sdp::offer(&local)),
        };
        handle.command(leg, reply).is_ok()
    })?;
    if handle.set(running.handle()).is_err() {
        return Err("started twice".into());
    }
    writeln!(std::io::stdout(), "answering on {own}")?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    running.stop();
    Ok(())
}
