//! The bodies of the fuzz targets that attack this crate, run over their seeds and over cut seeds. They are compiled
//! here so that they cannot rot; the fuzzing itself needs another compiler (`fuzz/README.md`).

// The targets say that a rule is broken by panicking.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "the seeds are files; the crate itself stays pure")]

#[path = "../../../fuzz/src/account_folder.rs"]
mod account_folder;
#[path = "../../../fuzz/src/control_plan.rs"]
mod control_plan;
#[path = "../../../fuzz/src/kazoo_document.rs"]
mod kazoo_document;
#[path = "../../../fuzz/src/number_pattern.rs"]
mod number_pattern;
#[path = "../../../fuzz/src/seeds.rs"]
mod seeds;
#[path = "../../../fuzz/src/twiml.rs"]
mod twiml;

use seeds::feed;

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

#[test]
fn twiml() {
    feed("twiml", twiml::run);
}
