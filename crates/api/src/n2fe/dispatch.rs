//! From a request to its handler: session, route, permission, and everything the path names, which must be the user's
//! to see. No handler can forget that.
//!
//! Not here: the table of routes (`routes`), logging in (`login`).

use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, Response};
use serde_json::{Map, Value};
use store::document::{CALLFLOW, CONTROL_PLAN, SERVICE_NUMBER};
use store::{Author, Document, Numbered, Part, StoreError};

use super::answer::{Reply, refuse, respond};
use super::fault::Fault;
use super::input::Request;
use super::routes::{self, Names, Route};
use super::user::{Kind, User};
use super::{flows, login};
use crate::state::Shared;

/// What the rate limit of logging in costs; anything else costs 1.
const LOGIN_COST: u32 = 10;
/// The longest name beside a version.
const LABEL_CHARS_MAX: usize = 100;

/// Everything a handler works with.
pub(crate) struct Cx<'a> {
    pub(crate) state: &'a Shared,
    pub(crate) request: &'a Request,
    pub(crate) user: &'a User,
    /// `:customer`: an account the user sees.
    customer: Option<Document>,
    /// `:number`: a service number of that customer which the user sees.
    number: Option<Document>,
    /// `:flow`: a version of a flow of an account the user sees.
    flow: Option<FlowVersion>,
    /// The other names in the path, as they were sent.
    names: Names,
}

/// A version of a flow, as a number stands for it.
pub(crate) struct FlowVersion {
    pub(crate) document: Document,
    pub(crate) version: u32,
}

impl Cx<'_> {
    /// The customer of the path.
    pub(crate) fn customer(&self) -> Result<&Document, Fault> {
        self.customer.as_ref().ok_or_else(|| Fault::Internal("the route has no customer".to_owned()))
    }

    /// The service number of the path.
    pub(crate) fn number(&self) -> Result<&Document, Fault> {
        self.number.as_ref().ok_or_else(|| Fault::Internal("the route has no service number".to_owned()))
    }

    /// The flow of the path.
    pub(crate) fn flow(&self) -> Result<&FlowVersion, Fault> {
        self.flow.as_ref().ok_or_else(|| Fault::Internal("the route has no flow".to_owned()))
    }

    /// Another name of the path, as a number.
    pub(crate) fn id(&self, name: &str, what: &'static str) -> Result<i64, Fault> {
        let text = self.names.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        text.and_then(whole).ok_or(Fault::NotFound(what))
    }

    /// What a number stands for, if it belongs to this account.
    pub(crate) fn numbered(&self, account: &str, id: i64, what: &'static str) -> Result<Numbered, Fault> {
        by_number(self.state, id, what)
            .and_then(|found| if found.account == account { Ok(found) } else { Err(Fault::NotFound(what)) })
    }

    /// A document of a kind that a name of the path stands for, in the customer's account.
    pub(crate) fn document(&self, name: &str, kind: &str, what: &'static str) -> Result<Document, Fault> {
        let account = &self.customer()?.id;
        let found = self.numbered(account, self.id(name, what)?, what)?;
        let document = get(self.state, account, &found.document)?;
        document
            .filter(|document| document.kind == kind && found.part == Part::Whole)
            .ok_or(Fault::NotFound(what))
    }

    /// A customer by its number, from a body.
    pub(crate) fn customer_of(&self, id: Option<&Value>) -> Result<Document, Fault> {
        let id = id
            .and_then(super::input::number)
            .ok_or_else(|| Fault::Invalid("`customer_id` is missing or not a whole number.".to_owned()))?;
        customer(self.state, self.user, id)
    }

    /// A version of a flow by its number, from a body, if it belongs to this account.
    pub(crate) fn flow_of(&self, account: &str, id: i64) -> Result<FlowVersion, Fault> {
        let found = flow(self.state, id)?;
        if found.document.account == account { Ok(found) } else { Err(Fault::NotFound("flow")) }
    }

    /// The body's members.
    pub(crate) fn members(&self) -> Result<&Map<String, Value>, Fault> {
        self.request.members()
    }

    /// Who saves.
    pub(crate) fn author(&self) -> Author {
        let name: String = self.user.name.chars().filter(|c| !c.is_control()).take(LABEL_CHARS_MAX).collect();
        Author::new(name)
    }
}

/// Answers a request.
pub(crate) fn run(state: &Shared, request: Request) -> Response<Body> {
    let cost = if request.path == "/__login" { LOGIN_COST } else { 1 };
    let bucket = if cost > 1 { "n2fe login" } else { "n2fe" };
    if state.limiter.take(request.client, bucket, cost, Instant::now()).is_err() {
        return refuse(Fault::TooMany, None);
    }
    match request.path.as_str() {
        "/__login" | "/__status" | "/__logout" if !matches!(request.method, Method::GET | Method::POST) => {
            refuse(Fault::Method("GET, POST".to_owned()), None)
        }
        "/__login" => login::log_in(state, &request),
        "/__status" => login::status(state, &request),
        "/__logout" => login::log_out(state, &request),
        _ => {
            let user = match login::user(state, &request) {
                Ok(user) => user,
                Err(fault) => return refuse(fault, None),
            };
            handle(state, &request, &user).map_or_else(|fault| refuse(fault, Some(&user)), respond)
        }
    }
}

fn handle(state: &Shared, request: &Request, user: &User) -> Result<Reply, Fault> {
    let segments: Vec<String> =
        request.path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    let (route, names) = find(request, &segments)?;
    if request.method != Method::GET {
        refuse_other_sites(request)?;
    }
    if matches!(user.kind, Kind::ServiceNumber(_)) && !route.service_number_users {
        return Err(Fault::Forbidden("Users of a service number may not do this."));
    }
    if !user.has(state, route.permission) {
        return Err(Fault::Forbidden("Your groups may not do this."));
    }
    let mut cx = Cx { state, request, user, customer: None, number: None, flow: None, names: Vec::new() };
    for (name, value) in names {
        match name {
            ":customer" => {
                let id = whole(&value).ok_or(Fault::NotFound("customer"))?;
                cx.customer = Some(customer(state, user, id)?);
            }
            ":number" => cx.number = Some(service_number(state, user, cx.customer()?, &value)?),
            ":flow" => {
                let id = whole(&value).ok_or(Fault::NotFound("flow"))?;
                let found = flow(state, id)?;
                let is_seen =
                    user.sees(state, &found.document.account) && flows::is_seen_by(state, user, &found);
                cx.flow = Some(found).filter(|_| is_seen);
                cx.flow.as_ref().ok_or(Fault::NotFound("flow"))?;
            }
            other => cx.names.push((other, value)),
        }
    }
    (route.run)(&cx)
}

fn find(request: &Request, segments: &[String]) -> Result<(&'static Route, Names), Fault> {
    let fitting: Vec<_> =
        routes::TABLE.iter().filter_map(|route| Some((route, route.names(segments)?))).collect();
    if fitting.is_empty() {
        return Err(Fault::NoRoute);
    }
    let allowed: Vec<&str> = fitting.iter().map(|(route, _)| route.method).collect();
    let found = fitting.into_iter().find(|(route, _)| route.method == request.method.as_str());
    found.ok_or_else(|| Fault::Method(allowed.join(", ")))
}

/// A page of another site must not use the cookie of somebody who is logged in here.
fn refuse_other_sites(request: &Request) -> Result<(), Fault> {
    let refused = Err(Fault::Forbidden("The request comes from a page of another site."));
    if matches!(request.header("sec-fetch-site"), Some("cross-site" | "same-site")) {
        return refused;
    }
    let Some(origin) = request.header("origin") else { return Ok(()) };
    let host = request.header("x-forwarded-host").or_else(|| request.header("host")).unwrap_or_default();
    let own = origin.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    if own.eq_ignore_ascii_case(host) { Ok(()) } else { refused }
}

fn customer(state: &Shared, user: &User, id: i64) -> Result<Document, Fault> {
    let what = "customer";
    let found = by_number(state, id, what)?;
    if found.account != found.document || found.part != Part::Whole || !user.sees(state, &found.account) {
        return Err(Fault::NotFound(what));
    }
    get(state, &found.account, &found.account)?.ok_or(Fault::NotFound(what))
}

/// A service number by its own number or the one it is known by; what is both is the number that is called.
fn service_number(state: &Shared, user: &User, customer: &Document, text: &str) -> Result<Document, Fault> {
    let what = "service number";
    let called = state.store.service_number(text)?.filter(|(account, _)| *account == customer.id);
    let document = match called {
        Some((_, document)) => document,
        None => {
            let found = by_number(state, whole(text).ok_or(Fault::NotFound(what))?, what)?;
            if found.account != customer.id || found.part != Part::Whole {
                return Err(Fault::NotFound(what));
            }
            found.document
        }
    };
    let document = get(state, &customer.id, &document)?.filter(|document| document.kind == SERVICE_NUMBER);
    document.filter(|document| user.sees_number(&document.id)).ok_or(Fault::NotFound(what))
}

fn flow(state: &Shared, id: i64) -> Result<FlowVersion, Fault> {
    let found = by_number(state, id, "flow")?;
    let Part::Version(version) = found.part else { return Err(Fault::NotFound("flow")) };
    let document = get(state, &found.account, &found.document)?
        .filter(|document| matches!(document.kind.as_str(), CONTROL_PLAN | CALLFLOW));
    document.map(|document| FlowVersion { document, version }).ok_or(Fault::NotFound("flow"))
}

fn by_number(state: &Shared, id: i64, what: &'static str) -> Result<Numbered, Fault> {
    state.store.by_number(id).map_err(|error| match error {
        StoreError::NotFound { .. } => Fault::NotFound(what),
        other => other.into(),
    })
}

/// A document that is not deleted.
pub(crate) fn get(state: &Shared, account: &str, id: &str) -> Result<Option<Document>, Fault> {
    match state.store.get(account, id) {
        Ok(document) => Ok(Some(document)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An id as paths have it: digits only.
fn whole(text: &str) -> Option<i64> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits)
}

/// Undoes percent-encoding.
fn decode(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    let pair = url::form_urlencoded::parse(plus.as_bytes()).next();
    pair.map(|(key, _)| key.into_owned()).unwrap_or_default()
}
