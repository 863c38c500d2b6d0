//! The small names the engine and its drivers share: legs, commands, recordings, and the two clocks.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One party's connection to the call. The caller is always [`LegId::CALLER`]; the engine numbers the legs it dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LegId(pub u32);

impl LegId {
    /// The leg the call came in on.
    pub const CALLER: LegId = LegId(0);
}

/// The number of a command, unique within a call, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub u64);

/// A recording made during this call, before or without being saved anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordingId(pub u32);

/// The time, given with every input. The engine has no clock of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// Monotonic time since an origin the driver chooses and keeps for the whole call. Deadlines are in it.
    pub mono: Duration,
    /// Civil time, for time rules and time stamps.
    pub civil: Timestamp,
}
