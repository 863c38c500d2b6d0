//! Scenarios of an example office.

#[allow(dead_code)]
mod support;

use std::path::Path;

#[test]
fn all_scenarios_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let account = support::account(&root.join("accounts/office"));
    let mut failed = Vec::new();
    let mut count = 0;
    for file in support::yaml_files(&root.join("scenarios")) {
        for scenario in support::scenarios(&file) {
            let report = simulator::run(&scenario, &account);
            count += 1;
            for call in &report.calls {
                simulator::replay::replay(&call.journal).unwrap();
            }
            if !report.passed {
                failed.push(format!("{}: {report}", file.display()));
            }
        }
    }
    assert!(count > 0, "there are no scenarios");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
