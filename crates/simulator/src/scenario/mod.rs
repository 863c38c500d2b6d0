//! Scenarios: documents that say who calls whom, what everybody does, and what must come of it (`docs/scenarios.md`).
//!
//! Not here: files and folders; a scenario is read from text.

pub mod expect;
mod expectations;
mod fields;
mod parties;
mod read;
mod run;

use std::time::Duration;

use engine::limits::Limits;
use flow::issue::Issue;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::world::Faults;
use crate::world::account::Message;
use crate::world::others::OtherCall;
use crate::world::party::{Behaviours, Step, Trunk};
use crate::world::queues::OtherMember;
use crate::world::sound::SoundBook;
use crate::world::web::Resource;
pub use expect::Expect;
pub use fields::codes;
pub use run::{CallReport, Failure, Report, SCENARIO_FLOW, run, setup};

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// One sentence.
    pub name: String,
    /// When the first call begins.
    pub at: Timestamp,
    /// Seed of the calls.
    pub seed: u64,
    /// The callflow tree that the dialled number runs instead of one of the account.
    pub flow: Option<Value>,
    /// The N2FE control plan that the dialled number runs, as a service number.
    pub plan: Option<Value>,
    /// Members of the dialled service number's document (`profile` ...).
    pub service_number: Option<Value>,
    /// Documents put into the account before it begins.
    pub documents: Vec<Value>,
    /// Voicemail messages that are there before.
    pub messages: Vec<Message>,
    /// What phones do, by device id.
    pub phones: IndexMap<String, Behaviours>,
    /// What the world outside does.
    pub trunks: Vec<Trunk>,
    /// Calls of other people in progress when the first call begins.
    pub others: Vec<OtherCall>,
    /// Other people who wait in agent queues when the first call begins.
    pub waiting: Vec<OtherMember>,
    /// Web servers.
    pub web: Vec<Resource>,
    /// How long things played last.
    pub sound: SoundBook,
    /// What goes wrong inside the system.
    pub faults: Faults,
    /// Bounds of the calls.
    pub limits: Limits,
    /// A call still up after this long fails the scenario.
    pub give_up_after: Duration,
    /// The calls, at least one.
    pub calls: Vec<PlannedCall>,
}

/// One call of a scenario.
#[derive(Clone, Debug)]
pub struct PlannedCall {
    /// The pause since the former call ended.
    pub after: Duration,
    /// Who calls whom.
    pub call: CallSpec,
    /// What the caller does.
    pub caller: Vec<Step>,
    /// What must come of it.
    pub expect: Expect,
    /// Phones that behave in another way from this call on.
    pub phones: IndexMap<String, Behaviours>,
    /// Another world outside from this call on.
    pub trunks: Option<Vec<Trunk>>,
    /// Other web servers from this call on.
    pub web: Option<Vec<Resource>>,
}

/// Who calls whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallSpec {
    /// The number dialled.
    pub to: String,
    /// The caller's number; `None` for the usual one.
    pub from: Option<String>,
    /// The caller's name.
    pub name: String,
    /// The id of the device that calls; `None` for a call from a carrier.
    pub device: Option<String>,
    /// The SIP realm; `None` for the account's.
    pub realm: Option<String>,
    /// Number and name are withheld.
    pub privacy: bool,
    /// The number the call was diverted from.
    pub diverted_from: Option<String>,
    /// Who transferred the call here.
    pub referred_by: Option<String>,
    /// More SIP headers of the INVITE.
    pub headers: IndexMap<String, String>,
}

impl Scenario {
    /// Reads the scenarios of a document: one, or several separated by `---`. Those with an error are left out; the
    /// issues say why. Pointers begin with the scenario's number when there are several.
    pub fn read(text: &str) -> (Vec<Scenario>, Vec<Issue>) {
        read::read(text)
    }
}
