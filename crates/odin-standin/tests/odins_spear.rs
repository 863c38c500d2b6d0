//! The public client of Odin, `odins-spear`, makes its report from the stand-in, by the requests it makes of real servers.
//!
//! Runs when the interpreter named by `ODINS_SPEAR_PYTHON` (else `python3`) has the package; says so when it has not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stderr, reason = "a test that is passed over says so")]

use std::collections::BTreeMap;

use odin_standin::{Behaviour, StandIn, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_public_client_makes_its_report() {
    let python = std::env::var("ODINS_SPEAR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = std::process::Command::new(&python).args(["-c", "import sys,types; sys.modules[\"pandas\"]=types.ModuleType(\"pandas\"); import odins_spear, graphviz"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("passed over: {python} has no package odins-spear");
        return;
    }
    let server = StandIn::new(World::plain(), Behaviour::default());
    let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    // It writes its picture to where it runs.
    let folder = tempfile::tempdir().unwrap();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/call_flow_report.py");
    let mut command = std::process::Command::new(&python);
    command.current_dir(folder.path()).env("NO_PROXY", "127.0.0.1").arg(script);
    command.args([listening.base_url().as_str(), "harbour-ent", "harbour", "3000"]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.ends_with("done\n") && output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let counts = server.counts();
    let forwards = |service: &str| format!("/users/call-forwarding-{service}");
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for (path, count) in [
        ("/auth/token", 1),
        ("/service-providers", 1),
        ("/groups", 1),
        ("/groups/auto-attendants", 2),
        ("/users", 1),
        ("/groups/call-centers", 2),
        ("/groups/call-centers/agents", 1),
        ("/groups/call-centers/overflow", 1),
        ("/groups/call-centers/stranded-calls", 1),
        ("/groups/call-centers/stranded-calls-unavailable", 1),
        ("/groups/call-centers/forced-forwarding", 1),
        ("/groups/hunt-groups", 2),
    ] {
        expected.insert(path.to_owned(), count);
    }
    // It asks each user who forwards, although the bulk replies say where to.
    for (service, active) in [("always", 1), ("busy", 2), ("no-answer", 3), ("not-reachable", 3)] {
        expected.insert(format!("{}/bulk", forwards(service)), 1);
        expected.insert(forwards(service), active);
    }
    assert_eq!(counts.by_path, expected);
    assert_eq!((counts.requests, counts.peak_in_work), (28, 1));
}
