//! The walls of the house: which crate may import which, and that the pure crates stay pure.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What each crate may import of the others. A crate that is not listed has no place yet.
const ARROWS: [(&str, &[&str]); 12] = [
    ("flow", &[]),
    ("engine", &["flow"]),
    ("script", &["engine"]),
    ("simulator", &["engine", "flow", "script"]),
    ("drawing", &["flow"]),
    ("store", &["flow"]),
    ("telephony", &["engine", "flow"]),
    ("notify", &[]),
    ("odin", &["flow", "odin-standin"]),
    ("odin-standin", &[]),
    ("api", &["drawing", "engine", "flow", "simulator", "store", "telephony"]),
    (
        "strowger",
        &[
            "api",
            "drawing",
            "engine",
            "flow",
            "notify",
            "odin",
            "odin-standin",
            "script",
            "simulator",
            "store",
            "telephony",
        ],
    ),
];

/// What the pure crates may use of others: nothing with sockets, files, clocks, threads or randomness of its own.
const PURE: [&str; 12] = [
    "flow",
    "indexmap",
    "jiff",
    "parking_lot",
    "rand_chacha",
    "regex",
    "regex-syntax",
    "roxmltree",
    "serde",
    "serde_json",
    "thiserror",
    "url",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The manifests of all crates, by folder.
fn manifests() -> BTreeMap<String, Table> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap();
        let manifest = folder.path().join("Cargo.toml");
        let table: Table = std::fs::read_to_string(&manifest).unwrap().parse().unwrap();
        found.insert(folder.file_name().into_string().unwrap(), table);
    }
    found
}

/// Names of the dependencies in a section, those for one platform only included.
fn dependencies(manifest: &Table, section: &str) -> Vec<String> {
    let names = |table: &Table| -> Vec<String> {
        let section = table.get(section).and_then(Value::as_table);
        section.map(|section| section.keys().cloned().collect()).unwrap_or_default()
    };
    let targets = manifest.get("target").and_then(Value::as_table);
    let of_targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table).flat_map(names);
    names(manifest).into_iter().chain(of_targets).collect()
}

#[test]
fn crates_import_only_what_the_design_allows() {
    let manifests = manifests();
    let listed: Vec<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (name, manifest) in &manifests {
        let Some((_, allowed)) = ARROWS.iter().find(|(listed, _)| listed == name) else {
            panic!(
                "the crate `{name}` has no place in the design: add it to the table with what it may import"
            );
        };
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for dependency in dependencies(manifest, section) {
                let is_ours = listed.contains(&dependency.as_str());
                assert!(
                    !is_ours || allowed.contains(&dependency.as_str()),
                    "{name} must not import {dependency} ({section})"
                );
            }
        }
    }
    assert_eq!(manifests.len(), ARROWS.len(), "a crate of the table is gone");
}

#[test]
fn stand_ins_are_for_tests_only() {
    for (name, manifest) in manifests() {
        for section in ["dependencies", "build-dependencies"] {
            let found = dependencies(&manifest, section);
            assert!(!found.iter().any(|one| one == "odin-standin"), "{name} needs a stand-in ({section})");
        }
    }
}

#[test]
fn the_pure_crates_use_nothing_that_does_io() {
    let manifests = manifests();
    for name in ["flow", "engine"] {
        let manifest = &manifests[name];
        for dependency in dependencies(manifest, "dependencies") {
            assert!(PURE.contains(&dependency.as_str()), "{name} must not use {dependency}");
        }
        assert_eq!(dependencies(manifest, "build-dependencies"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_pure_crates_forbid_the_same_things() {
    let rules =
        |name: &str| std::fs::read_to_string(root().join(format!("crates/{name}/clippy.toml"))).unwrap();
    assert_eq!(rules("flow"), rules("engine"));
    let table: Table = rules("flow").parse().unwrap();
    let forbidden = |key: &str| -> Vec<String> {
        let list = table[key].as_array().unwrap();
        list.iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect()
    };
    for path in
        ["std::collections::HashMap", "std::time::Instant", "std::time::SystemTime", "std::net::UdpSocket"]
    {
        assert!(forbidden("disallowed-types").iter().any(|one| one == path), "{path} is allowed");
    }
    for path in ["std::fs::read", "std::thread::spawn", "std::env::var", "jiff::Timestamp::now"] {
        assert!(forbidden("disallowed-methods").iter().any(|one| one == path), "{path} is allowed");
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for (name, manifest) in manifests() {
        let inherits =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
        assert_eq!(inherits, Some(true), "{name} does not take the lints of the workspace");
    }
}
