//! Service numbers of a customer (reference "N2FE" 1.6).
//!
//! Not here: their schedules (`schedules`).

use serde_json::{Map, Value, json};
use store::document::SERVICE_NUMBER;
use store::{NewDocument, Object, Part};

use super::answer::{self, Reply};
use super::customers::set_tag;
use super::describe;
use super::dispatch::Cx;
use super::fault::Fault;
use super::input;

/// Digits of a service number.
const DIGITS_MAX: usize = 32;
/// Restricted numbers of one service number.
const RESTRICTIONS_MAX: usize = 10_000;
/// Rows of a reply that asks for no page.
const ROWS_MAX: usize = 10_000;
/// Tags that operations of flows read; others are kept beside them.
const PROFILE: [&str; 3] = ["pin", "account_codes", "follow_me"];

/// `GET /api/customer/:customer/number`, a page of those whose number contains `sn`.
pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let customer = cx.customer()?;
    let parameter = |names: &[&str]| names.iter().find_map(|name| cx.request.parameter(name));
    let sought = parameter(&["sn"]).unwrap_or_default();
    let with_tags = wants_tags(cx)?;
    let Some(index) = cx.state.store.index(&customer.id) else { return Ok(json!([]).into()) };
    let number = |document: &flow::account::Document| {
        document.body.get("number").and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut rows: Vec<_> = index
        .of_type(SERVICE_NUMBER)
        .filter(|document| cx.user.sees_number(&document.id) && number(document).contains(sought))
        .collect();
    if !matches!(parameter(&["sort_field", "sort"]), None | Some("" | "sn")) {
        return Err(Fault::Invalid("Service numbers can only be sorted by `sn`.".to_owned()));
    }
    rows.sort_by_key(|document| number(document));
    if parameter(&["sort_dir", "dir"]).is_some_and(|dir| dir.to_ascii_uppercase().starts_with('D')) {
        rows.reverse();
    }
    let count = |names: &[&str], otherwise: usize| match parameter(names) {
        None | Some("") => Ok(otherwise),
        Some(text) => text
            .parse()
            .map_err(|_| Fault::Invalid(format!("`{}` is not a whole number.", names.join("`, `")))),
    };
    let start = count(&["page_start", "start"], 0)?;
    let limit = count(&["page_limit", "limit"], ROWS_MAX)?;
    let total = rows.len();
    let page = rows.into_iter().skip(start).take(if limit == 0 { ROWS_MAX } else { limit.min(ROWS_MAX) });
    let shown: Result<Vec<Value>, Fault> =
        page.map(|document| describe::number(cx, &index, document, with_tags)).collect();
    Ok(Reply::Page(Value::Array(shown?), total))
}

/// `GET /api/customer/:customer/number/:number`
pub(crate) fn read(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let number = cx.number()?;
    let index = cx.state.store.index(&number.account).ok_or(Fault::NotFound("service number"))?;
    let document = index.document(&number.id).ok_or(Fault::NotFound("service number"))?;
    let mut value = describe::number(cx, &index, document, wants_tags(cx)?)?;
    let restrictions = number.body.get("number_restrictions").cloned().unwrap_or_else(|| json!({}));
    answer::extend(&mut value, json!({ "restrictionList": restrictions }));
    Ok(value.into())
}

/// `POST /api/customer/:customer/number`
pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let customer = cx.customer()?;
    let sn = input::text(cx.members()?, "sn")?;
    if !is_number(&sn) {
        return Err(Fault::Invalid(format!("`{sn}` is not a number of up to {DIGITS_MAX} digits.")));
    }
    let mut body = Object::new();
    body.insert("number".to_owned(), sn.into());
    let kind = SERVICE_NUMBER.to_owned();
    let new = NewDocument { account: customer.id.clone(), kind, body, ..NewDocument::default() };
    let document = cx.state.store.create(new, &cx.author())?;
    let id = cx.state.store.number(&customer.id, &document.id, Part::Whole)?;
    Ok(answer::saved(cx.user, 1, json!([{"id": id.to_string()}])))
}

/// `DELETE /api/customer/:customer/number/:number`, with its schedules.
pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let number = cx.number()?;
    cx.state.store.delete(&number.account, &number.id, Some(&number.revision), &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// `PUT /api/customer/:customer/number/:number/number_restriction`
pub(crate) fn restrict(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let list = cx.members()?.get("restrictionList").and_then(Value::as_object).cloned();
    let list = list.ok_or_else(|| Fault::Invalid("`restrictionList` is not an object.".to_owned()))?;
    if list.len() > RESTRICTIONS_MAX {
        return Err(Fault::Invalid(format!("More than {RESTRICTIONS_MAX} restricted numbers.")));
    }
    let mut checked = Map::new();
    for (number, value) in list {
        if !is_number(&number) {
            return Err(Fault::Invalid(format!("`{number}` is not a number.")));
        }
        let value = input::number(&value);
        let value = value.ok_or_else(|| Fault::Invalid("A restriction is not a whole number.".to_owned()))?;
        checked.insert(number, value.into());
    }
    edit(cx, move |body| {
        body.insert("number_restrictions".to_owned(), Value::Object(checked));
    })
}

/// `PUT /api/customer/:customer/number/:number/update_profile`
pub(crate) fn update_profile(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let tag = input::text(members, "profile_tag")?;
    let value = members.get("profile_value").cloned().unwrap_or_default();
    let member = if PROFILE.contains(&tag.as_str()) { "profile" } else { "profile_tags" };
    let fits = match tag.as_str() {
        "pin" | "follow_me" => value.is_null() || value.is_string() || value.is_number(),
        "account_codes" => value.is_null() || value.is_array(),
        _ => true,
    };
    if !fits {
        return Err(Fault::Invalid(format!("This is no value for `{tag}`.")));
    }
    let value = match value {
        Value::Number(number) if member == "profile" => Value::String(number.to_string()),
        other => other,
    };
    edit(cx, move |body| set_tag(body, member, &tag, value))
}

fn edit(cx: &Cx<'_>, change: impl FnOnce(&mut Object) + Send + 'static) -> Result<Reply, Fault> {
    let number = cx.number()?;
    cx.state.store.edit(&number.account, &number.id, &cx.author(), move |body| {
        change(body);
        Ok(())
    })?;
    Ok(json!(1).into())
}

fn wants_tags(cx: &Cx<'_>) -> Result<bool, Fault> {
    match cx.request.parameter("fields") {
        None | Some("") => Ok(false),
        Some("profile_tags") => Ok(true),
        Some(_) => Err(Fault::Invalid("`fields` can only be `profile_tags`.".to_owned())),
    }
}

/// Digits, with or without a plus in front.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
