//! The signalling thread with real sockets on loopback: UDP, TCP in and out.

// Helpers outside `#[test]` functions fail the test as these do.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use telephony::sip::core::SipCore;
use telephony::sip::directory::{DeviceAuth, Directory, Trunk};
use telephony::sip::leg::{Dial, DialTarget, Effect, LegCommand, LegEvent, LegKey};
use telephony::sip::limits::Config;
use telephony::transport::{Running, Transport, TransportConfig};

/// Everybody is a trunk.
struct Open;

impl Directory for Open {
    fn realm_known(&self, _: &str) -> bool {
        true
    }

    fn device(&self, _: &str, _: &str) -> Option<DeviceAuth> {
        None
    }

    fn trunk(&self, _: SocketAddr) -> Option<Trunk> {
        Some(Trunk { account_id: None, resource_id: "r".into(), name: "r".into() })
    }

    fn device_by_address(&self, _: SocketAddr) -> Option<DeviceAuth> {
        None
    }
}

struct Server {
    running: Running,
    udp: SocketAddr,
    tcp: SocketAddr,
    events: mpsc::Receiver<(LegKey, LegEvent)>,
}

fn server(taken: bool) -> Server {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let transport = Transport::bind(&TransportConfig::new(any)).unwrap();
    let (udp, tcp) = (transport.udp()[0], transport.tcp().unwrap());
    let mut config = Config::new(udp, [5; 32]);
    config.tcp = Some(tcp);
    let (sender, events) = mpsc::channel();
    let running = transport
        .start(SipCore::new(config, Arc::new(Open)), move |effect| {
            if let Effect::Leg(key, event) = effect {
                sender.send((key, event)).unwrap();
            }
            taken
        })
        .unwrap();
    Server { running, udp, tcp, events }
}

impl Server {
    fn event(&self) -> (LegKey, LegEvent) {
        self.events.recv_timeout(Duration::from_secs(20)).unwrap()
    }
}

fn message(method: &str, transport: &str, peer: SocketAddr, to: &str, cseq: u32) -> String {
    format!(
        "{method} sip:5@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} {peer};branch=z9hG4bK{method}{cseq};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: {to}\r\nCall-ID: c1\r\nCSeq: {cseq} {method}\r\n\
         Contact: <sip:a@{peer}>\r\nContent-Length: 0\r\n\r\n"
    )
}

fn to_of(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().to_owned()
}

#[test]
fn a_call_over_udp() {
    let server = server(true);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let own = peer.local_addr().unwrap();
    let read = || {
        let mut buffer = [0; 4096];
        let length = peer.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    peer.send_to(message("INVITE", "UDP", own, "<sip:5@b>", 1).as_bytes(), server.udp).unwrap();
    assert!(read().starts_with("SIP/2.0 100 "));
    let (leg, event) = server.event();
    assert!(matches!(event, LegEvent::Invite(_)));
    server.running.handle().command(leg, LegCommand::Answer(Bytes::from_static(b"v=0\r\n"))).unwrap();
    let ok = read();
    assert!(ok.starts_with("SIP/2.0 200 ") && ok.contains(&format!("Contact: <sip:{}>", server.udp)));
    peer.send_to(message("ACK", "UDP", own, &to_of(&ok), 1).as_bytes(), server.udp).unwrap();
    assert_eq!(server.event().1, LegEvent::Confirmed { sdp: None });
    server.running.handle().command(leg, LegCommand::Bye { reason: None }).unwrap();
    assert!(read().starts_with("BYE "));
    assert!(matches!(server.event().1, LegEvent::Gone(_)));
    server.running.stop();
}

#[test]
fn a_call_nobody_takes_is_refused() {
    let server = server(false);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let own = peer.local_addr().unwrap();
    peer.send_to(message("INVITE", "UDP", own, "<sip:5@b>", 1).as_bytes(), server.udp).unwrap();
    let mut buffer = [0; 4096];
    let length = peer.recv(&mut buffer).unwrap();
    assert!(buffer[..length].starts_with(b"SIP/2.0 100 "));
    let length = peer.recv(&mut buffer).unwrap();
    assert!(buffer[..length].starts_with(b"SIP/2.0 503 "));
    server.running.stop();
}

#[test]
fn options_and_keepalive_over_tcp_in_drips() {
    let server = server(true);
    let mut peer = TcpStream::connect(server.tcp).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let own = peer.local_addr().unwrap();
    let text = message("OPTIONS", "TCP", own, "<sip:5@b>", 1);
    for chunk in text.as_bytes().chunks(100) {
        peer.write_all(chunk).unwrap();
        peer.flush().unwrap();
    }
    let mut got = Vec::new();
    let mut buffer = [0; 4096];
    while !got.ends_with(b"\r\n\r\n") {
        let length = peer.read(&mut buffer).unwrap();
        assert!(length > 0);
        got.extend_from_slice(&buffer[..length]);
    }
    assert!(got.starts_with(b"SIP/2.0 200 "));
    peer.write_all(b"\r\n\r\n").unwrap();
    let length = peer.read(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], b"\r\n");
    peer.write_all(b"OPTIONS x SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n").unwrap();
    assert_eq!(peer.read(&mut buffer).unwrap(), 0, "closed");
    server.running.stop();
}

fn dial(to: SocketAddr) -> LegCommand {
    let target = DialTarget::Uri { uri: format!("sip:7@{to}"), address: None, route: None, tcp: true };
    LegCommand::Dial(Box::new(Dial { targets: vec![target], ..Dial::default() }))
}

#[test]
fn a_call_out_over_tcp_and_one_that_finds_nobody() {
    let server = server(true);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let handle = server.running.handle();
    handle.command(LegKey::dialled(1), dial(listener.local_addr().unwrap())).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut buffer = [0; 4096];
    let length = peer.read(&mut buffer).unwrap();
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(text.starts_with("INVITE sip:7@") && text.contains("Via: SIP/2.0/TCP "));
    drop(peer);
    assert!(matches!(server.event().1, LegEvent::Refused { status: 503, .. }));
    let closed = listener.local_addr().unwrap();
    drop(listener);
    handle.command(LegKey::dialled(2), dial(closed)).unwrap();
    assert!(matches!(server.event().1, LegEvent::Refused { status: 503, .. }));
    server.running.stop();
}
