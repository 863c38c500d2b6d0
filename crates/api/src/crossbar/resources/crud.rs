//! Create, list, read, change, patch and delete: the same for every kind of document (reference "Crossbar" 1.2,
//! 1.4, 1.6, 1.7). What is saved is answered with what the checks find in it (`warnings`).
//!
//! Not here: what is special about a kind (its [`Resource`] entry).

use std::collections::HashMap;

use flow::schema::{Registry, error_tree, validate};
use serde_json::{Map, Value, json};
use store::{Document, NewDocument, Private, Save};

use super::{Draft, Resource};
use crate::checks;
use crate::crossbar::context::{Cx, public};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::etag;
use crate::crossbar::list::{self, Entry};
use crate::crossbar::request::Verb;
use crate::state::Shared;

/// Runs a request on a collection or one of its documents.
pub(crate) fn run(cx: &Cx<'_>, resource: &Resource, arguments: &[&str]) -> Result<Reply, Failure> {
    if let Some(outcome) = (resource.below)(cx, arguments) {
        return outcome;
    }
    if cx.request.upload.is_some() {
        return Err(Failure::MediaType);
    }
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => list(cx, resource),
        ([], Verb::Put) => create(cx, resource),
        ([], _) => Err(Failure::Method(vec!["GET", "PUT"])),
        ([id], Verb::Get) => read(cx, resource, id),
        ([id], Verb::Post) => replace(cx, resource, id),
        ([id], Verb::Patch) if resource.patch => patch(cx, resource, id),
        ([id], Verb::Delete) => delete(cx, resource, id),
        ([_], _) if resource.patch => Err(Failure::Method(vec!["GET", "POST", "PATCH", "DELETE"])),
        ([_], _) => Err(Failure::Method(vec!["GET", "POST", "DELETE"])),
        _ => Err(Failure::NotFound),
    }
}

/// A document as clients see it: its public members and `id`.
pub(crate) fn shown(document: &Document) -> Map<String, Value> {
    let mut members = public(&document.body);
    members.insert("id".to_owned(), document.id.clone().into());
    members
}

/// Checks a draft and completes it: `prepare`, the schema with its defaults, then the rules about other documents.
///
/// # Errors
/// `Validation` with everything the schema or the rules find.
pub(crate) fn complete(cx: &Cx<'_>, resource: &Resource, draft: &mut Draft<'_>) -> Result<(), Failure> {
    (resource.prepare)(cx, draft)?;
    let mut tree = Tree::default();
    apply_schema(resource.schema, &mut draft.body, &mut tree);
    (resource.check)(cx, draft, &mut tree)?;
    tree.into_result()
}

/// Applies a schema to an object: defaults in, texts converted, errors into the tree.
pub(crate) fn apply_schema(schema: &str, body: &mut Map<String, Value>, tree: &mut Tree) {
    let mut value = Value::Object(std::mem::take(body));
    let violations = validate(Registry::shipped(), schema, &mut value);
    if !violations.is_empty() {
        tree.absorb(error_tree(&violations));
    }
    if let Value::Object(completed) = value {
        *body = completed;
    }
}

/// The document as it is answered after a change; GET adds what is computed.
pub(crate) fn reply(document: &Document) -> Reply {
    Reply::document(Value::Object(shown(document)), document.revision.clone())
}

fn list(cx: &Cx<'_>, resource: &Resource) -> Result<Reply, Failure> {
    let documents = data::all(cx.state, &cx.account, resource.kind)?;
    let by_id: HashMap<&str, &Document> =
        documents.iter().map(|document| (document.id.as_str(), document)).collect();
    let entries = documents.iter().filter(|document| belongs(cx, document)).map(|document| Entry {
        key: (resource.key)(document),
        id: document.id.clone(),
        document: shown(document),
        created: document.created,
        modified: document.modified,
    });
    let page = list::page(entries.collect(), &cx.filters(), &cx.paging(), |entry| {
        let mut row = Map::new();
        row.insert("id".to_owned(), entry.id.clone().into());
        if let Some(document) = by_id.get(entry.id.as_str()) {
            row.extend((resource.row)(cx, document));
        }
        Value::Object(row)
    });
    Ok(Reply::page(page))
}

/// `users/{id}/devices`: only what the user owns.
fn belongs(cx: &Cx<'_>, document: &Document) -> bool {
    match &cx.within {
        None => true,
        Some((_, owner)) => document.body.get("owner_id").and_then(Value::as_str) == Some(owner),
    }
}

fn read(cx: &Cx<'_>, resource: &Resource, id: &str) -> Result<Reply, Failure> {
    let document = data::document(cx.state, &cx.account, resource.kind, id)?;
    if etag::is_known(cx.request, &document.revision) {
        return Ok(Reply::Unchanged(document.revision));
    }
    let mut members = shown(&document);
    (resource.show)(cx, &document, &mut members)?;
    Ok(Reply::document(Value::Object(members), document.revision))
}

fn create(cx: &Cx<'_>, resource: &Resource) -> Result<Reply, Failure> {
    let sent = cx.data()?;
    let mut body = public(sent);
    if let Some(("users", owner)) = &cx.within {
        body.entry("owner_id").or_insert_with(|| owner.clone().into());
    }
    let _lock = cx.state.lock(&cx.account);
    let mut draft = Draft { id: None, stored: None, body };
    complete(cx, resource, &mut draft)?;
    let new = NewDocument {
        account: cx.account.clone(),
        id: requested_id(sent)?,
        kind: resource.kind.to_owned(),
        body: draft.body,
        private: Map::new(),
    };
    let document = cx.state.store.create(new, &cx.author())?;
    let location = Some(document.id.clone());
    let mut reply =
        Reply::created(Value::Object(shown(&document)), Some(document.revision.clone()), location);
    warn(cx.state, &document, &mut reply);
    Ok(reply)
}

/// Adds what the checks find in a document that was just saved, as the envelope's `warnings`: issues as
/// `strowger check --json` prints them. No member when they find nothing.
pub(crate) fn warn(state: &Shared, document: &Document, reply: &mut Reply) {
    let Reply::Data(data) = reply else { return };
    let found = checks::warnings(state, &document.account, &document.id);
    if !found.is_empty() {
        data.members.insert("warnings".to_owned(), Value::Array(found));
    }
}

/// `id` inside `data` becomes the document's id.
pub(crate) fn requested_id(sent: &Map<String, Value>) -> Result<Option<String>, Failure> {
    match sent.get("id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if id.is_empty() => Ok(None),
        Some(Value::String(id)) if is_usable_id(id) => Ok(Some(id.clone())),
        Some(value) => Err(Failure::invalid(
            "id",
            "invalid",
            "the id may have letters, digits, - and _",
            json!({"value": value}),
        )),
    }
}

fn is_usable_id(id: &str) -> bool {
    id.len() <= 64
        && !id.starts_with('_')
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+'))
        && super::super::route::nouns(id).is_err()
}

fn replace(cx: &Cx<'_>, resource: &Resource, id: &str) -> Result<Reply, Failure> {
    let sent = cx.data()?;
    let body = public(sent);
    change(cx, resource, id, |_| body)
}

fn patch(cx: &Cx<'_>, resource: &Resource, id: &str) -> Result<Reply, Failure> {
    let sent = cx.data()?;
    let laid_over = public(sent);
    change(cx, resource, id, |document| {
        let mut body = public(&document.body);
        store::document::merge(&mut body, &laid_over);
        body
    })
}

fn change(
    cx: &Cx<'_>,
    resource: &Resource,
    id: &str,
    body: impl FnOnce(&Document) -> Map<String, Value>,
) -> Result<Reply, Failure> {
    let _lock = cx.state.lock(&cx.account);
    let stored = data::document(cx.state, &cx.account, resource.kind, id)?;
    etag::check_match(cx.request, &stored.revision)?;
    let mut draft = Draft { id: Some(id), stored: Some(&stored), body: body(&stored) };
    complete(cx, resource, &mut draft)?;
    let save = Save { expected: Some(&stored.revision), body: draft.body, private: Private::Keep };
    let document = cx.state.store.save(&cx.account, id, save, &cx.author())?;
    let mut reply = reply(&document);
    warn(cx.state, &document, &mut reply);
    Ok(reply)
}

fn delete(cx: &Cx<'_>, resource: &Resource, id: &str) -> Result<Reply, Failure> {
    let _lock = cx.state.lock(&cx.account);
    let stored = data::document(cx.state, &cx.account, resource.kind, id)?;
    etag::check_match(cx.request, &stored.revision)?;
    let soft = cx.request.parameter("should_soft_delete").is_none_or(|value| value != "false");
    data::delete(cx, &stored, soft)?;
    let mut members = shown(&stored);
    members.insert("_read_only".to_owned(), json!({"deleted": true}));
    Ok(Reply::document(Value::Object(members), stored.revision))
}
