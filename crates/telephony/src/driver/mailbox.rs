//! What other threads tell the signalling thread.
//!
//! The queue is bounded by what is outstanding: every completion answers a command of a call, and calls and commands
//! per call are limited. What merely informs (digits, latching) is dropped beyond [`INFORMING_MAX`].

use std::net::SocketAddr;
use std::sync::Arc;

use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure};
use parking_lot::Mutex;

use super::call::CallKey;
use crate::media::clip::Clip;
use crate::media::engine::{MediaEvent, StreamId};

/// Informing events that may wait.
const INFORMING_MAX: usize = 100_000;

/// Something another thread has to tell.
#[derive(Debug)]
pub enum Event {
    /// A command of a call ended.
    Completed {
        /// The call.
        call: CallKey,
        /// The command.
        command: CommandId,
        /// How.
        result: Result<Done, Failure>,
    },
    /// One item of a playlist is there, or not to be had.
    Clip {
        /// The call.
        call: CallKey,
        /// The playback.
        command: CommandId,
        /// Place in the playlist.
        item: usize,
        /// The audio.
        clip: Result<Arc<Clip>, Failure>,
    },
    /// The host name of a leg to dial was looked up.
    Resolved {
        /// The call.
        call: CallKey,
        /// The leg.
        leg: LegId,
        /// Where to; `None` when the name leads nowhere.
        address: Option<SocketAddr>,
    },
    /// The fax endpoint had time enough to answer.
    FaxAnswerLimit {
        /// The call.
        call: CallKey,
        /// The command that called it.
        command: CommandId,
    },
    /// Something happened to a stream.
    Media(StreamId, MediaEvent),
    /// Somebody wants a call to end, by its SIP `Call-ID`.
    HangUp {
        /// The account it must belong to.
        account_id: String,
        /// The `Call-ID`.
        call_id: String,
    },
    /// Messages of a voicemail box came, were heard or went.
    BoxChanged {
        /// The account.
        account_id: String,
        /// The box document's id.
        box_id: String,
    },
    /// The messages of a mailbox that somebody watches are counted.
    MessagesCounted {
        /// The account.
        account_id: String,
        /// What was subscribed to.
        user: String,
        /// Not yet listened to.
        new: u64,
        /// Kept.
        saved: u64,
    },
    /// Refuse new calls and end when the last one is over.
    Drain,
    /// End now.
    Stop,
}

/// The queue's sending side, and the alarm that wakes the signalling thread.
#[derive(Clone)]
pub struct Mailbox {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Vec<Event>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Mailbox")
    }
}

impl Mailbox {
    /// An empty queue; `wake` is called when it is no longer empty.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>) -> Mailbox {
        Mailbox { shared: Arc::new(Shared { queue: Mutex::new(Vec::new()), wake }) }
    }

    /// Puts an event in; never waits.
    pub fn post(&self, event: Event) {
        let mut queue = self.shared.queue.lock();
        let informing =
            matches!(event, Event::Media(_, MediaEvent::Digit { .. } | MediaEvent::Latched { .. }));
        if informing && queue.len() >= INFORMING_MAX {
            return;
        }
        let first = queue.is_empty();
        queue.push(event);
        drop(queue);
        if first {
            (self.shared.wake)();
        }
    }

    /// Takes everything out, into an empty vector whose room is reused.
    pub(super) fn take(&self, into: &mut Vec<Event>) {
        std::mem::swap(&mut *self.shared.queue.lock(), into);
    }
}
