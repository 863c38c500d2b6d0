//! Counting: callers of all calls, passes and counters of one call.

use super::{Buffer, Config};
use crate::n2fe::fields::Fields;

/// Largest limit or adjustment.
const MAX_COUNT: i64 = 1_000_000_000;

/// `FirstCallers`: a counter that all calls share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstCallers {
    /// The event counter's name.
    pub counter: String,
    /// The last count that leaves by exit 0.
    pub limit: i64,
}

impl Config for FirstCallers {
    const MEMBERS: &'static [&'static str] = &["counter", "buffer", "limit"];

    fn read(fields: &mut Fields<'_>) -> Self {
        // An example of the guide writes `buffer` for the counter.
        let counter = match (fields.get("counter"), fields.get("buffer")) {
            (None, Some(_)) => fields.text("buffer", "counter"),
            _ => fields.text("counter", "counter"),
        };
        FirstCallers { counter, limit: fields.number("limit", "limit", 0..=MAX_COUNT) }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("{} up to {}", self.counter, self.limit)]
    }
}

/// `IncrementTeleVoteStatistic`: a counter that all calls share and nobody branches on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeleVote {
    /// The counter's name.
    pub counter: String,
}

impl Config for TeleVote {
    const MEMBERS: &'static [&'static str] = &["statistic"];

    fn read(fields: &mut Fields<'_>) -> Self {
        TeleVote { counter: fields.text("statistic", "statistic") }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.counter.clone()]
    }
}

/// `LoopCounterBranching` ("Branch Counter"): a counter of this call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopCounterBranching {
    /// The counter.
    pub buffer: Buffer,
    /// The first count that leaves by exit 1.
    pub limit: i64,
}

impl Config for LoopCounterBranching {
    const MEMBERS: &'static [&'static str] = &["buffer", "limit"];

    fn read(fields: &mut Fields<'_>) -> Self {
        LoopCounterBranching {
            buffer: fields.buffer("buffer", "buffer", false),
            limit: fields.number("limit", "limit", 0..=MAX_COUNT),
        }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("{} against {}", self.buffer.as_str(), self.limit)]
    }
}

/// `LoopLimit`: passes of this very operation in this call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoopLimit {
    /// How often it is passed by exit 0.
    pub limit: u32,
}

impl Config for LoopLimit {
    const MEMBERS: &'static [&'static str] = &["loop_limit"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let limit = fields.number("loop_limit", "loop limit", 0..=1_000);
        LoopLimit { limit: u32::try_from(limit).unwrap_or(0) }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("{} times", self.limit)]
    }
}

/// `AdjustLoopCounter` ("Increment Counter").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdjustLoopCounter {
    /// The counter.
    pub buffer: Buffer,
    /// What is added; may be negative.
    pub value: i64,
}

impl Config for AdjustLoopCounter {
    const MEMBERS: &'static [&'static str] = &["buffer", "value"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let buffer = fields.buffer("buffer", "counter", false);
        let value = match fields.get("value") {
            Some(_) => fields.opt_number("value", "adjustment", -MAX_COUNT..=MAX_COUNT).unwrap_or(0),
            None => {
                fields.fault("NF2001", "value", "No adjustment defined");
                0
            }
        };
        AdjustLoopCounter { buffer, value }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("{} {:+}", self.buffer.as_str(), self.value)]
    }
}
