//! Whole pictures of a few flows, compared with the reviewed ones in `golden/`; `DRAWING_ACCEPT=1` rewrites those.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

mod common;

use std::path::Path;

use common::Fixture;

fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text = std::fs::read_to_string(folder.join("fixtures").join(format!("{name}.json"))).unwrap();
    let scene = Fixture::read(&text).scene();
    let json = serde_json::to_string_pretty(&scene.to_json()).unwrap() + "\n";
    let all =
        [("svg", scene.to_svg()), ("mmd", scene.to_mermaid()), ("txt", scene.to_outline()), ("json", json)];
    for (ending, drawn) in all {
        let path = folder.join("golden").join(format!("{name}.{ending}"));
        if std::env::var_os("DRAWING_ACCEPT").is_some() {
            std::fs::write(&path, &drawn).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == drawn, "{} has changed: look at it, then run with DRAWING_ACCEPT=1", path.display());
    }
}

#[test]
fn a_twelve_key_attendant_with_a_submenu() {
    check("attendant");
}

#[test]
fn business_hours_with_a_ring_group_and_voicemail() {
    check("hours");
}

#[test]
fn loops_and_shared_callflows_on_a_dark_page() {
    check("loop");
}

#[test]
fn hostile_text_for_print() {
    check("hostile");
}
