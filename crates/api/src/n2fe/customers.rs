//! Customers, which are accounts (reference "N2FE" 1.5).
//!
//! Not here: their numbers (`numbers`) and flows (`flows`).

use flow::account::services::CUSTOMER_PROFILE;
use serde_json::{Value, json};
use store::{Document, NewAccount, NewDocument, Object, Part, Save, StoreError};

use super::answer::{self, Reply};
use super::describe::{self, name_of};
use super::dispatch::{Cx, get};
use super::fault::Fault;
use super::input;

/// The tags of a customer's profile that may be set.
const TAGS: [&str; 3] = [
    "pt_alternative_control_plan_activation",
    "pt_termination_number_swap_activation",
    "pt_termination_number_swap_mapping",
];

/// Most customers of one reply.
const ROWS_MAX: usize = 10_000;

/// `GET /api/customers` and `GET /api/customer`: those whose name or one of whose service numbers contains `name`.
pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let sought = cx.request.parameter("name").unwrap_or_default().to_lowercase();
    let numbers = describe::numbers_by_account(cx)?;
    let mut rows = Vec::new();
    for row in cx.state.store.accounts()? {
        if rows.len() >= ROWS_MAX || !cx.user.sees(cx.state, &row.id) {
            continue;
        }
        let sns = numbers.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let fits = row.name.to_lowercase().contains(&sought) || sns.iter().any(|sn| sn.contains(&sought));
        if fits {
            let account = cx.state.store.account(&row.id)?;
            rows.push(shown(cx, &account, sns)?);
        }
    }
    Ok(Value::Array(rows).into())
}

/// `GET /api/customer/:customer`
pub(crate) fn read(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let customer = cx.customer()?;
    let numbers = describe::numbers_by_account(cx)?;
    let sns = numbers.get(&customer.id).map(Vec::as_slice).unwrap_or_default();
    // Users of one service number are not told the others.
    let own = match &cx.user.kind {
        super::user::Kind::ServiceNumber(_) => &[],
        _ => sns,
    };
    let mut value = shown(cx, customer, own)?;
    let tags = get(cx.state, &customer.id, CUSTOMER_PROFILE)?
        .and_then(|profile| profile.body.get("profile_tags").cloned())
        .unwrap_or_else(|| json!({}));
    answer::extend(&mut value, json!({"customer_reference": reference(customer), "profile_tags": tags}));
    Ok(value.into())
}

/// `POST /api/customer`: an account below the operator's.
pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let name = input::text(members, "name")?;
    let id = store::new_id()?;
    let mut body = Object::new();
    body.insert("name".to_owned(), name.as_str().into());
    let realm = match input::optional(members, "realm")? {
        Some(realm) => realm,
        None => format!("{}.customers.n2fe.invalid", id.get(..8).unwrap_or_default()),
    };
    body.insert("realm".to_owned(), realm.into());
    let timezone = input::optional(members, "timezone")?.unwrap_or_else(|| cx.user.timezone.clone());
    body.insert("timezone".to_owned(), timezone.into());
    if let Some(reference) = given_reference(members)? {
        body.insert("customer_reference".to_owned(), reference.into());
    }
    let new = NewAccount { id: Some(id), parent: Some(cx.user.account.clone()), body };
    let _lock = cx.state.lock(&cx.user.account);
    refuse_taken(cx, &cx.user.account, None, &name)?;
    let account = cx.state.store.create_account(new, &cx.author())?;
    let id = cx.state.store.number(&account.id, &account.id, Part::Whole)?;
    Ok(answer::saved(cx.user, 1, json!([{"id": id.to_string()}])))
}

/// `PUT /api/customer/:customer`: name and reference.
pub(crate) fn change(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let customer = cx.customer()?;
    let mut body = customer.body.clone();
    let row = cx.state.store.account_row(&customer.id)?;
    let above = row.and_then(|row| row.parent).unwrap_or_default();
    let _lock = cx.state.lock(&above);
    if members.contains_key("name") {
        let name = input::text(members, "name")?;
        refuse_taken(cx, &above, Some(&customer.id), &name)?;
        body.insert("name".to_owned(), name.into());
    }
    if let Some(reference) = given_reference(members)? {
        body.insert("customer_reference".to_owned(), reference.into());
    }
    let save = Save { expected: Some(&customer.revision), body, ..Save::default() };
    cx.state.store.save(&customer.id, &customer.id, save, &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// Customers of one operator have different names, in any case, so that a request that is sent twice makes one. Whoever
/// renames a customer is not told of those they do not see.
fn refuse_taken(cx: &Cx<'_>, above: &str, own: Option<&str>, name: &str) -> Result<(), Fault> {
    let wanted = name.to_lowercase();
    let is_taken = cx.state.store.children(above)?.iter().any(|row| {
        row.name.trim().to_lowercase() == wanted
            && own.is_none_or(|own| own != row.id && cx.user.sees(cx.state, &row.id))
    });
    if is_taken { Err(Fault::Conflict(format!("The name {name} is taken."))) } else { Ok(()) }
}

/// `DELETE /api/customer/:customer`: with its users, numbers and schedules.
pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let customer = cx.customer()?;
    if customer.id == cx.user.account {
        return Err(Fault::Conflict("You would delete your own account.".to_owned()));
    }
    cx.state.store.delete_account(&customer.id, &cx.author()).map_err(|error| match error {
        StoreError::Invalid(_) => Fault::Conflict("The customer has customers of its own.".to_owned()),
        other => other.into(),
    })?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// `PUT /api/customer/:customer/update_profile`
pub(crate) fn update_profile(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let customer = cx.customer()?;
    let tag = input::text(members, "profile_tag")?;
    if !TAGS.contains(&tag.as_str()) {
        return Err(Fault::Invalid(format!("`{tag}` is no tag of a customer's profile.")));
    }
    let value = tag_value(&tag, members.get("profile_value"))?;
    if get(cx.state, &customer.id, CUSTOMER_PROFILE)?.is_none() {
        let new = NewDocument {
            account: customer.id.clone(),
            id: Some(CUSTOMER_PROFILE.to_owned()),
            kind: CUSTOMER_PROFILE.to_owned(),
            ..NewDocument::default()
        };
        match cx.state.store.create(new, &cx.author()) {
            // Somebody else has just made it.
            Ok(_) | Err(StoreError::Exists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    tracing::info!(tag, "a customer's profile is changed");
    cx.state.store.edit(&customer.id, CUSTOMER_PROFILE, &cx.author(), move |body| {
        set_tag(body, "profile_tags", &tag, value);
        Ok(())
    })?;
    Ok(json!(1).into())
}

/// Sets a member of a member; `null` takes it away.
pub(crate) fn set_tag(body: &mut Object, member: &str, tag: &str, value: Value) {
    let tags = body.entry(member).or_insert_with(|| json!({}));
    if !tags.is_object() {
        *tags = json!({});
    }
    if let Some(tags) = tags.as_object_mut() {
        if value.is_null() {
            tags.shift_remove(tag);
        } else {
            tags.insert(tag.to_owned(), value);
        }
    }
}

/// Truth for tags that switch something, an object for the mapping (also as the text of one).
fn tag_value(tag: &str, value: Option<&Value>) -> Result<Value, Fault> {
    if !tag.ends_with("_mapping") {
        return Ok(Value::Bool(input::flag(value, false)?));
    }
    let parsed = match value {
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        other => other.cloned(),
    };
    match parsed {
        Some(value @ (Value::Object(_) | Value::Null)) => Ok(value),
        None => Ok(Value::Null),
        Some(_) => Err(Fault::Invalid("The mapping is not a JSON object.".to_owned())),
    }
}

fn shown(cx: &Cx<'_>, account: &Document, numbers: &[String]) -> Result<Value, Fault> {
    let id = cx.state.store.number(&account.id, &account.id, Part::Whole)?;
    let mut value = json!({
        "id": id.to_string(),
        "name": name_of(&account.body),
        "customer_sns": numbers.join(", "),
    });
    if let Some(reference) = account.body.get("customer_reference") {
        answer::extend(&mut value, json!({ "reference": reference }));
    }
    Ok(value)
}

fn reference(account: &Document) -> Value {
    account.body.get("customer_reference").cloned().unwrap_or_else(|| "".into())
}

fn given_reference(members: &Object) -> Result<Option<String>, Fault> {
    let long = input::optional(members, "customer_reference")?;
    Ok(long.or(input::optional(members, "reference")?))
}
