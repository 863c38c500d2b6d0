//! BroadWorks groups as an Odin API tells them: what a group *is*, read from a snapshot of replies.
//!
//! [`Group::read`](group::Group::read) makes the model, [`Group::flow`](group::Group::flow) the graph of a call. Not here:
//! the network and the snapshot file (crate `odin`), drawing, running calls.

pub mod endpoints;
pub mod graph;
pub mod group;
pub mod numbers;
mod read;
pub mod routes;
pub mod schedule;
pub mod snapshot;
