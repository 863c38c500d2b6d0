//! The in-memory index of one account: its documents, and which callflow a number leads to.
//!
//! Immutable and cheap to share: a change gives a new [`AccountIndex`] that shares all that did not change. The live
//! server, the simulator and the checks all look things up here. Not here: storage, versions, or anything a call
//! changes while it runs.

mod collation;
mod links;
mod lookup;
mod patterns;
mod plans;
pub mod schedule;
pub mod services;
mod sorted;

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::graph::Flow;
use crate::issue::Issue;
use crate::kazoo;
use crate::n2fe::{self, service};
use crate::numbers::{Classifiers, DialPlan, NumberPlan, Rewrites};
use links::{Link, Relation};
use lookup::Routing;
use services::{Answering, CUSTOMER_PROFILE, Services, Target};
use sorted::Sorted;

/// A stored document of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its id, unique in the account.
    pub id: String,
    /// Kazoo's `pvt_type`: `callflow`, `device`, `user`, `menu`, `vmbox`, `media`, `temporal_rule`,
    /// `temporal_rule_set`, `resource`, `group`, `account`, `directory`, `list` ...
    pub kind: String,
    /// The version that is live; 1 for the first.
    pub version: u32,
    /// What a writer has to name to change it (`_rev`).
    pub revision: String,
    /// The public members, `id` included.
    pub body: Value,
}

/// A callflow as it is looked up and run.
#[derive(Clone, Debug, PartialEq)]
pub struct CallflowEntry {
    /// Document id.
    pub id: String,
    /// The version that is live.
    pub version: u32,
    /// `name`, empty when it has none.
    pub name: String,
    /// What to run.
    pub flow: Arc<Flow>,
    /// Its numbers, as stored.
    pub numbers: Vec<String>,
    /// Its patterns, as stored; those that cannot run are passed over in lookups.
    pub patterns: Vec<String>,
    /// `numbers` contain `no_match`: the account's catch-all.
    pub no_match: bool,
    /// What callers hear while the call is set up or transferred.
    pub ringback: Ringback,
}

/// `ringback` of a callflow document: media ids or tones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ringback {
    /// Before the call is answered.
    pub early: Option<String>,
    /// While the call is transferred.
    pub transfer: Option<String>,
}

/// The callflow a number leads to, and what its pattern captured.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The callflow.
    pub callflow: Arc<CallflowEntry>,
    /// The text the winning pattern took; `None` for a static number or an empty capture.
    pub capture_group: Option<String>,
    /// The winning pattern's named groups that are not empty.
    pub capture_groups: IndexMap<String, String>,
    /// The callflow is the account's catch-all, however it was found.
    pub no_match: bool,
}

/// Why a number leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LookupError {
    /// The number is empty (the caller's or carrier's fault).
    #[error("an empty number cannot be looked up")]
    InvalidNumber,
    /// No number, pattern or catch-all for it (the caller's fault).
    #[error("no callflow answers this number")]
    NotFound,
}

/// The document in which an account replaces the operator's number settings: `e164_converters`, `classifiers`.
pub const NUMBER_SETTINGS: &str = "configs_number_manager";

/// The index. Cloning it is cheap; share it as `Arc<AccountIndex>`.
#[derive(Clone, Debug)]
pub struct AccountIndex {
    account: Arc<Document>,
    numbers: Arc<NumberPlan>,
    classifiers: Arc<Classifiers>,
    documents: Sorted<Arc<str>, Arc<Document>>,
    links: Sorted<Link, Arc<Document>>,
    callflows: Sorted<Arc<str>, Arc<CallflowEntry>>,
    routing: Routing,
    services: Services,
}

impl AccountIndex {
    /// Indexes an account. Never fails: what cannot be used is told (reader's `KZ`, `NP` codes; `AC1001` for two
    /// documents with one id, of which the last counts) and passed over. Issues carry the document's id.
    pub fn build(
        account: Document,
        documents: impl IntoIterator<Item = Document>,
    ) -> (AccountIndex, Vec<Issue>) {
        let mut issues = Vec::new();
        let account = Arc::new(account);
        let mut rows: Vec<(Arc<str>, Arc<Document>)> = documents
            .into_iter()
            .map(|document| (Arc::from(document.id.as_str()), Arc::new(document)))
            .collect();
        rows.push((Arc::from(account.id.as_str()), Arc::clone(&account)));
        let total = rows.len();
        let documents = Sorted::build(rows);
        if documents.len() < total {
            issues.push(
                Issue::warning("AC1001", "", "two documents of the account have the same id")
                    .with_help("give each document an id of its own; the last one counts"),
            );
        }
        let (mut links, mut callflows) = (Vec::new(), Vec::new());
        let mut services = Services::default();
        let mut routes = lookup::Rows::default();
        for (id, document) in documents.iter() {
            links.extend(links::of(document).map(|link| (link, Arc::clone(document))));
            if document.kind == "callflow" {
                let (entry, mut found) = entry_of(document);
                routes.add(&entry, &mut found);
                issues.extend(found.into_iter().map(|issue| issue.in_document(&document.id)));
                callflows.push((Arc::clone(id), entry));
            } else if document.kind == service::PLAN {
                issues.extend(plans::issues_of(document));
            }
            services.insert(document);
        }
        let mut index = AccountIndex {
            account,
            numbers: Arc::default(),
            classifiers: Arc::default(),
            documents,
            links: Sorted::build(links),
            callflows: Sorted::build(callflows),
            routing: Routing::build(routes),
            services,
        };
        issues.extend(index.read_number_settings());
        index.forgive_called(&mut issues);
        (index, issues)
    }

    /// A callflow that another one runs needs no number (`KZ1012`).
    fn forgive_called(&self, issues: &mut Vec<Issue>) {
        if !issues.iter().any(|issue| issue.code == "KZ1012") {
            return;
        }
        let nodes = self.callflows().flat_map(|entry| &entry.flow.nodes);
        let called: std::collections::BTreeSet<&str> = nodes
            .filter(|node| node.module == "callflow")
            .filter_map(|node| node.data.get("id").and_then(Value::as_str))
            .collect();
        let is_called = |issue: &Issue| issue.place.document.as_deref().is_some_and(|id| called.contains(id));
        issues.retain(|issue| issue.code != "KZ1012" || !is_called(issue));
    }

    /// A new index with this document added or replaced. A document of kind `account` with the account's id replaces
    /// the account document.
    #[must_use]
    pub fn with(&self, document: Document) -> AccountIndex {
        let mut index = self.clone();
        let document = Arc::new(document);
        index.remove(&document.id);
        if document.id == index.account.id {
            index.account = Arc::clone(&document);
        }
        for link in links::of(&document) {
            index.links.insert(link, Arc::clone(&document));
        }
        let id: Arc<str> = Arc::from(document.id.as_str());
        if document.kind == "callflow" {
            let (entry, mut issues) = entry_of(&document);
            index.routing.insert(&entry, &mut issues);
            index.callflows.insert(Arc::clone(&id), entry);
        }
        index.services.insert(&document);
        let is_setting = index.is_number_setting(&document.id);
        index.documents.insert(id, document);
        if is_setting {
            index.read_number_settings();
        }
        index
    }

    /// A new index without this document; the account document itself stays.
    #[must_use]
    pub fn without(&self, id: &str) -> AccountIndex {
        let mut index = self.clone();
        if id != index.account.id {
            index.remove(id);
            if index.is_number_setting(id) {
                index.read_number_settings();
            }
        }
        index
    }

    /// A new index that also has these versions of flows, for schedules of service numbers that name them. The live
    /// version of a document stays what it is.
    #[must_use]
    pub fn with_versions(&self, versions: Vec<Document>) -> AccountIndex {
        let mut index = self.clone();
        index.services.extend(versions);
        index
    }

    /// What answers a service number at a moment: its alternative plan (named like the number with `suffix` behind it)
    /// while the customer's profile says so, else the flow of the schedule in force. `None` when the number is no
    /// service number, or has no schedule in force whose flow is there. The number is taken as it is.
    pub fn service(&self, number: &str, now: Timestamp, suffix: &str) -> Option<Answering> {
        let (id, target) = self.services.scheduled(number, now)?;
        let answering = |flow: Arc<CallflowEntry>, is_alternative| Answering {
            service_number: id.to_owned(),
            flow,
            is_alternative,
        };
        let profile = self.document(CUSTOMER_PROFILE);
        if profile.is_some_and(|profile| services::is_set(&profile.body, services::ALTERNATIVE_TAG))
            && let Some(plan) = self.services.plan_named(&format!("{number}{suffix}"))
        {
            return Some(answering(Arc::clone(plan), true));
        }
        let flow = match target {
            Target::Nothing => return None,
            Target::Version(entry) => Arc::clone(entry),
            Target::Live(id) => self.services.plan(id).cloned().or_else(|| self.callflow(id))?,
        };
        Some(answering(flow, false))
    }

    /// The account document.
    pub fn account(&self) -> &Arc<Document> {
        &self.account
    }

    /// A document by id, the account document included.
    pub fn document(&self, id: &str) -> Option<&Arc<Document>> {
        self.documents.find(|key| key.as_ref().cmp(id))
    }

    /// All documents, the account's own included, ordered by id.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Document>> {
        self.documents.iter().map(|(_, document)| document)
    }

    /// The documents of a kind, ordered by id.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::Kind, kind)
    }

    /// The devices of a user, ordered by id: those it owns and nobody hot-desks, and those it hot-desks (reference
    /// section 7.6).
    pub fn devices_of(&self, user_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::DeviceOf, user_id)
    }

    /// The devices a user is logged into by hot-desking, ordered by id.
    pub fn hotdesks_of(&self, user_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::HotdeskOf, user_id)
    }

    /// The users whose `hotdesk.id` this is, ordered by document id.
    pub fn users_by_hotdesk_id(&self, hotdesk_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::HotdeskId, hotdesk_id)
    }

    /// The voicemail boxes of an owner, ordered by id.
    pub fn boxes_of(&self, owner_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::BoxOf, owner_id)
    }

    /// The voicemail boxes with this `mailbox`, compared as text, ordered by id.
    pub fn boxes_numbered(&self, mailbox: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::BoxNumber, mailbox)
    }

    /// The devices with this `sip.username`, ordered by id.
    pub fn devices_by_username(&self, username: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::SipUsername, username)
    }

    /// The device with this `sip.username`; the first by id when several have it.
    pub fn device_by_username(&self, username: &str) -> Option<&Arc<Document>> {
        self.devices_by_username(username).next()
    }

    /// The groups whose `endpoints` name this device, user or group, ordered by id.
    pub fn groups_with(&self, endpoint_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::GroupWith, endpoint_id)
    }

    /// The users that belong to a directory, ordered by id.
    pub fn users_in_directory(&self, directory_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::DirectoryUser, directory_id)
    }

    /// The entries of a match list, ordered by id.
    pub fn entries_of_list(&self, list_id: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.linked(Relation::ListEntry, list_id)
    }

    /// A callflow by document id.
    pub fn callflow(&self, id: &str) -> Option<Arc<CallflowEntry>> {
        self.callflows.find(|key| key.as_ref().cmp(id)).cloned()
    }

    /// All callflows, ordered by id.
    pub fn callflows(&self) -> impl Iterator<Item = &Arc<CallflowEntry>> {
        self.callflows.iter().map(|(_, entry)| entry)
    }

    /// The callflow a number leads to (reference section 1.5). The number is taken as it is: normalise it first where
    /// that is meant. Whether the call may use a catch-all ([`Match::no_match`]) is the caller's to decide (section
    /// 1.6, [`CatchAll`](crate::numbers::CatchAll)).
    pub fn lookup(&self, number: &str) -> Result<Match, LookupError> {
        self.routing.lookup(number)
    }

    /// The callflows that name this number among their `numbers`, ordered by id; lookup takes the first.
    pub fn claims(&self, number: &str) -> impl Iterator<Item = &Arc<CallflowEntry>> {
        self.routing.claims(number)
    }

    /// The patterns that match a number, static or not: callflow id and place in its `patterns`.
    pub fn patterns_matching(&self, number: &str) -> Vec<(String, usize)> {
        self.routing.patterns_matching(number)
    }

    /// A dialled number as it is looked up (reference section 1.4).
    pub fn normalise(&self, number: &str) -> String {
        self.numbers.normalise(number)
    }

    /// The account's dial plan and converters.
    pub fn number_plan(&self) -> &NumberPlan {
        &self.numbers
    }

    /// The classifiers in force for the account.
    pub fn classifiers(&self) -> &Classifiers {
        &self.classifiers
    }

    fn by_name(&self, key: &str) -> Option<&Arc<Document>> {
        let same = |link: &Link| (link.relation, link.key.as_ref()).cmp(&(Relation::Named, key));
        self.links.starting(same).map(|(_, document)| document).next()
    }

    fn linked(&self, relation: Relation, key: &str) -> impl Iterator<Item = &Arc<Document>> {
        self.links
            .starting(move |link| (link.relation, link.key.as_ref()).cmp(&(relation, key)))
            .map(|(_, document)| document)
    }

    fn remove(&mut self, id: &str) {
        let Some(old) = self.document(id).cloned() else { return };
        for link in links::of(&old) {
            self.links.remove(&link);
        }
        self.services.remove(&old);
        let id: Arc<str> = Arc::from(id);
        if let Some(entry) = self.callflows.remove(&id) {
            self.routing.remove(&entry);
        }
        self.documents.remove(&id);
    }

    fn is_number_setting(&self, id: &str) -> bool {
        id == self.account.id || id == NUMBER_SETTINGS
    }

    fn read_number_settings(&mut self) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut plan = NumberPlan::default();
        if let Some(object) = self.account.body.get("dial_plan").and_then(Value::as_object) {
            let (dial_plan, found) = DialPlan::read(object, "/dial_plan");
            plan.dial_plan = dial_plan;
            issues.extend(found.into_iter().map(|issue| issue.in_document(&self.account.id)));
        }
        let mut classifiers = Classifiers::default();
        if let Some(settings) = self.document(NUMBER_SETTINGS) {
            let mut found = Vec::new();
            if let Some(object) = settings.body.get("e164_converters").and_then(Value::as_object) {
                let (converters, told) = Rewrites::read(object, "/e164_converters");
                plan.converters = converters;
                found.extend(told);
            }
            if let Some(object) = settings.body.get("classifiers").and_then(Value::as_object) {
                let (own, told) = Classifiers::read(object, "/classifiers");
                classifiers = own;
                found.extend(told);
            }
            issues.extend(found.into_iter().map(|issue| issue.in_document(NUMBER_SETTINGS)));
        }
        self.numbers = Arc::new(plan);
        self.classifiers = Arc::new(classifiers);
        issues
    }
}

/// A control plan as it is looked up and run: no number of its own leads to it.
fn plan_of(document: &Document) -> Arc<CallflowEntry> {
    let name = document.body.get("name").and_then(Value::as_str).unwrap_or_default();
    Arc::new(CallflowEntry {
        id: document.id.clone(),
        version: document.version,
        name: name.to_owned(),
        flow: Arc::new(n2fe::read(n2fe::service::plan_of(&document.body)).flow),
        numbers: Vec::new(),
        patterns: Vec::new(),
        no_match: false,
        ringback: Ringback::default(),
    })
}

fn entry_of(document: &Document) -> (Arc<CallflowEntry>, Vec<Issue>) {
    let (callflow, issues) = kazoo::read(&document.body);
    let ringback = |kind: &str| {
        let value = document.body.get("ringback")?.get(kind)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let numbers: Vec<String> = callflow.numbers().map(str::to_owned).collect();
    let entry = CallflowEntry {
        id: document.id.clone(),
        version: document.version,
        name: callflow.name().to_owned(),
        patterns: callflow.patterns().map(str::to_owned).collect(),
        no_match: numbers.iter().any(|number| number == lookup::NO_MATCH),
        numbers,
        ringback: Ringback { early: ringback("early"), transfer: ringback("transfer") },
        flow: Arc::new(callflow.flow),
    };
    (Arc::new(entry), issues)
}

#[cfg(test)]
mod tests;
