//! The audio of a phone under test: one RTP socket that says tones and keys, and keeps all it hears.
//!
//! Packets are coded by the program's own G.711 and RTP rooms, which have tests of their own; everything between
//! two sockets is under test. Not here: where the other side's socket is (from SDP, [`crate::phone`]).

use std::collections::VecDeque;
use std::f32::consts::TAU;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telephony::media::dtmf::{self, Event};
use telephony::media::g711::{Codec, FRAME_SAMPLES, SAMPLE_RATE};
use telephony::media::identify::Identifier;
use telephony::media::prompts::Prompts;
use telephony::media::rtp::{self, HEADER_BYTES, Header};

use crate::server::wait_for;

/// The payload type we offer for telephone events.
pub const EVENT_PT: u8 = 101;
const FRAME: Duration = Duration::from_millis(20);
/// Packets of one key press: 100 ms, the last sent three times (RFC 4733 section 2.5.1.4).
const KEY_PACKETS: u16 = 5;

/// One end of an audio stream.
pub struct Sound {
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    pub port: u16,
}

struct State {
    codec: Codec,
    target: Option<SocketAddr>,
    tone_hz: Option<f32>,
    /// Samples of the tone and of the silence after it; `None` for a tone without end.
    cadence: Option<(u32, u32)>,
    keys: VecDeque<char>,
    heard: Vec<i16>,
    digits: String,
    /// Timestamps of events that were heard, so that each counts once.
    last_event: Option<u32>,
    packets: u64,
    sent: u64,
    other_codec: u64,
}

impl Sound {
    pub fn open(codec: Codec) -> Sound {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            codec,
            target: None,
            tone_hz: None,
            cadence: None,
            keys: VecDeque::new(),
            heard: Vec::new(),
            digits: String::new(),
            last_event: None,
            packets: 0,
            sent: 0,
            other_codec: 0,
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let (state, stop) = (Arc::clone(&state), Arc::clone(&stop));
            std::thread::spawn(move || run(&socket, &state, &stop))
        };
        Sound { state, stop, thread: Some(thread), port }
    }

    /// Begins to send to the other side: silence until there is a tone.
    pub fn aim(&self, target: SocketAddr) {
        self.state.lock().unwrap().target = Some(target);
    }

    /// Sends a tone from now on; `None` for silence.
    pub fn say(&self, tone_hz: Option<f32>) {
        let mut state = self.state.lock().unwrap();
        (state.tone_hz, state.cadence) = (tone_hz, None);
    }

    /// Sends a tone again and again with silence after it, by the count of samples sent.
    pub fn say_in_cadence(&self, tone_hz: f32, on: Duration, off: Duration) {
        let samples = |length: Duration| length.as_millis() as u32 * SAMPLE_RATE / 1_000;
        let mut state = self.state.lock().unwrap();
        (state.tone_hz, state.cadence) = (Some(tone_hz), Some((samples(on), samples(off))));
    }

    /// Presses keys by RFC 4733.
    pub fn press(&self, keys: &str) {
        self.state.lock().unwrap().keys.extend(keys.chars());
    }

    /// Everything heard so far.
    pub fn heard(&self) -> Vec<i16> {
        self.state.lock().unwrap().heard.clone()
    }

    /// Keys heard so far (RFC 4733).
    pub fn digits(&self) -> String {
        self.state.lock().unwrap().digits.clone()
    }

    /// Audio packets heard so far.
    pub fn packets(&self) -> u64 {
        self.state.lock().unwrap().packets
    }

    /// Packets that were not of our codec.
    pub fn strangers(&self) -> u64 {
        self.state.lock().unwrap().other_codec
    }

    /// Waits until a second of audio is mainly this tone.
    pub fn await_tone(&self, hz: f32) {
        wait_for(&format!("a tone of {hz} Hz"), || {
            let heard = self.heard();
            let last = &heard[heard.len().saturating_sub(SAMPLE_RATE as usize / 2)..];
            (last.len() >= SAMPLE_RATE as usize / 2 && share_of(last, hz) > 0.6).then_some(())
        });
    }

    /// Waits until these clips were heard to their ends, in this order; other audio between them does not matter.
    pub fn await_clips(&self, clips: &[(&str, Vec<i16>)]) {
        let mut known = Identifier::default();
        for (name, samples) in clips {
            known.add(name, samples);
        }
        let (mut looked_at, mut before) = (0, 0);
        let mut found = Vec::new();
        let names: Vec<&str> = clips.iter().map(|(name, _)| *name).collect();
        wait_for(&format!("{names:?}"), || {
            let heard = self.heard();
            // Looking is dear: after each half second, and when no more comes.
            let still = std::mem::replace(&mut before, heard.len()) == heard.len();
            if heard.len() == looked_at || !still && heard.len() < looked_at + SAMPLE_RATE as usize / 2 {
                return None;
            }
            looked_at = heard.len();
            found = known.identify(&heard);
            let mut complete = found.iter().filter(|found| found.complete()).map(|found| found.name.as_str());
            names.iter().all(|name| complete.any(|found| found == *name)).then_some(())
        });
    }

    /// Waits until this system prompt was heard to its end.
    pub fn await_prompt(&self, name: &str) {
        self.await_clips(&[(name, prompt(name))]);
    }

    /// Waits for keys.
    pub fn await_digits(&self, digits: &str) {
        wait_for(&format!("the digits {digits}"), || (self.digits() == digits).then_some(()));
    }

    /// Waits until audio of this length was said from now on.
    pub fn await_said(&self, length: Duration) {
        let sent = || self.state.lock().unwrap().sent;
        let until = sent() + (length.as_millis() / FRAME.as_millis()) as u64;
        wait_for("audio to be said", || (sent() >= until).then_some(()));
    }

    /// Waits until more audio of this length arrived.
    pub fn await_audio(&self, length: Duration) {
        let from = self.packets();
        let more = (length.as_millis() / FRAME.as_millis()) as u64;
        wait_for("more audio", || (self.packets() >= from + more).then_some(()));
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The samples of a system prompt.
pub fn prompt(name: &str) -> Vec<i16> {
    let prompts = Prompts::built_in().unwrap();
    prompts.get("en-us", name).unwrap_or_else(|| panic!("no prompt {name}")).pcm()
}

/// The share of a sound's energy that is at one frequency (Goertzel): 0 to 1.
pub fn share_of(samples: &[i16], hz: f32) -> f32 {
    let energy: f32 = samples.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    if energy < 1.0 {
        return 0.0;
    }
    // In blocks, so that a jump of phase (a lost or late packet) costs one block only.
    let mut at = 0.0;
    for block in samples.chunks(FRAME_SAMPLES * 2) {
        let coefficient = 2.0 * (TAU * hz / SAMPLE_RATE as f32).cos();
        let (mut before, mut last) = (0.0_f32, 0.0_f32);
        for sample in block {
            (before, last) = (last, f32::from(*sample) + coefficient * last - before);
        }
        let power = last * last + before * before - coefficient * last * before;
        at += 2.0 * power / block.len() as f32;
    }
    at / energy
}

/// Samples of a tone.
pub fn tone(hz: f32, length: Duration) -> Vec<i16> {
    (0..(length.as_millis() as u32 * SAMPLE_RATE / 1_000)).map(|at| tone_sample(hz, at)).collect()
}

/// A WAV file of 16-bit mono samples at 8 kHz.
pub fn wav(samples: &[i16]) -> Vec<u8> {
    let data = (samples.len() * 2) as u32;
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + data).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
    file.extend_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
    for word in [2_u16, 16] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

fn tone_sample(hz: f32, at: u32) -> i16 {
    ((TAU * hz * at as f32 / SAMPLE_RATE as f32).sin() * 8_000.0) as i16
}

fn run(socket: &UdpSocket, state: &Mutex<State>, stop: &AtomicBool) {
    let mut next = Instant::now();
    let mut sender = Sender { header: Header { ssrc: std::process::id(), ..Header::default() }, key: None };
    let mut buffer = [0_u8; 2_048];
    while !stop.load(Ordering::Relaxed) {
        let rest = next.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            next += FRAME;
            let mut state = state.lock().unwrap();
            if let Some(target) = state.target {
                let _ = socket.send_to(&sender.packet(&mut state), target);
                state.sent += 1;
            }
            continue;
        }
        let _ = socket.set_read_timeout(Some(rest));
        if let Ok((length, _)) = socket.recv_from(&mut buffer)
            && let Ok((header, payload)) = rtp::parse(&buffer[..length])
        {
            state.lock().unwrap().hear(&header, payload);
        }
    }
}

impl State {
    fn hear(&mut self, header: &Header, payload: &[u8]) {
        if header.payload_type == self.codec.payload_type() {
            self.packets += 1;
            let codec = self.codec;
            self.heard.extend(payload.iter().map(|octet| codec.decode(*octet)));
        } else if let Some(event) = Event::parse(payload).filter(|_| header.payload_type >= 96) {
            if self.last_event != Some(header.timestamp) {
                self.last_event = Some(header.timestamp);
                self.digits.extend(dtmf::digit_of(event.code));
            }
        } else {
            self.other_codec += 1;
        }
    }
}

struct Sender {
    header: Header,
    /// The key being pressed, and its packets sent.
    key: Option<(char, u16)>,
}

impl Sender {
    fn packet(&mut self, state: &mut State) -> Vec<u8> {
        if self.key.is_none() {
            self.key = state.keys.pop_front().map(|key| (key, 0));
        }
        let mut packet = vec![0; HEADER_BYTES];
        let mut header = self.header;
        self.header.sequence = self.header.sequence.wrapping_add(1);
        match self.key {
            Some((key, sent)) => {
                header.payload_type = EVENT_PT;
                header.marker = sent == 0;
                let event = Event {
                    code: dtmf::event_code(key).unwrap_or(0),
                    end: sent >= KEY_PACKETS,
                    volume: 10,
                    duration: 160 * (sent + 1).min(KEY_PACKETS),
                };
                packet.extend_from_slice(&event.to_bytes());
                // All packets of an event have the time of its beginning; a pause follows before the next key.
                self.key = (sent + 1 < KEY_PACKETS + 3).then_some((key, sent + 1));
                if self.key.is_none() {
                    self.header.timestamp =
                        self.header.timestamp.wrapping_add(160 * u32::from(KEY_PACKETS + 3));
                }
            }
            None => {
                header.payload_type = state.codec.payload_type();
                let codec = state.codec;
                let from = header.timestamp;
                packet.extend((0..FRAME_SAMPLES as u32).map(|offset| {
                    let at = from.wrapping_add(offset);
                    let silent = state.cadence.is_some_and(|(on, off)| at % (on + off) >= on);
                    let tone_hz = state.tone_hz.filter(|_| !silent);
                    codec.encode(tone_hz.map_or(0, |hz| tone_sample(hz, at % 800_000)))
                }));
                self.header.timestamp = self.header.timestamp.wrapping_add(FRAME_SAMPLES as u32);
            }
        }
        let mut fixed = [0; HEADER_BYTES];
        header.write(&mut fixed);
        packet[..HEADER_BYTES].copy_from_slice(&fixed);
        packet
    }
}
