//! Schedules of service numbers: which version of a flow answers from when on.
//!
//! They are members of the service number's document, so every change is a version of it and history is never lost.
//! Not here: which one is in force (`flow::account::schedule`).

use flow::account::schedule::{self, MAX_SCHEDULES, Schedule};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock;
use crate::document::{Author, CALLFLOW, CONTROL_PLAN, Document, Object, Private, SERVICE_NUMBER};
use crate::documents::{current, replace};
use crate::error::{Result, StoreError};
use crate::history::Numbers;
use crate::index::to_flow;
use crate::random::new_id;
use crate::sqlite::{Effect, Write, documents as sql, services};
use crate::store::Store;

/// A schedule to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSchedule {
    /// The document of the control plan or callflow, in the same account as the service number.
    pub flow: String,
    /// The version that is to answer.
    pub version: u32,
    /// From when on.
    pub effective: Timestamp,
    /// It counts at once; one that does not can be activated later.
    pub activated: bool,
}

impl Store {
    /// Adds a schedule to a service number.
    ///
    /// # Errors
    /// `NotFound` without the service number, or without the flow's version in its account; `Invalid` when it has
    /// 10,000 schedules.
    pub fn schedule(
        &self,
        account: &str,
        number: &str,
        new: NewSchedule,
        author: &Author,
    ) -> Result<Schedule> {
        self.edit_schedules(account, number, author, move |write, account, by, list| {
            if list.len() >= MAX_SCHEDULES {
                return Err(StoreError::Invalid(format!("a number has at most {MAX_SCHEDULES} schedules")));
            }
            let kind = kind_of(write, account, &new.flow, new.version)?;
            let member = if kind == CALLFLOW { "callflow" } else { "control_plan" };
            let added = json!({
                "id": new_id()?,
                member: new.flow,
                "version": new.version,
                "effective_date": new.effective,
                "activated": new.activated,
                "changed_by": by,
                "changed": clock::now(),
            });
            list.push(added.clone());
            let read = schedule::schedules(&json!({ "schedules": [added] })).pop();
            read.ok_or_else(|| StoreError::Invalid("the schedule makes no sense".to_owned()))
        })
    }

    /// Activates or deactivates a schedule.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn activate_schedule(
        &self,
        account: &str,
        number: &str,
        schedule: &str,
        activated: bool,
        author: &Author,
    ) -> Result<()> {
        let schedule = schedule.to_owned();
        self.edit_schedules(account, number, author, move |_, _, by, list| {
            let place = place(list, &schedule)?;
            if let Some(Value::Object(found)) = list.get_mut(place) {
                found.insert("activated".to_owned(), activated.into());
                found.insert("changed_by".to_owned(), by.into());
                found.insert("changed".to_owned(), json!(clock::now()));
            }
            Ok(())
        })
    }

    /// Takes a schedule away; older versions of the number's document still tell of it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn unschedule(&self, account: &str, number: &str, schedule: &str, author: &Author) -> Result<()> {
        let schedule = schedule.to_owned();
        self.edit_schedules(account, number, author, move |_, _, _, list| {
            let place = place(list, &schedule)?;
            list.remove(place);
            Ok(())
        })
    }

    /// Account and document of a service number, as its document has it.
    ///
    /// # Errors
    /// Of the database only.
    pub fn service_number(&self, number: &str) -> Result<Option<(String, String)>> {
        self.database().read(|db| services::service(db, number))
    }

    /// All service numbers, each with its account, ordered by number.
    ///
    /// # Errors
    /// Of the database only.
    pub fn service_numbers(&self) -> Result<Vec<(String, String)>> {
        self.database().read(services::all)
    }

    fn edit_schedules<T: Send + 'static>(
        &self,
        account: &str,
        number: &str,
        author: &Author,
        edit: impl FnOnce(&mut Write<'_>, &str, &str, &mut Vec<Value>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (account, number, author) = (account.to_owned(), number.to_owned(), author.clone());
        self.database().write(move |write| {
            let current = current(write, &account, &number, None)?;
            if current.document.kind != SERVICE_NUMBER {
                return Err(StoreError::not_found("service number", number));
            }
            let mut body = current.document.body.clone();
            let list = body.entry("schedules").or_insert_with(|| Value::Array(Vec::new()));
            if !list.is_array() {
                *list = Value::Array(Vec::new());
            }
            let mut rows = list.as_array().cloned().unwrap_or_default();
            let done = edit(write, &account, &author.name, &mut rows)?;
            *list = Value::Array(rows);
            replace(write, &current, body, Private::Keep, &author)?;
            Ok(done)
        })
    }
}

/// The schedules of a service number's members.
pub(crate) fn of(body: &Object) -> Vec<Schedule> {
    schedule::schedules(&Value::Object(body.clone()))
}

/// Gives every schedule that names no version the one that is live now: from then on it stays with that one.
pub(crate) fn pin(write: &Write<'_>, account: &str, body: &mut Object) -> Result<()> {
    for schedule in body.get_mut("schedules").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(schedule) = schedule else { continue };
        let is_open = schedule.get("version").is_none_or(Value::is_null);
        let Some(flow) = named(schedule).filter(|_| is_open) else { continue };
        if let Some(found) = sql::find(write.db, account, flow)?.filter(|found| !found.deleted) {
            schedule.insert("version".to_owned(), found.version.into());
        }
    }
    Ok(())
}

/// Takes the version out of schedules whose flow never had it, as in a folder from another server, where versions were
/// counted differently; to be pinned then.
pub(crate) fn forget_unknown(write: &Write<'_>, account: &str, body: &mut Object) -> Result<()> {
    for schedule in body.get_mut("schedules").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(schedule) = schedule else { continue };
        let version = schedule.get("version").and_then(Value::as_u64).map(u32::try_from);
        let (Some(version), Some(flow)) = (version, named(schedule)) else { continue };
        let known =
            version.ok().map_or(Ok(None), |version| sql::version(write.db, account, flow, version))?;
        if known.is_none() {
            schedule.shift_remove("version");
        }
    }
    Ok(())
}

/// Has schedules name versions by the numbers that the store gave them.
pub(crate) fn renumber(body: &mut Object, numbers: &Numbers) {
    for schedule in body.get_mut("schedules").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(schedule) = schedule else { continue };
        let version = schedule.get("version").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let number = named(schedule).and_then(|flow| numbers.get(flow)?.get(&version?));
        if let Some(number) = number.copied() {
            schedule.insert("version".to_owned(), number.into());
        }
    }
}

/// Takes the version out of schedules that name the live one, for an account that leaves as a folder.
pub(crate) fn unpin(body: &mut Object, live: impl Fn(&str) -> Option<u32>) {
    for schedule in body.get_mut("schedules").and_then(Value::as_array_mut).into_iter().flatten() {
        let Value::Object(schedule) = schedule else { continue };
        let version = schedule.get("version").and_then(Value::as_u64);
        if named(schedule).and_then(&live).map(u64::from).is_some_and(|live| Some(live) == version) {
            schedule.shift_remove("version");
        }
    }
}

/// The versions of flows that calls to a service number may need from now on, as documents.
pub(crate) fn versions(
    db: &rusqlite::Connection,
    account: &str,
    body: &Object,
) -> Result<Vec<flow::account::Document>> {
    let mut found: Vec<flow::account::Document> = Vec::new();
    for schedule in schedule::reachable(&of(body), clock::now()) {
        let Some(number) = schedule.version else { continue };
        if found.iter().any(|known| known.id == schedule.flow && known.version == number) {
            continue;
        }
        let Some(mut flow) = sql::find(db, account, &schedule.flow)?.filter(is_kind) else {
            continue;
        };
        let Some(version) = sql::version(db, account, &schedule.flow, number)? else { continue };
        flow.version = number;
        flow.body = version.body.unwrap_or_default();
        found.push(to_flow(flow));
    }
    Ok(found)
}

/// Notes which versions of flows the index needs besides the live ones.
pub(crate) fn note(write: &mut Write<'_>, document: &Document) -> Result<()> {
    if document.kind == SERVICE_NUMBER && !document.deleted {
        let versions = versions(write.db, &document.account, &document.body)?;
        write.effects.push(Effect::Versions(document.account.clone(), versions));
    }
    Ok(())
}

/// The kind of the flow that has this version.
fn kind_of(write: &Write<'_>, account: &str, flow: &str, version: u32) -> Result<String> {
    let found = sql::find(write.db, account, flow)?.filter(|flow| !flow.deleted && is_kind(flow));
    if let Some(found) = found
        && sql::version(write.db, account, flow, version)?.is_some()
    {
        return Ok(found.kind);
    }
    Err(StoreError::not_found("version", format!("{version} of {flow}")))
}

fn named(schedule: &Object) -> Option<&str> {
    let text = |name: &str| schedule.get(name).and_then(Value::as_str);
    text("control_plan").or_else(|| text("callflow"))
}

fn is_kind(flow: &Document) -> bool {
    matches!(flow.kind.as_str(), CONTROL_PLAN | CALLFLOW)
}

fn place(list: &[Value], schedule: &str) -> Result<usize> {
    let is_it = |row: &Value| {
        schedule::schedules(&json!({ "schedules": [row] })).first().is_some_and(|found| found.id == schedule)
    };
    list.iter().position(is_it).ok_or_else(|| StoreError::not_found("schedule", schedule))
}
