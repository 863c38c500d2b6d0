//! The telephone side of the server: SIP, RTP and everything audible. A driver of [`engine`]'s calls.
//!
//! Not for: flow decisions.

pub mod driver;
pub mod media;
pub mod sip;
pub mod transport;
