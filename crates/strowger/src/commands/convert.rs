//! `strowger convert`: an account folder from another system's configuration, and a list of what it cannot carry.
//!
//! Not here: the conversion (`flow::convert`).

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::snapshot::{self, NumberArgs};
use crate::disk;
use crate::fault::{Exit, Outcome};
use crate::output;

/// The file beside `account.json` with what could not be carried.
const REPORT: &str = "README.md";

/// Arguments of `convert`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConvertArgs {
    #[command(subcommand)]
    from: From,
}

/// What can be converted.
#[derive(Clone, Debug, Subcommand)]
enum From {
    /// A BroadWorks group in a snapshot file
    Odin(OdinArgs),
}

/// Arguments of `convert odin`.
#[derive(Args, Clone, Debug)]
struct OdinArgs {
    /// A snapshot file of `strowger report odin --save-snapshot`.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    /// What to make of it.
    #[arg(long, value_name = "LANGUAGE")]
    to: Language,
    /// The account folder to write.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    numbers: NumberArgs,
}

/// Languages of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Kazoo callflows and the documents they need.
    Kazoo,
}

/// Writes the account folder and prints what it does not carry.
pub(crate) fn run(args: &ConvertArgs, as_json: bool) -> Outcome {
    let From::Odin(args) = &args.from;
    let Language::Kazoo = args.to;
    let group = snapshot::group(&args.snapshot, &args.numbers)?;
    let converted = flow::convert::to_kazoo(&group);
    store::write_folder(&args.dir, &converted.folder)?;
    let made_from = format!(
        "# {}\n\nMade from the BroadWorks group {} of {}, read {}.\n",
        group.name, group.id, group.service_provider, group.taken_at
    );
    let report = format!("{made_from}\n## Not carried\n\n{}", converted.report());
    disk::write(&args.dir.join(REPORT), report.as_bytes())?;
    let documents = converted.folder.documents.len();
    if as_json {
        output::json(&json!({
            "dir": args.dir.display().to_string(), "documents": documents, "not_carried": converted.not_carried,
        }))?;
    } else {
        output::text(&converted.report())?;
        let (dir, count) = (args.dir.display(), converted.not_carried.len());
        output::line(&format!(
            "{documents} documents written to {dir}; {count} things not carried ({REPORT})"
        ))?;
    }
    Ok(Exit::Ok)
}
