//! Live tests: the server as people run it, called by real SIP phones (sipp, baresip) over loopback.
//!
//! Every test has a server, a data directory and ports of its own, waits for events instead of time, and is passed
//! over visibly when a peer is not installed. Not here: flow logic (fixtures and scenarios prove it in virtual time).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails"
)]
#![allow(unreachable_pub, missing_docs, dead_code, reason = "the rooms of one test program")]

#[path = "../../../notify/tests/support/mail_server.rs"]
mod mail_server;
mod phone;
mod server;
mod sound;
mod web;

mod actions;
mod baresip;
mod calls;
mod endings;
mod fax;
mod feature_codes;
mod functions;
mod guide;
mod lamps;
mod limits;
mod others;
mod post;
mod queues;
mod registrations;
mod rooms;
mod services;
mod twiml;
mod versions;
mod voicemail;
mod web_faults;
