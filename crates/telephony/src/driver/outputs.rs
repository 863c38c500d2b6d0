//! One step of a call: an input into the engine, its outputs carried out, and the end of a call.

use std::time::Duration;

use engine::input::Input;
use engine::output::{Output, Termination, Trace, TraceEvent};
use jiff::Timestamp;

use super::call::{CallKey, LiveCall, TRACE_MAX};
use super::host::CallRecord;
use super::switch::Switch;

impl Switch {
    /// Gives a call an input and drains its outputs.
    pub(super) fn step(&mut self, key: CallKey, input: Input) {
        let now = self.engine_now();
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.call.input(now, input);
        let account_id = self.watched_account(key);
        while let Some(output) = self.calls.get_mut(&key).and_then(|call| call.call.poll_output()) {
            match output {
                Output::Command(command) => self.carry_out(key, command),
                Output::Trace(trace) => self.trace(key, trace),
                Output::Deadline(at) => self.set_deadline(key, at),
                Output::Ended(termination) => self.end(key, termination),
            }
        }
        if let Some(account_id) = account_id {
            self.lamps_changed(&account_id);
        }
    }

    fn set_deadline(&mut self, key: CallKey, at: Option<Duration>) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if let Some(former) = call.deadline.take() {
            self.deadlines.remove(&(former, key));
        }
        if let Some(at) = at {
            call.deadline = Some(at);
            self.deadlines.insert((at, key));
        }
    }

    fn trace(&mut self, key: CallKey, trace: Trace) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if let TraceEvent::Node { pointer, module, .. } = &trace.event
            && let Some(shown) = self.shown.lock().calls.get_mut(&key)
        {
            shown.node = Some((pointer.clone(), module.clone()));
        }
        if call.trace.len() < TRACE_MAX {
            call.trace.push(trace);
        }
    }

    /// The engine is done with a call; it goes once its recordings are on disk too.
    fn end(&mut self, key: CallKey, termination: Termination) {
        self.set_deadline(key, None);
        self.forget_fax(key);
        let legs: Vec<_> =
            self.calls.get(&key).map(|call| call.legs.keys().copied().collect()).unwrap_or_default();
        for leg in legs {
            self.leave_room(key, leg);
        }
        let Some(mut call) = self.calls.remove(&key) else { return };
        self.shown.lock().calls.remove(&key);
        self.leave_queues(key, &call.account_id);
        call.ended = Some(termination);
        self.moved.retain(|_, call| *call != key);
        for leg in call.legs.values() {
            self.by_leg.remove(&leg.key);
            if let Some(stream) = leg.stream {
                self.by_stream.remove(&stream);
                self.media.close(stream);
            }
        }
        let recordings: Vec<_> = call.recordings.values().map(|made| made.path.clone()).collect();
        if !recordings.is_empty() {
            // Whatever was to be kept has been saved before the end; the rest was for this call only.
            self.runtime.spawn_blocking(move || {
                for path in recordings {
                    let _ = std::fs::remove_file(path);
                }
            });
        }
        self.record(call);
    }

    fn record(&self, call: LiveCall) {
        let Some(termination) = call.ended else { return };
        let journal = call.call.into_journal();
        let callflow = &journal.setup.callflow;
        self.host.call_ended(CallRecord {
            account_id: call.account_id,
            call_id: call.call_id,
            started: call.started,
            answered: call.answered,
            ended: Timestamp::now(),
            from: journal.setup.facts.caller_id_number.clone(),
            to: journal.setup.facts.request.clone(),
            callflow_id: callflow.id.clone(),
            callflow_version: callflow.version,
            termination,
            trace: call.trace,
            journal,
        });
    }
}
