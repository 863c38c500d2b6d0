//! What a call flow *is*: documents, the [`Flow`](graph::Flow) graph, readers and writers for each flow language,
//! number plans and matching, time rules, schemas, issues and checks.
//!
//! Not here: what a flow *does* (crate `engine`), storage, drawing, any I/O, any clock, any async. Time is an
//! argument; maps have an order. `clippy.toml` of this crate and a workspace test keep it so.

pub mod account;
pub mod active;
pub mod broadworks;
pub mod check;
pub mod convert;
pub mod diff;
pub mod documents;
pub mod feature_codes;
pub mod folder;
pub mod graph;
pub mod issue;
pub mod kazoo;
pub mod n2fe;
pub mod numbers;
pub mod pointer;
pub mod schema;
pub mod time_rules;
pub mod twiml;
