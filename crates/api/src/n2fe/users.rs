//! Users of a customer: those with a level from 1 to 7, and those of one service number (reference "N2FE" 1.3). In an
//! operator's own account also operators.
//!
//! Nobody gives more rights than they have. Not here: logging in (`user`), passwords (crate `store`).

use serde_json::{Value, json};
use store::document::N2FE_USER;
use store::{Document, Object, Part};

use super::answer::{self, Reply};
use super::dispatch::Cx;
use super::fault::Fault;
use super::user::{Kind, LEVEL_MAX};
use super::{flows, input};

/// The fewest characters of a password.
const PASSWORD_CHARS_MIN: usize = 8;

/// `GET /api/customer/:customer/user`
pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let account = &cx.customer()?.id;
    let mut rows = Vec::new();
    for user in flows::documents(cx, account, N2FE_USER)? {
        let id = cx.state.store.number(account, &user.id, Part::Whole)?;
        let mut row = json!({"id": id.to_string()});
        answer::extend(&mut row, Value::Object(user.body));
        rows.push(row);
    }
    Ok(Value::Array(rows).into())
}

/// `POST /api/customer/:customer/user`: `username`, `password`, `permission_level` or `service_number`, `locked`,
/// `timezone`; for operators in their own account `user_type` `SMS`, `groups`, `customers`.
pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let account = &cx.customer()?.id;
    let mut body = Object::new();
    lay(cx, &mut body, cx.members()?)?;
    if !body.contains_key("username") || !body.contains_key("password") {
        return Err(Fault::Invalid("A user needs `username` and `password`.".to_owned()));
    }
    refuse_more(cx, &body)?;
    let user = cx.state.store.create_login(account, body, &cx.author())?;
    let id = cx.state.store.number(account, &user.id, Part::Whole)?;
    Ok(answer::saved(cx.user, 1, json!([{"id": id.to_string()}])))
}

/// `PUT /api/customer/:customer/user/:user`: what is given.
pub(crate) fn change(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let user = own(cx)?;
    let mut body = user.body.clone();
    lay(cx, &mut body, cx.members()?)?;
    refuse_more(cx, &body)?;
    cx.state.store.save_login(&user.account, &user.id, body, Some(&user.revision), &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// `DELETE /api/customer/:customer/user/:user`
pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let user = own(cx)?;
    if user.id == cx.user.id {
        return Err(Fault::Conflict("You would delete yourself.".to_owned()));
    }
    cx.state.store.delete(&user.account, &user.id, Some(&user.revision), &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// The user of the path, whose rights must not go beyond those of who asks.
fn own(cx: &Cx<'_>) -> Result<Document, Fault> {
    let user = cx.document(":user", N2FE_USER, "user")?;
    refuse_more(cx, &user.body)?;
    Ok(user)
}

fn lay(cx: &Cx<'_>, body: &mut Object, members: &Object) -> Result<(), Fault> {
    for name in ["username", "timezone"] {
        if let Some(text) = input::optional(members, name)? {
            body.insert(name.to_owned(), text.into());
        }
    }
    if let Some(password) = members.get("password").and_then(Value::as_str) {
        if password.chars().count() < PASSWORD_CHARS_MIN {
            let text = format!("A password has at least {PASSWORD_CHARS_MIN} characters.");
            return Err(Fault::Invalid(text));
        }
        body.insert("password".to_owned(), password.into());
    }
    if members.contains_key("locked") {
        body.insert("locked".to_owned(), input::flag(members.get("locked"), false)?.into());
    }
    if let Some(level) = members.get("permission_level") {
        let level = input::number(level).and_then(|level| u8::try_from(level).ok());
        let level = level.filter(|level| (1..=LEVEL_MAX).contains(level));
        let wrong = || Fault::Invalid(format!("`permission_level` is not 1 to {LEVEL_MAX}."));
        body.insert("permission_level".to_owned(), level.ok_or_else(wrong)?.into());
    }
    if let Some(number) = input::optional(members, "service_number")? {
        let owner = cx.state.store.service_number(&number)?;
        if owner.is_none_or(|(account, _)| cx.customer().is_ok_and(|customer| customer.id != account)) {
            return Err(Fault::NotFound("service number"));
        }
        body.insert("service_number".to_owned(), number.into());
        body.insert("user_type".to_owned(), "SN".into());
    }
    if let Some(kind) = input::optional(members, "user_type")? {
        if !matches!(kind.as_str(), "SMS" | "ACS" | "SN") {
            return Err(Fault::Invalid("`user_type` is neither SMS, ACS nor SN.".to_owned()));
        }
        body.insert("user_type".to_owned(), kind.into());
    }
    if let Some(groups) = members.get("groups") {
        let texts = groups.as_array().is_some_and(|groups| groups.iter().all(Value::is_string));
        if !texts {
            return Err(Fault::Invalid("`groups` is not a list of texts.".to_owned()));
        }
        body.insert("groups".to_owned(), groups.clone());
    }
    if let Some(customers) = members.get("customers") {
        body.insert("customers".to_owned(), restriction(cx, customers)?);
    }
    Ok(())
}

/// The accounts of the customers an operator is restricted to; `null` for all.
fn restriction(cx: &Cx<'_>, customers: &Value) -> Result<Value, Fault> {
    let Value::Array(ids) = customers else {
        return match customers {
            Value::Null => Ok(Value::Null),
            _ => Err(Fault::Invalid("`customers` is not a list.".to_owned())),
        };
    };
    ids.iter().map(|id| Ok(Value::String(cx.customer_of(Some(id))?.id))).collect()
}

/// Refuses rights that the user who asks does not have.
fn refuse_more(cx: &Cx<'_>, body: &Object) -> Result<(), Fault> {
    let refused = Err(Fault::Forbidden("This user would have, or has, more rights than you."));
    if body.get("user_type").and_then(Value::as_str) == Some("SMS") {
        let (Kind::Operator(None), true) = (&cx.user.kind, cx.customer()?.id == cx.user.account) else {
            return refused;
        };
        let groups = body.get("groups").and_then(Value::as_array);
        let has = |group: &Value| cx.user.groups.iter().any(|own| group.as_str() == Some(own.as_str()));
        let is_boss = cx.user.groups.iter().any(|group| group == "ACS_BOSS");
        let fits = is_boss || groups.into_iter().flatten().all(has);
        return if fits { Ok(()) } else { refused };
    }
    if matches!(cx.user.kind, Kind::Operator(_)) {
        return Ok(());
    }
    let level = body.get("permission_level").and_then(Value::as_u64).unwrap_or(1);
    let own =
        cx.user.groups.iter().filter_map(|group| group.strip_prefix("AcsPermissionLevel")?.parse().ok());
    if own.max().is_some_and(|own: u64| level <= own) { Ok(()) } else { refused }
}
