//! Event counters of a customer, which all its calls share.
//!
//! Not here: counting (crate `store`), and what a flow does with it (crate `engine`).

use serde_json::{Value, json};
use store::document::EVENT_COUNTER;
use store::{NewDocument, Object, Part};

use super::answer::{self, Reply};
use super::describe::name_of;
use super::dispatch::Cx;
use super::fault::Fault;
use super::{flows, input};

/// `GET /api/customer/:customer/event_counter`
pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let account = &cx.customer()?.id;
    let mut rows = Vec::new();
    for counter in flows::documents(cx, account, EVENT_COUNTER)? {
        let id = cx.state.store.number(account, &counter.id, Part::Whole)?;
        let name = name_of(&counter.body);
        let value = cx.state.store.counted(account, name)?;
        rows.push(json!({"id": id.to_string(), "name": name, "value": value.to_string()}));
    }
    Ok(Value::Array(rows).into())
}

/// `POST /api/customer/:customer/event_counter`: `name`, and `value` to begin with.
pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let account = &cx.customer()?.id;
    let mut body = Object::new();
    body.insert("name".to_owned(), input::text(members, "name")?.into());
    body.insert("value".to_owned(), value_of(members)?.unwrap_or(0).into());
    let (account, kind) = (account.clone(), EVENT_COUNTER.to_owned());
    let counter =
        cx.state.store.create(NewDocument { account, kind, body, ..NewDocument::default() }, &cx.author())?;
    let id = cx.state.store.number(&counter.account, &counter.id, Part::Whole)?;
    Ok(answer::saved(cx.user, 1, json!([{"id": id.to_string()}])))
}

/// `PUT /api/customer/:customer/event_counter/:counter`: `value`, from which it counts on.
pub(crate) fn set(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let counter = cx.document(":counter", EVENT_COUNTER, "event counter")?;
    let value = value_of(cx.members()?)?;
    let value = value.ok_or_else(|| Fault::Invalid("`value` is missing.".to_owned()))?;
    cx.state.store.set_counter(&counter.account, name_of(&counter.body), value)?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// `DELETE /api/customer/:customer/event_counter/:counter`
pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let counter = cx.document(":counter", EVENT_COUNTER, "event counter")?;
    cx.state.store.delete(&counter.account, &counter.id, Some(&counter.revision), &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

fn value_of(members: &Object) -> Result<Option<i64>, Fault> {
    let Some(value) = members.get("value").filter(|value| !value.is_null()) else { return Ok(None) };
    let wrong = || Fault::Invalid("`value` is not a whole number.".to_owned());
    input::number(value).map(Some).ok_or_else(wrong)
}
