//! `strowger explore`: many random calls, through an account or through random flows, in which some things must hold.
//!
//! Not here: what must hold, how calls and flows are made up (`simulator::explore`).

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use simulator::explore::{self, Bounds, Exploration, Found};
use simulator::{Account, trace};

use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// Failures shown with their traces.
const SHOWN_MAX: usize = 3;

/// Calls a thread makes before it asks for more.
const PORTION: usize = 512;

/// Arguments of `explore`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExploreArgs {
    /// An account folder; without one, accounts and flows are made up from the seeds.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The seed of the first call; the next ones follow.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many calls.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    count: usize,
    /// Threads; as many as there are cores when left out.
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<NonZero<usize>>,
    /// Show which exits of which modules the calls took.
    #[arg(long)]
    coverage: bool,
}

/// Makes the calls; fails when something did not hold.
pub(crate) fn run(args: &ExploreArgs, as_json: bool) -> Outcome {
    let account = match &args.dir {
        Some(dir) => Some(Account::from_folder(&disk::usable_account(dir)?).0),
        None => None,
    };
    let bounds = if account.is_some() { Bounds::default() } else { Bounds::narrow() };
    let began = Instant::now();
    let explored = in_parallel(args, account.as_ref(), &bounds)?;
    let took = began.elapsed();
    let failed = explored.failures.len();
    // One call made again: the smallest account in which it still fails tells most.
    let alone = account.is_none() && args.count == 1;
    let shrunk = if alone && failed > 0 {
        explore::shrink(&explore::account_of(args.seed), args.seed, &bounds)
    } else {
        None
    };
    if as_json {
        let failures: Vec<Value> = explored.failures.iter().map(as_value).collect();
        let mut report = json!({"calls": explored.calls, "failed": failed, "failures": failures});
        if let Some((account, found)) = &shrunk {
            report["smallest"] = json!({"documents": documents(account), "trace": found.trace});
        }
        output::json(&report)?;
    } else {
        for found in explored.failures.iter().take(SHOWN_MAX).filter(|_| shrunk.is_none()) {
            output::line(&format!("seed {}: {}", found.seed, found.broken.join("; ")))?;
            output::text(&trace::render(&found.trace))?;
        }
        for found in explored.failures.iter().skip(SHOWN_MAX) {
            output::line(&format!("seed {}: {}", found.seed, found.broken.join("; ")))?;
        }
        if let Some((account, found)) = &shrunk {
            output::line(&format!("seed {}: {}", found.seed, found.broken.join("; ")))?;
            for document in documents(account) {
                output::line(&document.to_string())?;
            }
            output::text(&trace::render(&found.trace))?;
        }
        if args.coverage {
            output::text(&explored.coverage.to_string())?;
        }
        let last = args.seed.wrapping_add(args.count.saturating_sub(1) as u64);
        let seconds = took.as_secs();
        output::line(&format!("seeds {} to {last} in {seconds} s", args.seed))?;
        output::line(&format!("{} calls, {failed} failed", explored.calls))?;
    }
    Ok(if failed > 0 { Exit::Found } else { Exit::Ok })
}

/// Shares the seeds among threads; what they found comes in the order of the seeds.
fn in_parallel(args: &ExploreArgs, account: Option<&Account>, bounds: &Bounds) -> Result<Exploration, Fault> {
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    let taken = AtomicUsize::new(0);
    let work = || {
        let mut explored = Exploration::default();
        loop {
            let from = taken.fetch_add(PORTION, Ordering::Relaxed);
            if from >= args.count {
                return explored;
            }
            let count = PORTION.min(args.count - from);
            let seed = args.seed.wrapping_add(from as u64);
            explored.add(match account {
                Some(account) => explore::explore(account, seed, count, bounds),
                None => explore::explore_random(seed, count, bounds),
            });
        }
    };
    let parts = thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join()).collect::<Result<Vec<Exploration>, _>>()
    });
    let parts = parts.map_err(|_| Fault::new(Exit::Software, "a thread of the exploration failed"))?;
    let mut all = Exploration::default();
    parts.into_iter().for_each(|part| all.add(part));
    all.failures.sort_by_key(|found| found.seed);
    Ok(all)
}

/// The documents of an account, kind and body.
fn documents(account: &Account) -> Vec<Value> {
    let all =
        account.index().documents().map(|document| json!({"type": document.kind, "document": document.body}));
    all.collect()
}

fn as_value(found: &Found) -> Value {
    json!({"seed": found.seed, "broken": found.broken, "trace": found.trace})
}
