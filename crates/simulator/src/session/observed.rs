//! What can be seen of a call from outside, and in its trace: what expectations are compared with.
//!
//! Not here: the comparison (`scenario::expect`).

use std::time::Duration;

use engine::command::{CallerId, Request};
use engine::output::{Trace, TraceEvent};
use indexmap::IndexMap;
use serde_json::Value;

/// Everything observed during one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// The caller's call was answered.
    pub answered: bool,
    /// The SIP status it was refused with.
    pub status: Option<u16>,
    /// What each party heard, by `caller`, device id or SIP URI.
    pub heard: IndexMap<String, Vec<String>>,
    /// Who was called, in order.
    pub rung: Vec<Rung>,
    /// Whom the caller was connected to, in order.
    pub connected: Vec<String>,
    /// Modules entered.
    pub visited: Vec<String>,
    /// Exits taken.
    pub exits: Vec<ExitTaken>,
    /// Nodes where the flow ended or resumed its parent: pointer and module.
    pub stops: Vec<(String, String)>,
    /// Metaflow actions run: name and exit.
    pub metaflows: Vec<(String, String)>,
    /// Callflow ids entered.
    pub flows: Vec<String>,
    /// Notes: code and message.
    pub notes: Vec<(String, String)>,
    /// Requests to web servers.
    pub requests: Vec<Request>,
    /// Events published.
    pub published: Vec<(String, Value)>,
    /// Digits sent to each party.
    pub sent: IndexMap<String, String>,
    /// What the engine said.
    pub trace: Vec<Trace>,
    /// The length of the call.
    pub took: Duration,
}

/// One attempt to call somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// Device id or SIP URI.
    pub who: String,
    /// Time since the call began.
    pub at: Duration,
    /// The caller as shown.
    pub caller_id: CallerId,
    /// More headers of the INVITE.
    pub headers: Vec<(String, String)>,
}

/// One exit taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitTaken {
    /// JSON pointer of the node.
    pub pointer: String,
    /// Its module.
    pub module: String,
    /// The key asked for.
    pub key: String,
    /// The child really taken.
    pub taken: Option<String>,
}

impl Observed {
    pub(crate) fn note(&mut self, trace: Trace) {
        match &trace.event {
            TraceEvent::Flow { callflow_id, .. } => self.flows.push(callflow_id.clone()),
            TraceEvent::Node { module, .. } => self.visited.push(module.clone()),
            TraceEvent::Exit { pointer, module, key, taken } => self.exits.push(ExitTaken {
                pointer: pointer.clone(),
                module: module.clone(),
                key: key.clone(),
                taken: taken.clone(),
            }),
            TraceEvent::Stop { pointer, module } => self.stops.push((pointer.clone(), module.clone())),
            TraceEvent::Note { code, message, .. } => self.notes.push((code.clone(), message.clone())),
            TraceEvent::Metaflow { module, exit, .. } => self.metaflows.push((module.clone(), exit.clone())),
            TraceEvent::Branch { .. }
            | TraceEvent::Heard { .. }
            | TraceEvent::Digit { .. }
            | TraceEvent::Rung { .. }
            | TraceEvent::Connected { .. }
            | TraceEvent::LateCompletion { .. } => {}
        }
        self.trace.push(trace);
    }

    pub(crate) fn hears(&mut self, who: &str, what: String) {
        self.heard.entry(who.to_owned()).or_default().push(what);
    }
}
