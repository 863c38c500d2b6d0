//! `strowger feature-codes`: gives an account the shipped star codes, and tells which of them it has.
//!
//! Works on an account folder, or on an account of the database. Not here: the codes (`flow::feature_codes`).

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use flow::account::{AccountIndex, Document};
use flow::feature_codes::{self, FEATURE_CODES, FeatureCode, State};
use flow::folder::folder_of;
use serde_json::{Value, json};
use store::{Author, NewDocument, Store};

use super::export::{find, open};
use crate::config::{self, Settings};
use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// Arguments of `feature-codes`.
#[derive(Args, Clone, Debug)]
pub(crate) struct FeatureCodesArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// List the shipped feature codes, and how an account stands to them
    List(ListArgs),
    /// Make those that an account does not have
    Create(CreateArgs),
}

#[derive(Args, Clone, Debug)]
struct ListArgs {
    /// A folder, or id, realm or name of an account in the database.
    #[arg(value_name = "DIR|ACCOUNT")]
    account: Option<String>,
    /// Flags that set something.
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args, Clone, Debug)]
struct CreateArgs {
    /// A folder, or id, realm or name of an account in the database.
    #[arg(value_name = "DIR|ACCOUNT")]
    account: String,
    /// Only these, by key or number: `forward-on,forward-off` or `72,73`.
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    only: Vec<String>,
    /// Flags that set something.
    #[command(flatten)]
    settings: Settings,
}

/// Lists or makes feature codes.
pub(crate) fn run(args: &FeatureCodesArgs, as_json: bool) -> Outcome {
    match &args.verb {
        Verb::List(args) => list(args, as_json),
        Verb::Create(args) => create(args, as_json),
    }
}

/// Where an account is.
enum Place {
    Folder(PathBuf),
    Database(Box<Store>, String),
}

impl Place {
    fn find(account: &str, settings: &Settings) -> Result<Place, Fault> {
        let path = Path::new(account);
        if path.join("account.json").is_file() {
            return Ok(Place::Folder(path.to_owned()));
        }
        let store = open(&config::load(settings)?.config)?;
        let id = find(&store.accounts()?, account)?;
        Ok(Place::Database(Box::new(store), id))
    }

    fn index(&self) -> Result<AccountIndex, Fault> {
        let folder = match self {
            Place::Folder(path) => disk::usable_account(path)?,
            Place::Database(store, id) => store.export(id)?,
        };
        Ok(AccountIndex::build(folder.account, folder.documents).0)
    }

    fn add(&self, document: Document) -> Result<(), Fault> {
        match self {
            Place::Folder(root) => {
                let folder = root.join(folder_of(&document.kind));
                let path = folder.join(format!("{}.json", document.id));
                std::fs::create_dir_all(&folder).map_err(|error| Fault::unwritable(&folder, &error))?;
                std::fs::write(&path, format!("{:#}\n", document.body))
                    .map_err(|error| Fault::unwritable(&path, &error))
            }
            Place::Database(store, account) => {
                let Document { id, kind, body, .. } = document;
                let mut body = match body {
                    Value::Object(body) => body,
                    _ => serde_json::Map::new(),
                };
                body.shift_remove("id");
                let private = serde_json::Map::new();
                let new = NewDocument { account: account.clone(), id: Some(id), kind, body, private };
                store.create(new, &Author::new("strowger feature-codes"))?;
                Ok(())
            }
        }
    }
}

fn list(args: &ListArgs, as_json: bool) -> Outcome {
    let index =
        args.account.as_deref().map(|account| Place::find(account, &args.settings)?.index()).transpose()?;
    let rows: Vec<(&FeatureCode, Option<State>)> =
        FEATURE_CODES.iter().map(|code| (code, index.as_ref().map(|index| code.state(index)))).collect();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(|(code, state)| described(code, state.as_ref())).collect();
        output::json(&json!({"feature_codes": rows}))?;
        return Ok(Exit::Ok);
    }
    for (code, state) in rows {
        let state = match state {
            None => String::new(),
            Some(State::Missing(_)) => "  [not there]".to_owned(),
            Some(State::There { callflow }) => format!("  [{callflow}]"),
            Some(State::Taken { number, callflow }) => format!("  [{number} leads to {callflow}]"),
        };
        let dialled = format!("{}{}", code.code(), if code.takes_digits() { "..." } else { "" });
        output::line(&format!("{dialled:<7} {:<20} {}{state}", code.key, code.summary))?;
    }
    Ok(Exit::Ok)
}

fn create(args: &CreateArgs, as_json: bool) -> Outcome {
    let wanted = wanted(&args.only)?;
    let place = Place::find(&args.account, &args.settings)?;
    let mut index = place.index()?;
    let mut rows = Vec::new();
    for code in wanted {
        let state = code.state(&index);
        if let State::Missing(document) = &state {
            place.add(document.clone())?;
            index = index.with(document.clone());
        }
        rows.push((code, state));
    }
    let taken = rows.iter().filter(|(_, state)| matches!(state, State::Taken { .. })).count();
    if as_json {
        let rows: Vec<Value> = rows.iter().map(|(code, state)| described(code, Some(state))).collect();
        output::json(&json!({"feature_codes": rows}))?;
    } else {
        for (code, state) in &rows {
            output::line(&format!("{:<6} {:<20} {}", code.code(), code.key, told(state)))?;
        }
        let made = rows.iter().filter(|(_, state)| matches!(state, State::Missing(_))).count();
        output::line(&format!(
            "{made} made, {} there already, {taken} in conflict",
            rows.len() - made - taken
        ))?;
    }
    Ok(if taken > 0 { Exit::Found } else { Exit::Ok })
}

/// The codes named, all when none is.
fn wanted(only: &[String]) -> Result<Vec<&'static FeatureCode>, Fault> {
    if only.is_empty() {
        return Ok(FEATURE_CODES.iter().collect());
    }
    let named = |text: &String| {
        feature_codes::find(text.trim()).ok_or_else(|| {
            Fault::new(Exit::Usage, format!("there is no feature code `{text}`"))
                .with_help("`strowger feature-codes list` names all")
        })
    };
    only.iter().map(named).collect()
}

fn told(state: &State) -> String {
    match state {
        State::Missing(document) => format!("made, as {}", document.id),
        State::There { callflow } => format!("there already, as {callflow}"),
        State::Taken { number, callflow } => format!("left out: {number} leads to {callflow}"),
    }
}

fn described(code: &FeatureCode, state: Option<&State>) -> Value {
    let mut value = json!({
        "key": code.key, "code": code.code(), "takes_digits": code.takes_digits(), "name": code.name,
        "title": code.title, "summary": code.summary, "module": code.module, "data": code.data(),
    });
    let (word, callflow, number) = match state {
        None => return value,
        Some(State::Missing(document)) => ("missing", Some(&document.id), None),
        Some(State::There { callflow }) => ("there", Some(callflow), None),
        Some(State::Taken { number, callflow }) => ("taken", Some(callflow), Some(number)),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("state".to_owned(), json!(word));
        members.insert("callflow".to_owned(), json!(callflow));
        members.insert("number".to_owned(), json!(number));
    }
    value
}
