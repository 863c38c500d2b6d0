//! Schedules of a service number (reference "N2FE" 1.7 and 4).
//!
//! Not here: which one is in force at a moment (`flow::account::schedule`).

use flow::account::schedule;
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{NewSchedule, Part};

use super::answer::{self, Reply};
use super::describe;
use super::dispatch::Cx;
use super::fault::Fault;
use super::input;

/// `GET /api/customer/:customer/number/:number/history`: all schedules, the one effective last first.
pub(crate) fn history(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let number = cx.number()?;
    let index = cx.state.store.index(&number.account).ok_or(Fault::NotFound("service number"))?;
    let mut schedules = schedule::schedules(&Value::Object(number.body.clone()));
    schedules.reverse();
    schedules.sort_by_key(|schedule| std::cmp::Reverse(schedule.effective));
    let rows: Result<Vec<Value>, Fault> =
        schedules.iter().map(|schedule| describe::schedule(cx, &index, number, schedule)).collect();
    Ok(Value::Array(rows?).into())
}

/// `POST /api/customer/:customer/number/:number/schedule`
pub(crate) fn create(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let number = cx.number()?;
    let members = cx.members()?;
    let flow = match (members.get("call_plan_id"), input::optional(members, "callflow_id")?) {
        (Some(id), None) => {
            let id = input::number(id);
            let id = id.ok_or_else(|| Fault::Invalid("`call_plan_id` is not a whole number.".to_owned()))?;
            let found = cx.flow_of(&number.account, id)?;
            (found.document.id, found.version)
        }
        (None, Some(callflow)) => {
            let found = super::dispatch::get(cx.state, &number.account, &callflow)?;
            let found = found.filter(|found| found.kind == store::document::CALLFLOW);
            let found = found.ok_or(Fault::NotFound("callflow"))?;
            let version = members.get("callflow_version").and_then(input::number);
            let version = version.map_or(Ok(found.version), u32::try_from);
            (found.id, version.map_err(|_| Fault::NotFound("callflow"))?)
        }
        _ => return Err(Fault::Invalid("Name either `call_plan_id` or `callflow_id`.".to_owned())),
    };
    let zone = input::optional(members, "timezone")?.unwrap_or_else(|| cx.user.timezone.clone());
    let effective = match input::optional(members, "effective_date")? {
        Some(text) => input::moment(&text, &zone)?,
        None => Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default(),
    };
    let activated = input::flag(members.get("is_schedule_activated"), true)?;
    let new = NewSchedule { flow: flow.0, version: flow.1, effective, activated };
    let made = cx.state.store.schedule(&number.account, &number.id, new, &cx.author())?;
    let id = cx.state.store.number(&number.account, &number.id, Part::Schedule(made.id))?;
    Ok(answer::saved(cx.user, 1, json!([{"schedule_id": id.to_string()}])))
}

/// `PUT .../schedule/:schedule/activate`
pub(crate) fn activate(cx: &Cx<'_>) -> Result<Reply, Fault> {
    set(cx, true)
}

/// `PUT .../schedule/:schedule/deactivate`
pub(crate) fn deactivate(cx: &Cx<'_>) -> Result<Reply, Fault> {
    set(cx, false)
}

fn set(cx: &Cx<'_>, activated: bool) -> Result<Reply, Fault> {
    let number = cx.number()?;
    let id = own(cx)?;
    cx.state.store.activate_schedule(&number.account, &number.id, &id, activated, &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// `DELETE .../schedule/:schedule`
pub(crate) fn delete(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let number = cx.number()?;
    cx.state.store.unschedule(&number.account, &number.id, &own(cx)?, &cx.author())?;
    Ok(answer::saved(cx.user, 1, json!([])))
}

/// The schedule the path names, which must be the number's.
fn own(cx: &Cx<'_>) -> Result<String, Fault> {
    let number = cx.number()?;
    let found = cx.numbered(&number.account, cx.id(":schedule", "schedule")?, "schedule")?;
    match found.part {
        Part::Schedule(id) if found.document == number.id => Ok(id),
        _ => Err(Fault::NotFound("schedule")),
    }
}
