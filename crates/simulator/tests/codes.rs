//! Every code of a note that the engine's sources hold has a row in `docs/error-codes.md`, and no row is left over.

#[allow(dead_code)]
mod support;

use std::collections::BTreeSet;
use std::path::Path;

/// The codes `EN` and four digits in a text, after `before`.
fn codes(text: &str, before: &str) -> BTreeSet<String> {
    text.match_indices(&format!("{before}EN"))
        .filter_map(|(at, _)| text.get(at + before.len()..at + before.len() + 6))
        .filter(|code| code[2..].bytes().all(|digit| digit.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn notes_have_rows_among_the_error_codes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut given = BTreeSet::new();
    for (path, bytes) in support::files(&root.join("crates/engine/src")) {
        if path.ends_with(".rs") {
            given.extend(codes(&String::from_utf8(bytes).unwrap(), "\""));
        }
    }
    let table = std::fs::read_to_string(root.join("docs/error-codes.md")).unwrap();
    assert!(given.len() > 30, "only {} codes were found", given.len());
    assert_eq!(given, codes(&table, "| "), "left: in the sources, right: in the table");
}
