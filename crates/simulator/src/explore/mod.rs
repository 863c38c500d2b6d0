//! Exploration: many calls by callers, phones, carriers, web servers and faults made up from a seed. Whatever they do,
//! some things must hold.
//!
//! Not here: what one particular flow ought to do (scenarios say that).

mod chance;

use std::time::Duration;

use engine::journal::Journal;
use engine::limits::Limits;
use engine::output::{CallResult, Output};

use crate::coverage::Coverage;
use crate::replay::replay_against;
use crate::scenario::setup;
use crate::session::Session;
use crate::trace::Line;
use crate::world::account::Account;
pub use chance::Chance;

/// Bounds of exploration.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// A caller who is still there after this long hangs up. Default 1 h.
    pub patience: Duration,
    /// A call must be over this long after its caller has hung up. Default 10 min.
    pub aftermath: Duration,
    /// Events of one call in the world; more count as a loop. Default 50,000.
    pub events: usize,
    /// The engine's bounds.
    pub limits: Limits,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            patience: Duration::from_secs(3_600),
            aftermath: Duration::from_secs(600),
            events: 50_000,
            limits: Limits::default(),
        }
    }
}

/// What exploration found.
#[derive(Clone, Debug, Default)]
pub struct Exploration {
    /// Calls made.
    pub calls: usize,
    /// Calls in which something did not hold.
    pub failures: Vec<Found>,
    /// Exits taken.
    pub coverage: Coverage,
}

/// A call in which something did not hold. [`explore_one`] with its seed makes it again.
#[derive(Clone, Debug)]
pub struct Found {
    /// The seed of the call.
    pub seed: u64,
    /// What did not hold.
    pub broken: Vec<String>,
    /// The trace.
    pub trace: Vec<Line>,
    /// What decided the call.
    pub journal: Journal,
}

/// Makes `count` calls with the seeds `seed`, `seed + 1` and so on.
pub fn explore(account: &Account, seed: u64, count: usize, bounds: &Bounds) -> Exploration {
    let mut exploration = Exploration::default();
    for nth in 0..count {
        let call_seed = seed.wrapping_add(nth as u64);
        let Some(session) = call(account, call_seed, bounds) else { continue };
        exploration.calls += 1;
        exploration.coverage.add(&session.observed().trace);
        exploration.failures.extend(examine(&session, call_seed, bounds));
    }
    exploration
}

/// Makes the call of one seed; `None` when all held, or when the number it dials leads nowhere.
pub fn explore_one(account: &Account, seed: u64, bounds: &Bounds) -> Option<Found> {
    let session = call(account, seed, bounds)?;
    examine(&session, seed, bounds)
}

/// One whole call; `None` when the number made up leads nowhere.
pub fn call(account: &Account, seed: u64, bounds: &Bounds) -> Option<Session> {
    let mut chance = Chance::new(seed);
    let mut world = chance.world(account);
    world.limits = bounds.limits.clone();
    world.seed = seed;
    let spec = chance.caller(account);
    let setup = setup(&world, &spec, 1).ok()?;
    let steps = chance.caller_steps();
    let mut session = Session::begin(world, setup, steps);
    let patience = bounds.patience;
    let mut events = 0;
    while events < bounds.events && session.next_at().is_some_and(|at| session.age_at(at) <= patience) {
        session.step();
        events += 1;
    }
    if session.ended().is_none() {
        session.hang_up();
        let until = session.elapsed().saturating_add(bounds.aftermath);
        while events < 2 * bounds.events && session.next_at().is_some_and(|at| session.age_at(at) <= until) {
            session.step();
            events += 1;
        }
    }
    Some(session)
}

/// What does not hold after a call.
fn examine(session: &Session, seed: u64, bounds: &Bounds) -> Option<Found> {
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
    if session.observed().visited.len() > bounds.limits.visited_nodes as usize {
        broken.push(format!("{} nodes were visited", session.observed().visited.len()));
    }
    if !session.journal().truncated {
        broken.extend(
            replay_against(session.journal(), session.outputs()).err().map(|error| error.to_string()),
        );
    }
    (!broken.is_empty()).then(|| Found {
        seed,
        broken,
        trace: session.lines().to_vec(),
        journal: session.journal().clone(),
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
