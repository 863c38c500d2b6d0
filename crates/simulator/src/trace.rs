//! The trace of a call as lines for people: time, module, place, what happened.
//!
//! Not here: drawing a path into a picture, colours of a terminal.

use std::fmt;
use std::time::Duration;

use engine::output::{CallResult, Termination, Trace, TraceEvent};
use serde::Serialize;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Time since the call began.
    #[serde(rename = "at_ms", serialize_with = "as_millis")]
    pub at: Duration,
    /// The module that is running; empty before the first.
    pub module: String,
    /// JSON pointer of its node.
    pub pointer: String,
    /// The callflow it belongs to; empty before the first, and for one fetched from a web server.
    pub callflow_id: String,
    /// What happened.
    pub text: String,
    /// It is something that went wrong or is worth a look: a note of the engine.
    pub notable: bool,
}

impl fmt::Display for Line {
    /// `00:03.020  menu  /flow  caller presses 1`; hours come before the minutes from the first hour on.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.at.as_millis();
        let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
        if hours > 0 {
            write!(out, "{hours}:")?;
        }
        write!(out, "{minutes:02}:{:02}.{:03}  ", ms / 1_000 % 60, ms % 1_000)?;
        if self.module.is_empty() {
            out.write_str("-  ")?;
        } else {
            write!(out, "{}  {}  ", self.module, self.pointer)?;
        }
        out.write_str(&self.text)
    }
}

/// Lines for the trace of any call, live or simulated: what the engine said, without what phones did.
pub fn lines(trace: &[Trace]) -> Vec<Line> {
    let mut tracer = Tracer::default();
    for entry in trace {
        match &entry.event {
            TraceEvent::Heard { what } => tracer.world(entry.at, format!("plays {what}")),
            TraceEvent::Digit { digit } => tracer.world(entry.at, format!("caller presses {digit}")),
            TraceEvent::Rung { party, .. } => tracer.world(entry.at, format!("{party} is called")),
            TraceEvent::Connected { leg } => tracer.world(entry.at, format!("connected to leg {}", leg.0)),
            _ => tracer.engine(entry),
        }
    }
    tracer.lines
}

/// Lines below each other.
pub fn render(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// How a call ended, in words: `finished, NORMAL_CLEARING`.
pub fn ending(termination: &Termination) -> String {
    format!("{}, {}", result_name(termination.result), termination.cause.name())
}

/// The name of a result as scenarios and reports write it: `caller_hung_up`.
pub fn result_name(result: CallResult) -> &'static str {
    match result {
        CallResult::CallerHungUp => "caller_hung_up",
        CallResult::Finished => "finished",
        CallResult::Rejected => "rejected",
        CallResult::LimitReached => "limit_reached",
        CallResult::Transferred => "transferred",
        CallResult::Controlled => "controlled",
        CallResult::Failed => "failed",
    }
}

/// The names of [`result_name`].
pub const RESULT_NAMES: &[&str] =
    &["finished", "caller_hung_up", "rejected", "limit_reached", "transferred", "controlled", "failed"];

/// Puts lines together; knows which node is running.
#[derive(Debug, Default)]
pub(crate) struct Tracer {
    lines: Vec<Line>,
    module: String,
    pointer: String,
    callflow_id: String,
}

impl Tracer {
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Something seen from outside.
    pub(crate) fn world(&mut self, at: Duration, text: String) {
        self.line(at, text, false);
    }

    /// Something the engine said. What is heard, pressed, rung and connected is told by the world, when it really happens.
    pub(crate) fn engine(&mut self, trace: &Trace) {
        let notable = matches!(trace.event, TraceEvent::Note { .. });
        let text = match &trace.event {
            TraceEvent::Flow { callflow_id, version, name } => {
                let name = if name.is_empty() { callflow_id } else { name };
                format!("callflow {name}, version {version}")
            }
            TraceEvent::Node { callflow_id, pointer, module } => {
                self.module.clone_from(module);
                self.pointer.clone_from(pointer);
                self.callflow_id.clone_from(callflow_id);
                "begins".to_owned()
            }
            TraceEvent::Exit { key, taken: Some(taken), .. } if key == taken => {
                format!("goes to child {key}")
            }
            TraceEvent::Exit { key, taken: Some(taken), .. } => {
                format!("has no child {key}, goes to child {taken}")
            }
            TraceEvent::Exit { key, taken: None, .. } => format!("has no child {key}, the flow ends here"),
            TraceEvent::Stop { .. } => "stops".to_owned(),
            TraceEvent::Metaflow { module, exit, .. } if exit.is_empty() => {
                format!("feature key runs {module}; a party is gone")
            }
            TraceEvent::Metaflow { module, exit, .. } => format!("feature key runs {module}, exit {exit}"),
            TraceEvent::Branch { callflow_id } => format!("branches to callflow {callflow_id}"),
            TraceEvent::Note { code, message, .. } => format!("{code}: {message}"),
            TraceEvent::LateCompletion { command } => format!("command {} completed late", command.0),
            TraceEvent::Heard { .. }
            | TraceEvent::Digit { .. }
            | TraceEvent::Rung { .. }
            | TraceEvent::Connected { .. } => return,
        };
        self.line(trace.at, text, notable);
    }

    fn line(&mut self, at: Duration, text: String, notable: bool) {
        self.lines.push(Line {
            at,
            module: self.module.clone(),
            pointer: self.pointer.clone(),
            callflow_id: self.callflow_id.clone(),
            text,
            notable,
        });
    }
}

fn as_millis<S: serde::Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_when_where_and_what() {
        let at = Duration::from_millis(3_020);
        let events = [
            TraceEvent::Node {
                callflow_id: "c".to_owned(),
                pointer: "/flow".to_owned(),
                module: "menu".to_owned(),
            },
            TraceEvent::Heard { what: "prompt menu-no_prompt".to_owned() },
            TraceEvent::Exit {
                pointer: "/flow".to_owned(),
                module: "menu".to_owned(),
                key: "7".to_owned(),
                taken: None,
            },
        ];
        let trace: Vec<Trace> = events.into_iter().map(|event| Trace { at, event }).collect();
        assert_eq!(
            render(&lines(&trace)),
            "00:03.020  menu  /flow  begins\n\
             00:03.020  menu  /flow  plays prompt menu-no_prompt\n\
             00:03.020  menu  /flow  has no child 7, the flow ends here\n"
        );
    }

    #[test]
    fn hours_show_when_there_are_some() {
        let mut tracer = Tracer::default();
        tracer.world(Duration::from_secs(3_725), "x".to_owned());
        assert_eq!(tracer.lines()[0].to_string(), "1:02:05.000  -  x");
    }
}
