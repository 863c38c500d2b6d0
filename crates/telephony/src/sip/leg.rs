//! The vocabulary between the signalling core and whoever drives calls: legs, what can be asked of them, what they
//! report, and what the core wants done outside. Types only; the behaviour is in [`core`](super::core).

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::digest::Credentials;
use super::watch::{Shown, Watched};

/// A leg's number. Legs that come in are numbered by the core, legs we dial by the driver; the two never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegKey(u64);

impl LegKey {
    const DIALLED: u64 = 1 << 63;

    /// The key of the `n`th leg that came in.
    pub(crate) fn incoming(n: u64) -> LegKey {
        LegKey(n & !Self::DIALLED)
    }

    /// A key for a leg to dial. The driver never uses a number twice.
    pub fn dialled(n: u64) -> LegKey {
        LegKey(n | Self::DIALLED)
    }

    /// The leg came in.
    pub fn is_incoming(self) -> bool {
        self.0 & Self::DIALLED == 0
    }
}

/// A socket or connection that messages come and go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(u64);

impl FlowId {
    const ACCEPTED: u64 = 1 << 62;
    const CONNECTED: u64 = 1 << 63;

    /// The UDP socket with this number, counted from 0 in the order of [`Config::udp`](super::limits::Config::udp).
    pub fn udp(number: u16) -> FlowId {
        FlowId(u64::from(number))
    }

    /// A connection that came in; numbers are the transport's and are never used twice.
    pub fn accepted(number: u64) -> FlowId {
        FlowId(Self::ACCEPTED | (number & (Self::ACCEPTED - 1)))
    }

    /// A connection that the core asked for; numbers are the core's.
    pub(crate) fn connected(number: u64) -> FlowId {
        FlowId(Self::CONNECTED | (number & (Self::ACCEPTED - 1)))
    }

    /// It is a connection (TCP, TLS): nothing is lost or repeated.
    pub fn is_reliable(self) -> bool {
        self.0 & (Self::ACCEPTED | Self::CONNECTED) != 0
    }

    /// It is a connection that the core asked for.
    pub fn is_connected(self) -> bool {
        self.0 & Self::CONNECTED != 0
    }

    /// The number of the UDP socket, if it is one.
    pub fn udp_number(self) -> Option<usize> {
        (!self.is_reliable()).then_some(self.0 as usize)
    }
}

/// One thing that happened to the core.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram, or one message cut out of a stream.
    Packet {
        /// Its octets.
        raw: &'a [u8],
        /// Where it came in.
        flow: FlowId,
        /// Who sent it.
        from: SocketAddr,
    },
    /// A deadline has come; early ones do no harm.
    Timer,
    /// The driver wants something of a leg. For a leg that is gone it is ignored.
    Command(LegKey, LegCommand),
    /// A connection is closed or could not be made.
    FlowClosed(FlowId),
    /// What those who watch something shall be told; the same twice is told once.
    Show(Watched, Shown),
}

/// Something the core wants done or has to tell.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send octets.
    Send {
        /// Through this socket or connection.
        flow: FlowId,
        /// To this address (for a connection: its peer).
        to: SocketAddr,
        /// What.
        bytes: Bytes,
    },
    /// Open a TCP connection; messages for it follow at once and wait until it is there.
    Connect {
        /// Its name from now on.
        flow: FlowId,
        /// Its peer.
        to: SocketAddr,
    },
    /// A leg reports.
    Leg(LegKey, LegEvent),
    /// A phone registered or refreshed.
    Registered(Registration),
    /// A registration ended.
    Unregistered {
        /// Address of record.
        aor: String,
        /// The contact's URI.
        contact: String,
        /// It ran out rather than being withdrawn.
        expired: bool,
    },
    /// Somebody subscribed or renewed: reply with [`Input::Show`].
    Watch(Watched),
    /// Nobody watches this any more.
    Unwatch(Watched),
}

/// A registration as reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Address of record: `101@pbx.example`.
    pub aor: String,
    /// Account of the device.
    pub account_id: String,
    /// The device.
    pub device_id: String,
    /// The contact's URI.
    pub contact: String,
    /// Where it sent from.
    pub source: SocketAddr,
    /// `User-Agent`.
    pub user_agent: String,
    /// For how long.
    pub expires: Duration,
}

/// Who a request is from, as far as it was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A device that knew its password or sends from its fixed address.
    Device {
        /// Account.
        account_id: String,
        /// Device document.
        device_id: String,
        /// Its `sip.username`.
        username: String,
        /// The account's realm.
        realm: String,
    },
    /// A trunk by its address.
    Trunk(super::directory::Trunk),
}

/// A name and a URI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Display name; may be empty.
    pub name: String,
    /// User part, unescaped.
    pub user: String,
    /// Host.
    pub host: String,
}

/// A dialog named by `Replaces` (RFC 3891).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// Our leg, when the dialog is one of ours.
    pub leg: Option<LegKey>,
    /// The `Call-ID` as written.
    pub call_id: String,
}

/// A new call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Who.
    pub identity: Identity,
    /// What was dialled: the request URI.
    pub request: Party,
    /// `To`.
    pub to: Party,
    /// `From`.
    pub from: Party,
    /// `P-Asserted-Identity`; from a device it is only a claim.
    pub asserted: Option<Party>,
    /// `Privacy` asks for the caller to be hidden (`id`, `user`, `header` or `full`).
    pub private: bool,
    /// `Diversion` values as they came.
    pub diversion: Vec<String>,
    /// `Referred-By`.
    pub referred_by: Option<Party>,
    /// `Replaces`.
    pub replaces: Option<Replaces>,
    /// `X-...` headers in order.
    pub extra: Vec<(String, String)>,
    /// The SIP `Call-ID`.
    pub call_id: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// `Max-Forwards` that is left, for a leg dialled on its behalf.
    pub max_forwards: u8,
    /// Session description offered; `None` when the caller wants our offer (delayed offer).
    pub offer: Option<Bytes>,
    /// Where it came from.
    pub source: SocketAddr,
    /// The socket or connection.
    pub flow: FlowId,
}

/// Whom to call. Host names must have been resolved by the driver: the core makes no DNS queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialTarget {
    /// All contacts registered for an address of record.
    Registered {
        /// `101@pbx.example`.
        aor: String,
        /// User part of the request URI instead of the contact's.
        invite_user: Option<String>,
    },
    /// A URI.
    Uri {
        /// Request URI.
        uri: String,
        /// Send it here; `None` where the URI's host is an IP literal.
        address: Option<SocketAddr>,
        /// `Route` to put in: an outbound proxy as `<sip:host;lr>`.
        route: Option<String>,
        /// Over TCP. Else as the URI's `transport` parameter says.
        tcp: bool,
    },
}

/// A call to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dial {
    /// All rung at once; the first to answer wins, the others are cancelled.
    pub targets: Vec<DialTarget>,
    /// `From`. An empty host becomes ours.
    pub from: Party,
    /// `To`; `None` for the request URI.
    pub to: Option<Party>,
    /// More headers (`Diversion`, `P-Asserted-Identity`, `Privacy`, `X-...`).
    pub headers: Vec<(String, String)>,
    /// Our offer.
    pub sdp: Bytes,
    /// For a challenge.
    pub credentials: Option<Credentials>,
    /// What the caller's request has left less one; 0 stands for 70.
    pub max_forwards: u8,
}

/// What can be asked of a leg.
#[derive(Clone, Debug)]
pub enum LegCommand {
    /// 180 for an unanswered incoming leg.
    Ring,
    /// 183 with a session description.
    EarlyMedia(Bytes),
    /// 200 with a session description: an answer, or our offer when the INVITE had none.
    Answer(Bytes),
    /// Refuse an incoming leg. The leg is gone without a further event.
    Reject {
        /// 300 to 699.
        status: u16,
        /// Reason phrase; `None` for the standard one.
        reason: Option<String>,
        /// More headers (`Contact` for a redirect, `Reason`).
        headers: Vec<(String, String)>,
    },
    /// Make the leg and call.
    Dial(Box<Dial>),
    /// Offer a new session description on an answered leg; ends in `Reanswered` or `ReinviteFailed`.
    Reinvite(Bytes),
    /// Re-INVITE with our last description, `a=sendonly`.
    Hold,
    /// Re-INVITE with our last description, `a=sendrecv`.
    Resume,
    /// Reply to `Reoffer`: a description, or the status of a refusal.
    AnswerReinvite(Result<Bytes, u16>),
    /// Send a digit by INFO (`application/dtmf-relay`).
    Info {
        /// `0-9*#A-D`.
        digit: char,
        /// Its length.
        duration: Duration,
    },
    /// End the leg, whatever its state: BYE, CANCEL or 480. Ends in `Gone` or `Refused`, at once.
    Bye {
        /// A `Reason` header value: `Q.850;cause=16;text="NORMAL_CLEARING"`.
        reason: Option<String>,
    },
    /// Give up an unanswered outgoing leg. Ends in `Refused` with 487, at once.
    Cancel,
    /// Reply to `Refer`: 202, or a refusal.
    ReferReply {
        /// 202 or 300 to 699.
        status: u16,
    },
    /// Tell the party that sent REFER how the transfer goes (NOTIFY, `message/sipfrag`).
    ReferNotify {
        /// Status of the new call so far; 200 and above end the subscription.
        status: u16,
    },
}

/// Why an outgoing leg was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The peer answered with the status.
    Peer,
    /// No contact is registered (480).
    NotRegistered,
    /// There is no address to send to (404).
    NoRoute,
    /// Nothing came back in time (408).
    Timeout,
    /// The connection broke (503), or we are overloaded.
    Transport,
    /// We gave up (487).
    Cancelled,
}

/// How an answered leg, or a waiting caller, ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The peer hung up. Its `Reason` header, if any.
    ByPeer(Option<String>),
    /// The caller gave up before the answer. The CANCEL's `Reason` header, if any: `SIP;cause=200` stands for
    /// answered elsewhere.
    Cancelled(Option<String>),
    /// We hung up.
    ByUs,
    /// Our answer was never acknowledged.
    NoAck,
    /// The session timer ran out, or a refresh failed.
    SessionExpired,
    /// A request inside the call was answered 481 or 408: the peer knows nothing of the call.
    Lost,
    /// Nobody answered the call within [`Limits::unanswered`](super::limits::Limits::unanswered).
    Unanswered,
}

/// What a leg reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// A new incoming leg. 100 is sent; everything else is the driver's.
    Invite(Box<Incoming>),
    /// The called party rings (first 180).
    Ringing,
    /// A session description before the answer.
    Early(Bytes),
    /// The called party answered; its session description, empty if it sent none.
    Answered {
        /// Answer to our offer.
        sdp: Bytes,
        /// `Contact` user or the contact's URI that answered.
        contact: String,
    },
    /// An outgoing leg ended unanswered, and is gone.
    Refused {
        /// SIP status.
        status: u16,
        /// Reason phrase, or what the `Contact` of a 3xx says.
        reason: String,
        /// Whose.
        by: RefusedBy,
    },
    /// Our answer was acknowledged; with a delayed offer the ACK brings the peer's description.
    Confirmed {
        /// Answer to the offer in our 200.
        sdp: Option<Bytes>,
    },
    /// The peer offers a new session (`None`: it wants our offer). Reply with `AnswerReinvite`.
    Reoffer(Option<Bytes>),
    /// The peer's answer to our re-INVITE.
    Reanswered(Bytes),
    /// Our re-INVITE failed; the call goes on as it was.
    ReinviteFailed {
        /// SIP status.
        status: u16,
    },
    /// A digit by INFO.
    Digit {
        /// `0-9*#A-D`.
        digit: char,
        /// How long.
        duration: Duration,
    },
    /// The peer wants to be transferred; reply with `ReferReply`.
    Refer {
        /// `Refer-To`: the URI without its headers.
        to: String,
        /// Its user part.
        user: String,
        /// The dialog to replace (attended transfer).
        replaces: Option<Replaces>,
    },
    /// The leg is gone.
    Gone(Ended),
}
