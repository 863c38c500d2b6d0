//! BroadWorks groups as an Odin API tells them: what a group *is*, read from a snapshot of replies.
//!
//! [`Group::read`](group::Group::read) makes the model, [`Group::flow`](group::Group::flow) the graph of a call. Not here:
//! the network and the snapshot file (crate `odin`), drawing, running calls.

mod at;
mod check;
pub mod endpoints;
pub mod graph;
pub mod group;
pub mod numbers;
mod read;
pub mod routes;
pub mod schedule;
pub mod snapshot;
mod why;

pub use at::{Active, at};
pub use check::check;
pub use why::{Step, Way, why, why_entity};
