//! Replay: the journal of any call, fed to a fresh one, must give the very same outputs.
//!
//! Not here: how a journal is stored.

use engine::journal::Journal;
use engine::output::{Output, Termination, Trace};
use thiserror::Error;

use crate::trace::{self, Line};

/// What a replay gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The engine's outputs after each input.
    pub outputs: Vec<Vec<Output>>,
    /// The trace, rendered as lines.
    pub trace: Vec<Line>,
    /// How the call ended; `None` when the journal stops before.
    pub outcome: Option<Termination>,
}

/// Two runs of one journal differ: a bug of the engine, or a change of behaviour without its flag.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("after input {input} the call said\n  {got}\ninstead of\n  {expected}")]
pub struct Divergence {
    /// The input, from 0.
    pub input: usize,
    /// What was said the first time, as JSON.
    pub expected: String,
    /// What was said now.
    pub got: String,
}

/// Feeds a journal to two fresh calls and compares them byte for byte.
///
/// # Errors
/// The first difference.
pub fn replay(journal: &Journal) -> Result<Replayed, Divergence> {
    let first = journal.replay();
    compare(&first, &journal.replay())?;
    Ok(replayed(first))
}

/// Feeds a journal to a fresh call and compares its outputs with those recorded, byte for byte.
///
/// # Errors
/// The first difference.
pub fn replay_against(journal: &Journal, recorded: &[Vec<Output>]) -> Result<Replayed, Divergence> {
    let now = journal.replay();
    compare(recorded, &now)?;
    Ok(replayed(now))
}

fn replayed(outputs: Vec<Vec<Output>>) -> Replayed {
    let all = || outputs.iter().flatten();
    let traced: Vec<Trace> = all()
        .filter_map(|output| match output {
            Output::Trace(trace) => Some(trace.clone()),
            _ => None,
        })
        .collect();
    let outcome = all().find_map(|output| match output {
        Output::Ended(termination) => Some(termination.clone()),
        _ => None,
    });
    Replayed { trace: trace::lines(&traced), outcome, outputs }
}

fn compare(expected: &[Vec<Output>], got: &[Vec<Output>]) -> Result<(), Divergence> {
    let steps = expected.len().max(got.len());
    for input in 0..steps {
        let text = |run: &[Vec<Output>]| run.get(input).map(json).unwrap_or_default();
        let (expected, got) = (text(expected), text(got));
        if expected != got {
            return Err(Divergence { input, expected, got });
        }
    }
    Ok(())
}

fn json(outputs: &Vec<Output>) -> String {
    serde_json::to_string(outputs).unwrap_or_else(|error| format!("not JSON: {error}"))
}
