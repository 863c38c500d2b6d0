//! Sets and tables that flows look things up in: holiday sets, geography sets, lookup datasets, suburb sets (reference
//! "N2FE" 1.9 and 1.10). All are documents with a name that is unique among those of their kind, and `entries`.
//!
//! Not here: what the entries mean (`flow::n2fe`).

use flow::n2fe::service;
use serde_json::{Map, Value, json};
use store::{NewDocument, Object, Part, Save};

use super::answer::{self, Reply};
use super::describe::name_of;
use super::dispatch::Cx;
use super::fault::Fault;
use super::{flows, input};

/// Entries of one set.
const ENTRIES_MAX: usize = 100_000;

/// One kind of set.
struct Kind {
    /// Of its documents.
    kind: &'static str,
    /// In words.
    what: &'static str,
    /// A list shows ids and names of entries too.
    lists_entries: bool,
}

macro_rules! handlers {
    ($($module:ident: $kind:expr, $what:literal, $lists:literal;)*) => {
        $(
            #[doc = concat!("The routes of a ", $what, ".")]
            pub(crate) mod $module {
                use super::{Cx, Fault, Kind, Reply, service};

                static KIND: Kind = Kind { kind: $kind, what: $what, lists_entries: $lists };

                pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
                    super::list(cx, &KIND)
                }
                pub(crate) fn read(cx: &Cx<'_>) -> Result<Reply, Fault> {
                    super::read(cx, &KIND)
                }
                pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
                    super::create(cx, &KIND)
                }
                pub(crate) fn change(cx: &Cx<'_>) -> Result<Reply, Fault> {
                    super::change(cx, &KIND)
                }
                pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
                    super::delete(cx, &KIND)
                }
            }
        )*
    };
}

handlers! {
    holidays: service::HOLIDAY_SET, "holiday set", true;
    geographies: service::GEOGRAPHY_SET, "geography set", false;
    tables: service::LOOKUP_TABLE, "lookup dataset", false;
    suburbs: service::SUBURB_SET, "suburb set", false;
}

fn list(cx: &Cx<'_>, kind: &Kind) -> Result<Reply, Fault> {
    let account = &cx.customer()?.id;
    let mut rows = Vec::new();
    for set in flows::documents(cx, account, kind.kind)? {
        let id = cx.state.store.number(account, &set.id, Part::Whole)?;
        let mut row = json!({"id": id.to_string(), "name": name_of(&set.body)});
        if kind.lists_entries {
            let mut entries = Vec::new();
            for entry in set.body.get("entries").and_then(Value::as_array).into_iter().flatten() {
                let name = entry.get("name").and_then(Value::as_str).unwrap_or_default();
                let part = Part::Entry(name.to_owned());
                let id = cx.state.store.number(account, &set.id, part)?;
                entries.push(json!({"id": id.to_string(), "name": name}));
            }
            answer::extend(&mut row, json!({ "entries": entries }));
        }
        rows.push(row);
    }
    Ok(Value::Array(rows).into())
}

fn read(cx: &Cx<'_>, kind: &Kind) -> Result<Reply, Fault> {
    let set = cx.document(":set", kind.kind, kind.what)?;
    let id = cx.state.store.number(&set.account, &set.id, Part::Whole)?;
    let mut value = Value::Object(set.body);
    answer::extend(&mut value, json!({"id": id.to_string()}));
    Ok(value.into())
}

fn create(cx: &Cx<'_>, kind: &Kind) -> Result<Reply, Fault> {
    let account = &cx.customer()?.id;
    let body = body_of(cx.members()?, &Map::new())?;
    let _lock = cx.state.lock(account);
    refuse_taken(cx, kind, &body, None)?;
    let new =
        NewDocument { account: account.clone(), kind: kind.kind.to_owned(), body, ..NewDocument::default() };
    let document = cx.state.store.create(new, &cx.author())?;
    let id = cx.state.store.number(account, &document.id, Part::Whole)?;
    Ok(answer::saved(cx.user, 1, json!([{"id": id.to_string()}])))
}

fn change(cx: &Cx<'_>, kind: &Kind) -> Result<Reply, Fault> {
    let set = cx.document(":set", kind.kind, kind.what)?;
    let body = body_of(cx.members()?, &set.body)?;
    let _lock = cx.state.lock(&set.account);
    refuse_taken(cx, kind, &body, Some(&set.id))?;
    let save = Save { expected: Some(&set.revision), body, ..Save::default() };
    cx.state.store.save(&set.account, &set.id, save, &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

fn delete(cx: &Cx<'_>, kind: &Kind) -> Result<Reply, Fault> {
    let set = cx.document(":set", kind.kind, kind.what)?;
    cx.state.store.delete(&set.account, &set.id, Some(&set.revision), &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// What is given, over what is there.
fn body_of(members: &Object, there: &Object) -> Result<Object, Fault> {
    let mut body = there.clone();
    body.extend(members.clone());
    body.shift_remove("id");
    let name = input::text(&body, "name")?;
    body.insert("name".to_owned(), name.into());
    match body.get("entries") {
        None => {
            body.insert("entries".to_owned(), json!([]));
        }
        Some(Value::Array(entries)) if entries.len() <= ENTRIES_MAX => {
            let named = |entry: &Value| entry.get("name").is_none_or(Value::is_string) && entry.is_object();
            if !entries.iter().all(named) {
                return Err(Fault::Invalid("An entry is not an object, or its name is no text.".to_owned()));
            }
        }
        // Tables may map keys to values.
        Some(Value::Object(entries)) if entries.len() <= ENTRIES_MAX => {}
        Some(_) => {
            return Err(Fault::Invalid(format!("`entries` is not a list of up to {ENTRIES_MAX} entries.")));
        }
    }
    Ok(body)
}

fn refuse_taken(cx: &Cx<'_>, kind: &Kind, body: &Object, own: Option<&str>) -> Result<(), Fault> {
    let name = name_of(body);
    let others = flows::documents(cx, &cx.customer()?.id, kind.kind)?;
    if others.iter().any(|other| name_of(&other.body) == name && own != Some(other.id.as_str())) {
        return Err(Fault::Conflict(format!("There is a {} {name} already.", kind.what)));
    }
    Ok(())
}
