//! The live driver: runs [`engine::Call`]s on SIP legs and RTP streams.
//!
//! One signalling thread owns the [`SipCore`](crate::sip::core::SipCore), all calls and their deadlines, so a call
//! needs no locks and no hand-over between threads. What may take time (storage, HTTP, speech, decoding files, names)
//! goes to the [`Host`] and comes back as an [`Event`] through the [`Mailbox`].
//!
//! Not for: flow decisions (crate `engine`), what SIP or RTP look like (`sip`, `media`), where documents are kept.

mod call;
mod channels;
mod commands;
mod fax;
mod handle;
mod host;
mod incoming;
mod lamps;
mod legs;
mod mailbox;
mod outputs;
mod playback;
mod queues;
mod registrations;
mod rooms;
mod signals;
mod switch;

pub use handle::{CallSummary, RegistrationSummary, SwitchHandle};
pub use host::{CallRecord, ClipRequest, Host, Reply};
pub use mailbox::{Event, Mailbox};
pub use registrations::KeptRegistration;
pub use switch::{Switch, SwitchConfig};
