//! Runs the fixtures of the engine's modules (`crates/engine/fixtures`, layout in `docs/scenarios.md`): every module of
//! the catalogue has some, all pass, and together they take each of its exits.

#[allow(dead_code)]
mod support;

use std::path::{Path, PathBuf};

use engine::catalogue::{MODULES, OPERATIONS};
use engine::metaflows::METAFLOWS;
use simulator::coverage::Coverage;
use simulator::replay::replay;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/fixtures")
}

/// The coverage and the failures of one fixture folder.
fn run(folder: &Path, coverage: &mut Coverage) -> Vec<String> {
    let own = folder.join("account");
    let is_operation = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("n2fe."));
    let common = fixtures().join(if is_operation { "common/control_plans" } else { "common/account" });
    let account = support::account(&if own.is_dir() { own } else { common });
    let mut failures = Vec::new();
    for file in support::yaml_files(folder) {
        for scenario in support::scenarios(&file) {
            let report = simulator::run(&scenario, &account);
            for call in &report.calls {
                coverage.add(&call.observed.trace);
                failures
                    .extend(replay(&call.journal).err().map(|error| format!("{}: {error}", file.display())));
            }
            if !report.passed {
                failures.push(format!("{}: {report}", file.display()));
            }
        }
    }
    failures
}

#[test]
fn modules_have_fixtures_that_take_each_exit() {
    let mut coverage = Coverage::default();
    let mut failures = Vec::new();
    for module in MODULES.iter().chain(OPERATIONS) {
        let folder = fixtures().join(module.name);
        if !folder.is_dir() || support::yaml_files(&folder).is_empty() {
            failures.push(format!("module {} has no scenario in {}", module.name, folder.display()));
            continue;
        }
        failures.extend(run(&folder, &mut coverage));
    }
    println!("{}", coverage.modules());
    let open = coverage.rows().iter().filter(|row| !row.taken).count();
    if open > 0 {
        failures.push(format!(
            "{open} exits are taken by no scenario (marked with `!`):\n{}",
            coverage.modules()
        ));
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn metaflow_actions_have_fixtures_that_take_each_exit() {
    let mut coverage = Coverage::default();
    let mut failures = Vec::new();
    for action in METAFLOWS {
        let folder = fixtures().join("metaflows").join(action.name);
        if !folder.is_dir() || support::yaml_files(&folder).is_empty() {
            failures.push(format!("metaflow action {} has no scenario in {}", action.name, folder.display()));
            continue;
        }
        failures.extend(run(&folder, &mut coverage));
    }
    println!("{}", coverage.metaflows());
    for row in coverage.metaflow_rows() {
        if !row.taken {
            failures.push(format!("no scenario takes {:?} of the metaflow action {}", row.exit, row.module));
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_fixture_folder_belongs_to_a_module() {
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name == "common"
            || name == "metaflows"
            || MODULES.iter().chain(OPERATIONS).any(|module| module.name == name);
        assert!(known, "{name} is no module of the catalogue");
    }
}
