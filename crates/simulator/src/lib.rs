//! A virtual world for calls: phones, carriers, web servers, mailboxes and a clock around the same `engine::Call` that
//! runs real calls.
//!
//! * [`world`]: what there is. * [`session`]: one call in it, step by step, also for a person at a terminal.
//! * [`scenario`]: documents that say what happens and what must come of it (`docs/scenarios.md`).
//! * [`replay`]: a journal fed to a fresh call. * [`explore`]: random calls in which some things must hold. * [`trace`], [`junit`], [`coverage`]: what to show.
//!
//! Not here: real time, sockets, files, threads; decisions of a flow (crate `engine`).

pub mod clock;
pub mod coverage;
pub mod explore;
pub mod junit;
pub mod replay;
pub mod scenario;
pub mod session;
pub mod text;
pub mod trace;
pub mod world;

pub use scenario::{Report, Scenario, run};
pub use session::Session;
pub use world::World;
pub use world::account::Account;
