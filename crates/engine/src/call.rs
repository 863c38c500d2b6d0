//! The call: inputs in, outputs out. The contract is on the crate's first page.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

use crate::cause::Cause;
use crate::cx::Cx;
use crate::executor;
use crate::hooks;
use crate::ids::Now;
use crate::input::{Control, Input};
use crate::journal::{Entry, Journal};
use crate::output::{CallResult, Output, Termination};
use crate::setup::CallSetup;
use crate::state::State;

type Running = Pin<Box<dyn Future<Output = Termination> + Send>>;

/// One call and the flow running in it.
///
/// ```
/// # use engine::{Call, ids::Now, input::Input, setup::CallSetup};
/// fn drive(setup: CallSetup, now: Now) {
///     let mut call = Call::new(setup);
///     call.input(now, Input::Begin);
///     while let Some(output) = call.poll_output() {
///         // carry it out
///         # let _ = output;
///     }
///     // ... then the next input
/// }
/// ```
pub struct Call {
    state: Arc<Mutex<State>>,
    running: Option<Running>,
    journal: Journal,
}

impl Call {
    /// A call that has not begun: give it [`Input::Begin`].
    pub fn new(setup: CallSetup) -> Call {
        let state = Arc::new(Mutex::new(State::new(setup.clone())));
        let running = executor::run(Cx::new(Arc::clone(&state)));
        Call {
            state,
            running: Some(Box::pin(running)),
            journal: Journal { setup, entries: Vec::new(), truncated: false },
        }
    }

    /// Takes one input. Drain the outputs before the next one. After the end inputs are ignored.
    pub fn input(&mut self, now: Now, input: Input) {
        if self.running.is_none() {
            return;
        }
        self.record(now, &input);
        {
            let mut state = self.state.lock();
            if state.now.is_none() {
                state.origin = now.mono;
            }
            state.now = Some(now);
            state.steps_without_wait = 0;
            match input {
                Input::Begin | Input::Deadline => {}
                Input::Leg { leg, event } => state.leg_event(leg, event),
                Input::Completed { command, result } => state.complete(command, result),
                Input::Control(Control::HangUp) => state.hang_up_asked = true,
            }
        }
        self.run();
    }

    /// The next output, if there is one.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.state.lock().outputs.pop_front()
    }

    /// Nothing will come of this call any more.
    pub fn is_over(&self) -> bool {
        self.running.is_none()
    }

    /// What decided the call so far.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The journal of a call that is over, without copying it.
    pub fn into_journal(self) -> Journal {
        self.journal
    }

    /// The caller's leg has been answered, for a list of calls in progress.
    pub fn is_answered(&self) -> bool {
        self.state.lock().is_answered()
    }

    fn record(&mut self, now: Now, input: &Input) {
        if self.journal.entries.len() < self.journal.setup.limits.journal_entries {
            self.journal.entries.push(Entry { now, input: input.clone() });
        } else {
            self.journal.truncated = true;
        }
    }

    fn run(&mut self) {
        let Some(running) = self.running.as_mut() else { return };
        {
            let mut state = self.state.lock();
            state.wanted_deadline = None;
            hooks::advance(&mut state);
        }
        let polled =
            catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(&mut Context::from_waker(Waker::noop()))));
        let ended = match polled {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(termination)) => Some(termination),
            Err(panic) => {
                let mut state = self.state.lock();
                state.note("EN1001", format!("a module failed: {}", panic_text(panic.as_ref())));
                executor::hang_up_everything(&mut state, Cause::NormalTemporaryFailure);
                Some(Termination { result: CallResult::Failed, cause: Cause::NormalTemporaryFailure })
            }
        };
        let mut state = self.state.lock();
        hooks::advance(&mut state);
        match ended {
            Some(termination) => {
                state.outputs.push_back(Output::Ended(termination));
                drop(state);
                self.running = None;
            }
            None if state.wanted_deadline != state.announced_deadline => {
                state.announced_deadline = state.wanted_deadline;
                let deadline = state.wanted_deadline;
                state.outputs.push_back(Output::Deadline(deadline));
            }
            None => {}
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown reason")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use flow::graph::{Flow, Node, NodeId};
    use serde_json::json;

    use super::*;
    use crate::command::{Action, Query};
    use crate::ids::LegId;
    use crate::input::{Callflow, Done, LegEvent, Loaded};
    use crate::limits::Limits;
    use crate::output::TraceEvent;
    use crate::setup::CallFacts;

    /// A chain of nodes, each leading to the next by `_`.
    fn chain(nodes: &[(&str, serde_json::Value)]) -> Arc<Flow> {
        let last = nodes.len() as u32 - 1;
        let nodes = nodes.iter().zip(0..).map(|((module, data), number)| Node {
            id: NodeId(number),
            pointer: format!("/flow/{number}"),
            module: (*module).to_owned(),
            data: data.as_object().cloned().unwrap_or_default(),
            exits: (number < last).then(|| ("_".to_owned(), NodeId(number + 1))).into_iter().collect(),
            ..Node::default()
        });
        Arc::new(Flow { entry: Some(NodeId(0)), nodes: nodes.collect(), ..Flow::default() })
    }

    fn call(flow: Arc<Flow>) -> Call {
        Call::new(CallSetup {
            call_id: "test".to_owned(),
            account_id: "account".to_owned(),
            callflow: Callflow { id: "flow".to_owned(), version: 1, ..Callflow::of_flow("Test", flow) },
            facts: CallFacts::default(),
            seed: 1,
            limits: Limits::default(),
            behaviour: Vec::new(),
        })
    }

    fn at(ms: u64) -> Now {
        Now { mono: Duration::from_millis(ms), civil: jiff::Timestamp::UNIX_EPOCH }
    }

    /// Gives an input and completes what can be completed at once; returns the outputs.
    fn step(call: &mut Call, ms: u64, input: Input) -> Vec<Output> {
        let mut all = Vec::new();
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            call.input(at(ms), input);
            while let Some(output) = call.poll_output() {
                if let Output::Command(command) = &output {
                    let done = match &command.action {
                        Action::Load(Query::Account) => {
                            Some(Done::Loaded(Loaded::Document(Arc::new(json!({"language": "en-US"})))))
                        }
                        Action::Play { .. } => None,
                        _ => Some(Done::Ok),
                    };
                    inputs
                        .extend(done.map(|done| Input::Completed { command: command.id, result: Ok(done) }));
                }
                all.push(output);
            }
        }
        all
    }

    fn commands(outputs: &[Output]) -> Vec<&Action> {
        outputs
            .iter()
            .filter_map(|output| match output {
                Output::Command(command) => Some(&command.action),
                _ => None,
            })
            .collect()
    }

    fn playback(outputs: &[Output]) -> crate::ids::CommandId {
        let found = outputs.iter().find_map(|output| match output {
            Output::Command(command) if matches!(command.action, Action::Play { .. }) => Some(command.id),
            _ => None,
        });
        found.expect("a playback")
    }

    #[test]
    fn nothing_happens_before_the_first_input() {
        let mut call = call(chain(&[("answer", json!({}))]));
        assert_eq!(call.poll_output(), None);
        assert!(!call.is_over());
    }

    #[test]
    fn a_prompt_is_played_after_the_answer_and_the_call_ends_with_the_flow() {
        let mut call = call(chain(&[("play", json!({"id": "welcome"})), ("hangup", json!({}))]));
        let outputs = step(&mut call, 0, Input::Begin);
        assert!(matches!(commands(&outputs)[..], [Action::Load(_), Action::Answer { .. }]));
        assert!(outputs.contains(&Output::Deadline(Some(Duration::from_millis(100)))));
        let outputs = step(&mut call, 100, Input::Deadline);
        let id = playback(&outputs);
        let played = Input::Completed { command: id, result: Ok(Done::Played { stopped: false }) };
        let outputs = step(&mut call, 2100, played);
        assert!(matches!(commands(&outputs)[..], [Action::HangUp { .. }]));
        let ended = Termination { result: CallResult::Finished, cause: Cause::NormalClearing };
        assert_eq!(outputs.last(), Some(&Output::Ended(ended)));
        assert!(call.is_over());
    }

    #[test]
    fn a_hang_up_ends_a_waiting_module_and_the_call() {
        let mut call = call(chain(&[("play", json!({"id": "welcome"})), ("answer", json!({}))]));
        step(&mut call, 0, Input::Begin);
        step(&mut call, 100, Input::Deadline);
        let gone = LegEvent::Gone { cause: Cause::NormalClearing };
        let outputs = step(&mut call, 500, Input::Leg { leg: LegId::CALLER, event: gone });
        let ended = Termination { result: CallResult::CallerHungUp, cause: Cause::NormalClearing };
        assert_eq!(outputs.last(), Some(&Output::Ended(ended)));
    }

    #[test]
    fn a_late_completion_is_ignored_and_traced() {
        let mut call = call(chain(&[("sleep", json!({"duration": 5}))]));
        step(&mut call, 0, Input::Begin);
        let late = Input::Completed { command: crate::ids::CommandId(99), result: Ok(Done::Ok) };
        let outputs = step(&mut call, 10, late);
        assert!(outputs.iter().any(|output| matches!(
            output,
            Output::Trace(trace) if matches!(trace.event, TraceEvent::LateCompletion { .. })
        )));
        assert!(!call.is_over());
    }

    #[test]
    fn a_journal_replays_to_the_same_outputs() {
        let mut call = call(chain(&[("play", json!({"id": "welcome"})), ("sleep", json!({"duration": 1}))]));
        let mut outputs = step(&mut call, 0, Input::Begin);
        outputs.extend(step(&mut call, 100, Input::Deadline));
        let digit = LegEvent::Digit { digit: '5', duration_ms: 100 };
        outputs.extend(step(&mut call, 300, Input::Leg { leg: LegId::CALLER, event: digit }));
        let replayed: Vec<Output> = call.journal().replay().into_iter().flatten().collect();
        assert_eq!(serde_json::to_string(&replayed).unwrap(), serde_json::to_string(&outputs).unwrap());
    }

    #[test]
    fn data_that_makes_no_sense_is_noted_and_the_flow_goes_on() {
        let mut call = call(chain(&[("response", json!({"code": "none"})), ("hangup", json!({}))]));
        let outputs = step(&mut call, 0, Input::Begin);
        let noted = outputs.iter().any(|output| matches!(
            output,
            Output::Trace(trace) if matches!(&trace.event, TraceEvent::Note { code, .. } if code == "EN2000")
        ));
        assert!(noted && call.is_over());
    }
}
