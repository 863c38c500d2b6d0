//! The signalling core in virtual time: whole calls, races and lost messages, without a socket.

// Helpers outside `#[test]` functions fail the test as these do.
#![allow(clippy::unwrap_used, clippy::panic)]

mod bench;
mod calls;
mod dialling;
mod hostile;
mod midcall;
mod registering;
mod subscribing;
mod torture;
