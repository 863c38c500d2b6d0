//! `A/limits`: how many calls an account may have at a time; one document, `limits`.
//!
//! Everybody of the account may read it. Only administrators of accounts above may change it, or of an account that has
//! none above: a limit that those it is for can raise is none. Not here: what the members mean (`docs/accounts.md`).

use serde_json::{Map, Value};
use store::{NewDocument, Private, Save};

use super::crud::{apply_schema, shown};
use crate::crossbar::context::{Cx, public};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// Id and kind of the document, and the id of its schema.
const LIMITS: &str = "limits";

/// Shows or replaces the limits.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    if !arguments.is_empty() || cx.within.is_some() {
        return Err(Failure::NotFound);
    }
    let stored =
        || Ok::<_, Failure>(data::find(cx.state, &cx.account, LIMITS)?.filter(|found| found.kind == LIMITS));
    match cx.request.verb {
        Verb::Get => Ok(match stored()? {
            Some(document) => Reply::document(Value::Object(shown(&document)), document.revision),
            None => Reply::ok(Value::Object(Map::new())),
        }),
        Verb::Post => {
            may_change(cx)?;
            let mut body = public(cx.data()?);
            let mut tree = Tree::default();
            apply_schema(LIMITS, &mut body, &mut tree);
            tree.into_result()?;
            let _lock = cx.state.lock(&cx.account);
            let saved = match stored()? {
                Some(old) => {
                    let save = Save { expected: Some(&old.revision), body, private: Private::Keep };
                    cx.state.store.save(&cx.account, LIMITS, save, &cx.author())?
                }
                None => {
                    let new = NewDocument {
                        account: cx.account.clone(),
                        id: Some(LIMITS.to_owned()),
                        kind: LIMITS.to_owned(),
                        body,
                        private: Map::new(),
                    };
                    cx.state.store.create(new, &cx.author())?
                }
            };
            Ok(Reply::document(Value::Object(shown(&saved)), saved.revision))
        }
        _ => Err(Failure::Method(vec!["GET", "POST"])),
    }
}

fn may_change(cx: &Cx<'_>) -> Result<(), Failure> {
    let identity = cx.identity.ok_or_else(Failure::forbidden)?;
    let is_own = identity.claims.account_id == cx.account;
    let is_root = data::parent(cx.state, &cx.account)?.is_none();
    if identity.is_admin && (!is_own || is_root) { Ok(()) } else { Err(Failure::forbidden()) }
}
