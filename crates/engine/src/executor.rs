//! The order of nodes: continue, attempt, branch and its stack, stop, the crash rule, the end of a call
//! (reference section 2).
//!
//! Not here: what a module does (`modules`), waiting (`cx`).

use std::sync::Arc;

use flow::graph::{Flow, NodeId};

use crate::bootstrap::{self, Start};
use crate::catalogue;
use crate::cause::Cause;
use crate::command::Action;
use crate::cx::{Cx, Here};
use crate::finish;
use crate::ids::LegId;
use crate::input::Callflow;
use crate::module::{DEFAULT_EXIT, ModuleError, Next, Outcome};
use crate::output::{CallResult, Termination, TraceEvent};
use crate::state::{LegPhase, State};

/// Runs a call from its first input to its end.
pub(crate) async fn run(cx: Cx) -> Termination {
    let mut executor = Executor { cx: cx.clone(), parents: Vec::new(), branches: 0 };
    let ended = match bootstrap::begin(&cx).await {
        Ok(Some(start)) => executor.run_flow(start).await,
        Ok(None) => End { hang_up: Cause::NormalClearing, result: CallResult::Rejected },
        Err(_) => End { hang_up: Cause::NormalClearing, result: CallResult::CallerHungUp },
    };
    finish::finish(&cx, ended.result, ended.hang_up).await
}

/// Ends every leg that is not over.
pub(crate) fn hang_up_everything(state: &mut State, cause: Cause) {
    let open: Vec<LegId> = state
        .legs
        .iter()
        .filter(|(_, leg)| !matches!(leg.phase, LegPhase::Over(_)))
        .map(|(id, _)| *id)
        .collect();
    for leg in open {
        state.command(Action::HangUp { leg, cause }, false);
    }
}

/// How the flow came to its end.
struct End {
    hang_up: Cause,
    result: CallResult,
}

struct Executor {
    cx: Cx,
    /// Nodes to resume when the present flow stops, innermost last.
    parents: Vec<Here>,
    branches: u32,
}

impl Executor {
    async fn run_flow(&mut self, start: Start) -> End {
        if let Some(then) = start.then {
            self.parents.extend(here(&then.id, then.flow));
        }
        let mut current = self.enter(start.first);
        loop {
            let Some(here) = current else {
                match self.parents.pop() {
                    Some(parent) => {
                        current = Some(parent);
                        continue;
                    }
                    None => return End { hang_up: Cause::NormalClearing, result: CallResult::Finished },
                }
            };
            if let Some(end) = self.refuse_step() {
                return end;
            }
            current = match self.step(&here).await {
                Step::At(next) => Some(next),
                Step::Resume => None,
                Step::End(end) => return end,
            };
        }
    }

    /// The root of a callflow, traced; `None` for an empty one.
    fn enter(&self, callflow: Callflow) -> Option<Here> {
        self.cx.trace(TraceEvent::Flow {
            callflow_id: callflow.id.clone(),
            version: callflow.version,
            name: callflow.name.clone(),
        });
        here(&callflow.id, callflow.flow)
    }

    /// The end of the call when a limit is reached or the caller is gone.
    fn refuse_step(&self) -> Option<End> {
        self.cx.with(|state| {
            if state.caller_gone() {
                return Some(end_without_caller(state));
            }
            state.visited_nodes += 1;
            state.steps_without_wait += 1;
            let limits = state.limits();
            let reached = if state.visited_nodes > limits.visited_nodes {
                Some(format!("more than {} nodes were visited", limits.visited_nodes))
            } else if state.steps_without_wait > limits.steps_without_wait {
                Some(format!(
                    "{} nodes were passed without waiting for anything: a loop",
                    limits.steps_without_wait
                ))
            } else {
                None
            };
            reached.map(|reason| {
                state.note("EN1002", reason);
                End { hang_up: Cause::NormalTemporaryFailure, result: CallResult::LimitReached }
            })
        })
    }

    async fn step(&mut self, here: &Here) -> Step {
        let Some(node) = here.node() else { return Step::Resume };
        if node.is_empty() {
            return Step::Resume;
        }
        self.cx.trace(TraceEvent::Node {
            callflow_id: here.callflow_id.to_string(),
            pointer: node.pointer.clone(),
            module: node.module.clone(),
        });
        let outcome = if node.is_skipped() {
            Ok(Next::default_exit())
        } else if let Some(module) = catalogue::runner(&node.module) {
            (module.run)(self.cx.at(here.clone()), node.data.clone()).await
        } else {
            self.cx.note("EN2001", format!("the module `{}` is not known; passed over", node.module));
            Ok(Next::default_exit())
        };
        self.cx.vars(|vars| vars.last_action.clone_from(&node.module));
        self.follow(here, outcome)
    }

    fn follow(&mut self, here: &Here, outcome: Outcome) -> Step {
        if outcome.is_ok()
            && let Some(callflow) = self.cx.vars(|vars| vars.goes_to.take())
        {
            return self.leave_for(here, *callflow);
        }
        let next = match outcome {
            Ok(next) => next,
            Err(ModuleError::HungUp) => {
                return Step::End(self.cx.with(end_without_caller));
            }
            Err(ModuleError::Broken(reason)) => {
                self.cx.note("EN2000", format!("the module gave up: {reason}"));
                Next::default_exit()
            }
        };
        match next {
            Next::Continue(key) => self.take(here, &key, true),
            Next::Child(key) => self.take(here, &key, false),
            Next::Branch(callflow) => self.branch(here, *callflow),
            Next::Transfer(callflow) => self.leave_for(here, *callflow),
            Next::Replace(flow) => match here_of_fetched(flow) {
                Some(next) => Step::At(next),
                None => self.stop(here, None),
            },
            Next::Stop(cause) => self.stop(here, cause),
            Next::HardStop => Step::End(End { hang_up: Cause::NormalClearing, result: CallResult::Finished }),
        }
    }

    /// Takes a child: by its key, or else (when `fall_back`) by `_`; without either the flow stops.
    fn take(&self, here: &Here, key: &str, fall_back: bool) -> Step {
        let Some(node) = here.node() else { return Step::Resume };
        let exact = node.exit(key).map(|id| (key, id));
        let taken = match exact {
            None if fall_back && key != DEFAULT_EXIT => node.exit(DEFAULT_EXIT).map(|id| (DEFAULT_EXIT, id)),
            other => other,
        };
        self.cx.trace(TraceEvent::Exit {
            pointer: node.pointer.clone(),
            module: node.module.clone(),
            key: key.to_owned(),
            taken: taken.map(|(key, _)| key.to_owned()),
        });
        match taken {
            Some((_, id)) => Step::At(Here { node: id, ..here.clone() }),
            None => Step::Resume,
        }
    }

    /// Enters another flow; our own `_` child, unless it is missing or empty, comes after it.
    fn branch(&mut self, here: &Here, callflow: Callflow) -> Step {
        let limit = self.cx.with(|state| state.limits().branches);
        if self.branches >= limit {
            self.cx.note("EN1005", format!("more than {limit} branches into other flows"));
            return Step::End(End {
                hang_up: Cause::NormalTemporaryFailure,
                result: CallResult::LimitReached,
            });
        }
        self.branches += 1;
        self.cx.trace(TraceEvent::Branch { callflow_id: callflow.id.clone() });
        let after = here.node().and_then(|node| node.exit(DEFAULT_EXIT));
        if let Some(id) = after
            && here.flow.node(id).is_some_and(|child| !child.is_empty())
        {
            self.parents.push(Here { node: id, ..here.clone() });
        }
        self.enter(callflow).map_or(Step::Resume, Step::At)
    }

    /// Goes on with another flow, and nothing of the flows so far comes after it.
    fn leave_for(&mut self, here: &Here, callflow: Callflow) -> Step {
        self.stop(here, None);
        self.parents.clear();
        self.enter(callflow).map_or(Step::Resume, Step::At)
    }

    fn stop(&self, here: &Here, cause: Option<Cause>) -> Step {
        if let Some(node) = here.node() {
            self.cx.trace(TraceEvent::Stop { pointer: node.pointer.clone(), module: node.module.clone() });
        }
        match cause {
            Some(cause) if self.parents.is_empty() => {
                Step::End(End { hang_up: cause, result: CallResult::Finished })
            }
            _ => Step::Resume,
        }
    }
}

enum Step {
    At(Here),
    /// Nothing follows in this flow: back to the one that branched here.
    Resume,
    End(End),
}

/// The end of a call whose caller is gone or may not stay.
fn end_without_caller(state: &mut State) -> End {
    let over = matches!(state.legs.get(&LegId::CALLER).map(|leg| leg.phase), Some(LegPhase::Over(_)) | None);
    let (hang_up, result) = if state.hang_up_asked {
        (Cause::NormalClearing, CallResult::Controlled)
    } else if over {
        (Cause::NormalClearing, CallResult::CallerHungUp)
    } else {
        state.note("EN1002", "the call is longer than allowed");
        (Cause::AllottedTimeout, CallResult::LimitReached)
    };
    End { hang_up, result }
}

fn here(callflow_id: &str, flow: Arc<Flow>) -> Option<Here> {
    let entry: NodeId = flow.entry?;
    Some(Here { callflow_id: callflow_id.into(), flow, node: entry })
}

fn here_of_fetched(flow: Arc<Flow>) -> Option<Here> {
    here("", flow)
}
