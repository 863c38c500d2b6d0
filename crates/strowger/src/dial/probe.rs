//! Asks whether a SIP server is there, before a call that would only find out by waiting 32 s (RFC 3261 Timer B).
//!
//! An OPTIONS request (section 11); any reply will do. On this machine a closed port is known at once. Not here: calls.

use std::io::{ErrorKind, Result};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use telephony::sip::build::RequestParts;
use telephony::sip::random::Random;

/// The answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// Something answered; packets to it leave from this address.
    There(IpAddr),
    /// Nothing came back for [`PATIENCE`], or the port is closed.
    Silent,
}

/// How long a reply is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `server`. Waits up to [`PATIENCE`].
///
/// # Errors
/// No socket can be had, or there is no way to the address.
pub(crate) fn probe(server: SocketAddr, realm: &str, random: &mut Random) -> Result<Probe> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    let own = socket.local_addr()?;
    let request = RequestParts {
        method: "OPTIONS",
        uri: &format!("sip:{realm}"),
        via: format!("SIP/2.0/UDP {own};branch=z9hG4bK{:016x};rport", random.number()),
        max_forwards: 70,
        from: &format!("<sip:dial@{own}>;tag={}", random.token()),
        to: &format!("<sip:{realm}>"),
        call_id: &random.token(),
        cseq: 1,
        ..RequestParts::default()
    }
    .write();
    let until = Instant::now() + PATIENCE;
    let mut wait = Duration::from_millis(500);
    let mut reply = [0; 64];
    while Instant::now() < until {
        if refused(socket.send(&request))?.is_none() {
            return Ok(Probe::Silent);
        }
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(wait.min(left)))?;
        match socket.recv(&mut reply) {
            Ok(_) => return Ok(Probe::There(own.ip())),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            received => match refused(received)? {
                Some(_) => {}
                None => return Ok(Probe::Silent),
            },
        }
        wait *= 2;
    }
    Ok(Probe::Silent)
}

/// `None` when the other machine says that the port is closed.
fn refused(result: Result<usize>) -> Result<Option<usize>> {
    match result {
        Ok(octets) => Ok(Some(octets)),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_is_there_and_a_closed_port_is_not() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let answering = std::thread::spawn(move || {
            let mut request = [0; 2_000];
            let (octets, from) = server.recv_from(&mut request).unwrap();
            server.send_to(b"SIP/2.0 200 OK\r\n\r\n", from).unwrap();
            String::from_utf8_lossy(&request[..octets]).into_owned()
        });
        let mut random = Random::new([7; 32]);
        assert_eq!(
            probe(address, "demo.example", &mut random).unwrap(),
            Probe::There(IpAddr::from([127, 0, 0, 1]))
        );
        let request = answering.join().unwrap();
        assert!(request.starts_with("OPTIONS sip:demo.example SIP/2.0\r\n"), "{request}");
        assert_eq!(probe(address, "demo.example", &mut random).unwrap(), Probe::Silent);
    }
}
