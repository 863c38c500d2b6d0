//! `strowger explore`: many random calls through an account, in which some things must hold.
//!
//! Not here: what must hold (`simulator::explore`).

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use simulator::explore::{Bounds, Found, explore};
use simulator::{Account, trace};

use crate::disk;
use crate::fault::{Exit, Outcome};
use crate::output;

/// Failures shown with their traces.
const SHOWN_MAX: usize = 3;

/// Arguments of `explore`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExploreArgs {
    /// An account folder.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The seed of the first call; the next ones follow.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many calls.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000)]
    count: usize,
    /// Show which exits of which modules the calls took.
    #[arg(long)]
    coverage: bool,
}

/// Makes the calls; fails when something did not hold.
pub(crate) fn run(args: &ExploreArgs, as_json: bool) -> Outcome {
    let folder = disk::usable_account(&args.dir)?;
    let (account, _) = Account::from_folder(&folder);
    let exploration = explore(&account, args.seed, args.count, &Bounds::default());
    let failed = exploration.failures.len();
    if as_json {
        let failures: Vec<Value> = exploration.failures.iter().map(as_value).collect();
        output::json(&json!({"calls": exploration.calls, "failed": failed, "failures": failures}))?;
    } else {
        for found in exploration.failures.iter().take(SHOWN_MAX) {
            output::line(&format!("seed {}: {}", found.seed, found.broken.join("; ")))?;
            output::text(&trace::render(&found.trace))?;
        }
        for found in exploration.failures.iter().skip(SHOWN_MAX) {
            output::line(&format!("seed {}: {}", found.seed, found.broken.join("; ")))?;
        }
        if args.coverage {
            output::text(&exploration.coverage.to_string())?;
        }
        output::line(&format!("{} calls, {failed} failed", exploration.calls))?;
    }
    Ok(if failed > 0 { Exit::Found } else { Exit::Ok })
}

fn as_value(found: &Found) -> Value {
    json!({"seed": found.seed, "broken": found.broken, "trace": found.trace})
}
