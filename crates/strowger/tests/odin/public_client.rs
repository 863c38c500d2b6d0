//! The public client `odins-spear` and ours on the same group: what it draws, we draw, and what it misses is there.
//!
//! Runs when the interpreter named by `ODINS_SPEAR_PYTHON` has the package and Graphviz is there; says so when not.

use std::collections::{BTreeMap, BTreeSet};

use flow::broadworks::group::{Group, Options};
use flow::broadworks::numbers::{Destination, Mailbox};
use flow::broadworks::routes::Spot;
use odin_standin::World;

use super::*;

/// Its edges that are wrong, and why. We draw neither.
const WRONG: [(&str, &str, &str); 2] = [
    (
        "main-menu@harbour.example.com:key4",
        "user4@harbour.example.com",
        "the key leads to the user's mailbox; the user does not ring",
    ),
    (
        "user4@harbour.example.com",
        "user1@harbour.example.com",
        "no call to 3000 reaches the user but as an agent, and then its own forwarding does not hold",
    ),
];

/// Edges of its picture, by the names it gives its nodes; `None` when it cannot be run here.
fn its_edges(server: &Server) -> Option<BTreeSet<(String, String)>> {
    let python = std::env::var("ODINS_SPEAR_PYTHON").ok()?;
    let has_dot = Command::new("dot").arg("-V").output().is_ok_and(|output| output.status.success());
    if !has_dot {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(python)
        .current_dir(folder.path())
        .env("NO_PROXY", "127.0.0.1")
        .arg(standin_file("tests/clients/call_flow_report.py"))
        .args([server.listening.base_url().as_str(), "harbour-ent", "harbour", "3000"])
        .output()
        .unwrap();
    assert!(text(&output.stdout).ends_with("done\n"), "{}", text(&output.stderr));
    let picture = std::fs::read_to_string(folder.path().join("os_reports/Calls To 3000.svg")).unwrap();
    let titles = picture.split("<title>").skip(1).filter_map(|part| part.split("</title>").next());
    let edges = titles.filter_map(|title| {
        let title = title.replace("&#45;", "-").replace("&gt;", ">").replace("&amp;", "&");
        title.split_once("->").map(|(from, to)| (from.to_owned(), to.to_owned()))
    });
    Some(edges.collect())
}

/// The pointer of the node that one of its names stands for.
fn pointer(group: &Group, name: &str) -> String {
    let (name, port) = name.split_once(":key").map_or((name, false), |(name, _)| (name, true));
    let spot = match group.numbers.resolve(name) {
        Some(Destination::Entity(entity)) if port => {
            return format!("{}/business-hours", group.pointer(entity));
        }
        Some(Destination::Mailbox(Mailbox::Of(entity))) => Spot::Mailbox(Mailbox::Of(entity)),
        Some(destination) => Spot::from(destination),
        None => panic!("{name} is nothing"),
    };
    group.spot_pointer(&spot)
}

#[test]
#[allow(clippy::print_stderr, reason = "a test that is passed over says so")]
fn what_the_public_client_draws_is_drawn_and_what_it_misses_too() {
    let server = Server::new(World::plain(), Behaviour::default());
    let Some(its) = its_edges(&server) else {
        eprintln!(
            "passed over: ODINS_SPEAR_PYTHON names no interpreter with odins-spear, or Graphviz is missing"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "plain.json.zst", World::plain());
    let group = Group::read(&odin::file::load(file.as_ref()).unwrap(), &Options::default());
    let ours = ways(&json(&strowger(&["report", "odin", "--snapshot", &file, "--number", "3000", "--json"])));
    let our_pairs: BTreeSet<(String, String)> =
        ours.iter().map(|(from, _, to)| (from.clone(), to.clone())).collect();

    let mut drawn = BTreeSet::new();
    for (from, to) in its.iter().filter(|(from, _)| from != "Start") {
        let pair = (pointer(&group, from), pointer(&group, to));
        if let Some((.., why)) = WRONG.iter().find(|(wrong, there, _)| wrong == from && there == to) {
            assert!(!our_pairs.contains(&pair), "{from} -> {to}: {why}");
            continue;
        }
        assert!(our_pairs.contains(&pair), "{from} -> {to} is not drawn by us: {our_pairs:#?}");
        drawn.insert(pair);
    }
    let missed: BTreeMap<_, _> = ours
        .iter()
        .filter(|(from, _, to)| !from.is_empty() && !drawn.contains(&(from.clone(), to.clone())))
        .map(|(from, key, to)| ((from.as_str(), key.as_str()), to.as_str()))
        .collect();
    let menu = "/auto-attendants/main-menu@harbour.example.com";
    let (business, after, holiday) =
        (format!("{menu}/business-hours"), format!("{menu}/after-hours"), format!("{menu}/holiday"));
    let (depts, accounts) = (format!("{menu}/submenus/Depts"), format!("{menu}/submenus/Accounts"));
    let user = |number: u8| format!("/users/user{number}@harbour.example.com");
    let support = "/call-centers/support@harbour.example.com".to_owned();
    // Every routed edge of the group that it does not draw.
    for (from, key) in [
        (&business, "3"),
        (&business, "4"),
        (&depts, "1"),
        (&depts, "2"),
        (&accounts, "1"),
        (&accounts, "2"),
        (&after, "1"),
        (&after, "2"),
        (&holiday, "1"),
        (&support, "forced_forwarding"),
        (&support, "BCT"),
        (&support, "night_service"),
        (&support, "holiday_service"),
        (&user(1), "CFNA"),
        (&user(2), "CFNA"),
        (&user(8), "CFNA"),
        (&user(8), "CFNR"),
        (&user(2), "CFS:VIP"),
    ] {
        assert!(missed.contains_key(&(from.as_str(), key)), "{from} {key}: {missed:#?}");
    }
}
