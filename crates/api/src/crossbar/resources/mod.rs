//! The resources: one table entry per kind of document, and the endpoints that are none.
//!
//! Not here: what all documents have in common (`crud`).

mod account_tree;
mod accounts;
mod agents;
mod apps;
pub(crate) mod callflows;
mod calls;
pub(crate) mod crud;
mod devices;
mod directories;
mod limits;
mod login;
mod media;
mod messages;
mod metadata;
mod metaflows;
mod numbers;
mod pivot;
mod plain;
mod schemas;
mod search;
mod users;
mod vmboxes;

use serde_json::{Map, Value, json};
use store::Document;

use super::context::Cx;
use super::envelope::Reply;
use super::error::{Failure, Tree};
use super::request::Verb;
use super::route::Noun;

/// A document about to be saved.
pub(crate) struct Draft<'a> {
    /// Its id, when it exists already.
    pub(crate) id: Option<&'a str>,
    /// What is stored now.
    pub(crate) stored: Option<&'a Document>,
    /// The members to be saved.
    pub(crate) body: Map<String, Value>,
}

/// Members to be shown.
type Members = Map<String, Value>;
/// Adds computed members to a document that is shown.
type Show = fn(&Cx<'_>, &Document, &mut Members) -> Result<(), Failure>;
/// Answers a path below the collection, if it is one of its own.
type Below = fn(&Cx<'_>, &[&str]) -> Option<Result<Reply, Failure>>;

/// What distinguishes one kind of document from another.
pub(crate) struct Resource {
    /// The endpoint: `callflows`.
    pub(crate) name: &'static str,
    /// The document's type in the store: `callflow`.
    pub(crate) kind: &'static str,
    /// The id of its schema.
    pub(crate) schema: &'static str,
    /// Whether PATCH is allowed.
    pub(crate) patch: bool,
    /// The key its list is ordered by.
    pub(crate) key: fn(&Document) -> String,
    /// What a list shows of it beside `id`.
    pub(crate) row: fn(&Cx<'_>, &Document) -> Map<String, Value>,
    /// Changes and refusals before the schema is applied.
    pub(crate) prepare: fn(&Cx<'_>, &mut Draft<'_>) -> Result<(), Failure>,
    /// Rules about other documents, after the schema. Errors are collected.
    pub(crate) check: fn(&Cx<'_>, &mut Draft<'_>, &mut Tree) -> Result<(), Failure>,
    /// Members that are computed when one document is shown.
    pub(crate) show: Show,
    /// Paths below the collection that are no plain ids.
    pub(crate) below: Below,
}

impl Resource {
    /// A resource without anything special.
    pub(crate) const fn plain(name: &'static str, kind: &'static str, schema: &'static str) -> Self {
        Resource {
            name,
            kind,
            schema,
            patch: true,
            key: |document| document.id.clone(),
            row: plain::name_row,
            prepare: |_, _| Ok(()),
            check: |_, _, _| Ok(()),
            show: |_, _, _| Ok(()),
            below: |_, _| None,
        }
    }
}

/// All kinds of documents with the common endpoints.
static TABLE: &[&Resource] = &[
    &agents::QUEUES,
    &callflows::CALLFLOWS,
    &devices::DEVICES,
    &directories::DIRECTORIES,
    &media::MEDIA,
    &plain::BLACKLISTS,
    &plain::CONFERENCES,
    &plain::FAXBOXES,
    &plain::FUNCTIONS,
    &plain::GROUPS,
    &plain::LISTS,
    &plain::MENUS,
    &plain::RESOURCES,
    &plain::TEMPORAL_RULES,
    &plain::TEMPORAL_RULES_SETS,
    &plain::WEBHOOKS,
    &users::USERS,
    &vmboxes::VMBOXES,
];

/// The resource behind an endpoint's name.
pub(crate) fn named(name: &str) -> Option<&'static Resource> {
    TABLE.iter().copied().find(|resource| resource.name == name)
}

/// Runs the last noun of a chain. `alone` means that no account was named before it.
pub(crate) fn run(cx: &Cx<'_>, noun: &Noun, alone: bool) -> Result<Reply, Failure> {
    let arguments = noun.arguments();
    let arguments = arguments.as_slice();
    match noun.name {
        "accounts" | "account" => return accounts::run(cx, noun.name, arguments),
        "user_auth" | "api_auth" | "auth" | "token_auth" => return login::run(cx, noun.name, arguments),
        "schemas" => return schemas::run(cx, arguments),
        "about" => return about(cx, arguments),
        "search" => return search::run(cx, arguments),
        "whitelabel" => {
            return Err(Failure::BadIdentifier(arguments.first().unwrap_or(&"whitelabel").to_string()));
        }
        _ if alone => return Err(Failure::forbidden()),
        _ => {}
    }
    match noun.name {
        "alerts" => only_get(cx, arguments, json!([])),
        "entitlements" => only_get(cx, arguments, json!({"enrollments": {}})),
        "agents" => agents::run(cx, arguments),
        "apps_store" => apps::run(cx, arguments),
        "cdrs" => calls::records(cx, arguments),
        "channels" => calls::channels(cx, arguments),
        "registrations" => calls::registrations(cx, arguments),
        "hotdesks" => users::hotdesks(cx, arguments),
        "limits" => limits::run(cx, arguments),
        "metaflows" => metaflows::run(cx, arguments),
        "pivot" => pivot::run(cx, arguments),
        "phone_numbers" => numbers::run(cx, arguments),
        name => match named(name) {
            Some(resource) => crud::run(cx, resource, arguments),
            None => Err(Failure::NotFound),
        },
    }
}

/// An endpoint that only shows something.
fn only_get(cx: &Cx<'_>, arguments: &[&str], data: Value) -> Result<Reply, Failure> {
    match (cx.request.verb, arguments) {
        (Verb::Get, []) => Ok(Reply::ok(data)),
        (_, []) => Err(Failure::Method(vec!["GET"])),
        _ => Err(Failure::NotFound),
    }
}

fn about(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    only_get(cx, arguments, json!({"version": cx.state.config.version, "node": cx.state.config.node}))
}
