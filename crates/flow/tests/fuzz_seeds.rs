//! The bodies of the fuzz targets that attack this crate, run over their seeds and over cut seeds. They are compiled
//! here so that they cannot rot; the fuzzing itself needs another compiler (`fuzz/README.md`).

// The targets say that a rule is broken by panicking.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "the seeds are files; the crate itself stays pure")]

use std::path::Path;

#[path = "../../../fuzz/src/account_folder.rs"]
mod account_folder;
#[path = "../../../fuzz/src/control_plan.rs"]
mod control_plan;
#[path = "../../../fuzz/src/kazoo_document.rs"]
mod kazoo_document;
#[path = "../../../fuzz/src/number_pattern.rs"]
mod number_pattern;

/// Every seed, and every seed cut short in a few places.
fn feed(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut seeds = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let octets = std::fs::read(entry.unwrap().path()).unwrap();
        run(&octets);
        for cut in 1..4 {
            run(&octets[..octets.len() * cut / 4]);
        }
        seeds += 1;
    }
    assert!(seeds > 1, "no seeds in {}", folder.display());
}

#[test]
fn kazoo_document() {
    feed("kazoo_document", kazoo_document::run);
}

#[test]
fn number_pattern() {
    feed("number_pattern", number_pattern::run);
}

#[test]
fn account_folder() {
    feed("account_folder", account_folder::run);
}

#[test]
fn control_plan() {
    feed("control_plan", control_plan::run);
}
