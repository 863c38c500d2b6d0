//! `acdc_agent`: an agent logs in or out, takes a break or comes back (reference section 3.8).
//!
//! The state is a document of its own, so it survives a restart. Not here: which queues an agent serves (`acdc_queue`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use super::acdc_queue::{self, Agent};
use super::manual_presence;
use crate::command::{Action, Change};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::queue::{self, Presence, QueueRequest};

/// Seconds of a break when the node does not say.
const PAUSE_S: i64 = 600;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "acdc_agent",
    summary: "The caller begins or ends their work as a queue agent, or takes a break.",
    example: r#"{"module": "acdc_agent", "data": {"action": "login"}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| {
        match data.get("action").and_then(Value::as_str) {
            Some("login") => "Agent logs in",
            Some("logout") => "Agent logs out",
            Some("paused" | "pause") => "Agent takes a break",
            Some("resume") => "Agent comes back",
            _ => "Agent",
        }
        .to_owned()
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `login`, `logout`, `paused` (or `pause`) or `resume`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// Seconds of the break; 0 for one without an end.
    #[serde(deserialize_with = "lenient::opt_int")]
    timeout: Option<i64>,
    /// Lamp that shows the state.
    #[serde(deserialize_with = "lenient::text")]
    presence_id: Option<String>,
    /// What it shows: `early`, `confirmed` or `terminated`, or `red_flash`, `red_solid` or `green`.
    #[serde(deserialize_with = "lenient::text")]
    presence_state: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.answer().await?;
    let Some(agent) = acdc_queue::agent(&cx).await? else { return Ok(Next::default_exit()) };
    let document = cx.document(&queue::agent_state_id(&agent.id)).await;
    let now = cx.civil();
    let state = Presence::read(document.as_deref(), now);
    let (wanted, prompt) = match (data.action.as_deref(), state) {
        (Some("logout"), _) => (Presence::LoggedOut, "agent-logged_out"),
        (Some("login"), Presence::LoggedOut) => (Presence::Ready, "agent-logged_in"),
        (Some("login"), Presence::Ready) => {
            cx.prompt("agent-already_logged_in").await?;
            return Ok(Next::default_exit());
        }
        (Some("paused" | "pause"), Presence::Ready) => {
            let seconds = u64::try_from(data.timeout.unwrap_or(PAUSE_S)).unwrap_or(0);
            (Presence::paused(seconds, now), "agent-pause")
        }
        (Some("resume"), Presence::Paused(_) | Presence::Ready) => (Presence::Ready, "agent-resume"),
        _ => return acdc_queue::invalid_choice(&cx).await,
    };
    if !keep(&cx, &agent, wanted).await {
        return acdc_queue::invalid_choice(&cx).await;
    }
    tell(&cx, &agent, wanted, data).await;
    cx.prompt(prompt).await?;
    if wanted == Presence::Ready {
        // Only now: the telephone is not free while its user still listens to the prompt.
        cx.send(Action::Queue(QueueRequest::Ready { agent: agent.id }));
    }
    Ok(Next::default_exit())
}

async fn keep(cx: &Cx, agent: &Agent, state: Presence) -> bool {
    let change = Change::PutDocument {
        id: queue::agent_state_id(&agent.id),
        kind: queue::AGENT_STATE.to_owned(),
        members: state.members(cx.civil()),
    };
    cx.save(change).await.is_ok()
}

/// Tells event listeners and lamps.
async fn tell(cx: &Cx, agent: &Agent, state: Presence, data: Data) {
    let name = match state {
        Presence::LoggedOut => "logged_out",
        Presence::Paused(_) => "paused",
        Presence::Ready => "ready",
    };
    cx.send(Action::Publish {
        event: "agent_state".to_owned(),
        data: json!({"agent_id": agent.id, "state": name}),
    });
    let shown = match (data.presence_state.as_deref(), state) {
        (Some("early" | "red_flash"), _) => "early",
        (Some("confirmed" | "red_solid"), _) => "confirmed",
        (Some("terminated" | "green"), _) => "terminated",
        (_, Presence::Paused(_)) => "early",
        (_, Presence::Ready) => "confirmed",
        (_, Presence::LoggedOut) => "terminated",
    };
    if let Some(id) = data.presence_id {
        manual_presence::show(cx, id, shown).await;
    }
}
