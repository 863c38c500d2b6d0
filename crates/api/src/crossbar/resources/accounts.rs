//! `/accounts` and `A` (reference "Crossbar" 4.1): the account document, child accounts, API key.
//!
//! Not here: walking the tree (`account_tree`).

use serde_json::{Map, Value, json};
use store::{Document, NewAccount, Private, Save};

use super::crud::{complete, requested_id, shown};
use super::{Draft, Resource, account_tree};
use crate::crossbar::auth;
use crate::crossbar::context::{Cx, public, text};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::etag;
use crate::crossbar::request::Verb;

/// The account's own document.
static ACCOUNTS: Resource = Resource { check, ..Resource::plain("accounts", "account", "accounts") };

/// What realms of accounts made without one end in.
const REALM_SUFFIX: &str = "sip.local";

/// Runs `/accounts...`, or `/account...` for the token's own account.
pub(crate) fn run(cx: &Cx<'_>, name: &str, arguments: &[&str]) -> Result<Reply, Failure> {
    let below = match (name, arguments) {
        ("accounts", []) if cx.request.verb == Verb::Put => return create(cx),
        ("accounts", []) => return Err(Failure::Method(vec!["PUT"])),
        ("accounts", [_, below @ ..]) => below,
        (_, below) => below,
    };
    if cx.request.upload.is_some() {
        return Err(Failure::MediaType);
    }
    match (below, cx.request.verb) {
        ([], Verb::Get) => read(cx),
        ([], Verb::Put) => create(cx),
        ([], Verb::Post) => change(cx, false),
        ([], Verb::Patch) => change(cx, true),
        ([], Verb::Delete) => delete(cx),
        (["api_key"], Verb::Get) => Ok(Reply::ok(json!({"api_key": data::api_key(cx.state, &cx.account)?}))),
        (["api_key"], Verb::Put) => {
            let key = data::new_api_key(cx.state, &cx.account)?;
            Ok(Reply::created(json!({"api_key": key}), None, None))
        }
        (["api_key"], _) => Err(Failure::Method(vec!["GET", "PUT"])),
        ([relatives], Verb::Get) => account_tree::run(cx, relatives),
        _ => Err(Failure::NotFound),
    }
}

fn read(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let document = data::account(cx.state, &cx.account)?;
    if etag::is_known(cx.request, &document.revision) {
        return Ok(Reply::Unchanged(document.revision));
    }
    let data = complete_view(cx, &document)?;
    Ok(Reply::document(Value::Object(data), document.revision))
}

/// The account with the facts clients expect beside its own members.
fn complete_view(cx: &Cx<'_>, document: &Document) -> Result<Map<String, Value>, Failure> {
    let mut members = shown(document);
    let parent = data::parent(cx.state, &document.id)?;
    for (name, value) in [
        ("created", json!(document.created)),
        ("enabled", json!(auth::is_enabled(document))),
        ("is_reseller", json!(parent.is_none())),
        ("reseller_id", json!(parent.unwrap_or_else(|| document.id.clone()))),
        ("superduper_admin", json!(auth::is_superduper(document))),
        ("wnm_allow_additions", json!(false)),
        ("billing_mode", json!("limits_only")),
    ] {
        members.insert(name.to_owned(), value);
    }
    if cx.request.is_true("include_api_key") {
        members.insert("api_key".to_owned(), json!(data::api_key(cx.state, &document.id)?));
    }
    Ok(members)
}

/// What [`complete_view`] adds must not become part of the document when a client sends it back.
fn without_facts(mut body: Map<String, Value>) -> Map<String, Value> {
    for name in [
        "created",
        "is_reseller",
        "reseller_id",
        "superduper_admin",
        "wnm_allow_additions",
        "billing_mode",
        "api_key",
    ] {
        body.shift_remove(name);
    }
    body
}

fn create(cx: &Cx<'_>) -> Result<Reply, Failure> {
    if !cx.identity.is_some_and(|identity| identity.is_admin) {
        return Err(Failure::forbidden());
    }
    let sent = cx.data()?;
    let mut body = without_facts(public(sent));
    let id = match requested_id(sent)? {
        Some(id) if !super::super::dispatch::is_id(&id) => {
            let message = "an account's id is 32 lower-case hexadecimal digits";
            return Err(Failure::invalid("id", "invalid", message, json!({"value": id})));
        }
        Some(id) => id,
        None => store::new_id()?,
    };
    if text(&body, "realm").is_none() {
        let start: String = id.chars().take(8).collect();
        body.insert("realm".to_owned(), format!("{start}.{REALM_SUFFIX}").into());
    }
    let _lock = cx.state.lock("accounts");
    let mut draft = Draft { id: None, stored: None, body };
    complete(cx, &ACCOUNTS, &mut draft)?;
    let new = NewAccount { id: Some(id), parent: Some(cx.account.clone()), body: draft.body };
    let document = cx.state.store.create_account(new, &cx.author())?;
    let data = complete_view(cx, &document)?;
    Ok(Reply::created(Value::Object(data), Some(document.revision), Some(document.id)))
}

fn change(cx: &Cx<'_>, is_patch: bool) -> Result<Reply, Failure> {
    let sent = cx.data()?;
    let _lock = cx.state.lock("accounts");
    let stored = data::account(cx.state, &cx.account)?;
    etag::check_match(cx.request, &stored.revision)?;
    let mut body = without_facts(public(sent));
    if is_patch {
        let mut merged = public(&stored.body);
        store::document::merge(&mut merged, &body);
        body = merged;
    }
    // Nobody can leave an account without a realm: its phones would have nowhere to register.
    if text(&body, "realm").is_none()
        && let Some(realm) = stored.body.get("realm")
    {
        body.insert("realm".to_owned(), realm.clone());
    }
    let mut draft = Draft { id: Some(&cx.account), stored: Some(&stored), body };
    complete(cx, &ACCOUNTS, &mut draft)?;
    let save = Save { expected: Some(&stored.revision), body: draft.body, private: Private::Keep };
    let document = cx.state.store.save(&cx.account, &cx.account, save, &cx.author())?;
    let data = complete_view(cx, &document)?;
    Ok(Reply::document(Value::Object(data), document.revision))
}

/// Realms are unique among all accounts.
fn check(cx: &Cx<'_>, draft: &mut Draft<'_>, tree: &mut crate::crossbar::error::Tree) -> Result<(), Failure> {
    let Some(realm) = text(&draft.body, "realm") else { return Ok(()) };
    let taken = data::account_by_realm(cx.state, realm)?;
    if taken.is_some_and(|other| draft.id != Some(other.id.as_str())) {
        tree.add("realm", "unique", "Realm is not unique for this system", json!({"cause": realm}));
    }
    Ok(())
}

fn delete(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let _lock = cx.state.lock("accounts");
    let stored = data::account(cx.state, &cx.account)?;
    etag::check_match(cx.request, &stored.revision)?;
    let is_own = cx.identity.is_some_and(|identity| identity.claims.account_id == cx.account);
    let is_root = data::parent(cx.state, &cx.account)?.is_none();
    if is_own || is_root || !data::descendants(cx.state, &cx.account)?.is_empty() {
        return Err(Failure::forbidden());
    }
    data::delete_account(cx, &stored)?;
    let mut members = shown(&stored);
    members.insert("_read_only".to_owned(), json!({"deleted": true}));
    Ok(Reply::document(Value::Object(members), stored.revision))
}
