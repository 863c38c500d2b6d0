//! The media engine over loopback sockets: bounded in time, with no claims about speed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use engine::input::RecordingEnd;
use telephony::media::clip::{Clip, Item, Repeat};
use telephony::media::dtmf;
use telephony::media::engine::{
    MediaConfig, MediaEngine, MediaEvent, MediaHandle, OpenSpec, Opened, StreamId,
};
use telephony::media::g711::Codec;
use telephony::media::identify::Identifier;
use telephony::media::prompts::Prompts;
use telephony::media::recording::RecordSpec;
use telephony::media::rtp::{self, HEADER_BYTES, Header};
use telephony::media::stream::{Direction, Format};
use telephony::media::wav;

/// Nothing here takes a second; a machine that is this late is broken.
const PATIENCE: Duration = Duration::from_secs(20);

type Events = Receiver<(StreamId, MediaEvent)>;

fn start() -> (MediaHandle, Events) {
    let (sender, events) = channel();
    let sender = parking_lot::Mutex::new(sender);
    let config =
        MediaConfig { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), ports: 0..=0, ..MediaConfig::default() };
    let sink = move |id, event| {
        let _ = sender.lock().send((id, event));
    };
    (MediaEngine::start(config, Arc::new(sink)).unwrap(), events)
}

/// Waits for an event of a stream that `wanted` knows, letting others pass.
fn wait<T>(events: &Events, id: StreamId, mut wanted: impl FnMut(&MediaEvent) -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let (stream, event) = events.recv_timeout(left).expect("the event comes in time");
        if stream == id
            && let Some(found) = wanted(&event)
        {
            return found;
        }
    }
}

/// A phone: a socket with a sequence of its own.
struct Phone {
    socket: UdpSocket,
    server: SocketAddr,
    header: Header,
}

impl Phone {
    fn new() -> Phone {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Phone {
            socket,
            server: SocketAddr::from(([127, 0, 0, 1], 9)),
            header: Header { ssrc: 9, ..Header::default() },
        }
    }

    fn open(&mut self, media: &MediaHandle, format: Format, home: Option<u64>) -> Opened {
        let spec =
            OpenSpec { format, remote: Some(self.socket.local_addr().unwrap()), home, ..OpenSpec::default() };
        let opened = media.open(spec).unwrap();
        self.server = opened.local;
        self.header.payload_type = format.codec.payload_type();
        opened
    }

    fn send(&mut self, payload: &[u8]) {
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.timestamp = self.header.timestamp.wrapping_add(160);
        self.send_as(self.header, payload);
    }

    fn send_as(&self, header: Header, payload: &[u8]) {
        let mut packet = [0; HEADER_BYTES];
        header.write(&mut packet);
        self.socket.send_to(&[&packet[..], payload].concat(), self.server).unwrap();
    }

    fn receive(&self) -> (Header, Vec<u8>) {
        let mut packet = [0; 2_000];
        let (length, from) = self.socket.recv_from(&mut packet).expect("a packet comes in time");
        assert_eq!(from, self.server);
        let (header, payload) = rtp::parse(&packet[..length]).unwrap();
        (header, payload.to_vec())
    }

    /// The next packet that `wanted` likes.
    fn find(&self, wanted: impl Fn(&Header, &[u8]) -> bool) -> (Header, Vec<u8>) {
        for _ in 0..2_000 {
            let (header, payload) = self.receive();
            if wanted(&header, &payload) {
                return (header, payload);
            }
        }
        panic!("the packet never came");
    }
}

#[test]
fn a_prompt_is_played_to_its_end() {
    let (media, events) = start();
    let mut phone = Phone::new();
    let opened = phone.open(&media, Format::default(), None);
    let samples: Vec<i16> = (0..800).map(|n| n * 30).collect();
    let clip = Arc::new(Clip::from_pcm(&samples));
    media.play(opened.id, 5, vec![Item::once(clip.clone())], Repeat::Times(1)).unwrap();
    let heard: Vec<u8> = {
        let (_, first) = phone.find(|_, payload| payload.iter().any(|octet| *octet != 0xff));
        let rest = (0..4).flat_map(|_| phone.receive().1);
        first.into_iter().chain(rest).collect()
    };
    assert_eq!(heard, clip.encoded(Codec::Pcmu)[..]);
    let stopped = wait(&events, opened.id, |event| match event {
        MediaEvent::Played { token: 5, stopped } => Some(*stopped),
        _ => None,
    });
    assert!(!stopped);
    media.close(opened.id);
    let sent = wait(&events, opened.id, |event| match event {
        MediaEvent::Closed { stats } => Some(stats.packets_sent),
        _ => None,
    });
    assert!(sent >= 5);
    media.shutdown();
}

#[test]
fn audio_goes_where_it_comes_from_and_digits_are_heard() {
    let (media, events) = start();
    let mut phone = Phone::new();
    // As behind an address translator: the announced port is not the one that sends.
    let announced = SocketAddr::from(([127, 0, 0, 1], 9));
    let opened = media.open(OpenSpec { remote: Some(announced), ..OpenSpec::default() }).unwrap();
    phone.server = opened.local;
    phone.send(&[0xff; 160]);
    let remote = wait(&events, opened.id, |event| match event {
        MediaEvent::Latched { remote } => Some(*remote),
        _ => None,
    });
    assert_eq!(remote, phone.socket.local_addr().unwrap());
    phone.receive();
    for end in [false, true, true] {
        let event = dtmf::Event { code: 11, end, volume: 10, duration: 800 };
        let header = Header {
            payload_type: 101,
            sequence: phone.header.sequence + 1,
            timestamp: 99_999,
            ..phone.header
        };
        phone.header.sequence += 1;
        phone.send_as(header, &event.to_bytes());
    }
    let digit = wait(&events, opened.id, |event| match event {
        MediaEvent::Digit { digit, duration_ms, .. } => Some((*digit, *duration_ms)),
        _ => None,
    });
    assert_eq!(digit, ('#', 100));
    media.shutdown();
}

#[test]
fn two_connected_legs_hear_each_other_in_their_own_codec() {
    let (media, events) = start();
    let (mut alice, mut bob) = (Phone::new(), Phone::new());
    let a = alice.open(&media, Format::default(), None);
    let b = bob.open(
        &media,
        Format { codec: Codec::Pcma, event_payload_type: Some(96), ..Format::default() },
        None,
    );
    media.connect(a.id, b.id).unwrap();
    let loud = Codec::Pcmu.encode(9_000);
    for _ in 0..5 {
        alice.send(&[loud; 160]);
        bob.send(&[Codec::Pcma.encode(-9_000); 160]);
    }
    let (header, _) =
        bob.find(|header, payload| payload == [Codec::Pcma.encode(9_000); 160] && header.payload_type == 8);
    assert_ne!(header.ssrc, 9);
    alice.find(|header, payload| payload[0] == Codec::Pcmu.encode(-9_000) && header.payload_type == 0);

    let event = dtmf::Event { code: 7, end: true, volume: 10, duration: 800 };
    alice.send_as(
        Header { payload_type: 101, sequence: 50, timestamp: 90_000, ..alice.header },
        &event.to_bytes(),
    );
    bob.find(|header, payload| header.payload_type == 96 && payload == event.to_bytes());
    wait(&events, a.id, |event| matches!(event, MediaEvent::Digit { digit: '7', .. }).then_some(()));

    media.disconnect(b.id).unwrap();
    bob.find(|_, payload| payload == [0xd5; 160]);
    media.shutdown();
}

#[test]
fn digits_are_sent_as_events() {
    let (media, events) = start();
    let mut phone = Phone::new();
    let opened = phone.open(&media, Format::default(), None);
    media.send_digits(opened.id, 8, "42", Duration::from_millis(60)).unwrap();
    let mut receiver = dtmf::Receiver::default();
    let mut heard = String::new();
    while heard.len() < 2 {
        let (header, payload) = phone.find(|header, _| header.payload_type == 101);
        let event = dtmf::Event::parse(&payload).unwrap();
        let pressed = receiver.packet(header.ssrc, header.timestamp, header.sequence, event, Duration::ZERO);
        heard.extend(pressed.map(|pressed| pressed.digit));
    }
    assert_eq!(heard, "42");
    wait(&events, opened.id, |event| matches!(event, MediaEvent::DigitsSent { token: 8 }).then_some(()));
    media.shutdown();
}

#[test]
fn a_recording_is_a_file_that_can_be_read() {
    let (media, events) = start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("7.wav");
    let mut phone = Phone::new();
    let opened = phone.open(&media, Format::default(), None);
    let spec = RecordSpec { token: 7, both_ways: false, limit: Duration::from_secs(60), silence: None };
    media.record(opened.id, spec, path.clone()).unwrap();
    // Until the first half second is on the disk.
    let end = Instant::now() + PATIENCE;
    while std::fs::metadata(&path).map_or(0, |file| file.len()) < 8_000 {
        assert!(Instant::now() < end);
        phone.send(&[Codec::Pcmu.encode(4_000); 160]);
        std::thread::sleep(Duration::from_millis(15));
    }
    media.stop_record(opened.id).unwrap();
    let (duration, end) = wait(&events, opened.id, |event| match event {
        MediaEvent::Recorded { token: 7, duration, end } => Some((*duration, *end)),
        _ => None,
    });
    assert_eq!(end, RecordingEnd::Stopped);
    let samples = wav::read(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(duration, Duration::from_micros(samples.len() as u64 * 125));
    let level = Codec::Pcmu.decode(Codec::Pcmu.encode(4_000));
    assert!(samples.iter().filter(|sample| **sample == level).count() >= 160);

    let nowhere = folder.path().join("missing/8.wav");
    let spec = RecordSpec { token: 8, both_ways: true, limit: Duration::from_secs(60), silence: None };
    media.record(opened.id, spec, nowhere).unwrap();
    wait(&events, opened.id, |event| {
        matches!(event, MediaEvent::RecordingFailed { token: 8, .. }).then_some(())
    });
    media.shutdown();
}

#[test]
fn a_new_agreement_moves_the_audio() {
    let (media, events) = start();
    let (mut old, mut new) = (Phone::new(), Phone::new());
    let opened = old.open(&media, Format::default(), None);
    old.send(&[0xff; 160]);
    wait(&events, opened.id, |event| matches!(event, MediaEvent::Latched { .. }).then_some(()));
    new.server = opened.local;
    let format = Format { codec: Codec::Pcma, direction: Direction::SendReceive, ..Format::default() };
    media.update(opened.id, Some(new.socket.local_addr().unwrap()), format).unwrap();
    new.find(|header, _| header.payload_type == 8);
    new.send(&[0xd5; 160]);
    let remote = wait(&events, opened.id, |event| match event {
        MediaEvent::Latched { remote } => Some(*remote),
        _ => None,
    });
    assert_eq!(remote, new.socket.local_addr().unwrap());
    media.shutdown();
}

#[test]
fn every_command_for_a_closed_stream_still_ends() {
    let (media, events) = start();
    let opened = media.open(OpenSpec::default()).unwrap();
    media.close(opened.id);
    wait(&events, opened.id, |event| matches!(event, MediaEvent::Closed { .. }).then_some(()));
    media.play(opened.id, 1, Vec::new(), Repeat::Endless).unwrap();
    wait(&events, opened.id, |event| {
        matches!(event, MediaEvent::Played { token: 1, stopped: true }).then_some(())
    });
    media.shutdown();
    let end = Instant::now() + PATIENCE;
    while media.open(OpenSpec::default()).is_ok() {
        assert!(Instant::now() < end, "a stopped engine opens nothing");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(media.streams(), 0);
}

#[test]
fn ports_are_even_within_the_range_and_run_out() {
    // Some of these may be in use by others; all that is asked is that what we get is right.
    let sink = Arc::new(|_, _| {});
    let config = MediaConfig {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: 40_001..=40_008,
        ..MediaConfig::default()
    };
    let media = MediaEngine::start(config, sink).unwrap();
    let opened: Vec<u16> =
        (0..10).map_while(|_| media.open(OpenSpec::default()).ok()).map(|o| o.local.port()).collect();
    assert!(opened.len() <= 4);
    assert!(opened.iter().all(|port| port % 2 == 0 && (40_002..=40_008).contains(port)), "{opened:?}");
    media.shutdown();
}

#[test]
fn no_stream_outlives_its_close_however_soon_that_comes() {
    let (media, events) = start();
    for _ in 0..500 {
        let opened = media.open(OpenSpec::default()).unwrap();
        media.close(opened.id);
    }
    let mut closed = 0;
    while closed < 500 {
        let (_, event) = events.recv_timeout(PATIENCE).expect("every stream closes in time");
        closed += usize::from(matches!(event, MediaEvent::Closed { .. }));
    }
    media.shutdown();
}

#[test]
fn what_one_stream_plays_another_hears_by_name() {
    let (media, events) = start();
    let prompts = Prompts::built_in().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heard.wav");
    let server = media.open(OpenSpec::default()).unwrap();
    let format = Format { codec: Codec::Pcma, ..Format::default() };
    let caller = media.open(OpenSpec { remote: Some(server.local), format, ..OpenSpec::default() }).unwrap();
    media.update(server.id, Some(caller.local), format).unwrap();
    let spec = RecordSpec { token: 1, both_ways: false, limit: Duration::from_secs(60), silence: None };
    media.record(caller.id, spec, path.clone()).unwrap();
    let items = ["vm-saved", "vm-deleted"].map(|name| Item::once(prompts.get("en-us", name).unwrap()));
    media.play(server.id, 1, items.to_vec(), Repeat::Times(1)).unwrap();
    wait(&events, server.id, |event| matches!(event, MediaEvent::Played { .. }).then_some(()));
    // What was sent last may still be on its way through the caller's 40 ms of buffering.
    std::thread::sleep(Duration::from_millis(200));
    media.stop_record(caller.id).unwrap();
    wait(&events, caller.id, |event| matches!(event, MediaEvent::Recorded { .. }).then_some(()));
    let mut identifier = Identifier::default();
    for name in ["vm-saved", "vm-deleted", "vm-goodbye", "vm-thank_you", "say-7"] {
        identifier.add(name, &prompts.get("en-us", name).unwrap().pcm());
    }
    let heard = identifier.identify(&wav::read(&std::fs::read(&path).unwrap()).unwrap());
    let names: Vec<&str> = heard.iter().map(|heard| heard.name.as_str()).collect();
    assert_eq!(names, ["vm-saved", "vm-deleted"]);
    media.shutdown();
}

/// A phone in a room of others, saying a steady level.
fn member(media: &MediaHandle) -> (Phone, Opened) {
    let mut phone = Phone::new();
    let opened = phone.open(media, Format::default(), None);
    (phone, opened)
}

/// Lets phones say their levels until one of them hears what `wanted` likes; gives up after a while.
fn say_until(phones: &mut [(&mut Phone, i16)], listener: usize, wanted: impl Fn(i32) -> bool) -> bool {
    phones[listener].0.socket.set_nonblocking(true).unwrap();
    let mut packet = [0; 2_000];
    let mut found = false;
    for _ in 0..500 {
        for (phone, level) in phones.iter_mut() {
            phone.send(&[Codec::Pcmu.encode(*level); 160]);
        }
        std::thread::sleep(Duration::from_millis(20));
        while let Ok((length, _)) = phones[listener].0.socket.recv_from(&mut packet) {
            let (_, payload) = rtp::parse(&packet[..length]).unwrap();
            found |= wanted(i32::from(Codec::Pcmu.decode(payload[payload.len() / 2])));
        }
        if found {
            break;
        }
    }
    phones[listener].0.socket.set_nonblocking(false).unwrap();
    found
}

fn about(level: i32) -> impl Fn(i32) -> bool {
    move |heard| (heard - level).abs() <= level.abs() / 12 + 16
}

#[test]
fn people_in_a_room_hear_the_sum_of_the_others() {
    let (media, events) = start();
    let (mut ann, at_ann) = member(&media);
    let (mut bob, at_bob) = member(&media);
    let (mut cid, at_cid) = member(&media);
    let room = media.new_room(at_ann.id);
    for id in [at_ann.id, at_bob.id, at_cid.id] {
        media.join(id, room, true, true).unwrap();
    }
    for (listener, sum) in [6_000, 5_000, 3_000].into_iter().enumerate() {
        let mut all = [(&mut ann, 1_000), (&mut bob, 2_000), (&mut cid, 4_000)];
        assert!(say_until(&mut all, listener, about(sum)), "{listener}");
    }
    // One who may not speak is not heard, but hears.
    media.join(at_cid.id, room, false, true).unwrap();
    let mut all = [(&mut ann, 1_000), (&mut bob, 2_000), (&mut cid, 4_000)];
    assert!(say_until(&mut all, 0, about(2_000)));
    assert!(say_until(&mut all, 2, about(3_000)));
    // One of two who are kept apart.
    media.relate(at_cid.id, at_bob.id, false).unwrap();
    assert!(say_until(&mut all, 2, about(1_000)));
    // What the room plays is heard by all, and louder by one who wants it so.
    media.set_level(at_bob.id, true, 2).unwrap();
    let clip = Arc::new(Clip::from_pcm(&[3_000; 160]));
    let endless = Item::Clip { clip, repeat: Repeat::Endless };
    media.announce(at_bob.id, room, vec![endless], Repeat::Endless).unwrap();
    let mut all = [(&mut ann, 1_000), (&mut bob, 2_000), (&mut cid, 4_000)];
    assert!(say_until(&mut all, 0, about(5_000)));
    assert!(say_until(&mut all, 1, about(8_000)));
    // Who has left is heard no more, and the room goes with its last member.
    media.close(at_bob.id);
    wait(&events, at_bob.id, |event| matches!(event, MediaEvent::Closed { .. }).then_some(()));
    let mut rest = [(&mut ann, 1_000), (&mut cid, 4_000)];
    assert!(say_until(&mut rest, 0, about(3_000)));
    media.disconnect(at_ann.id).unwrap();
    media.connect(at_ann.id, at_cid.id).unwrap();
    assert!(say_until(&mut rest, 0, about(4_000)));
    media.shutdown();
}

#[test]
fn one_listens_to_two_and_may_speak_to_either() {
    use telephony::media::rooms::Voice;
    let (media, events) = start();
    let (mut ann, at_ann) = member(&media);
    let (mut bob, at_bob) = member(&media);
    let (mut spy, at_spy) = member(&media);
    media.connect(at_ann.id, at_bob.id).unwrap();
    media.listen(at_spy.id, at_ann.id, Voice::Nobody).unwrap();
    let mut all = [(&mut ann, 1_000), (&mut bob, 2_000), (&mut spy, 4_000)];
    assert!(say_until(&mut all, 2, about(3_000)));
    assert!(say_until(&mut all, 0, about(2_000)), "nobody hears the one who listens");
    media.listen(at_spy.id, at_ann.id, Voice::Party).unwrap();
    assert!(say_until(&mut all, 0, about(6_000)));
    assert!(say_until(&mut all, 1, about(1_000)));
    media.listen(at_spy.id, at_ann.id, Voice::Partner).unwrap();
    assert!(say_until(&mut all, 1, about(5_000)));
    media.listen(at_spy.id, at_ann.id, Voice::Both).unwrap();
    assert!(say_until(&mut all, 0, about(6_000)));
    media.close(at_ann.id);
    wait(&events, at_spy.id, |event| matches!(event, MediaEvent::ListeningEnded).then_some(()));
    media.shutdown();
}

#[test]
fn a_level_counts_for_the_partner_and_a_mask_for_the_recording() {
    let (media, events) = start();
    let (mut ann, at_ann) = member(&media);
    let (mut bob, at_bob) = member(&media);
    media.connect(at_ann.id, at_bob.id).unwrap();
    media.set_level(at_ann.id, false, -2).unwrap();
    let mut both = [(&mut ann, 4_000), (&mut bob, 1_000)];
    assert!(say_until(&mut both, 1, about(2_000)));
    let file = tempfile::NamedTempFile::new().unwrap();
    let limit = Duration::from_secs(60);
    let spec = RecordSpec { token: 1, both_ways: true, limit, silence: None };
    media.mask_record(at_bob.id, true).unwrap();
    media.record(at_bob.id, spec, file.path().to_owned()).unwrap();
    media.mask_record(at_bob.id, true).unwrap();
    assert!(say_until(&mut both, 1, about(2_000)));
    media.stop_record(at_bob.id).unwrap();
    wait(&events, at_bob.id, |event| matches!(event, MediaEvent::Recorded { .. }).then_some(()));
    let recorded = wav::read(&std::fs::read(file.path()).unwrap()).unwrap();
    assert!(!recorded.is_empty() && recorded.iter().all(|sample| *sample == 0));
    media.shutdown();
}

#[test]
fn rooms_of_another_thread_are_refused() {
    let config = MediaConfig {
        threads: 2,
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        ports: 0..=0,
        ..MediaConfig::default()
    };
    let media = MediaEngine::start(config, Arc::new(|_, _| {})).unwrap();
    let open = |home| media.open(OpenSpec { home: Some(home), ..OpenSpec::default() }).unwrap().id;
    let (one, same, other) = (open(4), open(6), open(5));
    assert!(media.connect(one, same).is_ok() && media.connect(one, other).is_err());
    let room = media.new_room(one);
    assert!(media.join(one, room, true, true).is_ok());
    assert!(media.join(other, room, true, true).is_err());
    media.shutdown();
}
