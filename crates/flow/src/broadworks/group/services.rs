//! What a user or virtual user can have set for its calls: forwarding, ringing elsewhere, voicemail.
//!
//! A service that is not assigned is `None`; one that is assigned and switched off is there with `active: false`.

use serde::Serialize;

/// All services that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Services {
    /// Call forwarding always.
    pub always: Option<Forward>,
    /// Call forwarding busy.
    pub busy: Option<Forward>,
    /// Call forwarding no answer.
    pub no_answer: Option<Forward>,
    /// Call forwarding not reachable.
    pub not_reachable: Option<Forward>,
    /// Call forwarding selective.
    pub selective: Option<Selective>,
    /// Do not disturb is on: callers go the way of a busy line.
    pub do_not_disturb: bool,
    /// Other telephones that ring at the same time.
    pub simultaneous_ring: Option<SimultaneousRing>,
    /// Other telephones that ring one after another.
    pub sequential_ring: Option<SequentialRing>,
    /// Voicemail.
    pub voicemail: Option<VoiceMessaging>,
}

/// One kind of forwarding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forward {
    /// Switched on.
    pub active: bool,
    /// Where to, as stored.
    pub to: Option<String>,
    /// After how many rings, for no answer.
    pub rings: Option<u32>,
}

impl Forward {
    /// The destination, if it is switched on and has one.
    pub fn destination(&self) -> Option<&str> {
        self.to.as_deref().filter(|_| self.active)
    }
}

/// Selective forwarding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Selective {
    /// Switched on.
    pub active: bool,
    /// Where criteria without a number of their own lead.
    pub default_to: Option<String>,
    /// In the server's order.
    pub criteria: Vec<Criterion>,
}

/// Which calls something is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Criterion {
    /// Switched on.
    pub active: bool,
    /// Its name.
    pub name: String,
    /// Calls that match are *not* forwarded.
    pub blacklisted: bool,
    /// Where to; `None` for the default.
    pub to: Option<String>,
    /// Only then; `None` for every day, all day.
    pub time_schedule: Option<String>,
    /// Only on those days; `None` for no holiday schedule.
    pub holiday_schedule: Option<String>,
    /// Only from those; empty for all calls.
    pub calls_from: Vec<String>,
}

/// Simultaneous ring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SimultaneousRing {
    /// Switched on.
    pub active: bool,
    /// Not while the user is on a call.
    pub not_on_call: bool,
    /// Who rings too.
    pub places: Vec<RingPlace>,
    /// Only then; empty for always.
    pub criteria: Vec<Criterion>,
}

/// Sequential ring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SequentialRing {
    /// Switched on.
    pub active: bool,
    /// The user's own telephone rings first.
    pub own_first: bool,
    /// Rings of the user's own telephone.
    pub own_rings: Option<u32>,
    /// Who rings then, in order.
    pub places: Vec<RingPlace>,
    /// Only then; empty for always.
    pub criteria: Vec<Criterion>,
}

/// Another telephone that rings for a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RingPlace {
    /// Number as stored.
    pub number: String,
    /// How often it rings.
    pub rings: Option<u32>,
}

/// Voice messaging.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VoiceMessaging {
    /// Switched on.
    pub active: bool,
    /// All calls go there at once.
    pub always: bool,
    /// Calls to a busy line go there. Default true.
    pub busy: bool,
    /// Calls that are not answered go there. Default true.
    pub no_answer: bool,
    /// After how many rings.
    pub rings: Option<u32>,
}
