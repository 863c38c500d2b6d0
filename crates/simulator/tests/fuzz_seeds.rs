//! The bodies of the fuzz targets that attack this crate, run over their seeds and over cut seeds. They are compiled
//! here so that they cannot rot; the fuzzing itself needs another compiler (`fuzz/README.md`).

// The targets say that a rule is broken by panicking.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, unreachable_pub)]

#[path = "../../../fuzz/src/scenario.rs"]
mod scenario;
#[path = "../../../fuzz/src/seeds.rs"]
mod seeds;

use seeds::feed;

#[test]
fn scenario() {
    feed("scenario", scenario::run);
}
