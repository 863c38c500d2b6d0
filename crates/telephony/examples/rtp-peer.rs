//! The far end of all calls of a load test on one UDP port: counts what arrives, and talks back if told to.
//! `cargo run --release -p telephony --example rtp-peer -- PORT SECONDS [talk SECONDS] [digit D AFTER_MS]`
//!
//! `talk`: sends 20 ms PCMU packets to each new sender (address and SSRC), for that long. `digit`: presses
//! one RFC 4733 digit (payload type 101) that long after a caller is heard. Prints one JSON line when SECONDS are over
//! or standard input ends. Loopback only. Not for: signalling, which sipp does (`benches/load`).

#![allow(clippy::print_stdout)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::error::Error;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use telephony::media::rtp::{HEADER_BYTES, Header, Reception, parse};

const FRAME: Duration = Duration::from_millis(20);
const FRAME_SAMPLES: u32 = 160;
/// Packets of a digit: eight while the key is down, three that say it was let go.
const DIGIT_PACKETS: u32 = 11;

fn main() -> Result<(), Box<dyn Error>> {
    let plan = Plan::read(std::env::args().skip(1))?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, plan.port))?;
    socket.set_read_timeout(Some(Duration::from_millis(2)))?;
    let over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&over);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        flag.store(true, Ordering::Relaxed);
    });
    let start = Instant::now();
    let mut peer = Peer {
        plan,
        socket,
        heard: BTreeMap::new(),
        calls: BTreeMap::new(),
        due: BinaryHeap::new(),
        sent: 0,
    };
    while start.elapsed() < peer.plan.length && !over.load(Ordering::Relaxed) {
        peer.receive(start)?;
        peer.send(start.elapsed());
    }
    peer.print();
    Ok(())
}

struct Plan {
    port: u16,
    length: Duration,
    talk: Duration,
    digit: Option<(u8, Duration)>,
}

impl Plan {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Plan, Box<dyn Error>> {
        let port = words.next().ok_or("PORT?")?.parse()?;
        let length = Duration::from_secs_f64(words.next().ok_or("SECONDS?")?.parse()?);
        let mut plan = Plan { port, length, talk: Duration::ZERO, digit: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} what?"));
            match word.as_str() {
                "talk" => plan.talk = Duration::from_secs_f64(value()?.parse()?),
                "digit" => plan.digit = Some((value()?.parse()?, Duration::from_millis(value()?.parse()?))),
                _ => return Err(format!("{word}?").into()),
            }
        }
        Ok(plan)
    }
}

/// What arrives from one address with one SSRC.
#[derive(Default)]
struct Stream {
    reception: Reception,
    last: Duration,
    /// Pauses between packets over 40 ms: audible.
    gaps: u64,
    digits: u64,
    digit_at: Option<u32>,
}

/// What is sent to one address.
struct Call {
    /// Of what is heard from there.
    ssrc: u32,
    began: Duration,
    sequence: u16,
    timestamp: u32,
    digit_packets: u32,
    /// All was said.
    over: bool,
}

struct Peer {
    plan: Plan,
    socket: UdpSocket,
    heard: BTreeMap<(SocketAddr, u32), Stream>,
    calls: BTreeMap<SocketAddr, Call>,
    due: BinaryHeap<Reverse<(Duration, SocketAddr)>>,
    sent: u64,
}

impl Peer {
    fn receive(&mut self, start: Instant) -> Result<(), Box<dyn Error>> {
        let mut octets = [0; 2_048];
        for _ in 0..64 {
            let (length, from) = match self.socket.recv_from(&mut octets) {
                Ok(received) => received,
                Err(error)
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) =>
                {
                    return Ok(());
                }
                // A packet of ours came to a port that is closed by now.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => continue,
                Err(error) => return Err(error.into()),
            };
            let now = start.elapsed();
            let Ok((header, payload)) = parse(&octets[..length]) else { continue };
            self.count(from, &header, payload, now);
            if self.plan.talk > Duration::ZERO || self.plan.digit.is_some() {
                self.answer(from, header.ssrc, now);
            }
        }
        Ok(())
    }

    fn count(&mut self, from: SocketAddr, header: &Header, payload: &[u8], now: Duration) {
        let stream = self.heard.entry((from, header.ssrc)).or_default();
        if stream.reception.last_arrival().is_some()
            && now.saturating_sub(stream.last) > Duration::from_millis(40)
        {
            stream.gaps += 1;
        }
        stream.last = now;
        stream.reception.count(header, payload.len(), now);
        if header.payload_type == 101 && stream.digit_at != Some(header.timestamp) {
            stream.digit_at = Some(header.timestamp);
            stream.digits += 1;
        }
    }

    fn answer(&mut self, to: SocketAddr, ssrc: u32, now: Duration) {
        if self.calls.get(&to).is_some_and(|call| call.ssrc == ssrc) {
            return;
        }
        let call = Call { ssrc, began: now, sequence: 0, timestamp: 0, digit_packets: 0, over: false };
        if self.calls.insert(to, call).is_none_or(|former| former.over) {
            self.due.push(Reverse((now, to)));
        }
    }

    /// Sends what is due: to each caller one packet of speech or of the digit every 20 ms.
    fn send(&mut self, now: Duration) {
        while let Some(Reverse((at, to))) = self.due.peek().copied() {
            if at > now {
                return;
            }
            self.due.pop();
            let Some(call) = self.calls.get_mut(&to) else { continue };
            let age = now.saturating_sub(call.began);
            let digit =
                self.plan.digit.filter(|(_, after)| age >= *after && call.digit_packets < DIGIT_PACKETS);
            let digit_to_come = self.plan.digit.is_some() && call.digit_packets < DIGIT_PACKETS;
            if age > self.plan.talk && !digit_to_come {
                call.over = true;
                continue;
            }
            let mut packet = [0xff; HEADER_BYTES + FRAME_SAMPLES as usize];
            let mut header = Header {
                marker: call.sequence == 0,
                payload_type: 0,
                sequence: call.sequence,
                timestamp: call.timestamp,
                ssrc: u32::from(to.port()),
            };
            let mut length = packet.len();
            if let Some((digit, _)) = digit {
                let done = call.digit_packets;
                let (end, frames) = (done >= 8, (done + 1).min(8));
                let duration = (frames * FRAME_SAMPLES) as u16;
                header.payload_type = 101;
                header.marker = done == 0;
                header.timestamp = call.timestamp.wrapping_sub(done * FRAME_SAMPLES);
                let event = [digit, u8::from(end) << 7 | 10];
                packet[HEADER_BYTES..HEADER_BYTES + 2].copy_from_slice(&event);
                packet[HEADER_BYTES + 2..HEADER_BYTES + 4].copy_from_slice(&duration.to_be_bytes());
                length = HEADER_BYTES + 4;
                call.digit_packets += 1;
            }
            call.sequence = call.sequence.wrapping_add(1);
            call.timestamp = call.timestamp.wrapping_add(FRAME_SAMPLES);
            if let Some(fixed) = packet.first_chunk_mut() {
                header.write(fixed);
            }
            if self.socket.send_to(&packet[..length], to).is_ok() {
                self.sent += 1;
            }
            self.due.push(Reverse((at + FRAME, to)));
        }
    }

    fn print(&self) {
        let mut sums = [0_u64; 5];
        let mut jitter = Duration::ZERO;
        for stream in self.heard.values() {
            let (packets, _, lost, late) = stream.reception.totals();
            for (sum, value) in sums.iter_mut().zip([packets, lost, late, stream.gaps, stream.digits]) {
                *sum += value;
            }
            jitter = jitter.max(stream.reception.jitter());
        }
        let [packets, lost, late, gaps, digits] = sums;
        println!(
            "{{\"streams\":{},\"received\":{packets},\"lost\":{lost},\"late\":{late},\"gaps_over_40ms\":{gaps},\
             \"digits\":{digits},\"worst_jitter_ms\":{:.2},\"sent\":{}}}",
            self.heard.len(),
            jitter.as_secs_f64() * 1e3,
            self.sent
        );
    }
}
