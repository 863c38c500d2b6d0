//! What the core remembers of transactions and legs. Types only.

use std::time::Duration;

use bytes::Bytes;

use super::dialog::{Dialog, Hop};
use crate::sip::build::ResponseHead;
use crate::sip::digest::DigestClient;
use crate::sip::leg::LegKey;

/// A server transaction, by a keyed hash of what identifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServerKey(pub(crate) u128);

/// A client transaction: the number in our branch, and whether it is the CANCEL of the INVITE with that branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClientKey(pub(crate) u64, pub(crate) bool);

/// Something with a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Server(ServerKey),
    Client(ClientKey),
    Leg(LegKey),
    Watcher(u64),
}

/// RFC 3261 section 17.2 and RFC 6026.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerState {
    /// No final response yet.
    Proceeding,
    /// A final response is repeated for each retransmission; for INVITE also by Timer G until ACK.
    Completed,
    /// The ACK of a refusal is here: absorb.
    Confirmed,
    /// INVITE answered 2xx: absorb, the leg repeats the answer.
    Accepted,
}

/// A server transaction: the response octets, never the request.
#[derive(Debug)]
pub(crate) struct ServerTx {
    pub(crate) invite: bool,
    pub(crate) leg: Option<LegKey>,
    pub(crate) hop: Hop,
    pub(crate) last: Bytes,
    pub(crate) state: ServerState,
    pub(crate) interval: Duration,
    pub(crate) next: Option<Duration>,
    pub(crate) end: Option<Duration>,
    pub(crate) merged: Option<u128>,
}

/// RFC 3261 section 17.1 and RFC 6026.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientState {
    Calling,
    Proceeding,
    /// Final response seen; the ACK is repeated for its retransmissions.
    Completed,
}

/// What a client transaction is for.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// The INVITE of a fork.
    Invite { leg: LegKey, fork: usize },
    /// A re-INVITE; `refresh` when it only keeps the session alive.
    Reinvite { leg: LegKey, refresh: bool },
    /// An UPDATE that keeps the session alive.
    Refresh { leg: LegKey },
    /// The BYE that ends a leg.
    Bye { leg: LegKey },
    /// INFO, NOTIFY, PRACK.
    Other { leg: LegKey },
    /// A NOTIFY of a subscription, by our tag.
    Notify { watcher: u64 },
    /// CANCEL, and the BYE of an answer that came too late: nobody waits for the result.
    Nobody,
}

impl Purpose {
    pub(crate) fn leg(&self) -> Option<LegKey> {
        match self {
            Purpose::Invite { leg, .. }
            | Purpose::Reinvite { leg, .. }
            | Purpose::Refresh { leg }
            | Purpose::Bye { leg }
            | Purpose::Other { leg } => Some(*leg),
            Purpose::Notify { .. } | Purpose::Nobody => None,
        }
    }
}

/// What is sent again with credentials after a challenge.
#[derive(Clone, Debug)]
pub(crate) struct Again {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<(&'static str, Bytes)>,
}

/// A client transaction.
#[derive(Debug)]
pub(crate) struct ClientTx {
    pub(crate) method: &'static str,
    pub(crate) purpose: Purpose,
    pub(crate) hop: Hop,
    pub(crate) request: Bytes,
    /// The ACK last sent, for retransmitted final responses of an INVITE.
    pub(crate) ack: Option<(Hop, Bytes)>,
    pub(crate) state: ClientState,
    pub(crate) interval: Duration,
    pub(crate) next: Option<Duration>,
    pub(crate) end: Duration,
    pub(crate) again: Option<Box<Again>>,
}

/// A request of the peer that waits for the driver.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) server: ServerKey,
    pub(crate) head: ResponseHead,
    pub(crate) hop: Hop,
    pub(crate) cseq: u32,
    /// UPDATE rather than INVITE: its answer is not repeated.
    pub(crate) update: bool,
    /// The `Session-Expires` header the 2xx has to carry.
    pub(crate) session: Option<String>,
}

/// A 2xx that is repeated until its ACK comes.
#[derive(Debug)]
pub(crate) struct Unacked {
    pub(crate) bytes: Bytes,
    pub(crate) hop: Hop,
    pub(crate) interval: Duration,
    pub(crate) next: Duration,
    pub(crate) end: Duration,
    pub(crate) cseq: u32,
    /// It is the answer to the first INVITE, not to a re-INVITE.
    pub(crate) first: bool,
}

/// A reliable provisional response that is repeated until its PRACK comes (RFC 3262).
#[derive(Debug)]
pub(crate) struct Unpracked {
    pub(crate) rseq: u32,
    pub(crate) bytes: Bytes,
    pub(crate) interval: Duration,
    pub(crate) next: Duration,
    pub(crate) end: Duration,
}

/// The session timer (RFC 4028).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) interval: Duration,
    pub(crate) ours: bool,
    pub(crate) refresh_at: Duration,
    pub(crate) expire_at: Duration,
}

/// One fork of a dialled leg.
#[derive(Debug)]
pub(crate) struct Fork {
    pub(crate) tag: u64,
    pub(crate) call_id: String,
    /// `CSeq` of its INVITE.
    pub(crate) cseq: u32,
    /// Last `CSeq` used.
    pub(crate) last_cseq: u32,
    pub(crate) uri: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) routes: Vec<String>,
    pub(crate) hop: Hop,
    pub(crate) pinned: bool,
    pub(crate) branch: u64,
    pub(crate) provisional: bool,
    pub(crate) give_up: bool,
    pub(crate) cancel_sent: bool,
    pub(crate) auth: Option<DigestClient>,
    pub(crate) extra: Vec<(String, String)>,
    pub(crate) min_se_tried: bool,
    /// Remote tag and last RSeq of each early dialog.
    pub(crate) early: Vec<(String, u32)>,
    /// How it ended.
    pub(crate) outcome: Option<(u16, String, crate::sip::leg::RefusedBy)>,
}

/// Where a leg stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Incoming, unanswered.
    Offered,
    /// Outgoing, unanswered.
    Dialling,
    /// Answered.
    Up,
    /// Ended for the driver; messages are still under way.
    Ending,
}

/// A leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) key: LegKey,
    pub(crate) state: State,
    pub(crate) dialog: Option<Dialog>,
    /// The unanswered INVITE, re-INVITE or UPDATE of the peer.
    pub(crate) pending: Option<Pending>,
    /// Its first INVITE had an offer.
    pub(crate) had_offer: bool,
    pub(crate) unacked: Option<Unacked>,
    pub(crate) bye_after_ack: Option<Option<String>>,
    // 100rel, called side
    pub(crate) peer_requires_100rel: bool,
    pub(crate) rseq: u32,
    pub(crate) unpracked: Option<Unpracked>,
    pub(crate) waiting_provisional: Vec<(u16, Option<Bytes>)>,
    pub(crate) waiting_answer: Option<Bytes>,
    // calling side
    pub(crate) forks: Vec<Fork>,
    pub(crate) offer: Bytes,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) max_forwards: u8,
    pub(crate) rang: bool,
    // in the call
    pub(crate) local_sdp: Bytes,
    /// What it was before our unanswered re-INVITE.
    pub(crate) sdp_before: Bytes,
    pub(crate) auth: Option<DigestClient>,
    pub(crate) our_invite: Option<ClientKey>,
    pub(crate) reinvite_at: Option<(Duration, Bytes)>,
    pub(crate) reinvite_tries: u8,
    pub(crate) session: Option<Session>,
    pub(crate) peer_updates: bool,
    pub(crate) peer_timer: bool,
    pub(crate) refer: Option<Pending>,
    pub(crate) unanswered_at: Option<Duration>,
    /// When the last plain provisional response is said again.
    pub(crate) remind_at: Option<Duration>,
    pub(crate) bye_out: bool,
    pub(crate) armed: Option<Duration>,
}

impl Leg {
    pub(crate) fn new(key: LegKey, state: State) -> Leg {
        Leg {
            key,
            state,
            dialog: None,
            pending: None,
            had_offer: false,
            unacked: None,
            bye_after_ack: None,
            peer_requires_100rel: false,
            rseq: 0,
            unpracked: None,
            waiting_provisional: Vec::new(),
            waiting_answer: None,
            forks: Vec::new(),
            offer: Bytes::new(),
            headers: Vec::new(),
            max_forwards: 70,
            rang: false,
            local_sdp: Bytes::new(),
            sdp_before: Bytes::new(),
            auth: None,
            our_invite: None,
            reinvite_at: None,
            reinvite_tries: 0,
            session: None,
            peer_updates: false,
            peer_timer: false,
            refer: None,
            unanswered_at: None,
            remind_at: None,
            bye_out: false,
            armed: None,
        }
    }

    /// Nothing is under way any more.
    pub(crate) fn done(&self) -> bool {
        self.state == State::Ending
            && !self.bye_out
            && self.bye_after_ack.is_none()
            && self.forks.iter().all(|fork| fork.outcome.is_some())
    }

    /// The next time something is to be done.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        let session = self.session.filter(|_| self.state == State::Up);
        [
            self.unacked.as_ref().map(|u| u.next.min(u.end)),
            self.unpracked.as_ref().map(|u| u.next.min(u.end)),
            session.map(|s| s.expire_at),
            session.filter(|s| s.ours).map(|s| s.refresh_at),
            self.reinvite_at.as_ref().map(|(at, _)| *at),
            self.unanswered_at,
            self.remind_at.filter(|_| self.state == State::Offered),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
