//! The documentation says what is so: dependencies, error codes, and the commands it shows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The first two cells of the rows of the tables in a document, without marks of code.
fn rows(document: &str) -> Vec<(String, String)> {
    document
        .lines()
        .filter_map(|line| {
            let mut cells =
                line.strip_prefix('|')?.split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
            Some((cells.next()?, cells.next()?))
        })
        .filter(|(first, _)| !first.is_empty() && !first.starts_with("---"))
        .collect()
}

/// Every library of the workspace and the version it asks for.
fn libraries() -> BTreeMap<String, String> {
    let manifest = |path: &str| -> Table { text(path).parse().unwrap() };
    let version = |value: &Value| {
        let version = value.as_str().or_else(|| value.get("version").and_then(Value::as_str));
        version.map(str::to_owned)
    };
    let workspace = manifest("Cargo.toml");
    let shared = workspace["workspace"]["dependencies"].as_table().unwrap().clone();
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let manifest = manifest(&format!("crates/{name}/Cargo.toml"));
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(section) = manifest.get(section).and_then(Value::as_table) else { continue };
            for (library, value) in section {
                let value = shared.get(library).filter(|_| version(value).is_none()).unwrap_or(value);
                found.extend(version(value).map(|version| (library.clone(), version)));
            }
        }
    }
    found
}

#[test]
fn every_dependency_has_a_row_with_its_version_and_no_row_is_stale() {
    let document = text("docs/dependencies.md");
    let documented: BTreeMap<String, String> =
        rows(&document).into_iter().filter(|(name, _)| name != "crate").collect();
    assert_eq!(documented, libraries());
    let names: Vec<String> = rows(&document).into_iter().map(|(name, _)| name).skip(1).collect();
    assert!(names.is_sorted(), "docs/dependencies.md is not sorted by name");
}

/// Licences a library may have, alone or among others to choose from. The last two are of data: character tables and
/// certificate lists.
const LICENCES: [&str; 11] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "MPL-2.0",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
];

/// What cargo knows of all packages that are built on this machine's platform.
fn packages() -> Vec<serde_json::Value> {
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = run("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = run(
        env!("CARGO"),
        &["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host],
    );
    let mut metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    serde_json::from_value(metadata["packages"].take()).unwrap()
}

#[test]
fn every_licence_is_one_we_take_and_is_documented() {
    let packages = packages();
    for package in &packages {
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or("none"));
        let takes = |choice: &str| LICENCES.contains(&choice.trim().trim_matches(['(', ')']));
        let is_taken = licence.split(" AND ").all(|part| part.replace('/', " OR ").split(" OR ").any(takes));
        assert!(is_taken, "{name} is licensed {licence}");
    }
    let licence_of =
        |wanted: &str| packages.iter().find(|package| package["name"] == wanted)?["license"].as_str();
    let document = text("docs/dependencies.md");
    for line in document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| crate ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (name, documented) = (cells[0], cells.last().copied());
        assert_eq!(licence_of(name), documented, "the licence of {name} in docs/dependencies.md");
    }
}

/// Codes of issues and notes, as they stand in quotes: two capital letters and four digits.
fn codes_in(source: &str) -> impl Iterator<Item = &str> {
    let quoted = source.match_indices('"').filter_map(|(at, _)| source.get(at + 1..at + 8));
    quoted.filter_map(|slice| slice.strip_suffix('"')).filter(|code| is_code(code))
}

fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 6
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.iter().skip(2).all(u8::is_ascii_digit)
}

#[test]
fn every_error_code_has_a_row_and_no_row_is_stale() {
    let mut used = BTreeMap::new();
    for path in files(&root().join("crates"), "rs") {
        if !path.components().any(|part| part.as_os_str() == "src") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        used.extend(codes_in(&source).map(|code| (code.to_owned(), path.clone())));
    }
    let documented: BTreeSet<String> = rows(&text("docs/error-codes.md"))
        .into_iter()
        .map(|(code, _)| code)
        .filter(|code| is_code(code))
        .collect();
    let missing: Vec<_> = used.iter().filter(|(code, _)| !documented.contains(*code)).collect();
    assert!(missing.is_empty(), "codes without a row in docs/error-codes.md: {missing:?}");
    let stale: Vec<_> = documented.iter().filter(|code| !used.contains_key(*code)).collect();
    assert!(stale.is_empty(), "rows of docs/error-codes.md that nothing uses: {stale:?}");
    assert!(used.len() > 50, "the sources were not read");
}

/// The command behind `strowger` in a line of a document, when the line shows one.
fn shown_command(line: &str) -> Option<&str> {
    let shown = line.split("strowger ").nth(1).filter(|_| {
        let before = line.split("strowger ").next().unwrap_or_default();
        before.ends_with('`')
            || before.trim().is_empty()
            || before.trim_end().ends_with('$')
            || before.ends_with("-- ")
    })?;
    let verb = shown.split([' ', '`', '|', '\\']).next()?;
    let is_verb = !verb.is_empty() && verb.chars().all(|character| character.is_ascii_lowercase());
    is_verb.then_some(verb)
}

#[test]
fn every_command_that_is_shown_exists() {
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    let mut documents: Vec<PathBuf> = files(&root().join("docs"), "md");
    documents.extend(["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(|name| root().join(name)));
    documents
        .extend(["demo", "bench"].map(|name| root().join("crates/strowger").join(name).join("README.md")));
    for path in documents.iter().filter(|path| path.is_file()) {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            if let Some(verb) = shown_command(line) {
                shown.insert(verb.to_owned(), path.display().to_string());
            }
        }
    }
    assert!(shown.contains_key("check") && shown.contains_key("serve"), "{shown:?}");
    for (verb, document) in shown {
        let status =
            Command::new(env!("CARGO_BIN_EXE_strowger")).args([verb.as_str(), "--help"]).output().unwrap();
        assert!(status.status.success(), "{document} shows `strowger {verb}`, which does not exist");
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let output = Command::new(env!("CARGO_BIN_EXE_strowger"))
        .args(["config", "--json", "--config", "/dev/null"])
        .env_clear()
        .output()
        .unwrap();
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let documented: BTreeMap<String, String> =
        rows(&text("docs/configuration.md")).into_iter().filter(|(key, _)| key != "setting").collect();
    let mut settings = BTreeMap::new();
    for setting in value["settings"].as_array().unwrap() {
        let default = match &setting["value"] {
            serde_json::Value::String(text) if text.is_empty() => "empty".to_owned(),
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(list) if list.is_empty() => "none".to_owned(),
            value => value.to_string(),
        };
        settings.insert(setting["key"].as_str().unwrap().to_owned(), default);
    }
    assert_eq!(documented, settings);
}

#[test]
fn exit_codes_are_documented() {
    let documented: Vec<String> = rows(&text("docs/cli.md"))
        .into_iter()
        .map(|(first, _)| first)
        .filter(|first| first.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let source = text("crates/strowger/src/fault.rs");
    let used: Vec<String> = source
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
        .filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|(_, number)| number.to_owned())
        .collect();
    assert_eq!(documented, used);
    assert!(used.len() > 5);
}
