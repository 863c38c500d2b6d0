//! Answers a call's [`Load`](crate::command::Action::Load) queries from an account in memory: the same for the live
//! driver, the simulator and tests.

use std::sync::Arc;

use flow::account::services::Answering;
use flow::account::{AccountIndex, CallflowEntry, Document, Match};
use serde_json::{Value, json};

use crate::call_limits;
use crate::command::{Query, View};
use crate::input::{Callflow, Done, Failure, Loaded};

/// Id and kind of the document with an account's limits.
const LIMITS: &str = "limits";

/// The completion of a query; `None` for what is not part of the account's documents (voicemail messages, shared
/// carriers, calls going on), which the driver keeps elsewhere.
pub fn answer(query: &Query, index: &AccountIndex) -> Option<Result<Done, Failure>> {
    let loaded = match query {
        Query::Account => Some(Loaded::Document(with_limits(value_of(index.account()), index))),
        Query::Document { id } if *id == index.account().id => {
            Some(Loaded::Document(with_limits(value_of(index.account()), index)))
        }
        Query::Document { id } => index.document(id).map(|document| Loaded::Document(value_of(document))),
        Query::Callflow { id } => index.callflow(id).map(|entry| Loaded::Callflow(found_by_id(&entry))),
        Query::Lookup { number } => {
            index.lookup(number).ok().map(|found| Loaded::Callflow(found_by_number(&found)))
        }
        Query::CallsOf { .. } => return None,
        Query::Number { number, dialled } => {
            let e164 = match dialled {
                true => index.normalise(number),
                false => index.number_plan().converters.apply(number),
            };
            let class = index.classifiers().classify(&e164).to_owned();
            Some(Loaded::Number { e164, class })
        }
        Query::Named { kind, name } => {
            index.named(kind, name).map(|document| Loaded::Document(value_of(document)))
        }
        Query::List(view) => Some(Loaded::Documents(list(view, index)?)),
        Query::Channels { .. } | Query::Queue { .. } | Query::Usage => return None,
    };
    Some(loaded.map(Done::Loaded).ok_or(Failure::NotFound))
}

/// The callflow a lookup found, as a call takes it.
pub fn found_by_number(found: &Match) -> Callflow {
    Callflow {
        capture_group: found.capture_group.clone(),
        capture_groups: found.capture_groups.clone(),
        no_match: found.no_match,
        ..found_by_id(&found.callflow)
    }
}

/// A flow that was found without a pattern, as a call takes it.
pub fn found_by_id(entry: &CallflowEntry) -> Callflow {
    Callflow {
        id: entry.id.clone(),
        version: entry.version,
        name: entry.name.clone(),
        flow: Arc::clone(&entry.flow),
        no_match: entry.no_match,
        capture_group: None,
        capture_groups: indexmap::IndexMap::new(),
        ringback: entry.ringback.transfer.clone().or_else(|| entry.ringback.early.clone()),
        service_number: None,
    }
}

/// What answers a service number, as a call takes it.
pub fn found_by_service(found: &Answering) -> Callflow {
    Callflow { service_number: Some(found.service_number.clone()), ..found_by_id(&found.flow) }
}

fn list(view: &View, index: &AccountIndex) -> Option<Vec<Arc<Value>>> {
    let values = |documents: &mut dyn Iterator<Item = &Arc<Document>>| documents.map(value_of).collect();
    Some(match view {
        View::OfType { kind } => values(&mut index.of_type(kind)),
        View::DevicesOf { user_id } => values(&mut index.devices_of(user_id)),
        View::BoxesOf { owner_id } => values(&mut index.boxes_of(owner_id)),
        View::BoxesNumbered { mailbox } => values(&mut index.boxes_numbered(mailbox)),
        View::SipUsername { username } => values(&mut index.devices_by_username(username)),
        View::UsersInDirectory { directory_id } => values(&mut index.users_in_directory(directory_id)),
        View::EntriesOfList { list_id } => values(&mut index.entries_of_list(list_id)),
        View::GroupsWith { endpoint_id } => values(&mut index.groups_with(endpoint_id)),
        View::HotdesksOf { user_id } => values(&mut index.hotdesks_of(user_id)),
        View::HotdeskId { hotdesk_id } => values(&mut index.users_by_hotdesk_id(hotdesk_id)),
        View::Messages { .. } | View::GlobalResources => return None,
    })
}

/// The account with its document `limits`, which every call asks for: not a question of its own.
fn with_limits(mut account: Arc<Value>, index: &AccountIndex) -> Arc<Value> {
    let limits = index.document(LIMITS).filter(|limits| limits.kind == LIMITS);
    if let (Some(limits), Some(members)) = (limits, Arc::make_mut(&mut account).as_object_mut()) {
        members.insert(call_limits::MEMBER.to_owned(), limits.body.clone());
    }
    account
}

/// A document as modules read it: its body with `id`, `pvt_type` and `_rev`.
fn value_of(document: &Arc<Document>) -> Arc<Value> {
    let mut value = document.body.clone();
    if let Value::Object(members) = &mut value {
        members.insert("id".to_owned(), json!(document.id));
        members.insert("pvt_type".to_owned(), json!(document.kind));
        members.insert("_rev".to_owned(), json!(document.revision));
    }
    Arc::new(value)
}
