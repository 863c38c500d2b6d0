//! One leg's audio as a pure state machine in virtual time: packets in, packets and events out. It does not know
//! sockets, threads or clocks; `now` is time since any fixed epoch.
//!
//! Not for: where packets come from and go to ([`latch`](super::latch), [`engine`](super::engine)).

use std::time::Duration;

use engine::input::RecordingEnd;

use super::clip::{Item, Playback, Repeat};
use super::dtmf::{self, Sending};
use super::g711::{Codec, FRAME_SAMPLES};
use super::inband::Detector;
use super::recording::{RecordSpec, Recording};
use super::rtp::{HEADER_BYTES, Header, Order, Reception};
use super::tone;

mod extras;
mod fax;
mod model;

use extras::Extras;
use fax::FaxEar;
pub use model::{
    Direction, Effects, Format, MAX_PACKET, Received, StreamEvent, StreamSetup, StreamStats, TICK,
};

/// One leg's audio.
#[derive(Debug)]
pub struct Stream {
    format: Format,
    muted: bool,
    connected: bool,
    /// Send silence while there is nothing else to send and no partner.
    idle_silence: bool,
    lost_after: Option<Duration>,
    lost_told: bool,
    listening_since: Duration,

    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// When `timestamp` was; `None` before the first packet.
    sent_at: Option<Duration>,
    talking: bool,
    event_timestamp: u32,
    relay: Option<Relay>,
    packets_sent: u64,
    octets_sent: u64,

    play: Option<(u64, Playback)>,
    digits: Option<(u64, dtmf::Sender)>,
    recording: Option<Recording>,
    reception: Reception,
    receiver: dtmf::Receiver,
    detector: Option<Detector>,
    fax: Option<Box<FaxEar>>,
    extras: Option<Box<Extras>>,
    ignored: u64,
}

/// How a partner's packets are renumbered into our own sequence.
#[derive(Clone, Copy, Debug)]
struct Relay {
    from_ssrc: u32,
    first_sequence: u16,
    sequence_offset: u16,
    timestamp_offset: u32,
}

impl Stream {
    /// A stream that neither plays nor hears anything yet.
    pub fn new(setup: StreamSetup, now: Duration) -> Stream {
        Stream {
            format: setup.format,
            muted: false,
            connected: false,
            idle_silence: setup.idle_silence,
            lost_after: setup.lost_after,
            lost_told: false,
            listening_since: now,
            ssrc: setup.ssrc,
            sequence: setup.sequence,
            timestamp: setup.timestamp,
            sent_at: None,
            talking: false,
            event_timestamp: setup.timestamp,
            relay: None,
            packets_sent: 0,
            octets_sent: 0,
            play: None,
            digits: None,
            recording: None,
            reception: Reception::default(),
            receiver: dtmf::Receiver::default(),
            detector: setup.detect_inband.then(Detector::default),
            fax: None,
            extras: None,
            ignored: 0,
        }
    }

    /// Takes a new agreement; a playback goes on in the new codec.
    pub fn update(&mut self, format: Format, now: Duration) {
        self.format = format;
        self.relay = None;
        self.listening_since = now;
        self.lost_told = false;
    }

    /// What was agreed last.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Silences the party: nobody hears it, and it is recorded as silence. Its digits still count.
    pub fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Told when the stream gets or loses a partner.
    pub fn connect(&mut self, connected: bool) {
        self.connected = connected;
        self.relay = None;
    }

    /// Starts a playback, ending the former one. While it lasts the partner is not heard.
    pub fn play(&mut self, token: u64, items: Vec<Item>, repeat: Repeat, effects: &mut Effects) {
        self.stop_play(effects);
        self.play = Some((token, Playback::new(items, repeat)));
    }

    /// Ends the playback, if there is one.
    pub fn stop_play(&mut self, effects: &mut Effects) {
        if let Some((token, _)) = self.play.take() {
            effects.events.push(StreamEvent::Played { token, stopped: true });
        }
    }

    /// Starts a recording, ending the former one.
    pub fn record(&mut self, spec: RecordSpec, effects: &mut Effects) {
        self.stop_record(RecordingEnd::Stopped, effects);
        self.recording = Some(Recording::new(spec));
    }

    /// The recording under way.
    pub fn recording(&self) -> Option<u64> {
        self.recording.as_ref().map(Recording::token)
    }

    /// Ends the recording, if there is one.
    pub fn stop_record(&mut self, end: RecordingEnd, effects: &mut Effects) {
        if let Some(recording) = self.recording.take() {
            effects.events.push(StreamEvent::RecordingEnded {
                token: recording.token(),
                duration: recording.duration(),
                end,
            });
        }
    }

    /// Keeps silence in the recording instead of what is said and heard, or no longer.
    pub fn mask_record(&mut self, masked: bool) {
        if let Some(recording) = &mut self.recording {
            recording.mask(masked);
        }
    }

    /// Sends digits, after the ones being sent are given up. A playback waits meanwhile.
    pub fn send_digits(&mut self, token: u64, digits: &str, duration: Duration, effects: &mut Effects) {
        if let Some((token, _)) = self.digits.take() {
            effects.events.push(StreamEvent::DigitsSent { token });
        }
        self.digits = Some((token, dtmf::Sender::new(digits, duration)));
    }

    /// Ends everything under way. The stream must not be used afterwards.
    pub fn close(&mut self, effects: &mut Effects) {
        self.stop_play(effects);
        self.stop_record(RecordingEnd::LegGone, effects);
        self.end_fax_search(false, effects);
        if let Some((token, _)) = self.digits.take() {
            effects.events.push(StreamEvent::DigitsSent { token });
        }
    }

    /// Counts a datagram that was not for us.
    pub fn ignore(&mut self) {
        self.ignored += 1;
    }

    /// Totals so far.
    pub fn stats(&self) -> StreamStats {
        let (packets_received, octets_received, packets_lost, packets_late) = self.reception.totals();
        StreamStats {
            packets_received,
            octets_received,
            packets_lost,
            packets_late,
            datagrams_ignored: self.ignored,
            jitter: self.reception.jitter(),
            packets_sent: self.packets_sent,
            octets_sent: self.octets_sent,
        }
    }

    /// The payload types that this stream understands.
    pub fn understands(&self, payload_type: u8) -> bool {
        Codec::from_payload_type(payload_type).is_some()
            || self.format.event_payload_type == Some(payload_type)
            || payload_type == COMFORT_NOISE
    }

    /// Takes a packet of the party. The caller passes it on to the partner as the answer says.
    pub fn receive(
        &mut self,
        header: &Header,
        payload: &[u8],
        now: Duration,
        effects: &mut Effects,
    ) -> Received {
        if !self.understands(header.payload_type) {
            self.ignored += 1;
            return Received::Nothing;
        }
        let order = self.reception.count(header, payload.len(), now);
        self.lost_told = false;
        if !self.format.direction.receives() {
            return Received::Nothing;
        }
        if self.format.event_payload_type == Some(header.payload_type) {
            if let Some(event) = dtmf::Event::parse(payload)
                && let Some(pressed) =
                    self.receiver.packet(header.ssrc, header.timestamp, header.sequence, event, now)
            {
                effects.events.push(digit(pressed, false));
            }
            return if self.muted { Received::Nothing } else { Received::Event };
        }
        let Some(codec) = Codec::from_payload_type(header.payload_type) else {
            return Received::Nothing;
        };
        if self.muted || order == Order::Late || payload.len() > MAX_PACKET - HEADER_BYTES {
            return Received::Nothing;
        }
        if let Some(recording) = &mut self.recording {
            let extras = self.extras.as_deref();
            let level = |octet| extras.map_or(octet, |extras| extras.said(codec, octet));
            recording.said(payload.iter().map(|octet| codec.decode(level(*octet))));
        }
        if let Some(extras) = &mut self.extras {
            extras.tap_said(codec, payload);
        }
        if let Some(detector) = &mut self.detector {
            for octet in payload {
                if let Some(pressed) = detector.sample(codec.decode(*octet)) {
                    effects.events.push(digit(pressed, true));
                }
            }
        }
        self.hear_fax(codec, payload, effects);
        Received::Audio(codec)
    }

    /// Passes a packet of the partner on to this party, in its codec and payload types and in this stream's own
    /// numbering, keeping the partner's timing, losses and order. Gives the length of the packet to send.
    pub fn relay(
        &mut self,
        header: &Header,
        payload: &[u8],
        received: Received,
        now: Duration,
        effects: &mut Effects,
    ) -> Option<usize> {
        let payload_type = match received {
            Received::Audio(_) => self.format.codec.payload_type(),
            Received::Event => self.format.event_payload_type?,
            Received::Nothing => return None,
        };
        let end = HEADER_BYTES + payload.len();
        if self.play.is_some() || self.digits.is_some() || !self.format.direction.sends() || end > MAX_PACKET
        {
            return None;
        }
        let relay = match self.relay {
            Some(relay) if relay.from_ssrc == header.ssrc && !self.jumped(&relay, header) => relay,
            _ => self.start_relay(header, now),
        };
        if (header.sequence.wrapping_sub(relay.first_sequence) as i16) < 0 {
            return None;
        }
        let out = Header {
            marker: header.marker || !self.talking,
            payload_type,
            sequence: header.sequence.wrapping_add(relay.sequence_offset),
            timestamp: header.timestamp.wrapping_add(relay.timestamp_offset),
            ssrc: self.ssrc,
        };
        let body = &mut effects.packet[HEADER_BYTES..end];
        match received {
            Received::Audio(codec) => {
                codec.transcode(self.format.codec, payload, body);
                self.hears(body);
            }
            _ => body.copy_from_slice(payload),
        }
        if (out.sequence.wrapping_sub(self.sequence) as i16) > 0 {
            self.sequence = out.sequence;
            self.timestamp = out.timestamp;
            self.sent_at = Some(now);
        }
        self.talking = true;
        Some(self.sealed(out, end, effects))
    }

    /// Sends a frame of the party's room, or of whom it listens to; `fill` writes it in the party's codec. Gives the length of
    /// the packet to send; what is played to the party goes first.
    pub fn mixed(
        &mut self,
        fill: impl FnOnce(Codec, &mut [u8]),
        now: Duration,
        effects: &mut Effects,
    ) -> Option<usize> {
        if self.play.is_some() || self.digits.is_some() || !self.format.direction.sends() {
            return None;
        }
        fill(self.format.codec, &mut effects.packet[HEADER_BYTES..HEADER_BYTES + FRAME_SAMPLES]);
        self.send_frame(now, effects)
    }

    /// Lets 20 ms pass: gives the length of the packet to send, if there is one, and at most one recording frame.
    pub fn tick(&mut self, now: Duration, effects: &mut Effects) -> Option<usize> {
        if let Some(pressed) = self.receiver.tick(now) {
            effects.events.push(digit(pressed, false));
        }
        self.watch(now, effects);
        self.tick_fax(effects);
        let length = self.tick_out(now, effects);
        effects.frame = None;
        if let Some(recording) = &mut self.recording {
            let (frame, end) = recording.tick();
            effects.frame = Some((recording.token(), frame));
            if let Some(end) = end {
                self.stop_record(end, effects);
            }
        }
        length
    }

    fn watch(&mut self, now: Duration, effects: &mut Effects) {
        let Some(limit) = self.lost_after else { return };
        if self.lost_told || !self.format.direction.receives() {
            return;
        }
        let since = self.reception.last_arrival().unwrap_or_default().max(self.listening_since);
        let silent_for = now.saturating_sub(since);
        if silent_for >= limit {
            self.lost_told = true;
            effects.events.push(StreamEvent::Lost { silent_for });
        }
    }

    fn tick_out(&mut self, now: Duration, effects: &mut Effects) -> Option<usize> {
        let end = HEADER_BYTES + FRAME_SAMPLES;
        if let Some((token, sender)) = &mut self.digits {
            if !self.format.direction.sends() {
                effects.events.push(StreamEvent::DigitsSent { token: *token });
                self.digits = None;
                return None;
            }
            match sender.tick(self.format.event_payload_type.is_some()) {
                Sending::Event { first, event } => return self.send_event(first, event, now, effects),
                Sending::Pause => effects.packet[HEADER_BYTES..end].fill(self.format.codec.silence()),
                Sending::Tone { digit, offset } => {
                    for (n, octet) in effects.packet[HEADER_BYTES..end].iter_mut().enumerate() {
                        *octet = self.format.codec.encode(tone::digit_sample(digit, offset + n));
                    }
                }
                Sending::Done => {
                    effects.events.push(StreamEvent::DigitsSent { token: *token });
                    self.digits = None;
                    return self.tick_out(now, effects);
                }
            }
            return self.send_frame(now, effects);
        }
        // A playback goes on while the party holds us, unheard, so that the flow does not stand still.
        if let Some((token, playback)) = &mut self.play {
            if playback.fill(self.format.codec, &mut effects.packet[HEADER_BYTES..end]) {
                return if self.format.direction.sends() { self.send_frame(now, effects) } else { None };
            }
            effects.events.push(StreamEvent::Played { token: *token, stopped: false });
            self.play = None;
        }
        let whispered = self.extras.as_ref().is_some_and(|extras| extras.is_impatient());
        let idle = self.idle_silence && !self.connected || whispered;
        if !idle || !self.format.direction.sends() {
            if self.relay.is_none() {
                self.talking = false;
            }
            return None;
        }
        effects.packet[HEADER_BYTES..end].fill(self.format.codec.silence());
        self.send_frame(now, effects)
    }

    /// Sends the 160 octets that are already in the packet.
    fn send_frame(&mut self, now: Duration, effects: &mut Effects) -> Option<usize> {
        let end = HEADER_BYTES + FRAME_SAMPLES;
        self.hears(&mut effects.packet[HEADER_BYTES..end]);
        let header = Header {
            marker: !self.talking,
            payload_type: self.format.codec.payload_type(),
            sequence: self.sequence.wrapping_add(1),
            timestamp: self.next_timestamp(now),
            ssrc: self.ssrc,
        };
        self.talking = true;
        self.sent_locally(&header, now);
        Some(self.sealed(header, end, effects))
    }

    /// The party is about to hear this, in its codec.
    fn hears(&mut self, body: &mut [u8]) {
        let codec = self.format.codec;
        if let Some(extras) = &mut self.extras {
            extras.hears(codec, body);
        }
        if let Some(recording) = &mut self.recording {
            recording.heard(body.iter().map(|octet| codec.decode(*octet)));
        }
    }

    fn send_event(
        &mut self,
        first: bool,
        event: dtmf::Event,
        now: Duration,
        effects: &mut Effects,
    ) -> Option<usize> {
        let timestamp = self.next_timestamp(now);
        if first {
            self.event_timestamp = timestamp;
        }
        let end = HEADER_BYTES + 4;
        effects.packet[HEADER_BYTES..end].copy_from_slice(&event.to_bytes());
        let header = Header {
            marker: first,
            payload_type: self.format.event_payload_type?,
            sequence: self.sequence.wrapping_add(1),
            timestamp: self.event_timestamp,
            ssrc: self.ssrc,
        };
        self.sent_locally(&Header { timestamp, ..header }, now);
        Some(self.sealed(header, end, effects))
    }

    /// The timestamp for a packet made now: exactly one frame after the last one while they follow each other (a late
    /// tick must not be heard), and by the clock after a pause.
    fn next_timestamp(&self, now: Duration) -> u32 {
        let Some(sent_at) = self.sent_at else {
            return self.timestamp;
        };
        let passed = now.saturating_sub(sent_at);
        let samples = if passed < 10 * TICK { FRAME_SAMPLES as u128 } else { passed.as_micros() / 125 };
        self.timestamp.wrapping_add(samples as u32)
    }

    fn sent_locally(&mut self, header: &Header, now: Duration) {
        self.sequence = header.sequence;
        self.timestamp = header.timestamp;
        self.sent_at = Some(now);
        self.relay = None;
    }

    fn start_relay(&mut self, header: &Header, now: Duration) -> Relay {
        let relay = Relay {
            from_ssrc: header.ssrc,
            first_sequence: header.sequence,
            sequence_offset: self.sequence.wrapping_add(1).wrapping_sub(header.sequence),
            timestamp_offset: self.next_timestamp(now).wrapping_sub(header.timestamp),
        };
        self.talking = false;
        self.relay = Some(relay);
        relay
    }

    /// The partner's numbering made a jump that no loss explains.
    fn jumped(&self, relay: &Relay, header: &Header) -> bool {
        let sequence = header.sequence.wrapping_add(relay.sequence_offset);
        (sequence.wrapping_sub(self.sequence) as i16).unsigned_abs() > 3_000
    }

    fn sealed(&mut self, header: Header, end: usize, effects: &mut Effects) -> usize {
        let mut fixed = [0; HEADER_BYTES];
        header.write(&mut fixed);
        effects.packet[..HEADER_BYTES].copy_from_slice(&fixed);
        self.packets_sent += 1;
        self.octets_sent += (end - HEADER_BYTES) as u64;
        end
    }
}

/// Feeds a stream the packets that arbitrary octets make, two at a time as partners would, with time going on: nothing
/// may panic or grow. Each packet is a length octet and what follows; the entry point of a fuzz target.
pub fn fuzz_datagram(octets: &[u8]) {
    let setup = StreamSetup {
        format: Format::default(),
        detect_inband: true,
        idle_silence: true,
        lost_after: Some(TICK),
        ssrc: 1,
        sequence: u16::MAX,
        timestamp: u32::MAX,
    };
    let (mut one, mut other) = (Stream::new(setup, Duration::ZERO), Stream::new(setup, Duration::ZERO));
    let mut effects = Effects::default();
    let spec =
        RecordSpec { token: 1, both_ways: true, limit: Duration::from_secs(1), silence: Some(10 * TICK) };
    other.record(spec, &mut effects);
    let (mut rest, mut now) = (octets, Duration::ZERO);
    while let Some((length, after)) = rest.split_first() {
        let (datagram, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        if let Ok((header, payload)) = super::rtp::parse(datagram) {
            let received = one.receive(&header, payload, now, &mut effects);
            other.relay(&header, payload, received, now, &mut effects);
        }
        now += TICK;
        one.tick(now, &mut effects);
        other.tick(now, &mut effects);
        effects.events.clear();
    }
}

/// Payload type of comfort noise (RFC 3389): understood, not passed on.
const COMFORT_NOISE: u8 = 13;

fn digit(pressed: dtmf::Pressed, inband: bool) -> StreamEvent {
    StreamEvent::Digit { digit: pressed.digit, duration_ms: pressed.duration_ms, inband }
}

#[cfg(test)]
mod tests;
