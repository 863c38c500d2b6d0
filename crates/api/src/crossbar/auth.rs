//! Who asks: where a token is taken from, and what it is worth (reference "Crossbar" 2).
//!
//! Not here: how tokens are signed (`crate::token`), logging in (`resources::login`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::Value;
use store::Document;
use subtle::ConstantTimeEq;

use super::context::text;
use super::data;
use super::error::Failure;
use super::request::Request;
use crate::state::Shared;
use crate::time;
use crate::token::{self, Claims};

/// Hidden member of a user with the MD5 of `username:password`.
const MD5_MEMBER: &str = "pvt_md5_auth";
/// Hidden member of the account that may see every account.
const SUPERDUPER_MEMBER: &str = "pvt_superduper_admin";
/// The longest name written beside a version.
const LABEL_CHARS_MAX: usize = 100;

/// Somebody whose token was believed.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// What the token says.
    pub(crate) claims: Claims,
    /// The user's name, or `api key`.
    name: String,
    /// A user with `priv_level` admin, or an API key.
    pub(crate) is_admin: bool,
    /// An admin of the account that may see every account.
    pub(crate) is_superduper: bool,
}

impl Identity {
    /// How the asker is named beside a saved version.
    pub(crate) fn label(&self) -> String {
        self.name.chars().filter(|c| !c.is_control()).take(LABEL_CHARS_MAX).collect()
    }
}

/// The token of a request, from the places and in the order of the reference.
pub(crate) fn token_of(request: &Request) -> Option<String> {
    let header = request.header("x-auth-token").map(str::to_owned);
    let given = header.or_else(|| request.parameter("auth_token"));
    let given = given.or_else(|| request.header("authorization").map(str::to_owned));
    let given = given.or_else(|| request.parameter("authorization"));
    given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Who a token stands for. The user must still exist, be enabled, and have the same credentials as at login.
///
/// # Errors
/// `Credentials` for anything that is not a living token.
pub(crate) fn identify(state: &Shared, token: &str) -> Result<Identity, Failure> {
    let lower = token.get(..7).unwrap_or_default().to_ascii_lowercase();
    if lower.starts_with("basic ") {
        return identify_basic(state, token.get(6..).unwrap_or_default());
    }
    let token = if lower == "bearer " { token.get(7..).unwrap_or_default() } else { token };
    let claims =
        token::verify(token.trim(), &state.signing_key, time::unix_now_s()).ok_or(Failure::Credentials)?;
    if state.is_logged_out(&claims.jti) {
        return Err(Failure::Credentials);
    }
    let account = data::account(state, &claims.account_id).map_err(credentials)?;
    let user = match &claims.owner_id {
        Some(id) => Some(data::document(state, &account.id, "user", id).map_err(credentials)?),
        None => None,
    };
    let secret = match &user {
        Some(user) => fingerprint(state, user),
        None => {
            token::fingerprint(&data::api_key(state, &account.id)?.unwrap_or_default(), &state.signing_key)
        }
    };
    if !is_equal(&secret, &claims.identity_sig) {
        return Err(Failure::Credentials);
    }
    identity(&account, user.as_ref(), claims)
}

/// `Basic base64(account_id:md5(user:pass))`.
fn identify_basic(state: &Shared, encoded: &str) -> Result<Identity, Failure> {
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    let (account, hash) = pair.ok_or(Failure::Credentials)?;
    let account = data::account(state, account).map_err(credentials)?;
    let user = data::user_by_hash(state, &account.id, hash, false)?.ok_or(Failure::Credentials)?;
    let claims = Claims {
        account_id: account.id.clone(),
        owner_id: Some(user.id.clone()),
        method: "cb_basic_auth".to_owned(),
        ..Claims::default()
    };
    identity(&account, Some(&user), claims)
}

fn identity(account: &Document, user: Option<&Document>, claims: Claims) -> Result<Identity, Failure> {
    if !is_enabled(account) || user.is_some_and(|user| !is_enabled(user)) {
        return Err(Failure::Credentials);
    }
    let is_admin = user.is_none_or(|user| text(&user.body, "priv_level") == Some("admin"));
    let name = match user {
        Some(user) => text(&user.body, "username").unwrap_or(&user.id).to_owned(),
        None => "api key".to_owned(),
    };
    Ok(Identity { claims, name, is_admin, is_superduper: is_admin && is_superduper(account) })
}

/// A token for a user, or for an account's API key.
///
/// # Errors
/// `Internal` when the system has no randomness or the token cannot be written.
pub(crate) fn issue(
    state: &Shared,
    account: &Document,
    user: Option<&Document>,
    api_key: Option<&str>,
) -> Result<String, Failure> {
    let now = time::unix_now_s();
    let identity_sig = match user {
        Some(user) => fingerprint(state, user),
        None => token::fingerprint(api_key.unwrap_or_default(), &state.signing_key),
    };
    let method = if user.is_some() { "cb_user_auth" } else { "cb_api_auth" };
    let claims = Claims {
        iss: "strowger".to_owned(),
        account_id: account.id.clone(),
        owner_id: user.map(|user| user.id.clone()),
        method: method.to_owned(),
        identity_sig,
        jti: store::new_id()?,
        iat: now,
        exp: now + token::LIFETIME_S,
    };
    token::sign(&claims, &state.signing_key)
        .ok_or_else(|| Failure::Internal("a token cannot be signed".to_owned()))
}

/// The hash that stands for a user name and password: MD5 of `username:password`, the name in lower case.
pub(crate) fn md5_credentials(username: &str, password: &str) -> String {
    let digest = Md5::digest(format!("{}:{password}", username.to_lowercase()));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Not switched off by `enabled: false`.
pub(crate) fn is_enabled(document: &Document) -> bool {
    document.body.get("enabled") != Some(&Value::Bool(false))
}

/// Whether an account's admins may see every account.
pub(crate) fn is_superduper(account: &Document) -> bool {
    account.private.get(SUPERDUPER_MEMBER) == Some(&Value::Bool(true))
}

fn fingerprint(state: &Shared, user: &Document) -> String {
    token::fingerprint(text(&user.private, MD5_MEMBER).unwrap_or_default(), &state.signing_key)
}

/// Compares without telling by its duration where the difference is.
pub(crate) fn is_equal(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// A missing account or user behind a token is a worthless token; a failing store is not.
fn credentials(failure: Failure) -> Failure {
    if matches!(failure, Failure::BadIdentifier(_)) { Failure::Credentials } else { failure }
}
