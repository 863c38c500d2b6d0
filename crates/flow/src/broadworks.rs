//! BroadWorks groups as an Odin API tells them: what a group *is*, read from a snapshot of replies.
//!
//! Not here: the network and the snapshot file (crate `odin`), drawing, running calls.

pub mod endpoints;
pub mod group;
pub mod numbers;
mod read;
pub mod schedule;
pub mod snapshot;
