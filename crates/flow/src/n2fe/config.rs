//! The configurations of operations, typed: one struct for each type, read with all its faults (`fields`).
//!
//! Not here: which types there are and their exits (`types`), what they do (crate `engine`).

mod branching;
mod collecting;
mod counting;
mod terminating;

pub use super::hours::{BusinessHours, DayOfWeek, DayOfYear, TimeOfDay};
pub use branching::{
    CallerLocation, CallingPartyCategory, Category, CellsiteRouting, NumberMatching, PlaceRule, PrefixRule,
    PrefixRules, ProportionalDistribution, SuburbRouting, Switch, TableLookup,
};
pub use collecting::{
    BreakoutDialing, Collection, Entry, ExtensionDialing, MENU_KEYS, Menu, PlayAnnouncement, SpeedDial,
    UserInput, menu_exits,
};
pub use counting::{AdjustLoopCounter, FirstCallers, LoopCounterBranching, LoopLimit, TeleVote};
pub use terminating::{AttemptTerminate, Destination, FollowMe, MAX_RING_S, ReleaseCall, ReterminateService};

use super::fields::{ConfigFault, Fields};
use crate::graph::Object;

/// The configuration of an operation type.
pub trait Config: Sized {
    /// The members it reads.
    const MEMBERS: &'static [&'static str];

    /// Reads it; faults stay with the fields, and what is wrong becomes its default.
    fn read(fields: &mut Fields<'_>) -> Self;

    /// What a drawing says of it, most important first.
    fn lines(&self) -> Vec<String> {
        Vec::new()
    }

    /// The telephone number it is about.
    fn number(&self) -> Option<String> {
        None
    }

    /// What leads to an exit, where the configuration knows better than the type.
    fn exit_word(&self, _index: usize) -> Option<String> {
        None
    }
}

/// Reads the configuration of an operation with so many exits.
pub fn read_config<C: Config>(config: &Object, exits: usize) -> (C, Vec<ConfigFault>) {
    let mut fields = Fields::new(config, exits);
    let read = C::read(&mut fields);
    (read, fields.into_faults())
}

/// No configuration: Start, LookupDialing, CallingPresentation, Link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nothing;

impl Config for Nothing {
    const MEMBERS: &'static [&'static str] = &[];

    fn read(_fields: &mut Fields<'_>) -> Self {
        Nothing
    }
}

/// An announcement of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announcement {
    /// The set's name (or id).
    pub set: String,
    /// The entry's name (or id).
    pub entry: String,
    /// How often it is played, at least once.
    pub repetition: u32,
}

impl std::fmt::Display for Announcement {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} / {}", self.set, self.entry)?;
        if self.repetition > 1 { write!(out, " x {}", self.repetition) } else { Ok(()) }
    }
}

/// The name of a buffer: `user.<name>`, kept by the call for the flow, or `system.<name>`, which the call fills itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Buffer(String);

impl Buffer {
    /// A name with something after its first dot; `None` for anything else.
    pub fn new(name: &str) -> Option<Buffer> {
        let (class, rest) = name.split_once('.')?;
        (matches!(class, "user" | "system") && !rest.is_empty()).then(|| Buffer(name.to_owned()))
    }

    /// Only the call itself writes it.
    pub fn is_system(&self) -> bool {
        self.0.starts_with("system.")
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
