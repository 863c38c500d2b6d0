//! The three kinds of users, and what each sees: operators (all customers, or those of a list), users of one customer
//! with a level from 1 to 7, users of one service number (reference "N2FE" 1.3).
//!
//! A user of the Kazoo interface may log in too, as `name@realm`: an admin is a user of its own account at level 7, an
//! admin of the account that may see every account is an operator. Not here: what groups may do (`permission`).

use std::net::IpAddr;

use serde_json::Value;
use store::document::N2FE_USER;
use store::{Document, StoreError};

use super::fault::Fault;
use super::permission::{Permission, level_group};
use super::session::Subject;
use crate::crossbar::auth;
use crate::state::Shared;
use crate::token;

/// The highest level of a customer's user.
pub(crate) const LEVEL_MAX: u8 = 7;

/// What a user is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of the operator; sees these accounts only, if a list is given.
    Operator(Option<Vec<String>>),
    /// Of the customer whose account it is in.
    Customer,
    /// Of this service number's document, in the account it is in.
    ServiceNumber(String),
}

/// Somebody who has logged in.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// The account of its document.
    pub(crate) account: String,
    /// Its document.
    pub(crate) id: String,
    /// The name it logs in with.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// The groups it is in.
    pub(crate) groups: Vec<String>,
    /// The zone its times are shown in.
    pub(crate) timezone: String,
}

impl User {
    /// Whether it may do something.
    pub(crate) fn has(&self, state: &Shared, permission: Permission) -> bool {
        permission.is_granted(&self.groups, &state.config.n2fe)
    }

    /// Whether it sees a customer.
    pub(crate) fn sees(&self, state: &Shared, account: &str) -> bool {
        match &self.kind {
            Kind::Operator(Some(accounts)) => accounts.iter().any(|seen| seen == account),
            Kind::Operator(None) => self.has(state, Permission::AdminRead),
            Kind::Customer | Kind::ServiceNumber(_) => self.account == account,
        }
    }

    /// Whether it sees a service number of a customer it sees.
    pub(crate) fn sees_number(&self, document: &str) -> bool {
        match &self.kind {
            Kind::ServiceNumber(own) => own == document,
            Kind::Operator(_) | Kind::Customer => true,
        }
    }

    /// The vendor's word for what it is.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Operator(_) => "SMS",
            Kind::Customer => "ACS",
            Kind::ServiceNumber(_) => "SN",
        }
    }

    fn allowed_from(&self, state: &Shared, client: Option<IpAddr>) -> bool {
        let settings = &state.config.n2fe;
        match self.kind {
            Kind::Operator(_) => settings.operator_hosts.allow(client),
            Kind::Customer => settings.customer_hosts.allow(client),
            Kind::ServiceNumber(_) => settings.service_number_hosts.allow(client),
        }
    }
}

/// What a wrong name, a wrong password and everything else that must not be told apart is answered with.
const REFUSED: Fault = Fault::Login("Invalid username or password.");

/// Checks name and password; gives the user and what its session is bound to.
pub(crate) fn log_in(
    state: &Shared,
    username: &str,
    password: &str,
    client: Option<IpAddr>,
) -> Result<(User, Subject), Fault> {
    let document = match state.store.login(username, password) {
        Ok(document) => document,
        Err(StoreError::NotFound { .. }) => kazoo_user(state, username, password)?.ok_or(REFUSED)?,
        Err(error) => return Err(error.into()),
    };
    let user = user_of(state, &document, client)?;
    let fingerprint = fingerprint(state, &document);
    Ok((user, Subject { account: document.account, user: document.id, fingerprint }))
}

/// The user of a session, as it is now; an error when it may no longer use it.
pub(crate) fn of_subject(state: &Shared, subject: &Subject, client: Option<IpAddr>) -> Result<User, Fault> {
    let ended = Fault::Login("The session has ended.");
    let document = match state.store.get(&subject.account, &subject.user) {
        Ok(document) => document,
        Err(StoreError::NotFound { .. }) => return Err(ended),
        Err(error) => return Err(error.into()),
    };
    if fingerprint(state, &document) != subject.fingerprint {
        return Err(ended);
    }
    user_of(state, &document, client)
}

/// Changes with the password, and tells nothing about it.
fn fingerprint(state: &Shared, document: &Document) -> String {
    let secret = |name: &str| document.private.get(name).and_then(Value::as_str).unwrap_or_default();
    let secrets = format!("{}{}", secret("pvt_password"), secret("pvt_md5_auth"));
    token::fingerprint(&secrets, &state.signing_key)
}

/// `name@realm` of a user of the Kazoo interface.
fn kazoo_user(state: &Shared, username: &str, password: &str) -> Result<Option<Document>, Fault> {
    let Some((name, realm)) = username.rsplit_once('@') else { return Ok(None) };
    let Some(account) = state.store.account_by_realm(realm)? else { return Ok(None) };
    let hash = auth::md5_credentials(name, password);
    Ok(state.store.user_by_hash(&account.id, &hash, false)?)
}

fn user_of(state: &Shared, document: &Document, client: Option<IpAddr>) -> Result<User, Fault> {
    let account = match state.store.account(&document.account) {
        Ok(account) => account,
        Err(StoreError::NotFound { .. }) => return Err(REFUSED),
        Err(error) => return Err(error.into()),
    };
    let body = &document.body;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let is_n2fe = document.kind == N2FE_USER;
    if is_n2fe && body.get("locked") == Some(&Value::Bool(true)) {
        return Err(Fault::Login("The user is locked."));
    }
    let (kind, groups) = if is_n2fe {
        rights(state, document)?
    } else {
        if !auth::is_enabled(document) || text("priv_level") != Some("admin") {
            return Err(REFUSED);
        }
        match auth::is_superduper(&account) {
            true => (Kind::Operator(None), vec!["ACS_BOSS".to_owned(), "CCS Superuser".to_owned()]),
            false => (Kind::Customer, vec![level_group(LEVEL_MAX)]),
        }
    };
    if !auth::is_enabled(&account) {
        return Err(REFUSED);
    }
    let name = text("username").unwrap_or(&document.id).to_owned();
    let realm = account.body.get("realm").and_then(Value::as_str).unwrap_or_default();
    let zone = text("timezone").or_else(|| account.body.get("timezone").and_then(Value::as_str));
    let user = User {
        account: document.account.clone(),
        id: document.id.clone(),
        name: if is_n2fe { name } else { format!("{name}@{realm}") },
        kind,
        groups,
        timezone: zone.unwrap_or("UTC").to_owned(),
    };
    if !user.has(state, Permission::Login) {
        return Err(Fault::Login("The user may not log in here."));
    }
    if !user.allowed_from(state, client) {
        return Err(Fault::Login("The user may not log in from this host."));
    }
    Ok(user)
}

/// Kind and groups of an N2FE user's document.
fn rights(state: &Shared, document: &Document) -> Result<(Kind, Vec<String>), Fault> {
    let body = &document.body;
    let texts = |name: &str| -> Option<Vec<String>> {
        let list = body.get(name)?.as_array()?;
        Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    Ok(match body.get("user_type").and_then(Value::as_str) {
        Some("SMS") => (Kind::Operator(texts("customers")), texts("groups").unwrap_or_default()),
        Some("SN") => {
            let number = body.get("service_number").and_then(Value::as_str).unwrap_or_default();
            let owner = state.store.service_number(number)?;
            // The number is gone, or somebody else's by now.
            let own = owner.filter(|(account, _)| *account == document.account).ok_or(REFUSED)?;
            (Kind::ServiceNumber(own.1), vec!["SnUser".to_owned()])
        }
        _ => {
            let level = body.get("permission_level").and_then(Value::as_u64).unwrap_or(1);
            let level = u8::try_from(level).unwrap_or(1).clamp(1, LEVEL_MAX);
            (Kind::Customer, vec![level_group(level)])
        }
    })
}
