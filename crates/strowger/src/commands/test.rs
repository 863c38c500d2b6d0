//! `strowger test`: runs the scenarios of account folders.
//!
//! Not here: running one (crate `simulator`).

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use simulator::{Account, Report, Scenario};

use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// Arguments of `test`.
#[derive(Args, Clone, Debug)]
pub(crate) struct TestArgs {
    /// Account folders with `scenarios/`, or folders that hold such folders.
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Run only scenarios whose file or name contains this text.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Write a JUnit report, for build servers.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Show the trace of every call.
    #[arg(long)]
    traces: bool,
}

/// Runs them; fails when one does not come out as expected or cannot be read.
pub(crate) fn run(args: &TestArgs, as_json: bool) -> Outcome {
    let mut reports = Vec::new();
    for dir in &args.dirs {
        for root in account_folders(dir)? {
            run_account(args, &root, as_json, &mut reports)?;
        }
    }
    let failed = reports.iter().filter(|(_, report)| !report.passed).count();
    let passed = reports.len() - failed;
    if let Some(path) = &args.junit {
        let all: Vec<Report> = reports
            .iter()
            .map(|(file, report)| Report { name: format!("{file}: {}", report.name), ..report.clone() })
            .collect();
        disk::write(path, simulator::junit::junit("strowger", &all).as_bytes())?;
    }
    if as_json {
        let listed: Vec<Value> = reports
            .iter()
            .map(|(file, report)| {
                let failures = serde_json::to_value(&report.failures).unwrap_or_default();
                json!({"file": file, "name": report.name, "passed": report.passed, "failures": failures})
            })
            .collect();
        output::json(&json!({"passed": passed, "failed": failed, "scenarios": listed}))?;
    } else {
        output::line(&format!("{passed} passed, {failed} failed"))?;
    }
    if reports.is_empty() {
        return Err(Fault::new(Exit::NoInput, "there are no scenarios to run")
            .with_help("scenarios stand in `scenarios/*.yaml` of an account folder; see docs/scenarios.md"));
    }
    Ok(if failed > 0 { Exit::Found } else { Exit::Ok })
}

/// The folder itself when it is an account's, else those below it.
fn account_folders(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    if disk::is_account(dir) {
        return Ok(vec![dir.to_owned()]);
    }
    let files = disk::below(dir, |path| path.file_name().is_some_and(|name| name == "account.json"))?;
    let found: Vec<PathBuf> = files.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect();
    if found.is_empty() {
        return Err(Fault::new(Exit::NoInput, format!("there is no account folder in {}", dir.display()))
            .with_help("such a folder holds `account.json`; see docs/accounts.md"));
    }
    Ok(found)
}

/// Runs one account's scenarios and adds file and report of each.
fn run_account(
    args: &TestArgs,
    root: &Path,
    as_json: bool,
    reports: &mut Vec<(String, Report)>,
) -> Result<(), Fault> {
    let folder = disk::usable_account(root)?;
    let (account, _) = Account::from_folder(&folder);
    for (path, bytes) in &folder.scenarios {
        if !path.ends_with(".yaml") && !path.ends_with(".yml") {
            continue;
        }
        let file = root.join(path).display().to_string();
        let wanted =
            |name: &str| args.filter.as_deref().is_none_or(|text| file.contains(text) || name.contains(text));
        let (scenarios, issues) = Scenario::read(&String::from_utf8_lossy(bytes));
        if !issues.is_empty() && wanted("") {
            let report = unreadable(&issues);
            tell(args, &file, &report, as_json)?;
            reports.push((file.clone(), report));
        }
        for scenario in scenarios.iter().filter(|scenario| wanted(&scenario.name)) {
            let report = simulator::run(scenario, &account);
            tell(args, &file, &report, as_json)?;
            reports.push((file.clone(), report));
        }
    }
    Ok(())
}

/// A file with faults counts as a scenario that failed.
fn unreadable(issues: &[flow::issue::Issue]) -> Report {
    let failures = issues.iter().map(|issue| simulator::scenario::Failure {
        call: 0,
        about: "document".to_owned(),
        expected: "a scenario that can be read".to_owned(),
        got: issue.to_string(),
        trace: Vec::new(),
    });
    Report { name: "the scenario document".to_owned(), failures: failures.collect(), ..Report::default() }
}

fn tell(args: &TestArgs, file: &str, report: &Report, as_json: bool) -> Result<(), Fault> {
    if as_json {
        return Ok(());
    }
    if !report.passed {
        output::line(file)?;
    }
    output::text(&report.to_string())?;
    if args.traces {
        output::text(&report.render_trace())?;
    }
    Ok(())
}
