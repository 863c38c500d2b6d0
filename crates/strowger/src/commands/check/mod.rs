//! `strowger check`: faults of account folders, of single documents and of BroadWorks groups, each with file, line and help.
//!
//! Printed for people, as JSON, or as a SARIF log. Form (`flow::folder`, `flow::schema`, `flow::kazoo`) and sense (`flow::check`, `flow::broadworks::check`) in one list.
//! Not here: the checks.

mod locate;
mod pages;
mod sarif;
mod scripts;
mod source;
mod twiml;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use flow::account::{AccountIndex, Document};
use flow::check::Findings;
use flow::check::accept::Accepted;
use flow::folder::{self, Folder};
use flow::issue::{Issue, Level};
use flow::schema::{self, Registry};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::moment;
use super::snapshot::{self, NumberArgs};
use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use source::Sources;

/// Arguments of `check`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CheckArgs {
    /// Account folders, single documents in JSON or TwiML (.xml), or snapshots of BroadWorks groups.
    #[arg(required_unless_present = "explain", value_name = "DIR|FILE|SNAPSHOT")]
    paths: Vec<PathBuf>,
    /// What single documents are, such as callflow or device; otherwise told from the folder they are in.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Fail on warnings too.
    #[arg(long)]
    strict: bool,
    /// How findings are printed; `--json` is the same as `--format json`.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// The moment from which time rules are judged; now when it is not given.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Print the page of a check, such as CK1201, or `list` all checks.
    #[arg(long, value_name = "CODE", conflicts_with = "paths")]
    explain: Option<String>,
    /// How numbers of a snapshot are meant.
    #[command(flatten)]
    numbers: NumberArgs,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: place, line of the source, help.
    Text,
    /// One JSON object.
    Json,
    /// A SARIF 2.1.0 log, for code review and editors.
    Sarif,
}

/// Prints all faults; fails when there are errors.
pub(crate) fn run(args: &CheckArgs, as_json: bool) -> Outcome {
    if let Some(code) = &args.explain {
        return pages::explain(code, as_json);
    }
    let now = match &args.at {
        Some(text) => moment::parse(text, &TimeZone::UTC)?.timestamp(),
        None => Timestamp::now(),
    };
    let mut sources = Sources::default();
    let mut found = Findings::default();
    for path in &args.paths {
        if path.is_dir() {
            let findings = check_account(path, now, &mut sources)?;
            found.issues.extend(findings.issues);
            found.accepted.extend(findings.accepted);
        } else if snapshot::is_snapshot(path) {
            found.issues.extend(check_snapshot(path, &args.numbers)?);
        } else {
            found.issues.extend(check_document(path, args.kind.as_deref(), &mut sources)?);
        }
    }
    let count = |level: Level| found.issues.iter().filter(|issue| issue.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    match args.format.unwrap_or(if as_json { Format::Json } else { Format::Text }) {
        Format::Sarif => output::json(&sarif::log(&found.issues, &found.accepted, &sources))?,
        Format::Json => {
            let listed: Vec<Value> =
                found.issues.iter().map(|issue| as_json_issue(issue, &sources)).collect();
            let accepted = found.accepted.iter().map(|accepted| as_json_accepted(accepted, &sources));
            let accepted: Vec<Value> = accepted.collect();
            let told =
                json!({"errors": errors, "warnings": warnings, "issues": listed, "accepted": accepted});
            output::json(&told)?;
        }
        Format::Text => {
            for issue in &found.issues {
                output::text(&format!("{}\n", sources.annotated(issue)))?;
            }
            output::line(&summary(errors, warnings, count(Level::Note), found.accepted.len()))?;
        }
    }
    Ok(if errors > 0 || (args.strict && warnings > 0) { Exit::Found } else { Exit::Ok })
}

/// What is found in an account folder; places name files.
fn check_account(root: &Path, now: Timestamp, sources: &mut Sources) -> Result<Findings, Fault> {
    let (folder, mut issues) = disk::account(root)?;
    for document in std::iter::once(&folder.account).chain(&folder.documents) {
        let found = schema_issues(document).into_iter().chain(scripts::check(document));
        issues.extend(found.map(|issue| issue.in_document(&document.id)));
    }
    let Folder { account, documents, paths, scenarios, .. } = folder;
    for (path, bytes) in &scenarios {
        let (_, found) = simulator::Scenario::read(&String::from_utf8_lossy(bytes));
        issues.extend(found.into_iter().map(|issue| issue.in_document(path)));
    }
    let account_id = account.id.clone();
    let (index, found) = AccountIndex::build(account, documents);
    issues.extend(found);
    let Findings { issues: found, mut accepted } = flow::check::findings(&index, now);
    issues.extend(found);
    for issue in issues.iter_mut().chain(accepted.iter_mut().map(|accepted| &mut accepted.issue)) {
        let Some(document) = &issue.place.document else { continue };
        let relative = match paths.get(document) {
            Some(path) => path.as_str(),
            None if *document == account_id => "account.json",
            None => document.as_str(),
        };
        let path = root.join(relative);
        issue.place.document = Some(sources.add(&path));
    }
    issues.sort_by(|left, right| left.place.document.cmp(&right.place.document));
    issues.dedup();
    Ok(Findings { issues, accepted })
}

/// What could not be read of a group, and what is probably not as meant in it.
fn check_snapshot(path: &Path, numbers: &NumberArgs) -> Result<Vec<Issue>, Fault> {
    let group = snapshot::group(path, numbers)?;
    let found = flow::broadworks::check(&group);
    let name = path.display().to_string();
    Ok(group.warnings.into_iter().chain(found).map(|issue| issue.in_document(&name)).collect())
}

/// The issues of one document.
fn check_document(path: &Path, kind: Option<&str>, sources: &mut Sources) -> Result<Vec<Issue>, Fault> {
    let bytes = disk::bytes(path)?;
    let name = sources.add(path);
    if twiml::is_twiml(path) {
        let found = twiml::check(&String::from_utf8_lossy(&bytes));
        return Ok(found.into_iter().map(|issue| issue.in_document(&name)).collect());
    }
    let body: Value = match serde_json::from_slice(&bytes) {
        Ok(body) => body,
        Err(error) => {
            let told = error.to_string();
            let cause = told.rsplit_once(" at line ").map_or(told.as_str(), |(cause, _)| cause);
            let place = format!("line {}, column {}: {cause}", error.line(), error.column());
            return Ok(vec![Issue::error("FD1001", "", place).in_document(name)]);
        }
    };
    let kind = match kind.map(str::to_owned).or_else(|| kind_of(path, &body)) {
        Some(kind) => kind,
        None => {
            return Err(Fault::new(Exit::Usage, format!("what kind of document is {}?", path.display()))
                .with_help("name it, for example with --kind device"));
        }
    };
    if schema_id(&kind).is_none() {
        return Err(Fault::new(Exit::Usage, format!("there is no kind of document `{kind}`"))
            .with_help("kinds are named as in callflow, device, user, menu, vmbox, media, temporal_rule"));
    }
    let id = body.get("id").and_then(Value::as_str).unwrap_or("document").to_owned();
    let document = Document { id, kind, version: 1, revision: String::new(), body };
    let mut issues = schema_issues(&document);
    issues.extend(scripts::check(&document));
    if document.kind == "callflow" {
        let (_, found) = AccountIndex::build(Document::default(), [document]);
        issues.extend(found);
    }
    Ok(issues.into_iter().map(|issue| issue.in_document(&name)).collect())
}

/// The kind of a document: by the folder it is in, else by what it has.
fn kind_of(path: &Path, body: &Value) -> Option<String> {
    let parent = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let by_folder = parent.and_then(folder::kind_of).map(str::to_owned);
    by_folder.or_else(|| {
        let known =
            [("flow", "callflow"), ("sip", "device"), ("mailbox", "vmbox"), ("cycle", "temporal_rule")];
        known.iter().find(|(member, _)| body.get(member).is_some()).map(|(_, kind)| (*kind).to_owned())
    })
}

/// The schema of a kind of document, if there is one.
fn schema_id(kind: &str) -> Option<String> {
    let id = if kind == "account" { "accounts".to_owned() } else { folder::folder_of(kind) };
    Registry::shipped().get(&id).map(|_| id)
}

fn schema_issues(document: &Document) -> Vec<Issue> {
    let Some(id) = schema_id(&document.kind) else { return Vec::new() };
    let mut body = document.body.clone();
    schema::validate(Registry::shipped(), &id, &mut body).iter().map(schema::Violation::to_issue).collect()
}

fn as_json_accepted(accepted: &Accepted, sources: &Sources) -> Value {
    let mut value = as_json_issue(&accepted.issue, sources);
    if let Some(members) = value.as_object_mut() {
        members.insert("reason".to_owned(), json!(accepted.reason));
    }
    value
}

fn as_json_issue(issue: &Issue, sources: &Sources) -> Value {
    let mut value = serde_json::to_value(issue).unwrap_or_default();
    if let (Some((line, column)), Some(place)) =
        (sources.position(issue), value.get_mut("place").and_then(Value::as_object_mut))
    {
        place.insert("line".to_owned(), json!(line));
        place.insert("column".to_owned(), json!(column));
    }
    value
}

fn summary(errors: usize, warnings: usize, notes: usize, accepted: usize) -> String {
    let some = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let mut told = match (errors, warnings, notes) {
        (0, 0, 0) => "no faults".to_owned(),
        (0, 0, notes) => format!("no faults, {}", some(notes, "note")),
        (errors, warnings, _) => format!("{}, {}", some(errors, "error"), some(warnings, "warning")),
    };
    if accepted > 0 {
        told.push_str(&format!(", {accepted} accepted"));
    }
    told
}
