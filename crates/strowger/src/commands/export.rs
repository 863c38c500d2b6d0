//! `strowger export ACCOUNT DIR`: writes an account of the database as a folder.
//!
//! Not here: the format (`flow::folder`), the database (crate `store`).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use store::{AccountRow, Store};

use crate::config::{self, Config, Settings};
use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use crate::suggest::nearest;

/// Arguments of `export`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExportArgs {
    /// Id, realm or name of the account.
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The folder: a new one, or one of the same account.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Write live versions only, not those before and after them.
    #[arg(long)]
    live_only: bool,
    /// Flags that set something.
    #[command(flatten)]
    settings: Settings,
}

/// Exports the account.
pub(crate) fn run(args: &ExportArgs, as_json: bool) -> Outcome {
    let config = config::load(&args.settings)?.config;
    let store = open(&config)?;
    let id = find(&store.accounts()?, &args.account)?;
    let folder = if args.live_only { store.export_live(&id)? } else { store.export(&id)? };
    store::write_folder(&args.dir, &folder)?;
    let (documents, dir) = (folder.documents.len(), args.dir.display().to_string());
    if as_json {
        output::json(&json!({"account": id, "documents": documents, "dir": dir}))?;
    } else {
        output::line(&format!("account {id}: {documents} documents written to {dir}"))?;
    }
    Ok(Exit::Ok)
}

/// The database, which must be there.
pub(super) fn open(config: &Config) -> Result<Store, Fault> {
    if !config.data_dir.is_dir() {
        return Err(Fault::new(
            Exit::NoInput,
            format!("there is no database in {}", config.data_dir.display()),
        )
        .with_help("name the data directory with --data-dir"));
    }
    Ok(Store::open(&config.data_dir)?)
}

/// The id of the account that is meant: by id, then realm, then a name that only one has.
pub(super) fn find(accounts: &[AccountRow], wanted: &str) -> Result<String, Fault> {
    let realm = wanted.to_ascii_lowercase();
    let by_id = accounts.iter().find(|row| row.id == wanted);
    let by_realm = || accounts.iter().find(|row| row.realm.as_deref() == Some(realm.as_str()));
    if let Some(row) = by_id.or_else(by_realm) {
        return Ok(row.id.clone());
    }
    let named: Vec<&AccountRow> = accounts.iter().filter(|row| row.name == wanted).collect();
    match named.as_slice() {
        [row] => Ok(row.id.clone()),
        [] => {
            let fault = Fault::new(Exit::Data, format!("there is no account `{wanted}`"));
            let known =
                accounts.iter().flat_map(|row| [Some(row.id.as_str()), row.realm.as_deref()]).flatten();
            Err(match nearest(wanted, known) {
                Some(near) => fault.with_help(format!("did you mean {near}?")),
                None => fault,
            })
        }
        several => Err(Fault::new(Exit::Data, format!("{} accounts are called `{wanted}`", several.len()))
            .with_help("name one by its id or realm")),
    }
}
