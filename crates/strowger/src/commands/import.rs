//! `strowger import DIR`: puts an account folder into the database.
//!
//! Not here: how it is stored (crate `store`).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use store::{Author, ImportMode, Imported, Store, StoreError};

use crate::config::{self, Settings};
use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// Arguments of `import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// The folder of the account.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The account may be there already: save what differs, keep what the folder lacks.
    #[arg(long)]
    merge: bool,
    /// The account may be there already: save what differs, delete what the folder lacks.
    #[arg(long, conflicts_with = "merge")]
    replace: bool,
    /// Kept with every version that is made.
    #[arg(long, value_name = "TEXT", default_value = "imported from a folder")]
    note: String,
    /// Flags that set something.
    #[command(flatten)]
    settings: Settings,
}

/// Imports the account, all of it or nothing.
pub(crate) fn run(args: &ImportArgs, as_json: bool) -> Outcome {
    let folder = disk::usable_account(&args.dir)?;
    let config = config::load(&args.settings)?.config;
    let store = Store::open(&config.data_dir)?;
    let mode = match (args.merge, args.replace) {
        (true, _) => ImportMode::Merge,
        (_, true) => ImportMode::Replace,
        _ => ImportMode::Create,
    };
    let author = Author::new("strowger import").with_note(args.note.as_str());
    let imported = store.import(&folder, mode, &author).map_err(|error| told(error, mode))?;
    if as_json {
        output::json(&as_value(&imported))?
    } else {
        output::line(&sentence(&imported))?
    }
    Ok(Exit::Ok)
}

fn told(error: StoreError, mode: ImportMode) -> Fault {
    let is_there = matches!(error, StoreError::Exists { .. }) && mode == ImportMode::Create;
    let fault = Fault::from(error);
    if is_there {
        fault.with_help("to change an account that is there, say --merge or --replace")
    } else {
        fault
    }
}

fn as_value(imported: &Imported) -> serde_json::Value {
    json!({
        "account": imported.account,
        "created": imported.created,
        "changed": imported.changed,
        "unchanged": imported.unchanged,
        "deleted": imported.deleted,
        "files": imported.files,
    })
}

fn sentence(imported: &Imported) -> String {
    format!(
        "account {}: {} documents made, {} changed, {} unchanged, {} deleted; {} files stored",
        imported.account,
        imported.created,
        imported.changed,
        imported.unchanged,
        imported.deleted,
        imported.files
    )
}
