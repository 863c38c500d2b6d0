//! `A/search` (reference "Crossbar" 3, "Search"): prefixes of names and numbers.
//!
//! Not here: list filters (`filter`).

use serde_json::{Map, Value, json};
use store::Document;

use crate::crossbar::context::{Cx, pick, text};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::request::Verb;

/// The most rows of one answer.
const ROWS_MAX: usize = 500;

/// What is compared with the searched text.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Name,
    Number,
    Both,
}

/// `search` and `search/multi`.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    if cx.request.verb != Verb::Get {
        return Err(Failure::Method(vec!["GET"]));
    }
    match arguments {
        [] => single(cx),
        ["multi"] => multi(cx),
        _ => Err(Failure::NotFound),
    }
}

fn single(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let mut tree = Tree::default();
    let mut ask = |name: &str| {
        let value = cx.request.parameter(name).filter(|value| !value.is_empty());
        if value.is_none() {
            tree.add(name, "required", format!("Search needs a value for \"{name}\""), json!({}));
        }
        value.unwrap_or_default()
    };
    let (kind, view, value) = (ask("t"), ask("q"), ask("v"));
    tree.into_result()?;
    let by = match view.as_str() {
        "name" => By::Name,
        "number" => By::Number,
        "name_and_number" => By::Both,
        _ => {
            let known = json!(["name", "number", "name_and_number"]);
            return Err(Failure::invalid(
                "q",
                "enum",
                "Search view not found",
                json!({"target": known, "cause": view}),
            ));
        }
    };
    Ok(Reply::ok(Value::Array(rows(cx, &kind, by, &value)?)))
}

fn multi(cx: &Cx<'_>) -> Result<Reply, Failure> {
    let kind = cx.request.parameter("t").ok_or_else(|| Failure::required("t"))?;
    let mut found = Map::new();
    for (name, by) in [("name", By::Name), ("number", By::Number), ("name_and_number", By::Both)] {
        if let Some(value) = cx.request.parameter(&format!("by_{name}")) {
            found.insert(name.to_owned(), Value::Array(rows(cx, &kind, by, &value)?));
        }
    }
    Ok(Reply::ok(Value::Object(found)))
}

fn rows(cx: &Cx<'_>, kind: &str, by: By, value: &str) -> Result<Vec<Value>, Failure> {
    let wanted = simplified(value);
    let documents = match kind {
        "account" => data::below(cx.state, &cx.account)?,
        _ => data::all(cx.state, &cx.account, kind)?,
    };
    let found = documents.iter().filter(|document| matches(document, by, &wanted)).take(ROWS_MAX);
    Ok(found.map(row).collect())
}

fn matches(document: &Document, by: By, wanted: &str) -> bool {
    let name = || simplified(&name_of(document)).starts_with(wanted);
    let number = || {
        let numbers = document.body.get("numbers").and_then(Value::as_array).into_iter().flatten();
        numbers.filter_map(Value::as_str).any(|number| simplified(number).starts_with(wanted))
    };
    (by != By::Number && name()) || (by != By::Name && number())
}

fn row(document: &Document) -> Value {
    let mut row = Map::new();
    row.insert("id".to_owned(), document.id.clone().into());
    row.extend(pick(&document.body, &["name", "numbers", "realm"]));
    row.entry("name").or_insert_with(|| name_of(document).into());
    Value::Object(row)
}

fn name_of(document: &Document) -> String {
    let part = |name| text(&document.body, name).unwrap_or_default();
    match part("name") {
        "" => format!("{} {}", part("first_name"), part("last_name")).trim().to_owned(),
        name => name.to_owned(),
    }
}

/// Lower-case letters and digits only, as the search views compare.
fn simplified(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
