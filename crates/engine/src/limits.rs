//! A bound on everything a flow, a caller or a web server can make a call do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The bounds of one call. Reaching one ends the step or the call with a trace note; nothing grows without end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Nodes entered without waiting for anything in between. Default 1,000.
    pub steps_without_wait: u32,
    /// Nodes entered in the whole call. Default 10,000.
    pub visited_nodes: u32,
    /// Branches into other flows (Kazoo `max_branch_count`). Default 50.
    pub branches: u32,
    /// Web-driven flows fetched. Default 100.
    pub fetches: u32,
    /// Digits kept waiting for a module to take them. Default 128.
    pub buffered_digits: usize,
    /// Bytes of one document or flow fetched from a web server. Default 1 MiB.
    pub document_bytes: u64,
    /// Commands without a completion. Default 256.
    pub outstanding_commands: usize,
    /// Legs ringing at the same time. Default 100.
    pub ringing_legs: usize,
    /// Items of one playlist. Default 200.
    pub playlist_items: usize,
    /// The whole call. Default 24 h.
    pub call_duration: Duration,
    /// Entries of the journal; beyond it the call goes on but can no longer be replayed. Default 100,000.
    pub journal_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps_without_wait: 1_000,
            visited_nodes: 10_000,
            branches: 50,
            fetches: 100,
            buffered_digits: 128,
            document_bytes: 1 << 20,
            outstanding_commands: 256,
            ringing_legs: 100,
            playlist_items: 200,
            call_duration: Duration::from_secs(24 * 3600),
            journal_entries: 100_000,
        }
    }
}
