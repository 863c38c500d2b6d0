//! `acdc_queue`: an agent joins a queue's agents or leaves them (reference section 3.8).
//!
//! Not here: whether agents take calls at the moment (`acdc_agent`).

use std::sync::Arc;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::command::Change;
use crate::cx::Cx;
use crate::input::Failure;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::queue;
use crate::toggle;

/// Tries to save while somebody else changes the user.
const TRIES: usize = 5;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "acdc_queue",
    summary: "The caller joins the agents of a queue, or leaves them.",
    example: r#"{"module": "acdc_queue", "data": {"id": "support", "action": "login"}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| {
        let id = data.get("id").and_then(lenient::as_text).unwrap_or_default();
        match data.get("action").and_then(Value::as_str) {
            Some("logout") => format!("Leave the agents of {id}"),
            _ => format!("Join the agents of {id}"),
        }
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The queue.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// `login` or `logout`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.answer().await?;
    let Some(agent) = agent(&cx).await? else { return Ok(Next::default_exit()) };
    let joins = match data.action.as_deref() {
        Some("login") => true,
        Some("logout") => false,
        _ => return invalid_choice(&cx).await,
    };
    let id = data.id.unwrap_or_default();
    let known = cx.document(&id).await.and_then(|document| document.text_at(&["pvt_type"]));
    if known.as_deref() != Some(queue::DOCUMENT) {
        cx.note("EN2040", format!("there is no queue `{id}`"));
        return invalid_choice(&cx).await;
    }
    if !change(&cx, agent, &id, joins).await {
        return invalid_choice(&cx).await;
    }
    cx.prompt(if joins { "agent-logged_in" } else { "agent-logged_out" }).await?;
    Ok(Next::default_exit())
}

/// Puts the queue into the user's list or takes it out; false when that could not be saved.
async fn change(cx: &Cx, mut agent: Agent, queue: &str, joins: bool) -> bool {
    for _ in 0..TRIES {
        let listed = agent.document.at(&["queues"]).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut queues: Vec<Value> =
            listed.iter().filter(|one| one.as_str() != Some(queue)).cloned().collect();
        if joins {
            queues.push(json!(queue));
        }
        if queues == listed {
            return true;
        }
        let change = Change::Patch {
            id: agent.id.clone(),
            patch: json!({ "queues": queues }),
            revision: agent.document.text_at(&["_rev"]),
        };
        match cx.save(change).await {
            Ok(_) => return true,
            Err(Failure::Conflict) => match cx.document(&agent.id).await {
                Some(document) => agent.document = document,
                None => return false,
            },
            Err(_) => return false,
        }
    }
    false
}

/// The user who calls.
pub(super) struct Agent {
    /// Their id.
    pub(super) id: String,
    /// Their document.
    pub(super) document: Arc<Value>,
}

/// The user who calls: who is hot-desked at the telephone, else its owner. `None` when that is nobody or several, which
/// the caller is told.
pub(super) async fn agent(cx: &Cx) -> Result<Option<Agent>, crate::cx::HungUp> {
    let device = match toggle::calling_device(cx) {
        Some(id) => cx.document(&id).await,
        None => None,
    };
    let hot_desked: Vec<String> = device
        .as_ref()
        .and_then(|device| device.at(&["hotdesk", "users"])?.as_object())
        .map(|users| users.keys().cloned().collect())
        .unwrap_or_default();
    let id = match hot_desked.as_slice() {
        [one] => Some(one.clone()),
        [] => {
            let owner = device.as_ref().and_then(|device| device.text_at(&["owner_id"]));
            owner.or_else(|| cx.vars(|vars| vars.owner_id.clone()))
        }
        _ => {
            cx.note("EN2044", "several people are logged into the telephone, so no agent can be told");
            cx.prompt("agent-invalid_choice").await?;
            return Ok(None);
        }
    };
    match toggle::document(cx, id).await {
        Some((id, document)) if document.text_at(&["pvt_type"]).as_deref() == Some("user") => {
            Ok(Some(Agent { id, document }))
        }
        _ => {
            cx.note("EN2044", "the telephone belongs to nobody who could be an agent");
            cx.prompt("agent-not_call_center_agent").await?;
            Ok(None)
        }
    }
}

/// What was asked for makes no sense now, which the caller is told.
pub(super) async fn invalid_choice(cx: &Cx) -> Outcome {
    cx.prompt("agent-invalid_choice").await?;
    Ok(Next::default_exit())
}
