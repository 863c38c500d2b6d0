//! What a module holds while it runs: a handle on its call, with the waits every other step is made of.
//!
//! Nothing here blocks: a wait is a future that the call polls on its own inputs. Playing and collecting digits are
//! in `caller`, dialling in `bridge`.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use flow::graph::{Flow, Node, NodeId};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;

use crate::command::{Action, Change, Query, View};
use crate::ids::CommandId;
use crate::input::{Callflow, Done, Failure, Loaded};
use crate::module::Next;
use crate::output::TraceEvent;
use crate::state::State;
use crate::vars::Vars;

/// The caller is gone (or somebody outside ended the call): nothing more can be said to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HungUp;

/// Where in which flow a module runs.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    /// Callflow document id; empty for a flow fetched from a web server.
    pub(crate) callflow_id: Arc<str>,
    /// The graph.
    pub(crate) flow: Arc<Flow>,
    /// The node.
    pub(crate) node: NodeId,
}

impl Here {
    pub(crate) fn node(&self) -> Option<&Node> {
        self.flow.node(self.node)
    }
}

/// A module's handle on its call.
#[derive(Clone)]
pub(crate) struct Cx {
    state: Arc<Mutex<State>>,
    here: Option<Here>,
}

impl Cx {
    pub(crate) fn new(state: Arc<Mutex<State>>) -> Cx {
        Cx { state, here: None }
    }

    /// The same handle, for a module at a node.
    pub(crate) fn at(&self, here: Here) -> Cx {
        Cx { state: Arc::clone(&self.state), here: Some(here) }
    }

    /// Looks at or changes the call's state. Do not call back into `Cx` from the closure.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.lock())
    }

    /// Looks at or changes the call's variables.
    pub(crate) fn vars<R>(&self, look: impl FnOnce(&mut Vars) -> R) -> R {
        look(&mut self.state.lock().vars)
    }

    /// Monotonic time.
    pub(crate) fn mono(&self) -> Duration {
        self.with(|state| state.mono())
    }

    /// Civil time.
    pub(crate) fn civil(&self) -> Timestamp {
        self.with(|state| state.now.map_or(Timestamp::UNIX_EPOCH, |now| now.civil))
    }

    /// The node the module runs for.
    pub(crate) fn node(&self) -> Option<&Node> {
        self.here.as_ref().and_then(Here::node)
    }

    /// A child with this key is there and not `{}`: what `attempt` needs (reference section 2.2).
    pub(crate) fn has_child(&self, key: &str) -> bool {
        let Some(here) = &self.here else { return false };
        here.node()
            .and_then(|node| node.exit(key))
            .and_then(|id| here.flow.node(id))
            .is_some_and(|child| !child.is_empty())
    }

    /// Tells whoever reads the trace something, with a stable code (`docs/error-codes.md`).
    pub(crate) fn note(&self, code: &str, message: impl Into<String>) {
        self.with(|state| state.note(code, message));
    }

    /// Adds an entry to the trace.
    pub(crate) fn trace(&self, event: TraceEvent) {
        self.with(|state| state.trace(event));
    }

    /// Waits until `check` finds something, until `deadline` (monotonic; `None` for as long as the call may last) gives
    /// `Ok(None)`, or until the caller is gone. `check` comes first: what has happened before a hang-up is still found.
    pub(crate) async fn wait<T>(
        &self,
        deadline: Option<Duration>,
        mut check: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<Option<T>, HungUp> {
        poll_fn(|_| {
            let mut state = self.state.lock();
            if let Some(found) = check(&mut state) {
                return Poll::Ready(Ok(Some(found)));
            }
            if state.caller_gone() {
                return Poll::Ready(Err(HungUp));
            }
            let longest = state.longest();
            state.want_deadline(longest);
            due(&mut state, deadline)
        })
        .await
    }

    /// As [`Cx::wait`], but a hang-up of the caller does not end it: for tidying up and saving.
    pub(crate) async fn wait_regardless<T>(
        &self,
        deadline: Option<Duration>,
        mut check: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let waited = poll_fn(|_| {
            let mut state = self.state.lock();
            match check(&mut state) {
                Some(found) => Poll::Ready(Ok(Some(found))),
                None => due::<T>(&mut state, deadline),
            }
        })
        .await;
        waited.ok().flatten()
    }

    /// Lets time pass.
    pub(crate) async fn sleep(&self, duration: Duration) -> Result<(), HungUp> {
        let until = self.mono().saturating_add(duration);
        self.wait(Some(until), |_| None::<()>).await.map(|_| ())
    }

    /// Gives a command whose end nobody waits for.
    pub(crate) fn send(&self, action: Action) {
        self.with(|state| {
            state.command(action, false);
        });
    }

    /// Gives a command and keeps its completion for [`Cx::completion`].
    pub(crate) fn start(&self, action: Action) -> CommandId {
        self.with(|state| state.command(action, true))
    }

    /// Waits for the end of a command, whether or not the caller is still there.
    pub(crate) async fn completion(&self, command: CommandId) -> Result<Done, Failure> {
        self.wait_regardless(None, |state| state.completions.remove(&command))
            .await
            .unwrap_or(Err(Failure::LegState))
    }

    /// Gives a command and waits for its end, unless the caller hangs up.
    pub(crate) async fn run(&self, action: Action) -> Result<Result<Done, Failure>, HungUp> {
        let id = self.start(action);
        let done = self.wait(None, |state| state.completions.remove(&id)).await?;
        Ok(done.unwrap_or(Err(Failure::LegState)))
    }

    /// Reads a document. `None` when it is not there; a storage failure is noted and also gives `None`.
    pub(crate) async fn document(&self, id: &str) -> Option<Arc<Value>> {
        if id.is_empty() {
            return None;
        }
        match self.load(Query::Document { id: id.to_owned() }).await {
            Some(Loaded::Document(document)) => Some(document),
            _ => None,
        }
    }

    /// A document that control plans use, by kind and name or id. `None` as for [`Cx::document`].
    pub(crate) async fn named(&self, kind: &str, name: &str) -> Option<Arc<Value>> {
        if name.is_empty() {
            return None;
        }
        match self.load(Query::Named { kind: kind.to_owned(), name: name.to_owned() }).await {
            Some(Loaded::Document(document)) => Some(document),
            _ => None,
        }
    }

    /// The account document; an empty one when it cannot be read.
    pub(crate) async fn account(&self) -> Arc<Value> {
        match self.load(Query::Account).await {
            Some(Loaded::Document(document)) => document,
            _ => Arc::new(Value::Object(serde_json::Map::new())),
        }
    }

    /// The callflow a number leads to.
    pub(crate) async fn lookup(&self, number: &str) -> Option<Callflow> {
        match self.load(Query::Lookup { number: number.to_owned() }).await {
            Some(Loaded::Callflow(callflow)) => Some(callflow),
            _ => None,
        }
    }

    /// A callflow by document id.
    pub(crate) async fn callflow(&self, id: &str) -> Option<Callflow> {
        match self.load(Query::Callflow { id: id.to_owned() }).await {
            Some(Loaded::Callflow(callflow)) => Some(callflow),
            _ => None,
        }
    }

    /// Enters a callflow that a number led to; what its pattern captured is known from then on.
    pub(crate) fn branch(&self, callflow: Callflow) -> Next {
        self.vars(|vars| {
            vars.capture_group.clone_from(&callflow.capture_group);
            vars.capture_groups.clone_from(&callflow.capture_groups);
        });
        Next::Branch(Box::new(callflow))
    }

    /// From here on the call is to this number, as if the caller had dialled it.
    pub(crate) fn dial(&self, number: &str) {
        self.with(|state| {
            state.vars.number = number.to_owned();
            state.setup.facts.request = number.to_owned();
        });
    }

    /// As [`Cx::branch`], but never coming back to what waits now.
    pub(crate) fn transfer(&self, callflow: Callflow) -> Next {
        match self.branch(callflow) {
            Next::Branch(callflow) => Next::Transfer(callflow),
            other => other,
        }
    }

    /// Documents by a property.
    pub(crate) async fn list(&self, view: View) -> Vec<Arc<Value>> {
        match self.load(Query::List(view)).await {
            Some(Loaded::Documents(documents)) => documents,
            _ => Vec::new(),
        }
    }

    /// Changes something of the account; done whether or not the caller hangs up meanwhile.
    pub(crate) async fn save(&self, change: Change) -> Result<Option<String>, Failure> {
        let id = self.start(Action::Save(change));
        match self.completion(id).await {
            Ok(Done::Saved { revision }) => Ok(revision),
            Ok(_) => Ok(None),
            Err(failure) => {
                self.note("EN2003", format!("a change could not be saved: {failure:?}"));
                Err(failure)
            }
        }
    }

    /// Adds to a counter that calls share; done whether or not the caller hangs up meanwhile. `None` when it could not
    /// be counted, which is noted.
    pub(crate) async fn adjust_counter(&self, counter: &str, by: i64) -> Option<i64> {
        let id = self.start(Action::Save(Change::AdjustCounter { counter: counter.to_owned(), by }));
        match self.completion(id).await {
            Ok(Done::Counted { value }) => Some(value),
            other => {
                self.note("EN2103", format!("the counter `{counter}` was not changed: {other:?}"));
                None
            }
        }
    }

    /// Reads something of the account. What is not there and what cannot be read (noted) gives `None`.
    pub(crate) async fn load(&self, query: Query) -> Option<Loaded> {
        let id = self.start(Action::Load(query));
        match self.completion(id).await {
            Ok(Done::Loaded(loaded)) => Some(loaded),
            Ok(_) | Err(Failure::NotFound) => None,
            Err(failure) => {
                self.note("EN2002", format!("the account could not be read: {failure:?}"));
                None
            }
        }
    }
}

fn due<T>(state: &mut State, deadline: Option<Duration>) -> Poll<Result<Option<T>, HungUp>> {
    match deadline {
        Some(at) if state.mono() >= at => Poll::Ready(Ok(None)),
        Some(at) => {
            state.want_deadline(at);
            Poll::Pending
        }
        None => Poll::Pending,
    }
}
