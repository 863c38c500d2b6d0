//! Announcements: entries of named sets, each with a media document or a prompt (reference "N2FE" 1.8).
//!
//! A set is a document; an entry is known by the number of its id in it. Not here: audio, which is uploaded as media.

use flow::n2fe::service::ANNOUNCEMENT_SET;
use serde_json::{Map, Value, json};
use store::{Document, NewDocument, Object, Part};

use super::answer::{self, Reply};
use super::dispatch::{Cx, get};
use super::fault::Fault;
use super::{flows, input};

/// Members of an entry beside its name: what is played is a media document, prompt or address, or a text that is spoken.
const MEMBERS: [&str; 3] = ["description", "media", "text"];
/// Entries of one set.
const ENTRIES_MAX: usize = 10_000;

/// `GET /api/customer/:customer/announcement`: those with `query` in the name of set or entry or in the description.
pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let sought = cx.request.parameter("query").unwrap_or_default().to_lowercase();
    let mut rows = Vec::new();
    for set in flows::documents(cx, &cx.customer()?.id, ANNOUNCEMENT_SET)? {
        for entry in entries(&set.body) {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let (in_set, description) = (name_of(&set), text("description"));
            let fits =
                [in_set, text("name"), description].iter().any(|text| text.to_lowercase().contains(&sought));
            if fits {
                let id = number(cx, &set, entry)?;
                let mut row = json!({"i": id, "s": in_set, "e": text("name")});
                if !description.is_empty() {
                    answer::extend(&mut row, json!({"d": description}));
                }
                rows.push(row);
            }
        }
    }
    Ok(Value::Array(rows).into())
}

/// `GET /api/customer/:customer/announcement/:announcement`
pub(crate) fn read(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let (set, key) = own(cx)?;
    let entry = entries(&set.body).find(|entry| key_of(entry) == key);
    let entry = entry.ok_or(Fault::NotFound("announcement"))?;
    let mut row = json!({
        "id": number(cx, &set, entry)?,
        "set": name_of(&set),
        "entry": entry.get("name"),
    });
    for name in MEMBERS {
        if let Some(value) = entry.get(name) {
            answer::extend(&mut row, json!({ name: value }));
        }
    }
    Ok(row.into())
}

/// `POST /api/customer/:customer/announcement`: `set`, `entry`, `description`, `media` or `text`; a set that is not
/// there is made.
pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let account = &cx.customer()?.id;
    let (set, name) = (input::text(members, "set")?, input::text(members, "entry")?);
    let key = store::new_id()?;
    let mut entry = Map::new();
    entry.insert("id".to_owned(), key.as_str().into());
    entry.insert("name".to_owned(), name.into());
    lay(&mut entry, members)?;
    let _lock = cx.state.lock(account);
    let found = flows::documents(cx, account, ANNOUNCEMENT_SET)?.into_iter().find(|row| name_of(row) == set);
    let document = match found {
        Some(found) => edit(cx, &found, move |list| put(list, None, entry))?,
        None => {
            let mut body = Object::new();
            body.insert("name".to_owned(), set.into());
            body.insert("entries".to_owned(), Value::Array(vec![Value::Object(entry)]));
            let (account, kind) = (account.clone(), ANNOUNCEMENT_SET.to_owned());
            let new = NewDocument { account, kind, body, ..NewDocument::default() };
            cx.state.store.create(new, &cx.author())?
        }
    };
    let id = cx.state.store.number(account, &document.id, Part::Entry(key))?;
    Ok(answer::saved(cx.user, 1, json!([{"id": id.to_string()}])))
}

/// `PUT /api/customer/:customer/announcement/:announcement`: `entry`, `description`, `media`, `text`, as far as
/// they are given.
pub(crate) fn change(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let (set, key) = own(cx)?;
    let mut given = Map::new();
    if let Some(name) = input::optional(members, "entry")? {
        given.insert("name".to_owned(), name.into());
    }
    lay(&mut given, members)?;
    edit(cx, &set, move |list| put(list, Some(&key), given))?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// `DELETE /api/customer/:customer/announcement/:announcement`
pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let (set, key) = own(cx)?;
    edit(cx, &set, move |list| {
        list.retain(|entry| key_of(entry) != key);
        Ok(())
    })?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

fn own(cx: &Cx<'_>) -> Result<(Document, String), Fault> {
    let what = "announcement";
    let account = &cx.customer()?.id;
    let found = cx.numbered(account, cx.id(":announcement", what)?, what)?;
    let Part::Entry(key) = found.part else { return Err(Fault::NotFound(what)) };
    let set = get(cx.state, account, &found.document)?.filter(|set| set.kind == ANNOUNCEMENT_SET);
    let set = set.filter(|set| entries(&set.body).any(|entry| key_of(entry) == key));
    Ok((set.ok_or(Fault::NotFound(what))?, key))
}

/// Puts an entry into a set's list or over the one with this key; names stay unique in the set.
fn put(list: &mut Vec<Value>, key: Option<&str>, given: Map<String, Value>) -> store::Result<()> {
    let name = given.get("name");
    let taken = |entry: &Value| entry.get("name") == name && key != Some(key_of(entry).as_str());
    if name.is_some() && list.iter().any(taken) {
        let value = name.and_then(Value::as_str).unwrap_or_default().to_owned();
        return Err(store::StoreError::Exists { what: "entry", value });
    }
    let is_full = list.len() >= ENTRIES_MAX;
    if let Some(key) = key {
        if let Some(Value::Object(entry)) = list.iter_mut().find(|entry| key_of(entry) == key) {
            entry.extend(given);
        }
    } else if is_full {
        return Err(store::StoreError::Invalid(format!("a set has at most {ENTRIES_MAX} entries")));
    } else {
        list.push(Value::Object(given));
    }
    Ok(())
}

fn edit(
    cx: &Cx<'_>,
    set: &Document,
    change: impl FnOnce(&mut Vec<Value>) -> store::Result<()> + Send + 'static,
) -> Result<Document, Fault> {
    let edited = cx.state.store.edit(&set.account, &set.id, &cx.author(), move |body| {
        let mut list = body.get("entries").and_then(Value::as_array).cloned().unwrap_or_default();
        change(&mut list)?;
        body.insert("entries".to_owned(), Value::Array(list));
        Ok(())
    })?;
    Ok(edited.0)
}

fn lay(entry: &mut Map<String, Value>, members: &Object) -> Result<(), Fault> {
    for name in MEMBERS {
        if let Some(text) = input::optional(members, name)? {
            entry.insert(name.to_owned(), text.into());
        }
    }
    Ok(())
}

fn number(cx: &Cx<'_>, set: &Document, entry: &Value) -> Result<String, Fault> {
    let part = Part::Entry(key_of(entry));
    Ok(cx.state.store.number(&set.account, &set.id, part)?.to_string())
}

/// What an entry is known by in its set: its id, or its name when it has none.
fn key_of(entry: &Value) -> String {
    let text = |name: &str| match entry.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    text("id").or_else(|| text("name")).unwrap_or_default()
}

fn entries(body: &Object) -> impl Iterator<Item = &Value> {
    body.get("entries").and_then(Value::as_array).into_iter().flatten()
}

fn name_of(set: &Document) -> &str {
    super::describe::name_of(&set.body)
}
