//! BroadWorks groups as an Odin API tells them: what a group *is*, read from a snapshot of replies.
//!
//! ```
//! use flow::broadworks::group::{Group, Options};
//! use flow::broadworks::snapshot::Snapshot;
//! use flow::broadworks::{check, why};
//!
//! let snapshot: Snapshot = serde_json::from_str(include_str!("../tests/broadworks/group.json")).unwrap();
//! let group = Group::read(&snapshot, &Options::default());
//! let entry = group.find("020 7946 0100", None, None).only().unwrap();
//! let flow = group.flow(entry); // everything a call to it can reach
//! assert_eq!(flow.entry_node().unwrap().words.as_ref().unwrap().title, "Main");
//! assert!(check(&group).iter().all(|issue| issue.code == "BW2005"));
//! assert_eq!(why(&group, "2001")[1].text(), "Sales > rings as agent 2 > Ada Okafor");
//! ```
//!
//! Not here: the network and the snapshot file (crate `odin`), drawing, running calls.

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
