//! Service numbers in the index: which flow answers one at a moment.
//!
//! Schedules are kept sorted in time per number and never change: a call at the effective second finds the new version
//! by comparing moments, without any timer. Not here: what a schedule says (`schedule`).

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::schedule::{self, Schedule};
use super::sorted::Sorted;
use super::{CallflowEntry, Document};
use crate::n2fe::prefixes::digits_of;
use crate::n2fe::service::{PLAN, SERVICE_NUMBER};

/// The document with what holds for all service numbers of a customer, its `profile_tags` among them.
pub const CUSTOMER_PROFILE: &str = "n2fe_customer";
/// The tag that lets alternative plans answer.
pub const ALTERNATIVE_TAG: &str = "pt_alternative_control_plan_activation";

/// What stands behind a number in the name of its alternative plan, unless a server is set up differently.
pub const ALTERNATIVE_SUFFIX: &str = "_alt";

/// What answers a service number.
#[derive(Clone, Debug, PartialEq)]
pub struct Answering {
    /// The document of the service number.
    pub service_number: String,
    /// The flow, at the version that is to run.
    pub flow: Arc<CallflowEntry>,
    /// It is the number's alternative (emergency) plan, whatever its schedules say.
    pub is_alternative: bool,
}

/// A service number and its schedules.
#[derive(Debug)]
struct Service {
    id: Arc<str>,
    schedules: Vec<Schedule>,
}

/// All service numbers of an account, its control plans, and older or newer versions of flows they are scheduled to.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    numbers: Sorted<Arc<str>, Arc<Service>>,
    plans: Sorted<Arc<str>, Arc<CallflowEntry>>,
    versions: Sorted<(Arc<str>, u32), Arc<CallflowEntry>>,
}

impl Services {
    /// Takes in a document; others than service numbers and control plans are none of its business.
    pub(super) fn insert(&mut self, document: &Document) {
        let id: Arc<str> = Arc::from(document.id.as_str());
        match document.kind.as_str() {
            SERVICE_NUMBER => {
                if let Some(number) = number_of(document) {
                    let schedules = schedule::schedules(&document.body);
                    self.numbers.insert(Arc::from(number.as_str()), Arc::new(Service { id, schedules }));
                }
            }
            PLAN => self.plans.insert(id, super::plan_of(document)),
            _ => {}
        }
    }

    /// Forgets a document.
    pub(super) fn remove(&mut self, document: &Document) {
        match document.kind.as_str() {
            SERVICE_NUMBER => {
                let number = number_of(document).unwrap_or_default();
                let is_it = self.service(&number).is_some_and(|service| *service.id == *document.id);
                if is_it {
                    self.numbers.remove(&Arc::from(number.as_str()));
                }
            }
            PLAN => drop(self.plans.remove(&Arc::from(document.id.as_str()))),
            _ => {}
        }
    }

    /// Adds versions of flows, and forgets those that no number leads to any more once there are many.
    pub(super) fn extend(&mut self, versions: Vec<Document>) {
        for document in versions {
            let key = (Arc::from(document.id.as_str()), document.version);
            if self.versions.find(|known| known.cmp(&key)).is_none() {
                let entry = match document.kind.as_str() {
                    PLAN => super::plan_of(&document),
                    _ => super::entry_of(&document).0,
                };
                self.versions.insert(key, entry);
            }
        }
        if self.versions.len() > 64 + 4 * self.numbers.len() {
            let wanted = self.numbers.iter().flat_map(|(_, service)| &service.schedules);
            let wanted: std::collections::BTreeSet<(&str, u32)> =
                wanted.filter_map(|schedule| Some((schedule.flow.as_str(), schedule.version?))).collect();
            let rows = self.versions.iter().filter(|((id, version), _)| wanted.contains(&(id, *version)));
            self.versions = Sorted::build(rows.cloned().collect());
        }
    }

    /// The schedule of a number that is in force, its document, and the version it names if that is here.
    pub(super) fn scheduled(&self, number: &str, now: Timestamp) -> Option<(&str, Target<'_>)> {
        let service = self.service(number)?;
        let target = match schedule::in_force(&service.schedules, now) {
            None => Target::Nothing,
            Some(Schedule { flow, version: None, .. }) => Target::Live(flow),
            Some(Schedule { flow, version: Some(version), .. }) => {
                let sought = (flow.as_str(), *version);
                match self.versions.find(|(id, version)| (id.as_ref(), *version).cmp(&sought)) {
                    Some(entry) => Target::Version(entry),
                    None => Target::Live(flow),
                }
            }
        };
        Some((&service.id, target))
    }

    /// A control plan's live version.
    pub(super) fn plan(&self, id: &str) -> Option<&Arc<CallflowEntry>> {
        self.plans.find(|key| key.as_ref().cmp(id))
    }

    /// The live version of the control plan with a name.
    pub(super) fn plan_named(&self, name: &str) -> Option<&Arc<CallflowEntry>> {
        self.plans.iter().map(|(_, entry)| entry).find(|entry| entry.name == name)
    }

    fn service(&self, number: &str) -> Option<&Arc<Service>> {
        let digits = digits_of(number);
        self.numbers.find(|key| key.as_ref().cmp(&digits))
    }
}

/// What a number's schedules lead to.
pub(super) enum Target<'a> {
    /// None is in force.
    Nothing,
    /// The version named.
    Version(&'a Arc<CallflowEntry>),
    /// The live version of this document.
    Live(&'a str),
}

/// Whether a profile tag is set, however truth is written.
pub fn is_set(profile: &Value, tag: &str) -> bool {
    match profile.get("profile_tags").and_then(|tags| tags.get(tag)) {
        Some(Value::Bool(set)) => *set,
        Some(Value::Number(number)) => number.as_i64().is_some_and(|number| number != 0),
        Some(Value::String(text)) => matches!(text.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "y"),
        _ => false,
    }
}

/// The digits of a service number: however it is written, it is found.
fn number_of(document: &Document) -> Option<String> {
    let number = document.body.get("number").and_then(Value::as_str)?;
    Some(digits_of(number)).filter(|digits| !digits.is_empty())
}
