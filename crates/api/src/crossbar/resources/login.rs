//! Getting, showing and ending tokens: `user_auth`, `api_auth`, `auth/tokeninfo`, `token_auth` (reference
//! "Crossbar" 2).
//!
//! Not here: believing tokens (`auth`). Password recovery needs mail, which this server does not send: 501.

use serde_json::{Map, Value, json};
use store::Document;

use super::apps;
use super::crud::apply_schema;
use crate::crossbar::auth;
use crate::crossbar::context::{Cx, text};
use crate::crossbar::data;
use crate::crossbar::envelope::{Data, Reply};
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// Runs one of the four endpoints.
pub(crate) fn run(cx: &Cx<'_>, name: &str, arguments: &[&str]) -> Result<Reply, Failure> {
    match (name, arguments, cx.request.verb) {
        ("user_auth", [], Verb::Put) if cx.within.is_some() => impersonate(cx),
        ("user_auth", [], Verb::Put) => by_credentials(cx),
        ("user_auth", ["recovery"], Verb::Put | Verb::Post) => Err(Failure::NotImplemented),
        ("user_auth", [token], Verb::Get) => {
            let own = auth::token_of(cx.request);
            if !own.is_some_and(|own| auth::is_equal(&own, token)) {
                return Err(Failure::Credentials);
            }
            info(cx, token)
        }
        ("api_auth", [], Verb::Put) => by_api_key(cx),
        ("auth", ["tokeninfo"], Verb::Get | Verb::Post) => {
            let in_data = cx.request.data.get("token").and_then(Value::as_str).map(str::to_owned);
            let token = in_data.or_else(|| cx.request.parameter("token"));
            info(cx, &token.ok_or_else(|| Failure::required("token"))?)
        }
        ("token_auth", [], Verb::Get) => info(cx, &auth::token_of(cx.request).ok_or(Failure::Credentials)?),
        ("token_auth", [], Verb::Delete) => {
            let identity = cx.identity.ok_or(Failure::Credentials)?;
            cx.state.log_out(&identity.claims.jti, identity.claims.exp);
            Ok(Reply::ok(json!({})))
        }
        ("user_auth" | "api_auth", [], _) => Err(Failure::Method(vec!["PUT"])),
        ("token_auth", [], _) => Err(Failure::Method(vec!["GET", "DELETE"])),
        _ => Err(Failure::NotFound),
    }
}

fn by_credentials(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let mut body = cx.data()?.clone();
    let mut tree = Tree::default();
    apply_schema("user_auth", &mut body, &mut tree);
    tree.into_result()?;
    let hash = text(&body, "credentials").unwrap_or_default().to_lowercase();
    let is_sha1 = text(&body, "method") == Some("sha");
    for account in accounts(cx, &body)? {
        let user = data::user_by_hash(cx.state, &account.id, &hash, is_sha1)?;
        if let Some(user) = user.filter(auth::is_enabled) {
            check_open(&account)?;
            return login(cx, &account, Some(&user), None);
        }
    }
    Err(Failure::Credentials)
}

/// The accounts that may be meant: by phone number, else by realm, else all with the name.
fn accounts(cx: &Cx<'_>, body: &Map<String, Value>) -> Result<Vec<Document>, Failure> {
    if let Some(number) = text(body, "phone_number") {
        let number = flow::numbers::NumberPlan::default().normalise(number);
        let owner = data::number_owner(cx.state, &number)?;
        return owner.map(|id| data::account(cx.state, &id)).into_iter().collect();
    }
    if let Some(realm) = text(body, "account_realm").or_else(|| text(body, "realm")) {
        return Ok(data::account_by_realm(cx.state, realm)?.into_iter().collect());
    }
    match text(body, "account_name") {
        Some(name) => data::accounts_by_name(cx.state, name),
        None => Ok(Vec::new()),
    }
}

fn by_api_key(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let mut body = cx.data()?.clone();
    let mut tree = Tree::default();
    apply_schema("api_auth", &mut body, &mut tree);
    tree.into_result()?;
    let key = text(&body, "api_key").unwrap_or_default();
    let account = data::account_by_api_key(cx.state, key)?;
    let account = account.ok_or_else(|| Failure::UnknownKey(key.to_owned()))?;
    check_open(&account)?;
    login(cx, &account, None, Some(key))
}

/// An admin of the account that may see everything gets a token as another user.
fn impersonate(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let identity = cx.identity.ok_or(Failure::Credentials)?;
    let action = cx.request.parameter("action");
    let Some(("users", id)) = &cx.within else { return Err(Failure::NotFound) };
    if !identity.is_superduper || action.as_deref() != Some("impersonate_user") {
        return Err(Failure::forbidden());
    }
    let account = data::account(cx.state, &cx.account)?;
    let user = data::document(cx.state, &cx.account, "user", id)?;
    login(cx, &account, Some(&user), None)
}

/// 423 for an account that is switched off: its user proved to be one, so this tells nobody else anything.
fn check_open(account: &Document) -> Result<(), Failure> {
    if auth::is_enabled(account) {
        return Ok(());
    }
    let tree = Tree::one("account", "disabled", "account disabled", json!({"cause": account.id}));
    Err(Failure::Locked(tree))
}

fn login(
    cx: &Cx<'_>,
    account: &Document,
    user: Option<&Document>,
    api_key: Option<&str>,
) -> Result<Reply, Failure> {
    let token = auth::issue(cx.state, account, user, api_key)?;
    let mut members = Map::new();
    members.insert("auth_token".to_owned(), token.into());
    Ok(Reply::Data(Data { created: true, data: describe(cx, account, user)?, members, ..Data::default() }))
}

fn info(cx: &Cx<'_>, token: &str) -> Result<Reply, Failure> {
    let identity = auth::identify(cx.state, token)?;
    let account = data::account(cx.state, &identity.claims.account_id)?;
    let user = match &identity.claims.owner_id {
        Some(id) => Some(data::document(cx.state, &account.id, "user", id)?),
        None => None,
    };
    let mut members = Map::new();
    members.insert("auth_token".to_owned(), token.into());
    Ok(Reply::Data(Data { data: describe(cx, &account, user.as_ref())?, members, ..Data::default() }))
}

/// What a client learns about itself.
fn describe(cx: &Cx<'_>, account: &Document, user: Option<&Document>) -> Result<Value, Failure> {
    let parent = data::parent(cx.state, &account.id)?;
    let own_language = user.and_then(|user| text(&user.body, "language"));
    let language = own_language.or_else(|| text(&account.body, "language")).unwrap_or("en-us");
    let mut about = json!({
        "account_id": account.id,
        "account_name": text(&account.body, "name").unwrap_or_default(),
        "apps": apps::of_login(),
        "language": language,
        "cluster_id": cx.state.config.node,
        "reseller_id": parent.clone().unwrap_or_else(|| account.id.clone()),
        "is_reseller": parent.is_none(),
        "is_master_account": parent.is_none(),
        "capabilities": {"voicemail": {"transcription": {"available": false, "default": false}}},
        "ui_config": {},
    });
    if let Some(members) = about.as_object_mut() {
        if let Some(user) = user {
            members.insert("owner_id".to_owned(), user.id.clone().into());
        }
        if let Some(url) = &cx.state.config.api_url {
            members.insert("ui_config".to_owned(), json!({"api": {"default": url}}));
        }
    }
    Ok(about)
}
