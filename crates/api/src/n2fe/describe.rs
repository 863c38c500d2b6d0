//! Flows, service numbers and schedules as replies show them: ids, versions and flags as texts, absent values left out.
//!
//! Not here: who may see them (`dispatch`).

use std::collections::{BTreeMap, BTreeSet};

use flow::account::AccountIndex;
use flow::account::schedule::{self, Schedule};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use store::document::{CONTROL_PLAN, SERVICE_NUMBER};
use store::{Document, Part, Version};

use super::dispatch::Cx;
use super::fault::Fault;
use crate::time;

/// Which versions of flows an account's service numbers are scheduled to.
#[derive(Default)]
pub(crate) struct Scheduled {
    /// Attached to any schedule.
    any: BTreeSet<(String, u32)>,
    /// In force now.
    active: BTreeSet<(String, u32)>,
}

impl Scheduled {
    /// Reads the schedules of an account.
    pub(crate) fn of(index: &AccountIndex) -> Scheduled {
        let now = Timestamp::now();
        let mut scheduled = Scheduled::default();
        for number in index.of_type(SERVICE_NUMBER) {
            let schedules = schedule::schedules(&number.body);
            let version = |schedule: &Schedule| {
                let live = || index.document(&schedule.flow).map(|flow| flow.version);
                Some((schedule.flow.clone(), schedule.version.or_else(live)?))
            };
            scheduled.any.extend(schedules.iter().filter_map(version));
            scheduled.active.extend(schedule::in_force(&schedules, now).and_then(version));
        }
        scheduled
    }
}

/// A version of a flow, without its content.
pub(crate) fn flow(
    id: i64,
    customer: (&str, i64),
    document: &Document,
    version: &Version,
    scheduled: &Scheduled,
) -> Map<String, Value> {
    let key = (document.id.clone(), version.number);
    let flag = |set: bool| if set { "1" } else { "0" };
    let mut members = Map::new();
    let mut put = |name: &str, value: String| {
        members.insert(name.to_owned(), Value::String(value));
    };
    put("version", version.number.to_string());
    put("name", name_of(&document.body).to_owned());
    put("change_user", version.author.name.clone());
    put("is_scheduled", flag(scheduled.any.contains(&key)).to_owned());
    put("customer_id", customer.1.to_string());
    put("change_date", time::iso(version.saved));
    put("customer_name", customer.0.to_owned());
    put("id", id.to_string());
    members
}

/// Whether a version is in force for any service number now.
pub(crate) fn is_active(document: &Document, version: u32, scheduled: &Scheduled) -> &'static str {
    if scheduled.active.contains(&(document.id.clone(), version)) { "1" } else { "0" }
}

/// The content of a stored control plan, as replies have it; none for flows of other languages.
pub(crate) fn content(document: &Document, body: &Map<String, Value>) -> Option<Value> {
    (document.kind == CONTROL_PLAN)
        .then(|| flow::n2fe::stored(flow::n2fe::service::plan_of(&Value::Object(body.clone()))))
}

/// One service number, with the schedule in force.
pub(crate) fn number(
    cx: &Cx<'_>,
    index: &AccountIndex,
    document: &flow::account::Document,
    with_tags: bool,
) -> Result<Value, Fault> {
    let customer = cx.customer()?;
    let sn = document.body.get("number").and_then(Value::as_str).unwrap_or_default();
    let changed = cx.state.store.versions(&customer.id, &document.id, None, 1)?;
    let ids = cx
        .state
        .store
        .numbers(&customer.id, &[(document.id.as_str(), Part::Whole), (customer.id.as_str(), Part::Whole)])?;
    let text = |place: usize| ids.get(place).map(ToString::to_string).unwrap_or_default();
    let mut value = json!({
        "id": text(0),
        "sn": sn,
        "customer_id": text(1),
        "customer_name": name_of(&customer.body),
    });
    let suffix = &cx.state.config.n2fe.alternative_suffix;
    let schedules = schedule::schedules(&document.body);
    if let Some(schedule) = schedule::in_force(&schedules, Timestamp::now())
        && let Some(plan) = plan_of(cx, index, schedule)?
    {
        super::answer::extend(&mut value, plan);
    }
    if let Some(found) = index.service(sn, Timestamp::now(), suffix).filter(|found| found.is_alternative) {
        let name = format!("{} (alternative)", found.flow.name);
        super::answer::extend(&mut value, json!({"alternative_call_plan_name": name}));
    }
    if let Some(version) = changed.first() {
        let about = json!({"change_user": version.author.name, "change_date": time::iso(version.saved)});
        super::answer::extend(&mut value, about);
    }
    if with_tags {
        let mut tags = document.body.get("profile").cloned().unwrap_or_else(|| json!({}));
        super::answer::extend(&mut tags, document.body.get("profile_tags").cloned().unwrap_or_default());
        super::answer::extend(&mut value, json!({ "profile_tags": tags }));
    }
    Ok(value)
}

/// One schedule of a service number.
pub(crate) fn schedule(
    cx: &Cx<'_>,
    index: &AccountIndex,
    number: &Document,
    schedule: &Schedule,
) -> Result<Value, Fault> {
    let account = &number.account;
    let ids = cx.state.store.numbers(
        account,
        &[
            (number.id.as_str(), Part::Schedule(schedule.id.clone())),
            (number.id.as_str(), Part::Whole),
            (account.as_str(), Part::Whole),
        ],
    )?;
    let text = |place: usize| ids.get(place).map(ToString::to_string).unwrap_or_default();
    let mut value = json!({
        "schedule_id": text(0),
        "id": text(1),
        "sn": number.body.get("number"),
        "customer_id": text(2),
        "effective_date": schedule.effective.to_string(),
        "is_schedule_activated": if schedule.activated { "1" } else { "0" },
        "change_user": schedule.changed_by,
    });
    if let Some(changed) = schedule.changed {
        super::answer::extend(&mut value, json!({"change_date": changed.to_string()}));
    }
    if let Some(plan) = plan_of(cx, index, schedule)? {
        super::answer::extend(&mut value, plan);
    }
    Ok(value)
}

/// `call_plan_id`, `call_plan_name`, `call_plan_version` of a schedule; none when its flow is gone.
fn plan_of(cx: &Cx<'_>, index: &AccountIndex, schedule: &Schedule) -> Result<Option<Value>, Fault> {
    let Some(flow) = index.document(&schedule.flow) else { return Ok(None) };
    let version = schedule.version.unwrap_or(flow.version);
    let id = cx.state.store.number(&index.account().id, &flow.id, Part::Version(version))?;
    Ok(Some(json!({
        "call_plan_id": id.to_string(),
        "call_plan_name": flow.body.get("name").and_then(Value::as_str).unwrap_or_default(),
        "call_plan_version": version.to_string(),
    })))
}

/// `name` of a document.
pub(crate) fn name_of(body: &Map<String, Value>) -> &str {
    body.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Service numbers of all accounts, by account, in order.
pub(crate) fn numbers_by_account(cx: &Cx<'_>) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, account) in cx.state.store.service_numbers()? {
        found.entry(account).or_default().push(number);
    }
    Ok(found)
}
