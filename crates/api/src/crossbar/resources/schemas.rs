//! `/schemas` (reference "Crossbar" 4.1): the JSON Schemas documents are checked with.
//!
//! Not here: the schemas (crate `flow`).

use flow::schema::Registry;
use serde_json::Value;

use super::crud::apply_schema;
use crate::crossbar::context::Cx;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// Lists, shows, and tries a document.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    let registry = Registry::shipped();
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => {
            let mut ids: Vec<&str> = registry.ids().collect();
            ids.sort_unstable();
            Ok(Reply::ok(Value::from(ids)))
        }
        ([id], Verb::Get) => {
            let schema = registry.get(id).cloned().ok_or_else(|| unknown(id))?;
            let Value::Object(mut members) = schema else { return Err(unknown(id)) };
            members.shift_remove("_id");
            members.insert("id".to_owned(), (*id).into());
            Ok(Reply::ok(Value::Object(members)))
        }
        ([id, "validation"], Verb::Put) => {
            registry.get(id).ok_or_else(|| unknown(id))?;
            let mut body = cx.data()?.clone();
            let mut tree = Tree::default();
            apply_schema(id, &mut body, &mut tree);
            tree.into_result()?;
            Ok(Reply::created(Value::Object(body), None, None))
        }
        ([_, "validation"], _) => Err(Failure::Method(vec!["PUT"])),
        ([] | [_], _) => Err(Failure::Method(vec!["GET"])),
        _ => Err(Failure::NotFound),
    }
}

fn unknown(id: &str) -> Failure {
    Failure::BadIdentifier(id.to_owned())
}
