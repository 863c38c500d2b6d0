//! Metaflows: feature keys pressed while two parties talk (reference section 4). Here: what a metaflow action is, which
//! keys mean something for whom, and running what they name.
//!
//! Not here: the conversation itself (`conversation`), the actions (`metaflows`).

mod bindings;
mod keys;

use std::pin::Pin;

use flow::graph::Object;
use flow::kazoo;
use serde_json::{Value, json};

use crate::conversation::{PartyGone, Side, Talk};
use crate::metaflows;
use crate::module::{DEFAULT_EXIT, Exit};
use crate::output::TraceEvent;

pub(crate) use bindings::keys;
pub(crate) use keys::{Keys, Pressed};

/// Actions one key runs at most, so that a metaflow that never waits ends.
const ACTIONS_MAX: usize = 50;

/// What follows an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Its child with this key, else `_`, else nothing.
    Continue(&'static str),
    /// Nothing; the conversation goes on.
    Stop,
    /// The caller leaves the conversation.
    Leave,
}

/// Why an action did not come to a next step.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// A party is gone.
    Gone,
    /// Its data make no sense, or what it needs is not there: noted, and its child follows.
    Broken(String),
}

impl From<PartyGone> for Fault {
    fn from(_: PartyGone) -> Fault {
        Fault::Gone
    }
}

/// What an action's run gives.
pub(crate) type Outcome = Result<Next, Fault>;

/// An action's run.
pub(crate) type Run<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// One metaflow action: everything about it lives in its own file.
pub struct Metaflow {
    /// The name in documents: `record_call`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// A document example: one node.
    pub example: &'static str,
    /// The exits it can take.
    pub exits: &'static [Exit],
    /// The members of `data` it reads.
    pub members: fn() -> &'static [&'static str],
    /// A short caption for a list.
    pub caption: fn(&Object) -> String,
    /// Runs it for the side that pressed the key.
    pub(crate) run: for<'a> fn(&'a mut Talk, Side, Object) -> Run<'a>,
}

impl std::fmt::Debug for Metaflow {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Metaflow").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a conversation goes on after a feature key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// They talk on.
    GoOn,
    /// The caller leaves for another flow.
    Leave,
}

/// Runs what a key sequence names, node after node.
pub(crate) async fn run(talk: &mut Talk, pressed: Pressed) -> Result<After, PartyGone> {
    let (flow, issues) = kazoo::read_flow(&pressed.node);
    if let Some(issue) = issues.first() {
        talk.cx.note("EN4001", format!("the metaflow of {}: {issue}", pressed.collected));
    }
    let mut next = flow.entry;
    for _ in 0..ACTIONS_MAX {
        let Some(node) = next.and_then(|id| flow.node(id)) else { return Ok(After::GoOn) };
        let Some(action) = metaflows::find(&node.module) else {
            talk.cx.note("EN4002", format!("there is no metaflow action `{}`", node.module));
            return Ok(After::GoOn);
        };
        let mut data = node.data.clone();
        data.insert("collected".to_owned(), json!(pressed.collected));
        if !pressed.captures.is_empty() {
            data.insert("captures".to_owned(), json!(pressed.captures));
        }
        let leg = talk.leg(pressed.side);
        let outcome = (action.run)(talk, pressed.side, data).await;
        let followed = match outcome {
            Ok(next) => next,
            Err(Fault::Gone) => {
                trace(talk, leg, action, "");
                return Err(PartyGone);
            }
            Err(Fault::Broken(reason)) => {
                talk.cx.note("EN4003", format!("the metaflow action `{}`: {reason}", action.name));
                Next::Continue(DEFAULT_EXIT)
            }
        };
        match followed {
            Next::Continue(key) => {
                trace(talk, leg, action, key);
                next = node.exit(key).or_else(|| node.exit(DEFAULT_EXIT));
            }
            Next::Stop => {
                trace(talk, leg, action, "stop");
                return Ok(After::GoOn);
            }
            Next::Leave => {
                trace(talk, leg, action, "leave");
                return Ok(After::Leave);
            }
        }
    }
    talk.cx.note("EN4004", format!("a metaflow runs at most {ACTIONS_MAX} actions"));
    Ok(After::GoOn)
}

fn trace(talk: &Talk, leg: crate::ids::LegId, action: &Metaflow, exit: &str) {
    let (module, exit) = (action.name.to_owned(), exit.to_owned());
    talk.cx.trace(TraceEvent::Metaflow { leg, module, exit });
}

/// The text a metaflow was called with: the first group its pattern captured, else its own member. The schema saves
/// `no_match` where nothing was captured.
pub(crate) fn argument(data: &Object, name: &str) -> Option<String> {
    let text = |value: &Value| crate::lenient::as_text(value).filter(|text| !text.is_empty());
    let captured = match data.get("captures") {
        Some(Value::Array(groups)) => groups.first().and_then(text),
        Some(other) => text(other),
        None => None,
    };
    captured.filter(|text| text != "no_match").or_else(|| data.get(name).and_then(text))
}
