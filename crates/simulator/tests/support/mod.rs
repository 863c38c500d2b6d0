//! Reads account folders and scenarios from the disk for the tests of this crate.

// Clippy knows `#[test]` functions only, not what they call.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use simulator::{Account, Scenario};

/// All files below a folder, as relative path and bytes, ordered by path.
pub(crate) fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((relative, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The account in a folder; a fault of its documents fails the test.
pub(crate) fn account(root: &Path) -> Account {
    let (folder, issues) = flow::folder::parse(files(root));
    let (account, more) = Account::from_folder(&folder);
    let told: Vec<String> = issues.iter().chain(&more).map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}: {}", root.display(), told.join("\n"));
    account
}

/// The scenarios of a file; a fault of the document fails the test.
pub(crate) fn scenarios(path: &Path) -> Vec<Scenario> {
    let (scenarios, issues) = Scenario::read(&std::fs::read_to_string(path).unwrap());
    let told: Vec<String> = issues.iter().map(|issue| format!("{}: {issue}", path.display())).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    scenarios
}

/// The YAML files directly in a folder, ordered by name.
pub(crate) fn yaml_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    found.sort();
    found
}
