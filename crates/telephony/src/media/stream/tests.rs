//! A stream in virtual time.

use std::sync::Arc;

use super::*;
use crate::media::clip::Clip;
use crate::media::rtp;

struct Bench {
    stream: Stream,
    effects: Effects,
    now: Duration,
}

/// A packet that was sent.
#[derive(Clone, Debug, PartialEq)]
struct Sent(Header, Vec<u8>);

impl Bench {
    fn new(format: Format) -> Bench {
        Bench::with(format, |_| {})
    }

    fn with(format: Format, change: impl FnOnce(&mut StreamSetup)) -> Bench {
        let mut setup = StreamSetup {
            format,
            detect_inband: false,
            idle_silence: false,
            lost_after: None,
            ssrc: 77,
            sequence: 65_000,
            timestamp: u32::MAX - 1_000,
        };
        change(&mut setup);
        Bench { stream: Stream::new(setup, Duration::ZERO), effects: Effects::default(), now: Duration::ZERO }
    }

    fn tick(&mut self) -> Option<Sent> {
        self.now += TICK;
        let length = self.stream.tick(self.now, &mut self.effects);
        self.sent(length)
    }

    fn relay(&mut self, header: &Header, payload: &[u8], received: Received) -> Option<Sent> {
        let length = self.stream.relay(header, payload, received, self.now, &mut self.effects);
        self.sent(length)
    }

    fn sent(&self, length: Option<usize>) -> Option<Sent> {
        let (header, payload) = rtp::parse(&self.effects.packet[..length?]).unwrap();
        Some(Sent(header, payload.to_vec()))
    }

    fn hear(&mut self, header: Header, payload: &[u8]) -> Received {
        self.stream.receive(&header, payload, self.now, &mut self.effects)
    }

    fn play(&mut self, token: u64, octet: u8, frames: usize) {
        let clip = Arc::new(Clip::from_pcmu(vec![octet; frames * FRAME_SAMPLES].into()));
        self.stream.play(token, vec![Item::once(clip)], Repeat::Times(1), &mut self.effects);
    }

    fn events(&mut self) -> Vec<StreamEvent> {
        self.effects.events.drain(..).collect()
    }
}

fn audio(sequence: u16) -> Header {
    Header { payload_type: 0, sequence, timestamp: u32::from(sequence) * 160, ssrc: 5, marker: false }
}

#[test]
fn a_clip_goes_out_frame_by_frame_and_is_reported() {
    let mut bench = Bench::new(Format::default());
    bench.play(9, 0x21, 3);
    let sent: Vec<Sent> = (0..3).map(|_| bench.tick().unwrap()).collect();
    assert!(bench.events().is_empty());
    assert_eq!(bench.tick(), None);
    assert_eq!(bench.events(), [StreamEvent::Played { token: 9, stopped: false }]);
    assert_eq!(sent.iter().map(|sent| sent.0.marker).collect::<Vec<_>>(), [true, false, false]);
    for pair in sent.windows(2) {
        assert_eq!(pair[1].0.sequence, pair[0].0.sequence.wrapping_add(1));
        assert_eq!(pair[1].0.timestamp, pair[0].0.timestamp.wrapping_add(160));
    }
    assert!(sent.iter().all(|sent| sent.0.ssrc == 77 && sent.0.payload_type == 0 && sent.1 == [0x21; 160]));
}

#[test]
fn a_new_playback_ends_the_former_and_a_pause_counts_in_the_timestamp() {
    let mut bench = Bench::new(Format::default());
    bench.play(1, 1, 50);
    let first = bench.tick().unwrap();
    bench.play(2, 2, 1);
    assert_eq!(bench.events(), [StreamEvent::Played { token: 1, stopped: true }]);
    assert_eq!(bench.tick().unwrap().1, [2; 160]);
    for _ in 0..49 {
        assert_eq!(bench.tick(), None);
    }
    bench.play(3, 3, 1);
    let after = bench.tick().unwrap();
    assert!(after.0.marker);
    assert_eq!(after.0.timestamp.wrapping_sub(first.0.timestamp), 51 * 160);
}

#[test]
fn an_idle_stream_sends_silence_if_asked_to() {
    let format = Format { codec: Codec::Pcma, ..Format::default() };
    let mut bench = Bench::with(format, |setup| setup.idle_silence = true);
    assert_eq!(bench.tick().unwrap().1, [0xd5; 160]);
    bench.stream.connect(true);
    assert_eq!(bench.tick(), None);
    bench.stream.connect(false);
    bench.stream.update(Format { direction: Direction::ReceiveOnly, ..format }, bench.now);
    assert_eq!(bench.tick(), None);
}

#[test]
fn a_playback_passes_unheard_while_the_party_holds_us() {
    let mut bench = Bench::new(Format { direction: Direction::Inactive, ..Format::default() });
    bench.play(1, 1, 2);
    assert_eq!([bench.tick(), bench.tick(), bench.tick()], [None, None, None]);
    assert_eq!(bench.events(), [StreamEvent::Played { token: 1, stopped: false }]);
}

#[test]
fn relayed_packets_keep_their_timing_and_losses() {
    let mut bench = Bench::new(Format::default());
    bench.play(1, 1, 1);
    let local = bench.tick().unwrap().0;
    bench.tick();
    let mut relayed = Vec::new();
    for sequence in [100, 101, 103, 102] {
        bench.now += TICK;
        relayed.push(bench.relay(&audio(sequence), &[7; 160], Received::Audio(Codec::Pcmu)).unwrap());
    }
    let sequences: Vec<u16> =
        relayed.iter().map(|sent| sent.0.sequence.wrapping_sub(local.sequence)).collect();
    assert_eq!(sequences, [1, 2, 4, 3]);
    let times: Vec<u32> =
        relayed.iter().map(|sent| sent.0.timestamp.wrapping_sub(relayed[0].0.timestamp)).collect();
    assert_eq!(times, [0, 160, 480, 320]);
    assert!(relayed[0].0.marker && !relayed[1].0.marker);
    assert!(relayed.iter().all(|sent| sent.0.ssrc == 77 && sent.1 == [7; 160]));
}

#[test]
fn relayed_audio_is_translated_and_events_get_the_other_payload_type() {
    let format = Format { codec: Codec::Pcma, event_payload_type: Some(96), ..Format::default() };
    let mut bench = Bench::new(format);
    let octet = Codec::Pcmu.encode(5_000);
    let sent = bench.relay(&audio(1), &[octet; 160], Received::Audio(Codec::Pcmu)).unwrap();
    assert_eq!(sent.0.payload_type, 8);
    assert_eq!(sent.1, [Codec::Pcma.encode(5_000); 160]);
    let event = Header { payload_type: 101, ..audio(2) };
    let sent = bench.relay(&event, &[5, 0, 0, 160], Received::Event).unwrap();
    assert_eq!((sent.0.payload_type, sent.1), (96, vec![5, 0, 0, 160]));
    bench.stream.update(Format { event_payload_type: None, ..format }, bench.now);
    assert_eq!(bench.relay(&event, &[5, 0, 0, 160], Received::Event), None);
}

#[test]
fn a_playback_replaces_the_partner_and_numbering_goes_on() {
    let mut bench = Bench::new(Format::default());
    bench.stream.connect(true);
    let before = bench.relay(&audio(1), &[7; 160], Received::Audio(Codec::Pcmu)).unwrap();
    bench.play(1, 1, 1);
    let played = bench.tick().unwrap();
    assert_eq!(bench.relay(&audio(2), &[7; 160], Received::Audio(Codec::Pcmu)), None);
    assert_eq!(bench.tick(), None);
    let after = bench.relay(&audio(3), &[7; 160], Received::Audio(Codec::Pcmu)).unwrap();
    let step = |a: &Sent, b: &Sent| b.0.sequence.wrapping_sub(a.0.sequence);
    assert_eq!((step(&before, &played), step(&played, &after)), (1, 1));
    assert!(after.0.marker);
}

#[test]
fn a_partner_that_starts_anew_does_not_break_the_numbering() {
    let mut bench = Bench::new(Format::default());
    let first = bench.relay(&audio(10), &[7; 160], Received::Audio(Codec::Pcmu)).unwrap();
    let jumped = Header { sequence: 40_000, timestamp: 1, ..audio(0) };
    bench.now += TICK;
    let second = bench.relay(&jumped, &[7; 160], Received::Audio(Codec::Pcmu)).unwrap();
    let other = Header { ssrc: 6, ..audio(500) };
    bench.now += TICK;
    let third = bench.relay(&other, &[7; 160], Received::Audio(Codec::Pcmu)).unwrap();
    for (a, b) in [(&first, &second), (&second, &third)] {
        assert_eq!(b.0.sequence, a.0.sequence.wrapping_add(1));
        assert_eq!(b.0.timestamp, a.0.timestamp.wrapping_add(160));
    }
}

#[test]
fn digits_are_heard_even_from_a_muted_party() {
    let mut bench = Bench::new(Format::default());
    bench.stream.mute(true);
    assert_eq!(bench.hear(audio(1), &[0; 160]), Received::Nothing);
    let event = Header { payload_type: 101, ..audio(2) };
    assert_eq!(bench.hear(event, &[4, 0x80, 3, 0x20]), Received::Nothing);
    assert_eq!(bench.events(), [StreamEvent::Digit { digit: '4', duration_ms: 100, inband: false }]);
}

#[test]
fn digits_sent_are_digits_received() {
    for event_payload_type in [Some(101), None] {
        let format = Format { event_payload_type, ..Format::default() };
        let mut sender = Bench::new(format);
        let mut receiver = Bench::with(format, |setup| setup.detect_inband = event_payload_type.is_none());
        sender.stream.send_digits(3, "31#", Duration::from_millis(100), &mut sender.effects);
        let mut heard = String::new();
        for _ in 0..100 {
            if let Some(Sent(header, payload)) = sender.tick() {
                receiver.hear(header, &payload);
            } else {
                receiver.hear(Header { payload_type: 13, ..audio(0) }, &[0]);
            }
            receiver.tick();
            for event in receiver.events() {
                if let StreamEvent::Digit { digit, .. } = event {
                    heard.push(digit);
                }
            }
        }
        assert_eq!(heard, "31#", "{event_payload_type:?}");
        assert_eq!(sender.events(), [StreamEvent::DigitsSent { token: 3 }]);
    }
}

#[test]
fn both_ways_are_recorded_and_the_limit_ends_it() {
    let mut bench = Bench::with(Format::default(), |setup| setup.idle_silence = true);
    let limit = Duration::from_millis(200);
    bench.stream.record(RecordSpec { token: 4, both_ways: true, limit, silence: None }, &mut bench.effects);
    bench.play(1, Codec::Pcmu.encode(1_000), 100);
    let said = Codec::Pcmu.encode(2_000);
    let mut frames = Vec::new();
    for sequence in 0..20 {
        bench.hear(audio(sequence), &[said; 160]);
        bench.tick();
        frames.extend(bench.effects.frame.take());
    }
    assert_eq!(frames.len(), 10);
    let (token, last) = frames[9];
    assert_eq!(token, 4);
    assert!((2_900..3_100).contains(&last[80]), "{}", last[80]);
    let end = StreamEvent::RecordingEnded { token: 4, duration: limit, end: RecordingEnd::Limit };
    assert_eq!(bench.events(), [end]);
}

#[test]
fn a_lost_party_is_reported_once_until_it_comes_back() {
    let mut bench = Bench::with(Format::default(), |setup| setup.lost_after = Some(Duration::from_secs(1)));
    for _ in 0..200 {
        bench.tick();
    }
    assert_eq!(bench.events(), [StreamEvent::Lost { silent_for: Duration::from_secs(1) }]);
    bench.hear(audio(1), &[0; 160]);
    for _ in 0..200 {
        bench.tick();
    }
    assert_eq!(bench.events().len(), 1);
    bench.stream.update(Format { direction: Direction::SendOnly, ..Format::default() }, bench.now);
    for _ in 0..200 {
        bench.tick();
    }
    assert_eq!(bench.events(), [], "a held party need not send");
}

#[test]
fn closing_ends_everything_under_way() {
    let mut bench = Bench::new(Format::default());
    bench.play(1, 1, 50);
    let spec = RecordSpec { token: 2, both_ways: false, limit: Duration::from_secs(9), silence: None };
    bench.stream.record(spec, &mut bench.effects);
    bench.stream.send_digits(3, "1", Duration::from_millis(100), &mut bench.effects);
    bench.tick();
    bench.stream.close(&mut bench.effects);
    assert_eq!(
        bench.events(),
        [
            StreamEvent::Played { token: 1, stopped: true },
            StreamEvent::RecordingEnded { token: 2, duration: TICK, end: RecordingEnd::LegGone },
            StreamEvent::DigitsSent { token: 3 },
        ]
    );
}

#[test]
fn what_is_not_understood_is_counted_and_dropped() {
    let mut bench = Bench::new(Format::default());
    assert_eq!(bench.hear(Header { payload_type: 111, ..audio(1) }, &[0; 99]), Received::Nothing);
    assert_eq!(bench.hear(Header { payload_type: 8, ..audio(2) }, &[0; 99]), Received::Audio(Codec::Pcma));
    assert_eq!(bench.hear(audio(2), &[0; 99]), Received::Nothing, "the same again");
    let stats = bench.stream.stats();
    assert_eq!((stats.datagrams_ignored, stats.packets_received, stats.packets_late), (1, 2, 1));
}

proptest::proptest! {
    #[test]
    fn any_packets_do_no_harm(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..2_000)) {
        fuzz_datagram(&octets);
    }

    #[test]
    fn packets_with_a_true_header_do_no_harm(
        packets in proptest::collection::vec((0u8..14, proptest::num::u16::ANY, proptest::num::u32::ANY, 0usize..200), 0..40)
    ) {
        let mut octets = Vec::new();
        for (kind, sequence, timestamp, length) in packets {
            let payload_type = if kind > 8 { 101 } else { kind };
            let mut header = [0; HEADER_BYTES];
            Header { payload_type, sequence, timestamp, ssrc: 5, marker: false }.write(&mut header);
            octets.push((HEADER_BYTES + length) as u8);
            octets.extend(header);
            octets.extend((0..length).map(|n| (n as u32 ^ timestamp) as u8));
        }
        fuzz_datagram(&octets);
    }
}

#[test]
fn a_fax_machine_that_sends_nothing_between_its_tones_is_heard() {
    let mut bench = Bench::new(Format::default());
    bench.stream.listen_for_fax(3, Duration::from_secs(5), &mut bench.effects);
    let sample = |n: u16| (f32::from(n) * 1_100.0 * std::f32::consts::TAU / 8_000.0).sin() * 6_000.0;
    for packet in 0..25_u16 {
        let from = packet * FRAME_SAMPLES as u16;
        let payload: Vec<u8> = (from..from + 160).map(|n| Codec::Pcmu.encode(sample(n) as i16)).collect();
        bench.hear(audio(packet), &payload);
        bench.tick();
    }
    assert!(bench.events().is_empty());
    (0..20).for_each(|_| drop(bench.tick()));
    assert_eq!(bench.events(), [StreamEvent::FaxListened { token: 3, heard: true }]);
}

#[test]
fn a_search_for_a_fax_machine_ends_with_its_time_or_the_stream() {
    let mut bench = Bench::new(Format::default());
    bench.stream.listen_for_fax(3, 10 * TICK, &mut bench.effects);
    (0..9).for_each(|_| drop(bench.tick()));
    assert!(bench.events().is_empty());
    bench.tick();
    assert_eq!(bench.events(), [StreamEvent::FaxListened { token: 3, heard: false }]);
    bench.stream.listen_for_fax(4, 10 * TICK, &mut bench.effects);
    bench.stream.close(&mut bench.effects);
    assert_eq!(bench.events(), [StreamEvent::FaxListened { token: 4, heard: false }]);
}
