//! Digits as RTP telephone events (RFC 4733): one digit out of many packets, and many packets out of one digit.
//!
//! Not for: tones in the audio ([`inband`](super::inband)), SIP INFO.

use std::collections::VecDeque;
use std::time::Duration;

/// The digits in the order of their event codes (RFC 4733 section 3.2, table 3).
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// An event without packets for this long is over: its end packets were lost.
const END_LOST_AFTER: Duration = Duration::from_millis(200);

/// The event code of a digit.
pub fn event_code(digit: char) -> Option<u8> {
    let digit = u8::try_from(digit.to_ascii_uppercase()).ok()?;
    DIGITS.iter().position(|known| *known == digit).map(|code| code as u8)
}

/// The digit of an event code; `None` for hook flash, fax tones and the like.
pub fn digit_of(code: u8) -> Option<char> {
    DIGITS.get(usize::from(code)).map(|digit| char::from(*digit))
}

/// A digit that was pressed and released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// One of `0-9*#A-D`.
    pub digit: char,
    /// How long, as far as packets tell.
    pub duration_ms: u32,
}

/// The payload of a telephone event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What: 0 to 15 are digits.
    pub code: u8,
    /// This is the last packet of the event (sent three times).
    pub end: bool,
    /// Minus dBm0, 0 to 63.
    pub volume: u8,
    /// Samples since the event's timestamp.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; `None` when it is too short. Further events in one packet (RFC 4733 section 2.5.1.4) are
    /// ignored: nothing in the field sends them for digits.
    pub fn parse(payload: &[u8]) -> Option<Event> {
        let bytes = payload.first_chunk::<4>()?;
        Some(Event {
            code: bytes[0],
            end: bytes[1] & 0x80 != 0,
            volume: bytes[1] & 0x3f,
            duration: u16::from_be_bytes([bytes[2], bytes[3]]),
        })
    }

    /// The four octets of the payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, (u8::from(self.end) << 7) | (self.volume & 0x3f), high, low]
    }
}

/// Makes exactly one [`Pressed`] of each event, whatever of its packets is lost, repeated or late.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    current: Option<Current>,
    /// Sender and timestamp of the last event that was reported: its repetitions are not news.
    reported: Option<(u32, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    ssrc: u32,
    timestamp: u32,
    sequence: u16,
    code: u8,
    /// Samples of earlier segments of a very long event (RFC 4733 section 2.5.1.3).
    before: u32,
    duration: u16,
    heard_at: Duration,
}

impl Receiver {
    /// Takes an event packet. Gives at most one digit: this packet's, when it is the end of a new one, or the
    /// former one's, whose end was lost.
    pub fn packet(
        &mut self,
        ssrc: u32,
        timestamp: u32,
        sequence: u16,
        event: Event,
        now: Duration,
    ) -> Option<Pressed> {
        if let Some((sender, reported)) = self.reported
            && sender == ssrc
            && (timestamp.wrapping_sub(reported) as i32) <= 0
            && timestamp.wrapping_sub(reported) as i32 > -(60 * 8_000)
        {
            return None;
        }
        let mut ended = None;
        match &mut self.current {
            Some(current) if current.continues(ssrc, timestamp, sequence, event) => {
                if timestamp != current.timestamp {
                    let whole_segment =
                        timestamp.wrapping_sub(current.timestamp) >= u32::from(u16::MAX - 160);
                    current.before += if whole_segment { u32::from(current.duration) } else { 0 };
                    current.timestamp = timestamp;
                    current.duration = event.duration;
                }
                // Packets may overtake each other; the longest duration is the true one.
                current.duration = current.duration.max(event.duration);
                current.sequence = sequence;
                current.heard_at = now;
            }
            Some(current)
                if current.ssrc == ssrc && (timestamp.wrapping_sub(current.timestamp) as i32) < 0 =>
            {
                return None;
            }
            _ => {
                ended = self.finish();
                self.current = Some(Current {
                    ssrc,
                    timestamp,
                    sequence,
                    code: event.code,
                    before: 0,
                    duration: event.duration,
                    heard_at: now,
                });
            }
        }
        if event.end && ended.is_none() {
            return self.finish();
        }
        if event.end
            && let Some(current) = &mut self.current
        {
            // The former digit is reported now, so this one has to wait for its next packet or the clock.
            current.heard_at = now.saturating_sub(END_LOST_AFTER);
        }
        ended
    }

    /// Looks at the clock: gives the digit whose end packets were all lost. Call it every 20 ms or so.
    pub fn tick(&mut self, now: Duration) -> Option<Pressed> {
        let current = self.current.as_ref()?;
        if now.saturating_sub(current.heard_at) < END_LOST_AFTER {
            return None;
        }
        self.finish()
    }

    fn finish(&mut self) -> Option<Pressed> {
        let current = self.current.take()?;
        self.reported = Some((current.ssrc, current.timestamp));
        let samples = current.before + u32::from(current.duration);
        digit_of(current.code).map(|digit| Pressed { digit, duration_ms: samples / 8 })
    }
}

impl Current {
    /// The packet belongs to this event: same timestamp; or the next segment of a long one; or it comes from one of
    /// the phones that give each packet of an event a new timestamp but still count the duration up.
    fn continues(&self, ssrc: u32, timestamp: u32, sequence: u16, event: Event) -> bool {
        if ssrc != self.ssrc || event.code != self.code {
            return false;
        }
        if timestamp == self.timestamp {
            return true;
        }
        let later = timestamp.wrapping_sub(self.timestamp);
        let next_segment =
            later == u32::from(u16::MAX) || (self.duration > 0xff00 && later == u32::from(self.duration));
        let moving_timestamp =
            sequence == self.sequence.wrapping_add(1) && event.duration > self.duration && later <= 800;
        next_segment || moving_timestamp
    }
}

/// One packet, or one tick of silence, of digits being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Send this event payload.
    Event {
        /// The first packet of its digit: takes the current timestamp and sets the marker.
        first: bool,
        /// The payload.
        event: Event,
    },
    /// Between two digits.
    Pause,
    /// Send this digit as a tone: the peer takes no events.
    Tone {
        /// The digit.
        digit: char,
        /// Samples of it already sent.
        offset: usize,
    },
    /// All digits are sent.
    Done,
}

/// Sends digits, one packet per 20 ms tick, each end three times.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Event codes still to send.
    codes: VecDeque<u8>,
    /// Samples of each.
    length: u16,
    /// Of the current digit: samples sent so far, end packets sent.
    sent: u16,
    ends: u8,
    pause: u8,
}

/// Ticks of silence between two digits: 80 ms, above the 40 ms that detectors need.
const PAUSE_TICKS: u8 = 4;
/// Samples per tick.
const STEP: u16 = 160;

impl Sender {
    /// Digits of `0-9*#A-D`; others are left out. The length of each is kept between 40 ms and 8 s.
    pub fn new(digits: &str, duration: Duration) -> Sender {
        let duration_ms = duration.as_millis().clamp(40, 8_000) as u32;
        Sender {
            codes: digits.chars().filter_map(event_code).take(256).collect(),
            length: (duration_ms * 8).div_ceil(u32::from(STEP)).saturating_mul(u32::from(STEP)).min(64_000)
                as u16,
            sent: 0,
            ends: 0,
            pause: 0,
        }
    }

    /// What to send in this tick; `events` says whether the peer takes telephone events.
    pub fn tick(&mut self, events: bool) -> Sending {
        if self.pause > 0 {
            self.pause -= 1;
            return Sending::Pause;
        }
        let Some(code) = self.codes.front().copied() else {
            return Sending::Done;
        };
        if !events {
            let offset = usize::from(self.sent);
            self.sent += STEP;
            if self.sent >= self.length {
                self.next_digit();
            }
            return Sending::Tone { digit: digit_of(code).unwrap_or('0'), offset };
        }
        let first = self.sent == 0;
        self.sent = (self.sent + STEP).min(self.length);
        let end = self.sent >= self.length && !first;
        let event = Event { code, end, volume: 10, duration: self.sent };
        if end {
            self.ends += 1;
            if self.ends == 3 {
                self.next_digit();
            }
        }
        Sending::Event { first, event }
    }

    fn next_digit(&mut self) {
        self.codes.pop_front();
        self.sent = 0;
        self.ends = 0;
        self.pause = PAUSE_TICKS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn event(code: u8, end: bool, duration: u16) -> Event {
        Event { code, end, volume: 10, duration }
    }

    /// Plays packets `(timestamp, sequence, event)` 20 ms apart, then lets time pass.
    fn hear(packets: &[(u32, u16, Event)]) -> Vec<(char, u32)> {
        let mut receiver = Receiver::default();
        let mut heard = Vec::new();
        let mut now = Duration::ZERO;
        for (timestamp, sequence, event) in packets {
            heard.extend(receiver.packet(1, *timestamp, *sequence, *event, now));
            now += ms(20);
            heard.extend(receiver.tick(now));
        }
        for _ in 0..20 {
            now += ms(20);
            heard.extend(receiver.tick(now));
        }
        heard.into_iter().map(|pressed| (pressed.digit, pressed.duration_ms)).collect()
    }

    #[test]
    fn a_digit_is_reported_once_at_its_first_end_packet() {
        let packets: Vec<_> = [(false, 160), (false, 320), (true, 480), (true, 480), (true, 480)]
            .iter()
            .enumerate()
            .map(|(n, (end, duration))| (1_000, n as u16, event(5, *end, *duration)))
            .collect();
        assert_eq!(hear(&packets), [('5', 60)]);
        assert_eq!(hear(&packets[..2]), [('5', 40)], "all end packets lost");
        assert_eq!(hear(&packets[4..]), [('5', 60)], "only the last one came");
    }

    #[test]
    fn the_same_digit_twice_is_two_even_without_ends() {
        let packets = [
            (1_000, 1, event(7, false, 160)),
            (1_000, 2, event(7, false, 320)),
            (3_000, 9, event(7, false, 160)),
            (3_000, 10, event(7, true, 320)),
            (1_000, 5, event(7, true, 640)),
        ];
        assert_eq!(hear(&packets), [('7', 40), ('7', 40)]);
    }

    #[test]
    fn an_end_right_after_a_lost_end_is_not_lost() {
        let packets = [(1_000, 1, event(1, false, 160)), (3_000, 9, event(2, true, 800))];
        assert_eq!(hear(&packets), [('1', 20), ('2', 100)]);
    }

    #[test]
    fn a_long_press_in_segments_is_one_digit() {
        let packets = [
            (1_000, 1, event(11, false, 65_000)),
            (1_000, 2, event(11, false, 65_535)),
            (66_535, 3, event(11, false, 160)),
            (66_535, 4, event(11, true, 320)),
        ];
        assert_eq!(hear(&packets), [('#', (65_535 + 320) / 8)]);
    }

    #[test]
    fn phones_that_move_the_timestamp_press_once() {
        let packets = [
            (1_000, 1, event(3, false, 160)),
            (1_160, 2, event(3, false, 320)),
            (1_320, 3, event(3, true, 480)),
            (1_320, 4, event(3, true, 480)),
        ];
        assert_eq!(hear(&packets), [('3', 60)]);
    }

    #[test]
    fn hook_flash_is_no_digit() {
        assert_eq!(hear(&[(1, 1, event(16, true, 400))]), []);
    }

    #[test]
    fn what_is_sent_is_what_is_heard() {
        let mut sender = Sender::new("19*#d", ms(100));
        let (mut packets, mut timestamp, mut sequence) = (Vec::new(), 0u32, 0u16);
        for tick in 0..200u32 {
            match sender.tick(true) {
                Sending::Event { first, event } => {
                    if first {
                        timestamp = tick * 160;
                    }
                    sequence += 1;
                    packets.push((timestamp, sequence, event));
                }
                Sending::Pause => {}
                other => {
                    assert_eq!(other, Sending::Done);
                    break;
                }
            }
        }
        assert_eq!(hear(&packets), [('1', 100), ('9', 100), ('*', 100), ('#', 100), ('D', 100)]);
        assert_eq!(packets.len(), 5 * 7, "five with growing duration, the last of them repeated twice");
    }

    #[test]
    fn a_peer_without_events_gets_tones() {
        let mut sender = Sender::new("5", ms(40));
        assert_eq!(sender.tick(false), Sending::Tone { digit: '5', offset: 0 });
        assert_eq!(sender.tick(false), Sending::Tone { digit: '5', offset: 160 });
        assert!((0..4).all(|_| sender.tick(false) == Sending::Pause));
        assert_eq!(sender.tick(false), Sending::Done);
    }
}
