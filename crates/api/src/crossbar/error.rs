//! What can go wrong in a Crossbar request, and the status, symbol and data each failure is answered with
//! (reference "Crossbar" 1.4 and 1.5).
//!
//! Not here: how the answer becomes bytes (`envelope`), and what makes a document invalid (crate `flow`).

use serde_json::{Map, Value, json};

/// The validation error tree: `{path: {rule: {message, ...}}}` (reference 1.5).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree(Map<String, Value>);

impl Tree {
    /// A tree with one error; `members` are added beside `message`.
    pub(crate) fn one(path: &str, rule: &str, message: impl Into<String>, members: Value) -> Self {
        let mut tree = Tree::default();
        tree.add(path, rule, message, members);
        tree
    }

    /// Adds an error. The same path and rule collapses to the last one.
    pub(crate) fn add(&mut self, path: &str, rule: &str, message: impl Into<String>, members: Value) {
        let mut detail = Map::new();
        detail.insert("message".to_owned(), Value::String(message.into()));
        if let Value::Object(members) = members {
            detail.extend(members);
        }
        let rules = self.0.entry(path.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(rules) = rules {
            rules.insert(rule.to_owned(), Value::Object(detail));
        }
    }

    /// Takes over all errors of another tree, given as JSON.
    pub(crate) fn absorb(&mut self, other: Value) {
        let Value::Object(other) = other else { return };
        for (path, rules) in other {
            match (self.0.get_mut(&path), rules) {
                (Some(Value::Object(mine)), Value::Object(theirs)) => mine.extend(theirs),
                (_, rules) => {
                    self.0.insert(path, rules);
                }
            }
        }
    }

    /// `Ok` when nothing was added.
    pub(crate) fn into_result(self) -> Result<(), Failure> {
        if self.0.is_empty() { Ok(()) } else { Err(Failure::Validation(self)) }
    }

    /// The tree as JSON.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// Why a request was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The body is not JSON; the reason says where.
    #[error("the body is not JSON: {0}")]
    Malformed(String),
    /// A document or argument does not hold to its rules.
    #[error("validation error")]
    Validation(Tree),
    /// No token, a wrong or expired one, or wrong credentials.
    #[error("invalid credentials")]
    Credentials,
    /// Known, but not allowed; the text goes into `data.message`.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such document (or no longer, or of another type).
    #[error("bad identifier {0}")]
    BadIdentifier(String),
    /// The account segment is not an account id.
    #[error("invalid account_id '{0}'")]
    BadAccount(String),
    /// An unknown API key: answered with the key in a list.
    #[error("unknown key")]
    UnknownKey(String),
    /// There is no such endpoint.
    #[error("not found")]
    NotFound,
    /// The endpoint has no such method; the allowed ones follow.
    #[error("method not allowed")]
    Method(Vec<&'static str>),
    /// Another writer was first.
    #[error("conflicting documents")]
    Conflict,
    /// `If-Match` names another revision.
    #[error("precondition failed")]
    Precondition,
    /// The content type cannot be read here.
    #[error("unsupported media type")]
    MediaType,
    /// A listing or range that cannot be given.
    #[error("range not satisfiable")]
    Range,
    /// The client's bucket is empty.
    #[error("too many requests")]
    TooMany,
    /// API version 1.
    #[error("gone")]
    Gone,
    /// The account may not be used.
    #[error("locked")]
    Locked(Tree),
    /// Too many requests at once.
    #[error("busy")]
    Busy,
    /// A known feature that this server does not have.
    #[error("not implemented")]
    NotImplemented,
    /// The store failed; the text is for the log only.
    #[error("datastore fault: {0}")]
    Store(String),
    /// Our own fault; the text is for the log only.
    #[error("internal error: {0}")]
    Internal(String),
}

/// How a failure is answered.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `message` of the envelope; `None` for answers without a body.
    pub(crate) symbol: Option<&'static str>,
    /// `data` of the envelope.
    pub(crate) data: Value,
}

impl Failure {
    /// A validation failure with one error.
    pub(crate) fn invalid(path: &str, rule: &str, message: impl Into<String>, members: Value) -> Self {
        Failure::Validation(Tree::one(path, rule, message, members))
    }

    /// A validation failure for a member that must be there.
    pub(crate) fn required(path: &str) -> Self {
        Failure::invalid(path, "required", "Field is required but missing", json!({}))
    }

    /// The plain "not yours".
    pub(crate) fn forbidden() -> Self {
        Failure::Forbidden("forbidden".to_owned())
    }

    /// Status, symbol and data (the table of reference 1.4).
    pub(crate) fn answer(self) -> Answer {
        let (status, symbol, data) = match self {
            Failure::Malformed(reason) => (
                400,
                "validation error",
                Tree::one("json", "invalid", reason, json!({"target": "body"})).into_value(),
            ),
            Failure::Validation(tree) => (400, "validation error", tree.into_value()),
            Failure::Credentials => (401, "invalid_credentials", message("invalid credentials")),
            Failure::Forbidden(text) => (403, "forbidden", message(&text)),
            Failure::BadIdentifier(id) => {
                (404, "bad_identifier", json!({"message": "bad identifier", "cause": id}))
            }
            Failure::BadAccount(id) if id.is_empty() => {
                (404, "bad identifier", message("missing account_id"))
            }
            Failure::BadAccount(id) => {
                (404, "bad identifier", message(&format!("invalid account_id '{id}'")))
            }
            Failure::UnknownKey(key) => (404, "bad identifier", json!([key])),
            Failure::NotFound => (404, "not_found", message("not found")),
            Failure::Method(_) => (405, "invalid_method", message("method not allowed")),
            Failure::Conflict => (409, "datastore_conflict", message("conflicting documents")),
            Failure::Precondition => return Answer { status: 412, symbol: None, data: Value::Null },
            Failure::MediaType => return Answer { status: 415, symbol: None, data: Value::Null },
            Failure::Range => (416, "range not satisfiable", json!({})),
            Failure::TooMany => (429, "too_many_requests", message("too many requests")),
            Failure::Gone => (410, "gone", message("gone")),
            Failure::Locked(tree) => (423, "locked", tree.into_value()),
            Failure::Busy => (503, "service unavailable", message("service unavailable")),
            Failure::NotImplemented => (501, "not_implemented", message("not implemented")),
            Failure::Store(_) => (503, "datastore_fault", message("datastore fault")),
            Failure::Internal(_) => (500, "unknown_error", message("unknown error")),
        };
        Answer { status, symbol: Some(symbol), data }
    }
}

fn message(text: &str) -> Value {
    json!({ "message": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_one_path_stand_together_and_repeat_once() {
        let mut tree = Tree::one("numbers", "unique", "first", json!({"cause": "1"}));
        tree.add("numbers", "unique", "second", json!({"cause": "2"}));
        tree.absorb(json!({"numbers": {"type": {"message": "no array"}}, "name": {"required": {}}}));
        assert_eq!(
            tree.into_value(),
            json!({"numbers": {"unique": {"message": "second", "cause": "2"}, "type": {"message": "no array"}},
                   "name": {"required": {}}})
        );
    }

    #[test]
    fn malformed_json_has_the_tree_of_the_reference() {
        let answer = Failure::Malformed("expected value around 3".to_owned()).answer();
        assert_eq!(answer.status, 400);
        assert_eq!(answer.symbol, Some("validation error"));
        assert_eq!(
            answer.data,
            json!({"json": {"invalid": {"message": "expected value around 3", "target": "body"}}})
        );
    }
}
