//! Exploration: many calls by callers, phones, carriers, web servers and faults made up from a seed, in an account that is
//! given or in accounts and flows made up as well. Whatever they do, some things must hold.
//!
//! Not here: what one particular flow ought to do (scenarios say that).

mod chance;
mod properties;
mod random;
mod shrink;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use engine::journal::Journal;
use engine::limits::Limits;

use crate::coverage::Coverage;
use crate::scenario::setup;
use crate::session::Session;
use crate::trace::Line;
use crate::world::account::Account;
pub use chance::Chance;
use chance::Cut;
pub use shrink::shrink;

/// Calls with successive seeds that share one made-up account.
pub const CALLS_OF_AN_ACCOUNT: u64 = 8;

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

impl Bounds {
    /// Narrower ones, for flows made up: calls come to their limits more often, and sooner.
    pub fn narrow() -> Bounds {
        let limits = Limits {
            fetches: 10,
            visited_nodes: 200,
            branches: 20,
            outstanding_commands: 60,
            playlist_items: 40,
            ringing_legs: 8,
            document_bytes: 16 << 10,
            call_duration: Duration::from_secs(1_800),
            ..Limits::default()
        };
        Bounds { limits, patience: Duration::from_secs(2_400), ..Bounds::default() }
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

impl Exploration {
    /// Adds what another one found.
    pub fn add(&mut self, other: Exploration) {
        self.calls += other.calls;
        self.failures.extend(other.failures);
        self.coverage.merge(other.coverage);
    }

    fn count(&mut self, account: &Account, seed: u64, world: Made, bounds: &Bounds) {
        let made = guarded(seed, || {
            let session = make(account, seed, world, bounds)?;
            self.coverage.add(&session.observed().trace);
            Some(properties::examine(&session, seed, bounds))
        });
        match made {
            Ok(None) => {}
            Ok(Some(found)) => {
                self.calls += 1;
                self.failures.extend(found);
            }
            Err(found) => {
                self.calls += 1;
                self.failures.push(found);
            }
        }
    }
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
    /// What decided the call; `None` when the world itself panicked.
    pub journal: Option<Box<Journal>>,
}

/// How a world is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// For an account that is given.
    Plain,
    /// For an account that was made up: web servers send flows of the whole catalogue too.
    Wild,
}

/// Makes `count` calls in an account with the seeds `seed`, `seed + 1` and so on.
pub fn explore(account: &Account, seed: u64, count: usize, bounds: &Bounds) -> Exploration {
    let mut exploration = Exploration::default();
    for nth in 0..count as u64 {
        exploration.count(account, seed.wrapping_add(nth), Made::Plain, bounds);
    }
    exploration
}

/// Makes `count` calls with the seeds `seed`, `seed + 1` and so on, in accounts and flows made up from them.
pub fn explore_random(seed: u64, count: usize, bounds: &Bounds) -> Exploration {
    let mut exploration = Exploration::default();
    let mut account: Option<(u64, Account)> = None;
    for nth in 0..count as u64 {
        let call_seed = seed.wrapping_add(nth);
        let number = call_seed / CALLS_OF_AN_ACCOUNT;
        let (_, account) = match account.take() {
            Some(present) if present.0 == number => account.insert(present),
            _ => account.insert((number, random::account(number))),
        };
        exploration.count(account, call_seed, Made::Wild, bounds);
    }
    exploration
}

/// The account made up for the call of a seed.
pub fn account_of(seed: u64) -> Account {
    random::account(seed / CALLS_OF_AN_ACCOUNT)
}

/// Makes the call of one seed; `None` when all held, or when the number it dials leads nowhere.
pub fn explore_one(account: &Account, seed: u64, bounds: &Bounds) -> Option<Found> {
    examined(account, seed, Made::Plain, bounds)
}

/// Makes the call of one seed in an account made up, as [`explore_random`] does.
pub fn explore_random_one(account: &Account, seed: u64, bounds: &Bounds) -> Option<Found> {
    examined(account, seed, Made::Wild, bounds)
}

fn examined(account: &Account, seed: u64, world: Made, bounds: &Bounds) -> Option<Found> {
    guarded(seed, || {
        make(account, seed, world, bounds).and_then(|session| properties::examine(&session, seed, bounds))
    })
    .unwrap_or_else(Some)
}

/// One whole call; `None` when the number made up leads nowhere.
pub fn call(account: &Account, seed: u64, bounds: &Bounds) -> Option<Session> {
    make(account, seed, Made::Plain, bounds)
}

/// One whole call in an account made up, as [`explore_random`] makes it.
pub fn random_call(account: &Account, seed: u64, bounds: &Bounds) -> Option<Session> {
    make(account, seed, Made::Wild, bounds)
}

fn make(account: &Account, seed: u64, made: Made, bounds: &Bounds) -> Option<Session> {
    let mut chance = Chance::new(seed);
    let mut world = match made {
        Made::Plain => chance.world(account),
        Made::Wild => chance.wild_world(account),
    };
    world.limits = bounds.limits.clone();
    world.seed = seed;
    let spec = match made {
        Made::Plain => chance.caller(account, &[]),
        Made::Wild => chance.caller(account, random::dialled()),
    };
    let setup = setup(&world, &spec, 1).ok()?;
    let steps = match made {
        Made::Plain => chance.caller_steps(),
        Made::Wild => chance.wild_steps(),
    };
    let mut cut = chance.cut();
    let mut session = Session::begin(world, setup, steps);
    let patience = bounds.patience;
    let mut events = 0;
    while events < bounds.events && session.next_at().is_some_and(|at| session.age_at(at) <= patience) {
        if let Some((_, how)) = cut.take_if(|(after, _)| *after <= events) {
            match how {
                Cut::CallerHangsUp => session.hang_up(),
                Cut::Ended => session.end(),
            }
        } else {
            session.step();
        }
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

/// Runs something; a panic is something found.
fn guarded<T>(seed: u64, run: impl FnOnce() -> T) -> Result<T, Found> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let broken = vec![format!("panic: {}", words(panic.as_ref()))];
        Found { seed, broken, trace: Vec::new(), journal: None }
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("for no known reason")
}
