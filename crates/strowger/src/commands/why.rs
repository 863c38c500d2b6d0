//! `strowger why`: everything that can ring a number of a snapshot, each with its way.
//!
//! Not here: how ways are found (`flow::broadworks::why`).

use std::path::PathBuf;

use clap::Args;
use flow::broadworks::why;
use serde_json::json;

use super::snapshot::{self, NumberArgs};
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// Arguments of `why`.
#[derive(Args, Clone, Debug)]
pub(crate) struct WhyArgs {
    /// A snapshot file of `strowger report odin --save-snapshot`.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    /// The number, extension or alias; *55 and a number asks for the mailbox.
    #[arg(value_name = "NUMBER")]
    number: String,
    #[command(flatten)]
    numbers: NumberArgs,
}

/// Prints the ways, shortest first.
pub(crate) fn run(args: &WhyArgs, as_json: bool) -> Outcome {
    let group = snapshot::group(&args.snapshot, &args.numbers)?;
    let ways = why(&group, &args.number);
    if as_json {
        let listed: Vec<_> =
            ways.iter().map(|way| json!({"dial": way.numbers, "steps": way.steps})).collect();
        output::json(&json!({"number": args.number, "ways": listed}))?;
    } else {
        for way in &ways {
            output::line(&format!("{:<28} {}", way.numbers.join(", "), way.text()))?;
        }
    }
    if ways.is_empty() {
        let matches = group.find(&args.number, None, None);
        if matches.exact.is_empty() {
            return Err(Fault::new(
                Exit::Data,
                format!("nobody in the group {} has {}", group.name, args.number),
            )
            .with_help("write an extension, a telephone number or an alias of the group"));
        }
        if !as_json {
            output::line("nothing leads there")?;
        }
        return Ok(Exit::Found);
    }
    Ok(Exit::Ok)
}
