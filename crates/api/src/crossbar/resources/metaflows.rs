//! `metaflows` of an account, user, device or callflow (reference "Crossbar" 3, "Metaflows").
//!
//! Not here: running one during a call.

use serde_json::{Map, Value};
use store::{Private, Save};

use super::crud::apply_schema;
use crate::crossbar::context::Cx;
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// The member of the owning document.
const MEMBER: &str = "metaflows";

/// Shows, replaces or removes the metaflows of the enclosing document.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    if !arguments.is_empty() {
        return Err(Failure::NotFound);
    }
    let _lock = cx.state.lock(&cx.account);
    let id = cx.within.as_ref().map_or(cx.account.as_str(), |(_, id)| id.as_str());
    let owner = data::find(cx.state, &cx.account, id)?;
    let owner = owner.ok_or_else(|| Failure::BadIdentifier(id.to_owned()))?;
    let metaflows = match cx.request.verb {
        Verb::Get => {
            let stored = owner.body.get(MEMBER).filter(|stored| stored.is_object()).cloned();
            return Ok(Reply::ok(stored.unwrap_or_else(|| Value::Object(Map::new()))));
        }
        Verb::Post => {
            let mut body = cx.data()?.clone();
            let mut tree = Tree::default();
            apply_schema("metaflows", &mut body, &mut tree);
            tree.into_result()?;
            Some(body)
        }
        Verb::Delete => None,
        _ => return Err(Failure::Method(vec!["GET", "POST", "DELETE"])),
    };
    let mut body = owner.body.clone();
    match &metaflows {
        Some(metaflows) => {
            body.insert(MEMBER.to_owned(), Value::Object(metaflows.clone()));
        }
        None => {
            body.shift_remove(MEMBER);
        }
    }
    let save = Save { expected: Some(&owner.revision), body, private: Private::Keep };
    let saved = cx.state.store.save(&cx.account, id, save, &cx.author())?;
    Ok(Reply::document(Value::Object(metaflows.unwrap_or_default()), saved.revision))
}
