//! The media engine: a few threads that carry the audio of all calls, and the handle that tells them what to do.
//!
//! Commands go by a bounded channel per thread and never wait; what happens comes back by a callback. The handle is
//! cheap to clone. What the threads do is in [`worker`](super::worker); what a leg's audio does is in
//! [`stream`](super::stream).
//!
//! Not for: deciding anything about a call.

use std::hash::{BuildHasher, Hasher};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use engine::input::RecordingEnd;
use parking_lot::Mutex;

use super::clip::{Item, Repeat};
use super::latch::{Latch, LatchPolicy};
use super::recorder::Recorder;
use super::recording::RecordSpec;
use super::stream::{Format, Stream, StreamSetup, StreamStats};
use super::worker::{Command, Leg, Worker};

/// One leg's audio within an engine: thread in the upper 8 bits, a serial number below. Never used twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(u64);

impl std::fmt::Debug for StreamId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Stream({}/{})", self.thread(), self.0 & (u64::MAX >> 8))
    }
}

impl StreamId {
    pub(super) fn thread(self) -> usize {
        (self.0 >> 56) as usize
    }

    /// A number that no other stream or room has.
    pub(super) fn serial(self) -> u64 {
        self.0
    }
}

/// How an engine is set up.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Media threads, 1 to 64; each carries about 3,000 G.711 calls. Default 1. Legs on different threads cannot be
    /// connected, so with more than one, legs that may ever be connected must be opened with the same home.
    pub threads: usize,
    /// Address that sockets are bound to. Default 0.0.0.0.
    pub bind: IpAddr,
    /// Address to announce in SDP; `None`: the bound one.
    pub advertise: Option<IpAddr>,
    /// UDP ports to use; only even ones are taken. Default 16384 to 32767. `0..=0` is any
    /// from 20000 to 60000 (tests).
    pub ports: RangeInclusive<u16>,
    /// Ask for real-time priority; without the permission the threads run as usual, with a warning. Default false.
    pub real_time: bool,
    /// Commands that may wait per thread. Default 16,384.
    pub queue: usize,
}

impl Default for MediaConfig {
    fn default() -> MediaConfig {
        MediaConfig {
            threads: 1,
            bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            advertise: None,
            ports: 16_384..=32_767,
            real_time: false,
            queue: 16_384,
        }
    }
}

/// What happened to a stream. Given to the [`Sink`] on a media thread or the recorder's thread.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// The address the party really sends from is known now; audio goes there.
    Latched {
        /// The address.
        remote: SocketAddr,
    },
    /// A digit was pressed and released.
    Digit {
        /// One of `0-9*#A-D`.
        digit: char,
        /// How long.
        duration_ms: u32,
        /// Found in the audio.
        inband: bool,
    },
    /// A playback ended. Exactly one per [`MediaHandle::play`].
    Played {
        /// Of the command.
        token: u64,
        /// Before its end: stopped, replaced, or the stream was closed.
        stopped: bool,
    },
    /// A recording ended and its file is complete. Exactly one of this and `RecordingFailed` per
    /// [`MediaHandle::record`].
    Recorded {
        /// Of the command.
        token: u64,
        /// Its length.
        duration: Duration,
        /// Why it ended.
        end: RecordingEnd,
    },
    /// A recording could not be written.
    RecordingFailed {
        /// Of the command.
        token: u64,
        /// Why: the system's words.
        reason: String,
    },
    /// The digits of a command are sent, or given up. Exactly one per [`MediaHandle::send_digits`].
    DigitsSent {
        /// Of the command.
        token: u64,
    },
    /// A search for the calling tone of a fax machine is over: it was heard, or the time was over. Exactly one per
    /// [`MediaHandle::listen_for_fax`].
    FaxListened {
        /// Of the command.
        token: u64,
        /// It was heard.
        heard: bool,
    },
    /// The party should send but nothing has come for the time asked for in [`OpenSpec::lost_after`].
    Lost {
        /// How long.
        silent_for: Duration,
    },
    /// Whom the stream [listened](MediaHandle::listen) to is gone.
    ListeningEnded,
    /// The answer to [`MediaHandle::ask_stats`].
    Stats(StreamStats),
    /// The stream is closed; its last event apart from that of a recording's file.
    Closed {
        /// Final totals.
        stats: StreamStats,
    },
}

/// Takes the events. It is called on media threads, so it must not wait: put the event into a channel.
pub type Sink = Arc<dyn Fn(StreamId, MediaEvent) + Send + Sync>;

/// Why a command was not taken: the operator's or our own fault, never the caller's.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// All ports of the range are in use: answer 503.
    #[error("no free media port in {from}-{to}")]
    NoPort {
        /// First port of the range.
        from: u16,
        /// Last port.
        to: u16,
    },
    /// The thread has too much to do: answer 503.
    #[error("the media thread is overloaded")]
    Busy,
    /// The engine was shut down.
    #[error("the media engine is stopped")]
    Stopped,
    /// The two streams are on different threads and cannot be connected: open them with the same `home`. Cannot happen
    /// with one thread.
    #[error("the streams are on different media threads")]
    Apart,
    /// The configuration makes no sense.
    #[error("media configuration: {0}")]
    Config(&'static str),
    /// The system refused.
    #[error("media: {0}")]
    System(#[from] io::Error),
}

/// How to open a stream.
#[derive(Clone, Debug, Default)]
pub struct OpenSpec {
    /// What was agreed, or is being offered.
    pub format: Format,
    /// The party's address in SDP; `None` while only we have offered.
    pub remote: Option<SocketAddr>,
    /// Whose packets are believed.
    pub latch: LatchPolicy,
    /// Find digits in the audio; use it when the party does not take telephone events.
    pub detect_inband: bool,
    /// Send nothing, instead of silence, while nothing is played and no partner is connected.
    pub no_idle_silence: bool,
    /// When to report [`MediaEvent::Lost`]; `None` never.
    pub lost_after: Option<Duration>,
    /// Streams of one home share a thread, so that they can be connected: give the same number for all legs of an
    /// account. `None`: the thread with the fewest streams.
    pub home: Option<u64>,
}

/// A stream that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its name in commands and events.
    pub id: StreamId,
    /// The address to announce in SDP.
    pub local: SocketAddr,
}

/// The engine, seen from outside. Threads end when [`MediaHandle::shutdown`] is called or the last handle is dropped.
#[derive(Clone)]
pub struct MediaHandle {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    threads: Vec<Thread>,
    bind: IpAddr,
    advertise: Option<IpAddr>,
    ports: RangeInclusive<u16>,
    next_port: AtomicU32,
    pub(super) next_serial: AtomicU64,
    epoch: Instant,
}

/// The handle's side of one media thread.
struct Thread {
    commands: SyncSender<Command>,
    closing: Closing,
    streams: Arc<AtomicU64>,
}

/// Streams to close: kept apart from the commands because a close must never be refused.
pub(crate) type Closing = Arc<Mutex<Vec<StreamId>>>;

/// Starts engines.
#[derive(Debug)]
pub struct MediaEngine;

impl MediaEngine {
    /// Starts the threads. `sink` takes the events of all streams.
    pub fn start(config: MediaConfig, sink: Sink) -> Result<MediaHandle, MediaError> {
        if !(1..=64).contains(&config.threads) {
            return Err(MediaError::Config("threads must be 1 to 64"));
        }
        if config.ports.is_empty() || (*config.ports.start() == 0 && *config.ports.end() != 0) {
            return Err(MediaError::Config("ports must be a range above 0, or 0..=0"));
        }
        if config.ports.start() == config.ports.end() && config.ports.start() % 2 == 1 {
            return Err(MediaError::Config("ports must contain an even one"));
        }
        let epoch = Instant::now();
        let (recorder, _) = Recorder::start(sink.clone())?;
        let mut threads = Vec::with_capacity(config.threads);
        for index in 0..config.threads {
            let (commands, queue) = sync_channel(config.queue.max(1));
            let (closing, streams) = (Closing::default(), Arc::new(AtomicU64::new(0)));
            let worker =
                Worker::new(queue, closing.clone(), streams.clone(), sink.clone(), recorder.clone(), epoch);
            let real_time = config.real_time;
            std::thread::Builder::new()
                .name(format!("media-{index}"))
                .spawn(move || worker.run(real_time))?;
            threads.push(Thread { commands, closing, streams });
        }
        Ok(MediaHandle {
            shared: Arc::new(Shared {
                threads,
                bind: config.bind,
                advertise: config.advertise,
                ports: config.ports,
                next_port: AtomicU32::new(random() as u32),
                next_serial: AtomicU64::new(1),
                epoch,
            }),
        })
    }
}

impl MediaHandle {
    /// Opens a stream: binds its port at once, so the answer can go into SDP.
    pub fn open(&self, spec: OpenSpec) -> Result<Opened, MediaError> {
        let shared = &*self.shared;
        let socket = self.bind_port()?;
        let thread = match spec.home {
            // At most 64 threads: the remainder is no loss.
            Some(home) => (home % shared.threads.len().max(1) as u64) as usize,
            None => shared
                .threads
                .iter()
                .enumerate()
                .min_by_key(|(_, thread)| thread.streams.load(Ordering::Relaxed))
                .map_or(0, |(index, _)| index),
        };
        let local = socket.local_addr()?;
        let id = StreamId(((thread as u64) << 56) | shared.next_serial.fetch_add(1, Ordering::Relaxed));
        let seed = random();
        let setup = StreamSetup {
            format: spec.format,
            detect_inband: spec.detect_inband,
            idle_silence: !spec.no_idle_silence,
            lost_after: spec.lost_after,
            ssrc: seed as u32,
            sequence: (seed >> 32) as u16,
            timestamp: random() as u32,
        };
        let leg = Leg::new(
            id,
            socket,
            Latch::new(spec.latch, spec.remote),
            Stream::new(setup, shared.epoch.elapsed()),
        );
        self.send(id, Command::Open(Box::new(leg)))?;
        Ok(Opened { id, local: SocketAddr::new(shared.advertise.unwrap_or(local.ip()), local.port()) })
    }

    /// Takes a new agreement (offer and answer): address, codec, payload type of events, direction. `None` keeps the
    /// address. Only a different address opens the latch again.
    pub fn update(&self, id: StreamId, remote: Option<SocketAddr>, format: Format) -> Result<(), MediaError> {
        self.send(id, Command::Update { id, remote, format })
    }

    /// Plays a playlist, ending the former playback. While it lasts it replaces the partner.
    /// Ends in [`MediaEvent::Played`].
    pub fn play(&self, id: StreamId, token: u64, items: Vec<Item>, repeat: Repeat) -> Result<(), MediaError> {
        self.send(id, Command::Play { id, token, items, repeat })
    }

    /// Ends the playback, if there is one.
    pub fn stop_play(&self, id: StreamId) -> Result<(), MediaError> {
        self.send(id, Command::StopPlay { id })
    }

    /// Lets two streams hear each other, taking each from its former partner. Both must be on one thread
    /// ([`OpenSpec::home`]).
    pub fn connect(&self, a: StreamId, b: StreamId) -> Result<(), MediaError> {
        if a.thread() != b.thread() {
            return Err(MediaError::Apart);
        }
        self.send(a, Command::Connect { a, b })
    }

    /// Takes a stream from its partner or out of its room, if it has one, and from whom it listens to.
    pub fn disconnect(&self, id: StreamId) -> Result<(), MediaError> {
        self.send(id, Command::Disconnect { id })
    }

    /// Records to a file (16-bit mono WAV at 8 kHz), ending the former recording of the stream. Ends in
    /// [`MediaEvent::Recorded`] or [`MediaEvent::RecordingFailed`].
    pub fn record(&self, id: StreamId, spec: RecordSpec, path: PathBuf) -> Result<(), MediaError> {
        self.send(id, Command::Record { id, spec, path })
    }

    /// Ends the recording, if there is one.
    pub fn stop_record(&self, id: StreamId) -> Result<(), MediaError> {
        self.send(id, Command::StopRecord { id })
    }

    /// Sends digits, as events when the party takes them, else as tones. Ends in [`MediaEvent::DigitsSent`].
    pub fn send_digits(
        &self,
        id: StreamId,
        token: u64,
        digits: &str,
        duration: Duration,
    ) -> Result<(), MediaError> {
        self.send(id, Command::SendDigits { id, token, digits: digits.into(), duration })
    }

    /// Listens for the calling tone of a fax machine ([`cng`](super::cng)). Ends in [`MediaEvent::FaxListened`].
    pub fn listen_for_fax(&self, id: StreamId, token: u64, limit: Duration) -> Result<(), MediaError> {
        self.send(id, Command::ListenForFax { id, token, limit })
    }

    /// Keeps silence in the recording of a stream from now on, or no longer. Without a recording nothing happens.
    pub fn mask_record(&self, id: StreamId, masked: bool) -> Result<(), MediaError> {
        self.send(id, Command::MaskRecord { id, masked })
    }

    /// Makes what a party hears, or else what it says, louder or softer by steps of 3 dB, -4 to 4; 0 is as it was.
    pub fn set_level(&self, id: StreamId, heard: bool, steps: i8) -> Result<(), MediaError> {
        self.send(id, Command::Level { id, heard, steps })
    }

    /// Silences a party towards its partner and its recording, or lets it speak again.
    pub fn mute(&self, id: StreamId, muted: bool) -> Result<(), MediaError> {
        self.send(id, Command::Mute { id, muted })
    }

    /// Asks for totals: they come as [`MediaEvent::Stats`].
    pub fn ask_stats(&self, id: StreamId) -> Result<(), MediaError> {
        self.send(id, Command::Stats { id })
    }

    /// Closes a stream and ends what it does; the events of that come before [`MediaEvent::Closed`]. Never refused, never waits.
    pub fn close(&self, id: StreamId) {
        if let Some(thread) = self.shared.threads.get(id.thread()) {
            thread.closing.lock().push(id);
        }
    }

    /// Streams that are open.
    pub fn streams(&self) -> u64 {
        self.shared.threads.iter().map(|thread| thread.streams.load(Ordering::Relaxed)).sum()
    }

    /// Ends the threads, closing all streams.
    pub fn shutdown(&self) {
        for thread in &self.shared.threads {
            // A full queue does not matter: the thread also looks at `closing`, where nobody else puts this id.
            thread.closing.lock().push(EVERYTHING);
            let _ = thread.commands.try_send(Command::Wake);
        }
    }

    pub(super) fn send(&self, id: StreamId, command: Command) -> Result<(), MediaError> {
        let thread = self.shared.threads.get(id.thread()).ok_or(MediaError::Stopped)?;
        thread.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => MediaError::Busy,
            TrySendError::Disconnected(_) => MediaError::Stopped,
        })
    }

    /// Binds the next free even port.
    fn bind_port(&self) -> Result<UdpSocket, MediaError> {
        let shared = &*self.shared;
        // Never port 0: the kernel forgets a port that it chose itself when a socket is unconnected.
        let (from, to) = match (*shared.ports.start(), *shared.ports.end()) {
            (0, 0) => (20_000, 60_000),
            range => range,
        };
        let first = u32::from(from).next_multiple_of(2);
        let count = (u32::from(to) + 2).saturating_sub(first) / 2;
        for _ in 0..count {
            let turn = shared.next_port.fetch_add(1, Ordering::Relaxed);
            let port = first + turn % count * 2;
            match UdpSocket::bind((shared.bind, port as u16)) {
                Ok(socket) => {
                    socket.set_nonblocking(true)?;
                    return Ok(socket);
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(MediaError::NoPort { from, to })
    }
}

/// Stands for all streams of a thread, and the thread.
pub(crate) const EVERYTHING: StreamId = StreamId(u64::MAX);

/// A number that others cannot guess, from the standard library's hash keys.
fn random() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}
