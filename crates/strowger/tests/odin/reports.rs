//! What `report odin`, `why` and `check` print, write and exit with.

use odin_standin::{Answer, Behaviour, PASSWORD, Rule, World};

use super::*;

#[test]
fn a_number_alone_finds_its_group_and_is_drawn() {
    let server = Server::realistic();
    for number in
        ["+44-2079460100", "02079460100", "+44 20 7946 0100", "3000", "0", "0@pbx.example", "reception"]
    {
        let output = server.report(&["--number", number]);
        assert_eq!(output.status.code(), Some(0), "{number}: {}", text(&output.stderr));
        assert!(
            text(&output.stdout).starts_with("Call to: Main (3000)"),
            "{number}: {}",
            text(&output.stdout)
        );
    }
}

#[test]
fn a_number_that_is_not_whole_is_not_found_but_offered() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    let output = strowger(&["report", "odin", "--snapshot", &file, "--number", "200"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(said.contains("nobody in the group Harbour Office has exactly 200"), "{said}");
    assert!(said.contains("User Ada Okafor (2001, --type extension --entity user)"), "{said}");
    let output =
        strowger(&["report", "odin", "--snapshot", &file, "--number", "2001", "--entity", "hunt_group"]);
    assert_eq!(output.status.code(), Some(65));
}

/// Bugs 1 to 5 of the public tool, end to end: no answer, after hours and holidays, submenus, mailboxes, own numbers.
#[test]
fn every_way_is_in_the_picture() {
    let server = Server::realistic();
    let drawn = ways(&json(&server.report(&["--number", "3000", "--json"])));
    let menu = "/auto-attendants/aa1@pbx.example";
    for (from, key, to) in [
        ("/users/u1@pbx.example".to_owned(), "CFNA", "/hunt-groups/hg1@pbx.example".to_owned()),
        (menu.to_owned(), "after_hours", format!("{menu}/after-hours")),
        (menu.to_owned(), "holiday", format!("{menu}/holiday")),
        (format!("{menu}/after-hours"), "1", "/users/u1@pbx.example/voicemail".to_owned()),
        (format!("{menu}/business-hours"), "3", format!("{menu}/submenus/Depts")),
        (format!("{menu}/submenus/Depts"), "1", "/users/u4@pbx.example".to_owned()),
        (format!("{menu}/business-hours"), "5", "/users/u2@pbx.example/voicemail".to_owned()),
        (format!("{menu}/business-hours"), "9", "/users/u5@pbx.example".to_owned()),
    ] {
        assert!(drawn.contains(&(from.clone(), key.to_owned(), to.clone())), "{from} {key} {to}: {drawn:#?}");
    }
    // From a user alone: the tool of bug 1 draws the start and nothing else.
    let alone = ways(&json(&server.report(&["--number", "2008", "--json"])));
    assert!(
        alone.iter().any(|(_, key, _)| key == "CFNA") && alone.iter().any(|(_, key, _)| key == "CFNR"),
        "{alone:?}"
    );
}

/// Bug 13: one failing request is neither silent nor the end.
#[test]
fn what_fails_is_told_in_the_picture_and_by_the_exit_code() {
    let rule =
        Rule::always("/groups/call-centers/overflow", Answer::Status { status: 500, retry_after: None });
    let server = Server::new(World::realistic(), Behaviour::default().with(rule));
    let output = server.report(&["--number", "5000"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("warning: /groups/call-centers/overflow failed"),
        "{}",
        text(&output.stderr)
    );
    let outline = text(&output.stdout);
    assert!(outline.contains("Warnings:") && outline.contains("/groups/call-centers/overflow"), "{outline}");
}

/// Bug 9: reports know nothing of each other. Bug 18: a title, the group, the date and a key are in the picture.
#[test]
fn two_reports_are_the_same_and_say_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    let draw = || {
        text(&strowger(&["report", "odin", "--snapshot", &file, "--number", "0", "--format", "svg"]).stdout)
    };
    let picture = draw();
    assert_eq!(picture, draw());
    for part in ["<title>Main</title>", "Harbour Office", "127.0.0.1", "UTC", "call forwarding"] {
        assert!(picture.contains(part), "{part}");
    }
}

/// Bug 12: names may hold anything. Bug 17: nothing else must be installed, and the file is named as it is asked to be.
#[test]
fn odd_names_are_drawn_without_any_other_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    let out = path(folder.path(), "hal.svg");
    let output = Command::new(env!("CARGO_BIN_EXE_strowger"))
        .args(["report", "odin", "--snapshot", &file, "--number", "2008", "--out", &out])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let picture = std::fs::read_to_string(&out).unwrap();
    assert!(picture.contains("Hal &lt;Night&gt; Smith &amp; Co|x"), "{picture}");
}

/// Bug 16: what is switched off is drawn so. Bug 14: what has no extension is not called None.
#[test]
fn half_configured_groups_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "half.json.zst", World::half_configured());
    let all = path(folder.path(), "all/");
    let output = strowger(&["report", "odin", "--snapshot", &file, "--all", "--out", &all]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output.stderr));
    let (mut pictures, mut switched_off) = (0, 0);
    for entry in std::fs::read_dir(&all).unwrap() {
        let picture = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!picture.contains(">None<") && !picture.contains("null"), "{picture}");
        pictures += 1;
        switched_off += usize::from(picture.contains("switched off"));
    }
    assert!(pictures > 1 && switched_off > 1, "{pictures} {switched_off}");
}

#[test]
fn all_numbers_become_a_booklet() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    for (name, begin) in [("all.html", "<!doctype html>"), ("all.pdf", "%PDF-")] {
        let out = path(folder.path(), name);
        let output = strowger(&["report", "odin", "--snapshot", &file, "--all", "--out", &out]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let bytes = std::fs::read(&out).unwrap();
        let start = String::from_utf8_lossy(&bytes[..begin.len()]).to_lowercase();
        assert_eq!(start, begin.to_lowercase(), "{name}");
    }
    let page = std::fs::read_to_string(path(folder.path(), "all.html")).unwrap();
    for title in ["Main", "Sales", "Support", "Ada Okafor", "Hal &lt;Night&gt; Smith &amp; Co|x"] {
        assert!(page.contains(title), "{title}");
    }
}

#[test]
fn the_password_is_never_on_the_command_line() {
    let server = Server::realistic();
    let help = text(&strowger(&["report", "odin", "--help"]).stdout);
    assert!(!help.contains("--password"), "{help}");
    let base = server.listening.base_url();
    let output = Command::new(env!("CARGO_BIN_EXE_strowger"))
        .args(["report", "odin", "--base-url", &base, "--username", "demo", "--number", "0"])
        .env_remove("STROWGER_ODIN_PASSWORD")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("STROWGER_ODIN_PASSWORD"), "{}", text(&output.stderr));
    let wrong = Command::new(env!("CARGO_BIN_EXE_strowger"))
        .args(["report", "odin", "--base-url", &base, "--username", "demo", "--number", "0"])
        .env("STROWGER_ODIN_PASSWORD", "not it")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(69));
    assert!(text(&wrong.stderr).contains("OD3001") && !text(&wrong.stderr).contains("not it"));
}

#[test]
fn a_run_that_failed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "a.json.zst");
    let rule = Rule::always("/groups/hunt-groups", Answer::Status { status: 500, retry_after: None });
    let server = Server::new(World::realistic(), Behaviour::default().with(rule));
    let args = ["--service-provider", "acme", "--group", "harbour", "--save-snapshot", &file, "--resume"];
    assert_eq!(server.report(&args).status.code(), Some(3));
    server.standin.behave(Behaviour::default());
    let before = server.standin.counts().requests;
    let output = server.report(&args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    // A login, the list of hunt groups, one of them in detail, and its services.
    assert_eq!(server.standin.counts().requests - before, 4, "{:?}", server.standin.counts().log);
}

#[test]
fn redaction_leaves_nothing_of_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = path(folder.path(), "redacted.json.zst");
    let server = Server::realistic();
    let output = server.report(&["--number", "0", "--redact", "--save-snapshot", &file, "--format", "svg"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let picture = text(&output.stdout);
    let kept = text(&strowger(&["report", "odin", "--snapshot", &file, "--all", "--format", "json"]).stdout);
    for secret in ["Okafor", "2079460", "Harbour", "pbx.example", PASSWORD, "127.0.0.1"] {
        assert!(!picture.contains(secret) && !kept.contains(secret), "{secret}");
    }
}

#[test]
fn two_snapshots_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let old = snapshot(folder.path(), "old.json.zst", World::realistic());
    let mut group: Value =
        serde_json::from_slice(&std::fs::read(standin_file("groups/realistic.json")).unwrap()).unwrap();
    let forward = group["services"]["call-forwarding-no-answer"]["settings"].as_object_mut().unwrap();
    for settings in forward.values_mut() {
        settings["numberOfRings"] = 9.into();
    }
    let new = snapshot(folder.path(), "new.json.zst", World::of(vec![group]));
    let picture = path(folder.path(), "diff.svg");
    let output = strowger(&["report", "odin", "--diff", &old, &new, "--number", "2008", "--out", &picture]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{told}{}", text(&output.stderr));
    assert!(told.contains("rings: 5 -> 9"), "{told}");
    assert!(std::fs::read_to_string(&picture).unwrap().contains("changed"));
    let same = strowger(&["report", "odin", "--diff", &old, &old]);
    assert_eq!((text(&same.stdout).as_str(), same.status.code()), ("no differences\n", Some(0)));
}

#[test]
fn the_way_at_a_moment_is_pointed_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    let lit = |at: &str| -> Vec<String> {
        let drawing =
            json(&strowger(&["report", "odin", "--snapshot", &file, "--number", "0", "--json", "--at", at]));
        let nodes = drawing["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["dimmed"] == false && node["kind"] == "menu")
            .map(|node| node["pointer"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
            .collect()
    };
    assert!(lit("2026-11-24T10:00").contains(&"business-hours".to_owned()));
    assert_eq!(lit("2026-11-24T23:00"), ["after-hours"]);
    assert_eq!(lit("2026-12-25T10:00"), ["holiday"]);
}

#[test]
fn why_tells_the_ways_and_check_the_faults() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    let output = strowger(&["why", &file, "2005"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    assert!(told.contains("Main > Business hours > press 9 (Accounts) > Eve Ndiaye"), "{told}");
    assert!(told.contains("Support > rings as agent 1 > Eve Ndiaye"), "{told}");
    assert_eq!(strowger(&["why", &file, "9999"]).status.code(), Some(65));
    let value = json(&strowger(&["check", &file, "--json"]));
    let codes: Vec<&str> =
        value["issues"].as_array().unwrap().iter().map(|issue| issue["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"BW2005"), "{codes:?}");
}
