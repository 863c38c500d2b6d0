//! What must hold in any call, whatever its flow is and whatever people do.
//!
//! Not here: making the calls (`explore`).

use std::collections::{BTreeMap, BTreeSet};

use engine::command::Action;
use engine::ids::{CommandId, LegId};
use engine::input::{Input, LegEvent};
use engine::journal::Entry;
use engine::output::{CallResult, Output, TraceEvent};

use super::{Bounds, Found};
use crate::replay::replay_against;
use crate::session::Session;

/// Commands and notes after a call has come to its end that still may be under way when a bound is counted.
const AFTER_THE_END: usize = 50;

/// What does not hold after a call.
pub(super) fn examine(session: &Session, seed: u64, bounds: &Bounds) -> Option<Found> {
    let mut broken = Vec::new();
    match session.ended() {
        None => broken.push("the call did not end after its caller had hung up".to_owned()),
        Some(end) if end.result == CallResult::Failed => broken.push("the engine failed".to_owned()),
        Some(_) => {}
    }
    if session.ended().is_some() {
        let left = session.legs_left_up();
        if !left.is_empty() {
            broken.push(format!("legs were left up: {}", left.join(", ")));
        }
    } else {
        let forgotten = session.forgotten_commands();
        if !forgotten.is_empty() {
            broken.push(format!("commands can never complete: {}", forgotten.join(", ")));
        }
    }
    broken.extend(order_of_outputs(session.outputs()));
    broken.extend(exceeded(session, bounds));
    if !session.journal().truncated {
        broken.extend(
            replay_against(session.journal(), session.outputs()).err().map(|error| error.to_string()),
        );
    }
    (!broken.is_empty()).then(|| Found {
        seed,
        broken,
        trace: session.lines().to_vec(),
        journal: Some(Box::new(session.journal().clone())),
    })
}

/// Command numbers go up by one, and nothing follows the end.
fn order_of_outputs(outputs: &[Vec<Output>]) -> Option<String> {
    let mut last = 0;
    let mut ended = false;
    for output in outputs.iter().flatten() {
        if ended {
            return Some("something was said after the end".to_owned());
        }
        match output {
            Output::Command(command) if command.id.0 <= last => {
                return Some(format!("command {} came after {last}", command.id.0));
            }
            Output::Command(command) => last = command.id.0,
            Output::Ended(_) => ended = true,
            Output::Trace(_) | Output::Deadline(_) => {}
        }
    }
    None
}

/// Bounds that were passed.
fn exceeded(session: &Session, bounds: &Bounds) -> Vec<String> {
    let limits = &bounds.limits;
    let mut found = Vec::new();
    let mut check = |what: &str, got: usize, most: usize| {
        if got > most {
            found.push(format!("{got} {what}, at most {most} are allowed"));
        }
    };
    check("nodes were visited", session.observed().visited.len(), limits.visited_nodes as usize);
    let branches = session.observed().trace.iter();
    let branches = branches.filter(|trace| matches!(trace.event, TraceEvent::Branch { .. })).count();
    check("branches were taken", branches, limits.branches as usize);
    let mut outstanding: BTreeSet<CommandId> = BTreeSet::new();
    let mut ringing: BTreeMap<LegId, CommandId> = BTreeMap::new();
    let (mut most_outstanding, mut most_ringing, mut longest) = (0, 0, 0);
    for (entry, outputs) in session.journal().entries.iter().zip(session.outputs()) {
        settle(entry, &mut outstanding, &mut ringing);
        for output in outputs {
            let Output::Command(command) = output else { continue };
            outstanding.insert(command.id);
            match &command.action {
                Action::Dial(dial) => {
                    ringing.insert(dial.leg, command.id);
                }
                Action::HangUp { leg, .. } => {
                    ringing.remove(leg);
                }
                Action::Play { items, .. } => longest = longest.max(items.len()),
                _ => {}
            }
        }
        most_outstanding = most_outstanding.max(outstanding.len());
        most_ringing = most_ringing.max(ringing.len());
    }
    check("commands were outstanding", most_outstanding, limits.outstanding_commands + AFTER_THE_END);
    check("legs rang at once", most_ringing, limits.ringing_legs);
    check("items were in one playlist", longest, limits.playlist_items);
    let most_s = limits.call_duration.saturating_add(bounds.aftermath).as_secs();
    check("seconds the call took", session.elapsed().as_secs() as usize, most_s as usize);
    found
}

/// An input ends what it ends.
fn settle(entry: &Entry, outstanding: &mut BTreeSet<CommandId>, ringing: &mut BTreeMap<LegId, CommandId>) {
    match &entry.input {
        Input::Completed { command, result } => {
            outstanding.remove(command);
            if result.is_err() {
                ringing.retain(|_, dialled| dialled != command);
            }
        }
        Input::Leg { leg, event: LegEvent::Answered | LegEvent::Refused { .. } | LegEvent::Gone { .. } } => {
            ringing.remove(leg);
        }
        _ => {}
    }
}
