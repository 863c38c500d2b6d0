//! Flows: read by number, listed by customer, saved as the next version of their name (reference "N2FE" 1.4).
//!
//! Not here: what is wrong with a flow (`flow::n2fe`), versions and their numbers (crate `store`).

use std::collections::BTreeSet;

use flow::n2fe::{self, Fault as PlanFault};
use serde_json::{Map, Value, json};
use store::document::CONTROL_PLAN;
use store::{Document, Object, Part, StoreError, Version};

use super::answer::{self, Reply};
use super::describe::{self, Scheduled};
use super::dispatch::{Cx, FlowVersion};
use super::fault::Fault;
use super::input;
use super::permission::Permission;
use super::user::{Kind, User};
use crate::picture::{self, Look, Versioned};
use crate::state::Shared;

/// The longest name of a flow, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Users of a service number see the flows it is scheduled to.
pub(crate) fn is_seen_by(state: &Shared, user: &User, flow: &FlowVersion) -> bool {
    let Kind::ServiceNumber(own) = &user.kind else { return true };
    let Some(index) = state.store.index(&flow.document.account) else { return false };
    let Some(number) = index.document(own) else { return false };
    flow::account::schedule::schedules(&number.body).iter().any(|schedule| {
        schedule.flow == flow.document.id && schedule.version.is_none_or(|version| version == flow.version)
    })
}

/// `GET /api/flow/:flow`
pub(crate) fn read(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let FlowVersion { document, version } = cx.flow()?;
    let version = version_of(cx, document, *version)?;
    let account = cx.state.store.account(&document.account)?;
    let scheduled = scheduled(cx, &document.account);
    Ok(Value::Object(describe(cx, &account, document, &version, &scheduled)?).into())
}

/// `GET /api/flow/:flow/version`: all versions of the flow's name, newest first.
pub(crate) fn versions(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let document = &cx.flow()?.document;
    let account = cx.state.store.account(&document.account)?;
    let scheduled = scheduled(cx, &document.account);
    let mut rows = Vec::new();
    for version in cx.state.store.versions(&document.account, &document.id, None, 0)? {
        let version = if wants_content(cx)? { version_of(cx, document, version.number)? } else { version };
        rows.push(Value::Object(describe(cx, &account, document, &version, &scheduled)?));
    }
    Ok(Value::Array(rows).into())
}

/// `GET /api/flow/:flow/drawing.svg`, `.mmd`, `.txt`, `.json`: the picture of the version; `?theme=dark|print`.
pub(crate) fn drawing(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let FlowVersion { document, version } = cx.flow()?;
    let version = version_of(cx, document, *version)?;
    let look = Look { theme: cx.request.parameter("theme").map(str::to_owned), ..Look::default() };
    let found = Versioned { document: document.clone(), version };
    let name = cx.request.path.rsplit('/').next().unwrap_or_default();
    let file = picture::file(name, || picture::scene(cx.state, &found, look.theme()));
    let (media_type, text) = file.ok_or(Fault::NoRoute)?;
    Ok(Reply::Picture(media_type, text))
}

/// `GET /api/customer/:customer/flow`: the latest version of each name, the last saved first.
pub(crate) fn list(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let customer = cx.customer()?;
    let wants_content = wants_content(cx)?;
    let scheduled = scheduled(cx, &customer.id);
    let mut rows: Vec<(i64, Value)> = Vec::new();
    for document in documents(cx, &customer.id, CONTROL_PLAN)? {
        let version = if wants_content {
            version_of(cx, &document, document.version)?
        } else {
            let newest = cx.state.store.versions(&customer.id, &document.id, None, 1)?;
            newest.into_iter().next().ok_or(Fault::NotFound("flow"))?
        };
        let row = describe(cx, customer, &document, &version, &scheduled)?;
        let id = row.get("id").and_then(input::number).unwrap_or_default();
        rows.push((id, Value::Object(row)));
    }
    rows.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    Ok(Value::Array(rows.into_iter().map(|(_, row)| row).collect()).into())
}

/// `POST /api/flow` and `PUT /api/flow/:flow`: both save the next version of the name in the body.
pub(crate) fn save(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let customer = cx.customer_of(members.get("customer_id"))?;
    let name = input::optional(members, "name")?
        .ok_or_else(|| Fault::NotSaved("A flow cannot be saved without a name.".to_owned()))?;
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Fault::NotSaved(format!("The name has more than {NAME_CHARS_MAX} characters.")));
    }
    let plan = members.get("flowJson").unwrap_or(&Value::Null);
    if let Some(fault) = faults(cx, &customer, plan).into_iter().find(PlanFault::is_error) {
        return Err(Fault::InvalidFlow(fault.to_string()));
    }
    let mut body = Object::new();
    body.insert("name".to_owned(), Value::Null);
    body.insert("flow".to_owned(), plan.clone());
    let saved = cx.state.store.save_plan(&customer.id, &name, body, &cx.author()).map_err(not_saved)?;
    let returning = json!([{"plan_id": saved.plan.to_string(), "structure_id": saved.structure.to_string()}]);
    tracing::info!(flow = saved.plan, version = saved.document.version, "a flow is saved");
    Ok(answer::saved(cx.user, 1, returning))
}

/// `POST /api/flow/check`: every fault of a flow that would be saved, which the editor's interface has no words for.
pub(crate) fn check(cx: &Cx<'_>) -> Result<Reply, Fault> {
    let members = cx.members()?;
    let customer = cx.customer_of(members.get("customer_id"))?;
    let faults = faults(cx, &customer, members.get("flowJson").unwrap_or(&Value::Null));
    let faults: Vec<Value> = faults
        .iter()
        .map(|fault| {
            let mut value = serde_json::to_value(fault).unwrap_or_default();
            answer::extend(&mut value, json!({"message": fault.to_string()}));
            value
        })
        .collect();
    Ok(json!({ "faults": faults }).into())
}

/// All faults of a plan: of its form, of what it refers to, of what the user may write.
fn faults(cx: &Cx<'_>, customer: &Document, plan: &Value) -> Vec<PlanFault> {
    let mut faults = n2fe::validate(plan);
    if let Some(index) = cx.state.store.index(&customer.id) {
        faults.extend(flow::check::plans::missing(&index, plan));
    }
    let flag = plan.get(n2fe::ALWAYS_PRESENT_CALLING).and_then(input::number);
    if flag.is_some_and(|flag| flag != 0) && !cx.user.has(cx.state, Permission::PrivilegedFlowWrite) {
        let pointer = format!("/{}", n2fe::ALWAYS_PRESENT_CALLING);
        let sentence = "Your groups may not make a flow always present the calling number.";
        faults.push(PlanFault::error("NF3001", None, pointer, sentence));
    }
    faults
}

fn describe(
    cx: &Cx<'_>,
    account: &Document,
    document: &Document,
    version: &Version,
    scheduled: &Scheduled,
) -> Result<Map<String, Value>, Fault> {
    let part = Part::Version(version.number);
    let ids = cx
        .state
        .store
        .numbers(&account.id, &[(document.id.as_str(), part), (account.id.as_str(), Part::Whole)])?;
    let id = |place: usize| ids.get(place).copied().unwrap_or_default();
    let customer = (describe::name_of(&account.body), id(1));
    let mut row = describe::flow(id(0), customer, document, version, scheduled);
    // Clients that name the customer are of the builds that know this member.
    if cx.request.parameter("customerId").is_some() {
        let active = describe::is_active(document, version.number, scheduled);
        row.insert("is_active".to_owned(), active.into());
    }
    if wants_content(cx)?
        && let Some(body) = &version.body
        && let Some(content) = describe::content(document, body)
    {
        let mut with_content = Map::new();
        with_content.insert("content".to_owned(), content);
        with_content.extend(row);
        row = with_content;
    }
    Ok(row)
}

/// `fields=content`; no other field can be asked for.
fn wants_content(cx: &Cx<'_>) -> Result<bool, Fault> {
    match cx.request.parameter("fields") {
        None | Some("") => Ok(false),
        Some("content") => Ok(true),
        Some(_) => Err(Fault::Invalid("`fields` can only be `content`.".to_owned())),
    }
}

fn version_of(cx: &Cx<'_>, document: &Document, number: u32) -> Result<Version, Fault> {
    cx.state.store.version(&document.account, &document.id, number).map_err(|error| match error {
        StoreError::NotFound { .. } => Fault::NotFound("flow"),
        other => other.into(),
    })
}

fn scheduled(cx: &Cx<'_>, account: &str) -> Scheduled {
    cx.state.store.index(account).map(|index| Scheduled::of(&index)).unwrap_or_default()
}

/// All documents of a kind.
pub(crate) fn documents(cx: &Cx<'_>, account: &str, kind: &str) -> Result<Vec<Document>, Fault> {
    let mut found: Vec<Document> = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        let start = found.last().map(|last| last.id.clone());
        let query = store::List { start: start.as_deref(), ..store::List::kind(kind) };
        let before = found.len();
        let rows = cx.state.store.list(account, &query)?;
        found.extend(rows.into_iter().filter(|row| seen.insert(row.id.clone())));
        if found.len() == before {
            return Ok(found);
        }
    }
}

/// Saving fails with 500 whatever the reason is, as the editor expects.
fn not_saved(error: StoreError) -> Fault {
    match error {
        StoreError::Busy(_) => Fault::Busy,
        error @ (StoreError::Invalid(_) | StoreError::TooLarge { .. } | StoreError::Exists { .. }) => {
            Fault::NotSaved(format!("{}: {error}", error.code()))
        }
        other => other.into(),
    }
}
