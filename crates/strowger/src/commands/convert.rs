//! `strowger convert`: an account folder from another system's configuration, or in another language, and a list of what it
//! cannot carry.
//!
//! Not here: the conversion (`flow::convert`).

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use flow::convert::Converted;
use flow::folder::Folder;
use jiff::tz::TimeZone;
use serde_json::json;

use super::moment;
use super::snapshot::{self, NumberArgs};
use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
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
    /// N2FE control plans of an account folder
    N2fe(FolderArgs),
    /// Kazoo callflows of an account folder
    Kazoo(FolderArgs),
}

/// Arguments of `convert n2fe` and `convert kazoo`.
#[derive(Args, Clone, Debug)]
struct FolderArgs {
    /// The account folder.
    #[arg(value_name = "ACCOUNT")]
    account: PathBuf,
    /// What to make of it.
    #[arg(long, value_name = "LANGUAGE")]
    to: Language,
    /// The account folder to write.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The moment whose schedules count, such as 2026-12-25T09:00:00Z.
    #[arg(long, value_name = "MOMENT", default_value = "now")]
    at: String,
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
    /// N2FE control plans on service numbers.
    N2fe,
}

/// Writes the account folder and prints what it does not carry.
pub(crate) fn run(args: &ConvertArgs, as_json: bool) -> Outcome {
    match &args.from {
        From::Odin(args) if args.to == Language::Kazoo => odin(args, as_json),
        From::N2fe(args) if args.to == Language::Kazoo => {
            let at = moment::parse(&args.at, &TimeZone::UTC)?.timestamp();
            let folder = disk::usable_account(&args.account)?;
            let converted = flow::convert::n2fe::to_kazoo(&folder, at);
            write(&args.dir, &converted, &made_from(&folder, "the control plans"), as_json)
        }
        From::Kazoo(args) if args.to == Language::N2fe => {
            let folder = disk::usable_account(&args.account)?;
            let converted = flow::convert::kazoo::to_n2fe(&folder);
            write(&args.dir, &converted, &made_from(&folder, "the callflows"), as_json)
        }
        From::Odin(_) | From::N2fe(_) | From::Kazoo(_) => {
            Err(Fault::new(Exit::Usage, "this cannot be made of it")
                .with_help("odin and n2fe are converted with --to kazoo, kazoo with --to n2fe"))
        }
    }
}

fn odin(args: &OdinArgs, as_json: bool) -> Outcome {
    let group = snapshot::group(&args.snapshot, &args.numbers)?;
    let converted = flow::convert::to_kazoo(&group);
    let made_from = format!(
        "# {}\n\nMade from the BroadWorks group {} of {}, read {}.\n",
        group.name, group.id, group.service_provider, group.taken_at
    );
    write(&args.dir, &converted, &made_from, as_json)
}

fn made_from(folder: &Folder, what: &str) -> String {
    let name = folder.account.body.get("name").and_then(serde_json::Value::as_str);
    let name = name.unwrap_or(&folder.account.id);
    format!("# {name}\n\nMade from {what} of the account {}.\n", folder.account.id)
}

fn write(dir: &Path, converted: &Converted, made_from: &str, as_json: bool) -> Outcome {
    store::write_folder(dir, &converted.folder)?;
    let report = format!("{made_from}\n## Not carried\n\n{}", converted.report());
    disk::write(&dir.join(REPORT), report.as_bytes())?;
    let documents = converted.folder.documents.len();
    if as_json {
        output::json(&json!({
            "dir": dir.display().to_string(), "documents": documents, "not_carried": converted.not_carried,
        }))?;
    } else {
        output::text(&converted.report())?;
        let (dir, count) = (dir.display(), converted.not_carried.len());
        output::line(&format!(
            "{documents} documents written to {dir}; {count} things not carried ({REPORT})"
        ))?;
    }
    Ok(Exit::Ok)
}
