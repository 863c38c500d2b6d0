//! Hunt groups and call centres: their members, and what becomes of calls that nobody takes.

use serde::Serialize;

use super::{Forward, Identity, Services};
use crate::broadworks::schedule::ScheduleUse;

/// Somebody who is offered the calls of a hunt group or call centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Member {
    /// User id.
    pub user_id: String,
    /// Place in [`Group::users`](super::Group::users); `None` for somebody of another group.
    #[serde(skip)]
    pub user: Option<usize>,
    /// Name, extension, else the number.
    pub name: String,
    /// Extension, else the number.
    pub number: Option<String>,
    /// Share of the calls in percent, with policy `Weighted`.
    pub weight: Option<u32>,
    /// 1 is best, with skill-based routing.
    pub skill: Option<u32>,
}

/// A hunt group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HuntGroup {
    /// Name and numbers.
    #[serde(flatten)]
    pub identity: Identity,
    /// `Regular`, `Circular`, `Simultaneous`, `Uniform`, `Weighted`; empty when not told.
    pub policy: String,
    /// In hunting order.
    pub agents: Vec<Member>,
    /// After how many rings the next one is rung; `None`: never.
    pub next_after_rings: Option<u32>,
    /// Where calls go that nobody took in time.
    pub no_answer: Option<Forward>,
    /// After how many seconds [`HuntGroup::no_answer`] comes in.
    pub no_answer_after_s: Option<u32>,
    /// Where calls go when no agent can be reached.
    pub not_reachable: Option<Forward>,
    /// The whole group is busy when no agent can be reached.
    pub busy_when_not_reachable: bool,
    /// Group busy is on: all callers hear the busy tone (or go to call forwarding busy).
    pub group_busy: bool,
    /// Services of the virtual user.
    pub services: Services,
}

/// A call centre.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CallCenter {
    /// Name and numbers.
    #[serde(flatten)]
    pub identity: Identity,
    /// `Basic`, `Standard`, `Premium`; empty when not told.
    pub level: String,
    /// As for hunt groups.
    pub policy: String,
    /// `Priority Based` or `Skill Based`.
    pub routing: Option<String>,
    /// How many calls can wait.
    pub queue_length: Option<u32>,
    /// The digit with which callers leave the queue, when they may.
    pub escape_digit: Option<String>,
    /// In the server's order.
    pub agents: Vec<Member>,
    /// The queue is full, or the call waited too long.
    pub overflow: Option<Overflow>,
    /// An agent does not take an offered call.
    pub bounced: Option<Bounced>,
    /// The last agent signed out while calls wait.
    pub stranded: Option<Treatment>,
    /// All agents are unavailable.
    pub stranded_unavailable: Option<Treatment>,
    /// All calls are sent elsewhere, by a switch.
    pub forced_forwarding: Option<Forward>,
    /// Outside business hours.
    pub night_service: Option<NightService>,
    /// On holidays.
    pub holiday_service: Option<HolidayService>,
    /// Further numbers.
    pub dnis: Vec<Dnis>,
    /// Services of the virtual user.
    pub services: Services,
}

/// What is done with a call in some case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Treatment {
    /// What.
    pub action: TreatmentAction,
    /// Where to, for a transfer.
    pub to: Option<String>,
}

/// Actions of overflow, stranded calls, night and holiday service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TreatmentAction {
    /// Nothing; the call stays where it is.
    #[default]
    None,
    /// Busy tone.
    Busy,
    /// To [`Treatment::to`].
    Transfer,
    /// As the night service does.
    NightService,
    /// Ringing tone until the caller hangs up.
    Ringing,
    /// An announcement until the caller hangs up.
    Announcement,
    /// None of those, as written.
    Other(String),
}

impl TreatmentAction {
    /// Reads BroadWorks' name of an action (`Transfer`, `Perform Busy Treatment`); case and spaces do not matter.
    pub fn read(name: &str) -> Self {
        let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        let plain = plain.to_ascii_lowercase();
        match plain.as_str() {
            "" | "none" | "leaveinqueue" => TreatmentAction::None,
            _ if plain.contains("busy") => TreatmentAction::Busy,
            _ if plain.contains("transfer") => TreatmentAction::Transfer,
            _ if plain.contains("night") => TreatmentAction::NightService,
            _ if plain.contains("ringing") => TreatmentAction::Ringing,
            _ if plain.contains("announcement") => TreatmentAction::Announcement,
            _ => TreatmentAction::Other(name.to_owned()),
        }
    }

    /// In plain words.
    pub fn words(&self) -> &str {
        match self {
            TreatmentAction::None => "nothing",
            TreatmentAction::Busy => "busy tone",
            TreatmentAction::Transfer => "transfer",
            TreatmentAction::NightService => "as night service",
            TreatmentAction::Ringing => "ringing tone until the caller hangs up",
            TreatmentAction::Announcement => "announcement until the caller hangs up",
            TreatmentAction::Other(name) => name,
        }
    }
}

/// A call centre's overflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overflow {
    /// What is done.
    pub treatment: Treatment,
    /// Waiting too long counts as well as a full queue: after so many seconds.
    pub after_s: Option<u32>,
}

/// A call centre's bounced calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounced {
    /// Switched on.
    pub active: bool,
    /// After how many rings the agent counts as absent.
    pub rings: Option<u32>,
    /// Where the call goes; `None`: back into the queue.
    pub to: Option<String>,
    /// Also when the agent becomes unavailable while it rings.
    pub when_unavailable: bool,
}

/// A call centre's night service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NightService {
    /// What is done outside business hours.
    pub treatment: Treatment,
    /// Business hours.
    pub business_hours: ScheduleUse,
    /// It holds now, whatever the hour.
    pub forced: bool,
}

/// A call centre's holiday service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HolidayService {
    /// What is done on holidays.
    pub treatment: Treatment,
    /// Holidays.
    pub holidays: ScheduleUse,
}

/// A further number of a call centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dnis {
    /// What it is for.
    pub name: String,
    /// Number as stored.
    pub dn: Option<String>,
    /// Extension.
    pub extension: Option<String>,
}

impl Treatment {
    /// It changes anything: not "none", and not a transfer without a number, which cannot be done.
    pub fn acts(&self) -> bool {
        match self.action {
            TreatmentAction::None => false,
            TreatmentAction::Transfer => self.to.is_some(),
            _ => true,
        }
    }
}
