//! One request on its way through a resource: who asks, which account, and the store as this interface sees it.
//!
//! Not here: what a resource does.

use serde_json::{Map, Value};
use store::Author;

use super::auth::Identity;
use super::error::Failure;
use super::filter::Filters;
use super::list::Paging;
use super::request::Request;
use crate::state::Shared;

/// What a handler works with.
pub(crate) struct Cx<'a> {
    /// The shared state.
    pub(crate) state: &'a Shared,
    /// The request.
    pub(crate) request: &'a Request,
    /// Who asks; `None` only at endpoints that need nobody.
    pub(crate) identity: Option<&'a Identity>,
    /// The account of the path; the token's own when the path has none; empty without either.
    pub(crate) account: String,
    /// The noun around this one with an id: `("users", id)` in `users/{id}/devices`.
    pub(crate) within: Option<(&'static str, String)>,
}

impl Cx<'_> {
    /// Who is written beside a saved version.
    pub(crate) fn author(&self) -> Author {
        let name = self.identity.map(Identity::label).unwrap_or_default();
        let note = self.request.parameter("note").unwrap_or_default();
        Author::new(name).with_note(note.chars().take(200).collect::<String>())
    }

    /// The request's filters.
    pub(crate) fn filters(&self) -> Filters {
        Filters::from_query(&self.request.query)
    }

    /// The request's paging.
    pub(crate) fn paging(&self) -> Paging {
        Paging::read(|name| self.request.parameter(name))
    }

    /// `data` as an object.
    pub(crate) fn data(&self) -> Result<&Map<String, Value>, Failure> {
        self.request.object()
    }
}

/// A string member of an object, if there and not empty.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// What a client may set: everything but `id` and names beginning with `_` or `pvt_`.
pub(crate) fn public(object: &Map<String, Value>) -> Map<String, Value> {
    object
        .iter()
        .filter(|(name, _)| name.as_str() != "id" && !name.starts_with('_') && !name.starts_with("pvt_"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The members of these names that the document has.
pub(crate) fn pick(document: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .filter_map(|name| document.get(*name).map(|value| ((*name).to_owned(), value.clone())))
        .collect()
}
