//! `A/agents` and what is below `A/queues`: who serves queues, what they do at the moment, and logging them in and out from
//! outside.
//!
//! Not here: who is called for whom (crate `engine`), the queues' documents (`plain`).

use engine::queue::{AGENT_STATE, AgentChange, agent_state_id};
use serde_json::{Map, Value, json};
use store::{Document, NewDocument, Private, Save};

use super::Resource;
use crate::crossbar::context::{Cx, text};
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::request::Verb;

/// `A/queues`.
pub(crate) static QUEUES: Resource = Resource { below, ..Resource::plain("queues", "queue", "queues") };

fn below(cx: &Cx<'_>, arguments: &[&str]) -> Option<Result<Reply, Failure>> {
    let (id, what) = match arguments {
        [id, what @ ("roster" | "status")] => (*id, *what),
        _ => return None,
    };
    Some(match cx.request.verb {
        Verb::Get => data::document(cx.state, &cx.account, "queue", id).and_then(|_| match what {
            "roster" => roster(cx, id),
            _ => Ok(status(cx, id)),
        }),
        _ => Err(Failure::Method(vec!["GET"])),
    })
}

/// The users who serve a queue.
fn roster(cx: &Cx<'_>, queue: &str) -> Result<Reply, Failure> {
    let agents = agents(cx)?.into_iter().filter(|user| queues_of(user).any(|id| id == queue));
    Ok(Reply::ok(agents.map(|user| Value::String(user.id)).collect()))
}

/// A queue at this moment.
fn status(cx: &Cx<'_>, queue: &str) -> Reply {
    let status = cx.state.switchboard.queue(&cx.account, queue);
    let agents: Map<String, Value> =
        status.agents.into_iter().map(|(agent, state)| (agent, json!(state.name()))).collect();
    Reply::ok(json!({
        "waiting": status.waiting,
        "average_wait": status.average_wait_s,
        "agents": agents,
    }))
}

/// `A/agents`: all of them, the status of all or one, and changing it.
pub(super) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => {
            let row = |user: Document| {
                let queues = user.body.get("queues").cloned().unwrap_or_default();
                let name = |key| text(&user.body, key).unwrap_or_default();
                json!({"id": user.id, "first_name": name("first_name"), "last_name": name("last_name"), "queues": queues})
            };
            Ok(Reply::ok(agents(cx)?.into_iter().map(row).collect()))
        }
        (["status"], Verb::Get) => {
            let states = agents(cx)?.into_iter().map(|user| (user.id.clone(), state_of(cx, &user)));
            Ok(Reply::ok(Value::Object(states.collect())))
        }
        ([id, "status"], Verb::Get) => Ok(Reply::ok(state_of(cx, &agent(cx, id)?))),
        ([id, "status"], Verb::Post) => change(cx, &agent(cx, id)?),
        ([] | ["status"], _) => Err(Failure::Method(vec!["GET"])),
        ([_, "status"], _) => Err(Failure::Method(vec!["GET", "POST"])),
        _ => Err(Failure::NotFound),
    }
}

/// Users who serve queues.
fn agents(cx: &Cx<'_>) -> Result<Vec<Document>, Failure> {
    let mut users = data::all(cx.state, &cx.account, "user")?;
    users.retain(|user| queues_of(user).next().is_some());
    Ok(users)
}

fn agent(cx: &Cx<'_>, id: &str) -> Result<Document, Failure> {
    data::document(cx.state, &cx.account, "user", id)
}

fn queues_of(user: &Document) -> impl Iterator<Item = &str> {
    user.body.get("queues").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What an agent does at this moment, as one of their queues tells it.
fn state_of(cx: &Cx<'_>, user: &Document) -> Value {
    let queue = queues_of(user).next();
    let agents = queue.map(|queue| cx.state.switchboard.queue(&cx.account, queue).agents).unwrap_or_default();
    let state = agents.into_iter().find(|(id, _)| *id == user.id).map(|(_, state)| state.name());
    json!({"status": state.unwrap_or("logged_out")})
}

/// `{"status": "login" | "logout" | "pause" | "resume", "timeout": seconds of a break}`.
fn change(cx: &Cx<'_>, user: &Document) -> Result<Reply, Failure> {
    let sent = cx.data()?;
    let wanted = match text(sent, "status") {
        Some("login" | "resume") => AgentChange::Ready,
        Some("logout") => AgentChange::LogOut,
        Some("pause") => AgentChange::Pause(sent.get("timeout").and_then(Value::as_u64)),
        None => return Err(Failure::required("status")),
        Some(other) => {
            let members = json!({"target": ["login", "logout", "pause", "resume"], "value": other});
            let message = "Value not found in enumerated list of values";
            return Err(Failure::invalid("status", "enum", message, members));
        }
    };
    let body = wanted.members(jiff::Timestamp::now());
    let body: Map<String, Value> = body.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let id = agent_state_id(&user.id);
    let _lock = cx.state.lock(&cx.account);
    match data::find(cx.state, &cx.account, &id)? {
        Some(stored) => {
            let save = Save { expected: Some(&stored.revision), body, private: Private::Keep };
            cx.state.store.save(&cx.account, &id, save, &cx.author())?;
        }
        None => {
            let new = NewDocument {
                account: cx.account.clone(),
                id: Some(id),
                kind: AGENT_STATE.to_owned(),
                body,
                private: Map::new(),
            };
            cx.state.store.create(new, &cx.author())?;
        }
    }
    Ok(Reply::ok(state_of(cx, user)))
}
