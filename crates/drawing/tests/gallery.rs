//! The pictures of `docs/gallery`, drawn again and compared; `DRAWING_ACCEPT=1` writes them, to be looked at.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::Fixture;
use drawing::{Changes, Context, DrawOptions, Header, Highlight, Reference, Scene, Theme, draw};
use flow::broadworks::at;
use flow::broadworks::group::{Entity, Group, Options};
use flow::broadworks::snapshot::Snapshot;
use flow::diff::{Identity, diff};
use flow::graph::Flow;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn check(name: &str, scene: &Scene) {
    let (path, drawn) = (root().join("docs/gallery").join(name), scene.to_svg());
    if std::env::var_os("DRAWING_ACCEPT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{name} has changed: look at it, then run with DRAWING_ACCEPT=1");
}

fn fixture(name: &str) -> Fixture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    Fixture::read(&std::fs::read_to_string(path).unwrap())
}

/// The demo account's main number, with the callflows it calls drawn in place.
#[test]
fn the_demo_accounts_main_number() {
    let demo = root().join("crates/strowger/demo");
    let mut documents: BTreeMap<String, Value> = BTreeMap::new();
    for folder in ["callflows", "menus", "users", "vmboxes", "temporal_rules", "media"] {
        for entry in std::fs::read_dir(demo.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "json") {
                let document = json(&path);
                let id = document["id"]
                    .as_str()
                    .map_or_else(|| path.file_stem().unwrap().to_string_lossy().into_owned(), str::to_owned);
                documents.insert(id, document);
            }
        }
    }
    let names = |id: &str| {
        let document = documents.get(id)?;
        let part = |member: &str| document[member].as_str().unwrap_or_default().to_owned();
        let person = format!("{} {}", part("first_name"), part("last_name")).trim().to_owned();
        let number =
            document["mailbox"].as_str().or_else(|| document["numbers"][0].as_str()).map(str::to_owned);
        let name = if person.is_empty() { part("name") } else { person };
        Some(Reference { name, number, ..Reference::default() })
    };
    let source = common::Flows::of(&documents);
    let main = &documents["main"];
    let (callflow, _) = flow::kazoo::read(main);
    let options = DrawOptions {
        expand_callflows: 1,
        title: callflow.name().to_owned(),
        numbers: callflow.numbers().map(str::to_owned).collect(),
        header: Header { account: "Demo account".to_owned(), ..Header::default() },
        ..DrawOptions::default()
    };
    let context = Context { names: Some(&names), flows: Some(&source), flow_id: Some("main") };
    check("main-number.svg", &draw(&callflow.flow, &context, &options));
}

#[test]
fn a_twelve_key_attendant_with_a_submenu() {
    check("attendant.svg", &fixture("attendant.json").scene());
}

#[test]
fn loops_and_shared_callflows() {
    check("loop.svg", &fixture("loop.json").scene());
}

/// An N2FE control plan, with hours, a menu, a share of calls, a loop and its limit.
#[test]
fn a_control_plan() {
    let plan = json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plan.json"));
    let faults: Vec<String> = flow::n2fe::validate(&plan).iter().map(ToString::to_string).collect();
    assert_eq!(faults, [] as [&str; 0]);
    let options = DrawOptions {
        title: "Plumbers".to_owned(),
        numbers: vec!["0800 555 123".to_owned()],
        header: Header { version: "version 12".to_owned(), ..Header::default() },
        ..DrawOptions::default()
    };
    check("plan.svg", &draw(&flow::n2fe::read(&plan).flow, &Context::default(), &options));
}

/// A BroadWorks group, as the tests of its reader have it, and how it is drawn.
fn harbour() -> (Group, Flow, DrawOptions) {
    let snapshot = json(&root().join("crates/flow/tests/broadworks/group.json"));
    let snapshot: Snapshot = serde_json::from_value(snapshot).unwrap();
    let group = Group::read(&snapshot, &Options::default());
    let flow = group.flow(Entity::AutoAttendant(0));
    let options = DrawOptions {
        title: "Harbour Office".to_owned(),
        numbers: vec!["3000".to_owned(), "+44 20 7946 0100".to_owned()],
        header: Header {
            account: "group harbour of acme".to_owned(),
            source: "odin.example.com".to_owned(),
            date: "read 2024-06-01 09:15".to_owned(),
            timezone: "Europe/London".to_owned(),
            ..Header::default()
        },
        ..DrawOptions::default()
    };
    (group, flow, options)
}

/// An attendant with menus, a call centre, a hunt group and what their people have set, on screen and on paper.
#[test]
fn a_group_with_a_call_centre() {
    let (_, flow, options) = harbour();
    check("group.svg", &draw(&flow, &Context::default(), &options));
    let print = DrawOptions { theme: Theme::Print, ..options };
    check("group-print.svg", &draw(&flow, &Context::default(), &print));
}

#[test]
fn the_same_group_at_a_moment() {
    let (group, flow, mut options) = harbour();
    let moment = "2024-06-04T20:00:00[Europe/London]".parse().unwrap();
    let active = at(&group, &flow, &moment);
    options.highlight = Some(Highlight { nodes: active.nodes, exits: active.exits });
    options.header.about = "At 20:00 on Tuesday 4 June 2024, Europe/London".to_owned();
    options.theme = Theme::Dark;
    check("group-at.svg", &draw(&flow, &Context::default(), &options));
}

/// Key 6 is gone, the hunt group waits longer and gives up to the desk, and there is a new key for it.
#[test]
fn what_changed_in_the_group() {
    let (_, old, mut options) = harbour();
    let mut new = old.clone();
    let place = |pointer: &str| old.nodes.iter().position(|node| node.pointer == pointer).unwrap();
    let (menu, desk) =
        (place("/auto-attendants/aa1@pbx.example/business-hours"), place("/users/u1@pbx.example"));
    let sales = place("/hunt-groups/hg1@pbx.example");
    new.nodes[menu].exits.shift_remove("6");
    new.nodes[menu].exits.insert("*".to_owned(), old.nodes[desk].id);
    for way in new.nodes[sales].exits.values_mut() {
        *way = old.nodes[desk].id;
    }
    new.nodes[sales].words.as_mut().unwrap().lines.push("Next agent after 6 rings".to_owned());
    let diff = diff(&old, &new, Identity::Pointer);
    options.changes = Changes::from(&diff);
    options.header.about = "Changes from 2024-05-01 to 2024-06-01".to_owned();
    check("group-changes.svg", &draw(&diff.union, &Context::default(), &options));
}

#[test]
fn every_picture_is_shown_on_the_page_and_every_one_shown_is_there() {
    let folder = root().join("docs/gallery");
    let page = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let mut shown: Vec<&str> = page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    shown.retain(|name| name.ends_with(".svg"));
    shown.sort_unstable();
    let mut kept: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".svg"))
        .collect();
    kept.sort_unstable();
    assert_eq!(shown, kept);
}
