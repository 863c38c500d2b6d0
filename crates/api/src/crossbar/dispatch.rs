//! From a request to its resource: authenticate, limit, authorise, walk the chain of nouns, run the last one
//! (reference "Crossbar" 1.1 and 2).
//!
//! Not here: how a token is checked (`auth`), what resources do.

use std::time::Instant;

use super::auth::{self, Identity};
use super::context::Cx;
use super::data;
use super::envelope::{About, Reply};
use super::error::Failure;
use super::request::{Request, Verb};
use super::resources;
use super::route::{self, Noun};
use crate::state::Shared;

/// What a login costs in rate-limit tokens; anything else costs 1.
const LOGIN_COST: u32 = 35;

/// Answers a request. `about` is completed with what the envelope says about the asker.
pub(crate) fn run(state: &Shared, request: &Request, about: &mut About) -> Result<Reply, Failure> {
    let path = versioned(&request.path)?;
    let nouns = route::nouns(path);
    let is_public = nouns.as_ref().is_ok_and(|nouns| is_public(request.verb, nouns));
    let asked_for = nouns.as_ref().ok().and_then(|nouns| account_segment(nouns)).unwrap_or_default();
    limit(state, request, asked_for, nouns.as_deref().unwrap_or_default(), about)?;

    let token = auth::token_of(request);
    let identity = match &token {
        Some(token) => auth::identify(state, token).map_or_else(
            |failure| if is_public { Ok(None) } else { Err(failure) },
            |identity| Ok(Some(identity)),
        )?,
        None => None,
    };
    if identity.is_some() {
        about.auth_token = token;
        about.version = Some(state.config.version.clone());
    }
    if identity.is_none() && !is_public {
        return Err(Failure::Credentials);
    }
    let nouns = nouns?;
    let account = account(state, identity.as_ref(), &nouns)?;
    let mut cx = Cx { state, request, identity: identity.as_ref(), account, within: None };
    let Some((last, around)) = nouns.split_last() else { return Err(Failure::NotFound) };
    for noun in around.iter().filter(|noun| !matches!(noun.name, "accounts" | "account")) {
        cx.within = Some(enclosing(&cx, noun)?);
    }
    // `accounts/{id}/...` further down is not a chain that means anything.
    if !around.is_empty() && matches!(last.name, "accounts" | "account") {
        return Err(Failure::NotFound);
    }
    resources::run(&cx, last, around.is_empty())
}

/// The path behind `/vN`; version 1 is gone, without a version 2 is meant.
fn versioned(path: &str) -> Result<&str, Failure> {
    let trimmed = path.trim_start_matches('/');
    let (first, rest) = trimmed.split_once('/').unwrap_or((trimmed, ""));
    let is_version = first
        .strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()));
    match first {
        "v1" => Err(Failure::Gone),
        _ if is_version => Ok(rest),
        _ => Ok(path),
    }
}

/// Endpoints that need nobody (reference "Crossbar" 2).
fn is_public(verb: Verb, nouns: &[Noun]) -> bool {
    let [noun] = nouns else { return false };
    let arguments = noun.arguments();
    match (noun.name, verb) {
        ("schemas" | "whitelabel", Verb::Get) => true,
        ("user_auth", Verb::Put) => matches!(arguments[..], [] | ["recovery"]),
        ("user_auth", Verb::Post) => arguments == ["recovery"],
        ("api_auth", Verb::Put) => arguments.is_empty(),
        ("auth", Verb::Get | Verb::Post) => arguments == ["tokeninfo"],
        _ => false,
    }
}

fn account_segment(nouns: &[Noun]) -> Option<&str> {
    let first = nouns.first().filter(|noun| noun.name == "accounts")?;
    first.arguments.first().map(String::as_str)
}

fn limit(
    state: &Shared,
    request: &Request,
    account: &str,
    nouns: &[Noun],
    about: &mut About,
) -> Result<(), Failure> {
    let is_login = matches!(nouns, [noun] if matches!(noun.name, "user_auth" | "api_auth"));
    let cost = if is_login && request.verb == Verb::Put { LOGIN_COST } else { 1 };
    let left = state.limiter.take(request.client, account, cost, Instant::now());
    let left = left.map_err(|()| Failure::TooMany)?;
    about.tokens = left.map(|left| (cost, left));
    Ok(())
}

/// The account a request is about, if the asker may ask about it: the URL's account must be the token's or have it
/// among its ancestors.
fn account(state: &Shared, identity: Option<&Identity>, nouns: &[Noun]) -> Result<String, Failure> {
    let own = identity.map(|identity| identity.claims.account_id.clone()).unwrap_or_default();
    let Some(first) = nouns.first() else { return Ok(own) };
    match (first.name, first.arguments.first()) {
        ("accounts", Some(id)) => {
            let identity = identity.ok_or(Failure::Credentials)?;
            may_see(state, identity, id).map(|()| id.clone())
        }
        // `/accounts` alone is a place to make accounts in; with more behind it the id is missing.
        ("accounts", None) if nouns.len() > 1 => Err(Failure::BadAccount(String::new())),
        ("account", _) => identity.map(|_| own).ok_or(Failure::Credentials),
        _ => Ok(own),
    }
}

/// Whether somebody may do anything in an account.
///
/// # Errors
/// `BadAccount` for what is no account id, `BadIdentifier` without the account, `Forbidden`.
pub(crate) fn may_see(state: &Shared, identity: &Identity, account: &str) -> Result<(), Failure> {
    if !is_id(account) {
        return Err(Failure::BadAccount(account.to_owned()));
    }
    data::account(state, account)?;
    let own = &identity.claims.account_id;
    if identity.is_superduper || account == own || data::is_descendant(state, account, own)? {
        Ok(())
    } else {
        Err(Failure::forbidden())
    }
}

/// 32 lower-case hexadecimal digits.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// A noun in the middle of a chain names one existing document.
fn enclosing(cx: &Cx<'_>, noun: &Noun) -> Result<(&'static str, String), Failure> {
    let resource = resources::named(noun.name).ok_or(Failure::NotFound)?;
    match noun.arguments.as_slice() {
        [id] => {
            data::document(cx.state, &cx.account, resource.kind, id)?;
            Ok((noun.name, id.clone()))
        }
        _ => Err(Failure::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_off_and_one_is_gone() {
        assert_eq!(versioned("/v2/about").ok(), Some("about"));
        assert_eq!(versioned("/v3/accounts/x").ok(), Some("accounts/x"));
        assert_eq!(versioned("/about").ok(), Some("/about"));
        assert_eq!(versioned("/v2").ok(), Some(""));
        assert_eq!(versioned("/vmboxes").ok(), Some("/vmboxes"));
        assert!(matches!(versioned("/v1/about"), Err(Failure::Gone)));
    }

    #[test]
    fn ids_are_32_lower_case_hex_digits() {
        assert!(is_id("0123456789abcdef0123456789abcdef"));
        assert!(!is_id("0123456789ABCDEF0123456789abcdef"));
        assert!(!is_id("0123456789abcdef"));
    }
}
