//! A media thread: every 5 ms it takes commands, lets a quarter of its streams send, and empties their sockets.
//!
//! Each stream is served once per 20 ms, in the quarter it was given when it was opened: it sends, then its socket is
//! drained by a batched receive, so that reception never depends on time left over. Streams with a partner are drained
//! in every quarter, so that what is passed on is at most 5 ms late. No task, timer or allocation per packet.
//!
//! Not for: what packets mean ([`stream`](super::stream)).

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvError, TryRecvError};
use std::time::{Duration, Instant};

use super::clip::{Item, Repeat};
use super::engine::{Closing, EVERYTHING, MediaEvent, Sink, StreamId};
use super::latch::{Latch, Verdict};
use super::mixer::Mix;
use super::recorder::{Job, Recorder};
use super::recording::RecordSpec;
use super::rooms::{RoomId, Voice};
use super::rtp;
use super::socket::{self, BATCH, Batch};
use super::stream::{Effects, Format, MAX_PACKET, Received, Stream, StreamEvent, TICK};

mod rooms;

use rooms::{Links, Room};

/// Turns per 20 ms.
const TURNS: usize = 4;
/// A thread that is later than this leaves out the turns it missed.
const HOPELESS: Duration = Duration::from_millis(200);
/// Batches taken from one socket in one turn: more than 16 packets per turn is no telephone call.
const MAX_BATCHES: usize = 4;
/// Commands taken in one turn.
const MAX_COMMANDS: usize = 4_096;

/// What a thread is told.
#[derive(Debug)]
pub(crate) enum Command {
    Open(Box<Leg>),
    Update { id: StreamId, remote: Option<SocketAddr>, format: Format },
    Play { id: StreamId, token: u64, items: Vec<Item>, repeat: Repeat },
    StopPlay { id: StreamId },
    Connect { a: StreamId, b: StreamId },
    Disconnect { id: StreamId },
    Record { id: StreamId, spec: RecordSpec, path: PathBuf },
    StopRecord { id: StreamId },
    ListenForFax { id: StreamId, token: u64, limit: Duration },
    SendDigits { id: StreamId, token: u64, digits: String, duration: Duration },
    Mute { id: StreamId, muted: bool },
    MaskRecord { id: StreamId, masked: bool },
    Level { id: StreamId, heard: bool, steps: i8 },
    Join { id: StreamId, room: RoomId, speaks: bool, hears: bool },
    Announce { room: RoomId, items: Vec<Item>, repeat: Repeat },
    Relate { listener: StreamId, speaker: StreamId, hears: bool },
    Listen { id: StreamId, to: StreamId, voice: Voice },
    Stats { id: StreamId },
    Wake,
}

/// A stream with its socket.
#[derive(Debug)]
pub(crate) struct Leg {
    id: StreamId,
    socket: UdpSocket,
    /// The socket is connected to the latched address.
    pinned: bool,
    latch: Latch,
    stream: Stream,
    partner: Option<usize>,
    links: Links,
    turn: usize,
}

impl Leg {
    pub(crate) fn new(id: StreamId, socket: UdpSocket, latch: Latch, stream: Stream) -> Leg {
        Leg { id, socket, pinned: false, latch, stream, partner: None, links: Links::default(), turn: 0 }
    }

    /// Sends without waiting. A full buffer or a refusal by ICMP is loss, which RTP has anyway.
    fn send(&self, packet: &[u8]) {
        if self.pinned {
            let _ = self.socket.send(packet);
        } else if let Some(target) = self.latch.target() {
            let _ = self.socket.send_to(packet, target);
        }
    }
}

/// A media thread's state.
pub(crate) struct Worker {
    commands: Receiver<Command>,
    closing: Closing,
    streams: Arc<AtomicU64>,
    sink: Sink,
    recorder: Recorder,
    /// Jobs that found the recorder's queue full and must not be lost: starts and ends.
    unsent: Vec<Job>,
    epoch: Instant,
    legs: Vec<Option<Box<Leg>>>,
    free: Vec<usize>,
    slots: HashMap<StreamId, usize>,
    /// Slots by turn.
    turns: [Vec<usize>; TURNS],
    /// Slots with a partner.
    connected: Vec<usize>,
    rooms: Vec<Room>,
    mix: Mix,
    /// What a party said at the level it is to be heard with.
    levelled: Box<[u8; MAX_PACKET]>,
    batch: Batch,
    effects: Effects,
}

impl Worker {
    pub(crate) fn new(
        commands: Receiver<Command>,
        closing: Closing,
        streams: Arc<AtomicU64>,
        sink: Sink,
        recorder: Recorder,
        epoch: Instant,
    ) -> Worker {
        Worker {
            commands,
            closing,
            streams,
            sink,
            recorder,
            unsent: Vec::new(),
            epoch,
            legs: Vec::new(),
            free: Vec::new(),
            slots: HashMap::new(),
            turns: Default::default(),
            connected: Vec::new(),
            rooms: Vec::new(),
            mix: Mix::default(),
            levelled: Box::new([0; MAX_PACKET]),
            batch: Batch::default(),
            effects: Effects::default(),
        }
    }

    /// Works until told to stop.
    pub(crate) fn run(mut self, real_time: bool) {
        if real_time && let Err(error) = socket::real_time_priority() {
            tracing::warn!(%error, "media thread runs without real-time priority");
        }
        let pause = TICK / TURNS as u32;
        let mut due = Instant::now();
        let mut turn = 0;
        loop {
            if self.slots.is_empty() && self.unsent.is_empty() {
                match self.commands.recv() {
                    Ok(command) => self.command(command),
                    Err(RecvError) => return,
                }
                due = Instant::now();
            }
            if !self.take_commands() {
                self.close_all();
                return;
            }
            self.turn(turn, self.epoch.elapsed());
            turn = (turn + 1) % TURNS;
            due += pause;
            let now = Instant::now();
            if let Some(wait) = due.checked_duration_since(now) {
                std::thread::sleep(wait);
            } else if now.duration_since(due) > HOPELESS {
                tracing::warn!(
                    late_ms = now.duration_since(due).as_millis() as u64,
                    "media thread is overloaded"
                );
                due = now;
            }
        }
    }

    /// Serves a quarter of the streams.
    pub(crate) fn turn(&mut self, turn: usize, now: Duration) {
        for index in 0..self.turns[turn].len() {
            let slot = self.turns[turn][index];
            if let Some(leg) = self.legs[slot].as_deref_mut() {
                if let Some(length) = leg.stream.tick(now, &mut self.effects) {
                    leg.send(&self.effects.packet[..length]);
                }
                let id = leg.id;
                if let Some((token, frame)) = self.effects.frame.take() {
                    // A frame that finds the queue full is left out.
                    let _ = self.recorder.offer(Job::Frame { stream: id, token, frame });
                }
            }
            self.feed_listeners(slot, now);
            self.drain(slot, now);
        }
        self.mix_rooms(turn, now);
        for index in 0..self.connected.len() {
            let slot = self.connected[index];
            if self.legs[slot].as_ref().is_some_and(|leg| leg.turn != turn) {
                self.drain(slot, now);
            }
        }
        while let Some(job) = self.unsent.pop() {
            if let Err(job) = self.recorder.offer(job) {
                self.unsent.push(job);
                break;
            }
        }
    }

    /// Empties a leg's socket.
    fn drain(&mut self, slot: usize, now: Duration) {
        for _ in 0..MAX_BATCHES {
            let Some(leg) = self.legs[slot].as_deref() else { return };
            let count = self.batch.receive(&leg.socket, leg.pinned);
            for index in 0..count {
                self.datagram(slot, index, now);
            }
            if count < BATCH {
                break;
            }
        }
        self.tell(slot);
    }

    fn datagram(&mut self, slot: usize, index: usize, now: Duration) {
        let (datagram, from) = self.batch.datagram(index);
        let Some(leg) = self.legs[slot].as_deref_mut() else { return };
        let Ok((header, payload)) = rtp::parse(datagram) else {
            leg.stream.ignore();
            return;
        };
        if let Some(from) = from {
            // What we cannot understand says nothing about where the party is.
            let verdict = if leg.stream.understands(header.payload_type) {
                leg.latch.judge(from, &header)
            } else {
                Verdict::Ignore
            };
            match verdict {
                Verdict::Accept => {}
                Verdict::Ignore => {
                    leg.stream.ignore();
                    return;
                }
                Verdict::Latch(remote) => {
                    leg.pinned = leg.socket.connect(remote).is_ok();
                    (self.sink)(leg.id, MediaEvent::Latched { remote });
                }
            }
        }
        let received = leg.stream.receive(&header, payload, now, &mut self.effects);
        if received == Received::Nothing {
            return;
        }
        let payload = match received {
            Received::Audio(codec) => leg.stream.at_level(codec, payload, &mut self.levelled[..]),
            _ => payload,
        };
        let partner = leg.partner;
        if let Received::Audio(codec) = received
            && partner.is_none()
        {
            return Worker::said(&mut self.legs, slot, codec, payload);
        }
        let partner = partner.and_then(|partner| self.legs.get_mut(partner)).and_then(Option::as_deref_mut);
        if let Some(partner) = partner
            && let Some(length) = partner.stream.relay(&header, payload, received, now, &mut self.effects)
        {
            partner.send(&self.effects.packet[..length]);
        }
    }

    /// Hands on what happened to a leg's stream.
    fn tell(&mut self, slot: usize) {
        let Some(id) = self.legs[slot].as_ref().map(|leg| leg.id) else { return };
        for event in self.effects.events.drain(..) {
            let event = match event {
                StreamEvent::Digit { digit, duration_ms, inband } => {
                    MediaEvent::Digit { digit, duration_ms, inband }
                }
                StreamEvent::Played { token, stopped } => MediaEvent::Played { token, stopped },
                StreamEvent::DigitsSent { token } => MediaEvent::DigitsSent { token },
                StreamEvent::FaxListened { token, heard } => MediaEvent::FaxListened { token, heard },
                StreamEvent::Lost { silent_for } => MediaEvent::Lost { silent_for },
                StreamEvent::RecordingEnded { token, duration, end } => {
                    // In order after what is already waiting.
                    let job = Job::End { stream: id, token, duration, end };
                    if !self.unsent.is_empty() {
                        self.unsent.insert(0, job);
                    } else if let Err(job) = self.recorder.offer(job) {
                        self.unsent.push(job);
                    }
                    continue;
                }
            };
            (self.sink)(id, event);
        }
    }

    /// Takes commands and closings; `false` when it is time to go.
    fn take_commands(&mut self) -> bool {
        // Taken before the commands: whatever a stream's owner told it before it closed it is then in the queue already.
        let mut closing = std::mem::take(&mut *self.closing.lock());
        let mut taken = 0;
        let alive = loop {
            if taken == MAX_COMMANDS {
                // An opening may still be in the queue; its closing has to come after it.
                self.closing.lock().append(&mut closing);
                break true;
            }
            taken += 1;
            match self.commands.try_recv() {
                Ok(command) => self.command(command),
                Err(TryRecvError::Empty) => break true,
                Err(TryRecvError::Disconnected) => break false,
            }
        };
        for id in closing {
            if id == EVERYTHING {
                return false;
            }
            self.close(id);
        }
        alive
    }

    fn command(&mut self, command: Command) {
        let now = self.epoch.elapsed();
        let slot = match &command {
            Command::Open(_) | Command::Wake | Command::Announce { .. } => None,
            Command::Update { id, .. }
            | Command::Play { id, .. }
            | Command::StopPlay { id }
            | Command::Connect { a: id, .. }
            | Command::Disconnect { id }
            | Command::Record { id, .. }
            | Command::StopRecord { id }
            | Command::ListenForFax { id, .. }
            | Command::SendDigits { id, .. }
            | Command::Mute { id, .. }
            | Command::MaskRecord { id, .. }
            | Command::Level { id, .. }
            | Command::Join { id, .. }
            | Command::Relate { listener: id, .. }
            | Command::Listen { id, .. }
            | Command::Stats { id } => self.slots.get(id).copied(),
        };
        let leg = slot.and_then(|slot| self.legs[slot].as_deref_mut());
        let effects = &mut self.effects;
        match (command, leg) {
            (Command::Open(leg), _) => self.open(leg),
            (Command::Wake, _) => {}
            (Command::Update { remote, format, .. }, Some(leg)) => {
                leg.stream.update(format, now);
                if leg.latch.announce(remote) && leg.pinned {
                    leg.pinned = socket::unconnect(&leg.socket).is_err();
                }
            }
            (Command::Play { token, items, repeat, .. }, Some(leg)) => {
                leg.stream.play(token, items, repeat, effects)
            }
            (Command::StopPlay { .. }, Some(leg)) => leg.stream.stop_play(effects),
            (Command::Connect { a, b }, Some(_)) => self.connect(a, b),
            (Command::Disconnect { id }, Some(_)) => self.disconnect(id),
            (Command::Record { spec, path, .. }, Some(leg)) => {
                let job = Job::Start { stream: leg.id, token: spec.token, path };
                leg.stream.record(spec, effects);
                if let Some(slot) = slot {
                    self.tell(slot);
                }
                self.start_file(job);
            }
            (Command::StopRecord { .. }, Some(leg)) => {
                leg.stream.stop_record(engine::input::RecordingEnd::Stopped, effects);
            }
            (Command::SendDigits { token, digits, duration, .. }, Some(leg)) => {
                leg.stream.send_digits(token, &digits, duration, effects);
            }
            (Command::ListenForFax { token, limit, .. }, Some(leg)) => {
                leg.stream.listen_for_fax(token, limit, effects);
            }
            (Command::Mute { muted, .. }, Some(leg)) => leg.stream.mute(muted),
            (Command::MaskRecord { masked, .. }, Some(leg)) => leg.stream.mask_record(masked),
            (Command::Level { heard, steps, .. }, Some(leg)) => leg.stream.set_level(heard, steps),
            (Command::Join { id, room, speaks, hears }, Some(_)) => self.join_room(id, room, speaks, hears),
            (Command::Announce { room, items, repeat }, _) => self.announce(room, items, repeat),
            (Command::Relate { listener, speaker, hears }, Some(_)) => self.relate(listener, speaker, hears),
            (Command::Listen { id, to, voice }, Some(_)) => self.listen(id, to, voice),
            (Command::Stats { id }, Some(leg)) => (self.sink)(id, MediaEvent::Stats(leg.stream.stats())),
            // The stream is gone: whoever waits for an end must get it all the same.
            (Command::Play { id, token, .. }, None) => {
                (self.sink)(id, MediaEvent::Played { token, stopped: true })
            }
            (Command::SendDigits { id, token, .. }, None) => {
                (self.sink)(id, MediaEvent::DigitsSent { token })
            }
            (Command::ListenForFax { id, token, .. }, None) => {
                (self.sink)(id, MediaEvent::FaxListened { token, heard: false })
            }
            (Command::Record { id, spec, .. }, None) => {
                let reason = "the stream is closed".into();
                (self.sink)(id, MediaEvent::RecordingFailed { token: spec.token, reason });
            }
            (_, None) => {}
        }
        if let Some(slot) = slot {
            self.tell(slot);
        }
    }

    fn start_file(&mut self, job: Job) {
        if !self.unsent.is_empty() {
            self.unsent.insert(0, job);
        } else if let Err(job) = self.recorder.offer(job) {
            self.unsent.push(job);
        }
    }

    fn open(&mut self, mut leg: Box<Leg>) {
        let turn = (0..TURNS).min_by_key(|turn| self.turns[*turn].len()).unwrap_or(0);
        leg.turn = turn;
        let id = leg.id;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.legs[slot] = Some(leg);
                slot
            }
            None => {
                self.legs.push(Some(leg));
                self.legs.len() - 1
            }
        };
        self.slots.insert(id, slot);
        self.turns[turn].push(slot);
        self.streams.store(self.slots.len() as u64, Ordering::Relaxed);
    }

    fn close(&mut self, id: StreamId) {
        self.disconnect(id);
        let Some(slot) = self.slots.remove(&id) else { return };
        self.end_listeners(slot);
        if let Some(leg) = self.legs[slot].as_deref_mut() {
            leg.stream.close(&mut self.effects);
        }
        self.tell(slot);
        if let Some(leg) = self.legs[slot].take() {
            self.turns[leg.turn].retain(|other| *other != slot);
            (self.sink)(id, MediaEvent::Closed { stats: leg.stream.stats() });
        }
        self.free.push(slot);
        self.streams.store(self.slots.len() as u64, Ordering::Relaxed);
    }

    fn close_all(&mut self) {
        let ids: Vec<StreamId> = self.slots.keys().copied().collect();
        for id in ids {
            self.close(id);
        }
    }

    fn connect(&mut self, a: StreamId, b: StreamId) {
        self.disconnect(a);
        self.disconnect(b);
        let (Some(a), Some(b)) = (self.slots.get(&a).copied(), self.slots.get(&b).copied()) else {
            return;
        };
        if a == b {
            return;
        }
        for (slot, partner) in [(a, b), (b, a)] {
            if let Some(leg) = self.legs[slot].as_deref_mut() {
                leg.partner = Some(partner);
                leg.stream.connect(true);
                self.connected.push(slot);
            }
        }
    }

    fn disconnect(&mut self, id: StreamId) {
        let Some(slot) = self.slots.get(&id).copied() else { return };
        self.unlink(slot);
        let partner = self.legs[slot].as_ref().and_then(|leg| leg.partner);
        for slot in [Some(slot), partner].into_iter().flatten() {
            if let Some(leg) = self.legs[slot].as_deref_mut()
                && leg.partner.take().is_some()
            {
                leg.stream.connect(false);
                self.connected.retain(|other| *other != slot);
            }
        }
    }
}
