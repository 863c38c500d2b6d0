//! `A/phone_numbers` (reference "Crossbar" 4.1): the numbers the account's callflows answer, and those it keeps
//! spare.
//!
//! Not here: buying, porting and carriers; such paths are answered 501.

use std::collections::BTreeMap;

use flow::numbers::{Classifier, Classifiers, NumberPlan};
use serde_json::{Map, Value, json};
use store::{Document, NewDocument};

use crate::crossbar::context::{Cx, public};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::request::Verb;

/// The type of a kept number's document; its id is the number.
const KIND: &str = "phone_number";

/// Lists, shows, keeps and frees numbers.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => list(cx),
        ([], _) => Err(Failure::Method(vec!["GET"])),
        (["classifiers"], Verb::Get) => {
            let classifiers = Classifiers::default();
            let all = classifiers.iter().map(|class| (class.name.clone(), describe(class)));
            Ok(Reply::ok(Value::Object(all.collect())))
        }
        (["classifiers", number], Verb::Get) => classify(number),
        ([number], Verb::Get) => {
            let number = normalised(number);
            let found = inventory(cx)?.remove(&number).ok_or(Failure::BadIdentifier(number))?;
            Ok(Reply::ok(Value::Object(found)))
        }
        ([number] | [number, "activate"], Verb::Put | Verb::Post | Verb::Patch) => keep(cx, number),
        ([number], Verb::Delete) => free(cx, number),
        _ => Err(Failure::NotImplemented),
    }
}

fn list(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let filters = cx.filters();
    let numbers = inventory(cx)?.into_iter().filter(|(_, entry)| filters.pass(entry, 0, 0));
    let numbers: Map<String, Value> = numbers.map(|(number, entry)| (number, Value::Object(entry))).collect();
    let quantity = numbers.len();
    Ok(Reply::ok(json!({"numbers": numbers, "cascade_quantity": quantity})))
}

/// Every number of the account with what is known about it.
fn inventory(cx: &Cx<'_>) -> Result<BTreeMap<String, Map<String, Value>>, Failure> {
    let mut numbers = BTreeMap::new();
    for document in data::all(cx.state, &cx.account, KIND)? {
        let mut entry = facts(cx, &document);
        entry.extend(public(&document.body));
        numbers.insert(document.id, entry);
    }
    for callflow in data::all(cx.state, &cx.account, "callflow")? {
        let dialled = callflow.body.get("numbers").and_then(Value::as_array).into_iter().flatten();
        for number in dialled.filter_map(Value::as_str).filter(|number| number.starts_with('+')) {
            let entry = numbers.entry(number.to_owned()).or_insert_with(|| facts(cx, &callflow));
            entry.insert("used_by".to_owned(), json!("callflow"));
            entry.insert("state".to_owned(), json!("in_service"));
        }
    }
    Ok(numbers)
}

fn facts(cx: &Cx<'_>, document: &Document) -> Map<String, Value> {
    let facts = json!({
        "state": "in_service",
        "features": [],
        "assigned_to": cx.account,
        "created": document.created,
        "updated": document.modified,
    });
    facts.as_object().cloned().unwrap_or_default()
}

fn classify(number: &str) -> Result<Reply, Failure> {
    let number = normalised(number);
    let classifiers = Classifiers::default();
    let class = classifiers.find(&number).ok_or(Failure::NotFound)?;
    let mut shown = describe(class);
    if let Some(members) = shown.as_object_mut() {
        members.insert("name".to_owned(), class.name.clone().into());
        members.insert("e164".to_owned(), number.clone().into());
        members.insert("number".to_owned(), number.into());
    }
    Ok(Reply::ok(shown))
}

fn describe(class: &Classifier) -> Value {
    json!({"friendly_name": class.friendly_name, "emergency": class.emergency})
}

fn keep(cx: &Cx<'_>, number: &str) -> Result<Reply, Failure> {
    let number = normalised(number);
    if !number.starts_with('+') {
        let message = "a number in E.164 form is needed";
        return Err(Failure::invalid("number", "invalid", message, json!({"value": number})));
    }
    let _lock = cx.state.lock("numbers");
    if data::number_owner(cx.state, &number)?.is_some_and(|owner| owner != cx.account) {
        return Err(Failure::Forbidden(format!("unauthorized to use {number}")));
    }
    let body = public(cx.data()?);
    match data::find(cx.state, &cx.account, &number)? {
        Some(stored) => {
            let save = store::Save { expected: Some(&stored.revision), body, ..store::Save::default() };
            cx.state.store.save(&cx.account, &number, save, &cx.author())?;
        }
        None => {
            let new = NewDocument {
                account: cx.account.clone(),
                id: Some(number.clone()),
                kind: KIND.to_owned(),
                body,
                private: Map::new(),
            };
            cx.state.store.create(new, &cx.author())?;
        }
    }
    let entry = inventory(cx)?.remove(&number).unwrap_or_default();
    if cx.request.verb == Verb::Put {
        return Ok(Reply::created(Value::Object(entry), None, None));
    }
    Ok(Reply::ok(Value::Object(entry)))
}

fn free(cx: &Cx<'_>, number: &str) -> Result<Reply, Failure> {
    let number = normalised(number);
    let stored = data::document(cx.state, &cx.account, KIND, &number)?;
    data::delete(cx, &stored, true)?;
    let mut entry = facts(cx, &stored);
    entry.insert("_read_only".to_owned(), json!({"deleted": true}));
    Ok(Reply::ok(Value::Object(entry)))
}

fn normalised(number: &str) -> String {
    NumberPlan::default().normalise(number)
}
