//! What a stream is told, what it tells, and what it counts.
//!
//! Not for: what it does ([`stream`](super)).

use std::time::Duration;

use engine::input::RecordingEnd;

use crate::media::g711::Codec;
use crate::media::recording::Frame;

/// The largest packet that is sent or relayed.
pub const MAX_PACKET: usize = 1_472;

/// Time between two ticks of a stream.
pub const TICK: Duration = Duration::from_millis(20);

/// Which way audio may go (RFC 3264 section 5.1), seen from us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendReceive,
    /// We send, what comes is ignored.
    SendOnly,
    /// We only listen: the party does not want to hear us (it holds us).
    ReceiveOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// We may send.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    /// We listen.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }
}

/// What was agreed with a party about its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The codec we send. Either G.711 codec is understood at any time.
    pub codec: Codec,
    /// Payload type of telephone events (usually 101); `None`: digits come and go as tones in the audio.
    pub event_payload_type: Option<u8>,
    /// Which way.
    pub direction: Direction,
}

impl Default for Format {
    fn default() -> Format {
        Format { codec: Codec::Pcmu, event_payload_type: Some(101), direction: Direction::SendReceive }
    }
}

/// What happened in a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// A digit was pressed and released.
    Digit {
        /// One of `0-9*#A-D`.
        digit: char,
        /// How long.
        duration_ms: u32,
        /// Found in the audio rather than sent as an event.
        inband: bool,
    },
    /// A playback ended.
    Played {
        /// Of the play command.
        token: u64,
        /// Before its end.
        stopped: bool,
    },
    /// A recording has its last frame.
    RecordingEnded {
        /// Of the record command.
        token: u64,
        /// How long it is.
        duration: Duration,
        /// Why.
        end: RecordingEnd,
    },
    /// All digits of a command are sent, or could not be (the direction forbids).
    DigitsSent {
        /// Of the command.
        token: u64,
    },
    /// A search for the calling tone of a fax machine is over.
    FaxListened {
        /// Of the command.
        token: u64,
        /// It was heard.
        heard: bool,
    },
    /// Nothing has come for this long although the party should send. Once, until something comes again.
    Lost {
        /// How long.
        silent_for: Duration,
    },
}

/// What a call of a [`Stream`](super::Stream) gives back; made once per thread and used again, so nothing is allocated per packet.
#[derive(Debug)]
pub struct Effects {
    /// What happened, to be drained by the caller.
    pub events: Vec<StreamEvent>,
    /// The packet to send, when a call gave its length.
    pub packet: Box<[u8; MAX_PACKET]>,
    /// The recording frame of this tick and its token.
    pub frame: Option<(u64, Frame)>,
}

impl Default for Effects {
    fn default() -> Effects {
        Effects { events: Vec::with_capacity(16), packet: Box::new([0; MAX_PACKET]), frame: None }
    }
}

/// What an incoming packet is to the party's partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Audio in a codec.
    Audio(Codec),
    /// A telephone event.
    Event,
    /// Nothing to pass on.
    Nothing,
}

/// Totals of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStats {
    /// RTP packets that came.
    pub packets_received: u64,
    /// Payload octets of them.
    pub octets_received: u64,
    /// Packets that never came, by sequence numbers.
    pub packets_lost: u64,
    /// Packets that came late or twice.
    pub packets_late: u64,
    /// Datagrams that were no RTP, of no known payload type, or from a stranger.
    pub datagrams_ignored: u64,
    /// Interarrival jitter (RFC 3550 section 6.4.1), at the end.
    pub jitter: Duration,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// Payload octets of them.
    pub octets_sent: u64,
}

/// What a stream starts with.
#[derive(Clone, Copy, Debug)]
pub struct StreamSetup {
    /// What was agreed.
    pub format: Format,
    /// Find digits in the audio too.
    pub detect_inband: bool,
    /// Send silence while there is nothing to play and no partner: keeps address translators and gateways content.
    pub idle_silence: bool,
    /// When to report [`StreamEvent::Lost`]; `None` never.
    pub lost_after: Option<Duration>,
    /// The random number in our packets.
    pub ssrc: u32,
    /// First sequence number and timestamp, random too (RFC 3550 section 5.1).
    pub sequence: u16,
    /// See `sequence`.
    pub timestamp: u32,
}
