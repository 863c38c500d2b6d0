//! The HTTP interfaces as clients see them: the router, driven in process over a store in a temporary directory.
//!
//! Not here: sockets, but for the public client of `public_client.rs`.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod accounts;
mod auth;
mod callflows;
mod isolation;
mod lists;
mod media;
mod messages;
mod n2fe;
mod native;
mod page;
mod pivot;
mod public_client;
mod queues;
mod resources;
mod transport;
mod users;
mod warnings;
mod world;
