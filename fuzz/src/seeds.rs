//! The seeds of a target, for the tests that run its body without the fuzzer.

use std::path::Path;

/// Every seed, and every seed cut short in a few places.
pub fn feed(target: &str, run: impl Fn(&[u8])) {
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
