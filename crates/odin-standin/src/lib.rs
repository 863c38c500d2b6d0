//! A stand-in for an Odin API (BroadWorks): it answers what the public client `odins-spear` and crate `odin` ask, from groups
//! written as JSON, and misbehaves as it is told, so that both can be tested without a telephone system.
//!
//! [`World`] is what the server knows, [`Behaviour`] how it treats requests, [`StandIn`] the server itself, over TCP or over any
//! other stream of bytes. Not here: anything that checks a client; a test reads [`Counts`] and judges itself. Not for production:
//! one password, no TLS of its own, everything in memory.

mod behaviour;
mod server;
mod world;

pub use behaviour::{Answer, Behaviour, Rule};
pub use server::{Counts, Listening, StandIn};
pub use world::{NoReply, World};

/// The user name the stand-in takes.
pub const USERNAME: &str = "demo";
/// The password the stand-in takes.
pub const PASSWORD: &str = "correct horse";
