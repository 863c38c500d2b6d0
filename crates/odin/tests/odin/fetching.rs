//! Which requests a run makes, and what it keeps.

use std::collections::BTreeSet;
use std::time::Duration;

use flow::broadworks::group::{Group, Options};
use flow::broadworks::snapshot::{Reply, Snapshot};
use odin::{OdinError, Plan, Settings};
use odin_standin::{Answer, Behaviour, Rule, StandIn, World};
use tokio::time::Instant;

use crate::{connect, connect_with, realistic, settings};

fn plan() -> Plan {
    Plan::group("acme", "harbour")
}

async fn fetch(server: &StandIn) -> Snapshot {
    connect(server).await.fetch(&plan(), &mut |_| {}).await.unwrap()
}

fn failed(snapshot: &Snapshot) -> Vec<&str> {
    let failed =
        snapshot.replies.iter().filter(|(_, reply)| reply.ok().is_none() && !reply.is_unknown_endpoint());
    failed.map(|(key, _)| key.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_group_is_read_whole_and_nothing_twice() {
    let server = realistic(Behaviour::default());
    let snapshot = fetch(&server).await;
    assert_eq!(failed(&snapshot), Vec::<&str>::new());
    let counts = server.counts();
    assert_eq!(counts.log.iter().collect::<BTreeSet<_>>().len(), counts.log.len(), "{:#?}", counts.log);
    assert_eq!(counts.requests as usize, snapshot.replies.len() + 1);
    // One auto attendant with two submenus, one call centre, one hunt group, two schedules.
    let (attendants, submenus, centers, hunt_groups, schedules) = (1, 2, 1, 1, 2);
    let for_the_group = 1 + 7 + 9;
    let expected = for_the_group + 3 * attendants + submenus + 11 * centers + 2 * hunt_groups + schedules;
    assert_eq!(counts.requests, expected);
    assert_eq!(flow::broadworks::endpoints::wanted(&snapshot), []);
    assert_eq!(snapshot.source, "http://odin.test/api/v2");
    let text = serde_json::to_string(&snapshot).unwrap();
    assert!(!text.contains("stand-in-token") && !text.contains(odin_standin::PASSWORD));
    assert_eq!(snapshot.warnings.len(), 1, "{:?}", snapshot.warnings);
    assert!(
        snapshot.warnings[0].starts_with("not available from this Odin: /users/"),
        "{:?}",
        snapshot.warnings
    );
}

/// The stand-in's group and the one that the reader of replies is tested with are the same.
#[tokio::test(start_paused = true)]
async fn the_group_is_the_one_that_reports_are_tested_with() {
    let text = include_str!("../../../flow/tests/broadworks/group.json");
    let expected: Snapshot = serde_json::from_str(text).unwrap();
    let mut fetched = fetch(&realistic(Behaviour::default())).await;
    fetched.replies.retain(|key, _| expected.replies.contains_key(key));
    assert_eq!(fetched.replies.len(), expected.replies.len());
    for (key, reply) in &expected.replies {
        match (&fetched.replies[key], reply) {
            (Reply::Failed { status, .. }, Reply::Failed { status: expected, .. }) => {
                assert_eq!(status, expected, "{key}")
            }
            // Servers differ in whether a single provider comes in a list.
            (one, Reply::Ok(list)) if key.starts_with("/service-providers") && list.is_array() => {
                assert_eq!(one.ok(), list.get(0));
            }
            (fetched, expected) => assert_eq!(fetched, expected, "{key}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn three_hundred_users_cost_no_more_requests_than_eight() {
    let small = realistic(Behaviour::default());
    fetch(&small).await;
    let large = StandIn::new(World::large(300), Behaviour::default());
    let snapshot = fetch(&large).await;
    let users = snapshot.replies.iter().find(|(key, _)| key.starts_with("/users?")).unwrap().1;
    assert_eq!(users.ok().unwrap().as_array().unwrap().len(), 300);
    assert_eq!(large.counts().requests, small.counts().requests);
}

#[tokio::test(start_paused = true)]
async fn users_are_asked_one_by_one_only_where_the_bulk_reply_is_thin() {
    let server = StandIn::new(World::realistic().with_thin_bulk_replies(), Behaviour::default());
    let snapshot = fetch(&server).await;
    let one_by_one = |key: &&String| key.starts_with("/users/call-forwarding-") && key.contains("?userId=");
    // The active ones: one busy, three no answer, one not reachable.
    assert_eq!(snapshot.replies.keys().filter(one_by_one).count(), 5);
    assert_eq!(failed(&snapshot), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn requests_go_side_by_side_over_few_connections_that_are_kept() {
    let latency = Duration::from_millis(80);
    let server = realistic(Behaviour { latency, ..Behaviour::default() });
    for connections in [1, 3, 8] {
        server.behave(Behaviour { latency, ..Behaviour::default() });
        let odin = connect_with(&server, Settings { connections, ..settings() }).await.unwrap();
        let began = Instant::now();
        odin.fetch(&plan(), &mut |_| {}).await.unwrap();
        let counts = server.counts();
        assert_eq!(counts.peak_in_work as usize, connections);
        assert!(counts.connections as usize <= connections, "{} of {connections}", counts.connections);
        let (took, requests) = (began.elapsed(), counts.requests - 1);
        if connections == 1 {
            assert!(took >= latency * u32::try_from(requests).unwrap(), "{took:?}");
        }
        if connections == 8 {
            // In virtual time: rounds of eight, and three rounds that wait for an earlier reply.
            let rounds = requests.div_ceil(8) + 3;
            assert!(
                took <= (latency + Duration::from_millis(2)) * u32::try_from(rounds).unwrap(),
                "{took:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_kept() {
    let server = realistic(Behaviour::default());
    let odin = connect_with(&server, Settings { requests_per_second: 5, ..settings() }).await.unwrap();
    let began = Instant::now();
    odin.fetch(&plan(), &mut |_| {}).await.unwrap();
    let requests = u32::try_from(server.counts().requests).unwrap();
    // Five at once, then five in each second.
    let least = Duration::from_secs(1) * (requests - 5) / 5;
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_failed_request_is_kept_and_warned_about_and_aborts_nothing() {
    let behaviour = Behaviour::default()
        .with(Rule::always(
            "/groups/call-centers/overflow",
            Answer::Status { status: 500, retry_after: None },
        ))
        .with(Rule::always("/groups/hunt-groups", Answer::Html { status: 200 }).for_query("hg1@"))
        .with(Rule::always("/groups/schedules", Answer::Body("[{\"name\":".to_owned())));
    let server = realistic(behaviour);
    let snapshot = fetch(&server).await;
    assert_eq!(failed(&snapshot).len(), 3, "{:?}", failed(&snapshot));
    let overflow = snapshot.reply("/groups/call-centers/overflow", &[("serviceUserId", "cc1@pbx.example")]);
    assert!(matches!(overflow, Some(Reply::Failed { status: Some(500), .. })), "{overflow:?}");
    let warned = |path: &str| snapshot.warnings.iter().any(|warning| warning.starts_with(path));
    assert!(warned("/groups/call-centers/overflow failed") && warned("/groups/schedules failed"));
    assert_eq!(server.counts().by_path["/groups/call-centers/overflow"], 4, "four attempts");
}

#[tokio::test(start_paused = true)]
async fn a_half_configured_group_is_read_with_warnings() {
    let server = StandIn::new(World::half_configured(), Behaviour::default());
    let odin = connect(&server).await;
    let snapshot = odin.fetch(&Plan::group("cedar-sp", "cedar & sons"), &mut |_| {}).await.unwrap();
    assert_eq!(flow::broadworks::endpoints::wanted(&snapshot), []);
    let failed = failed(&snapshot);
    assert!(failed.iter().any(|key| key.starts_with("/groups/events")), "{failed:?}");
    assert!(failed.iter().any(|key| key.starts_with("/groups/call-centers/stranded-calls?")), "{failed:?}");
    assert!(snapshot.warnings.iter().any(|warning| warning.contains("/groups/call-centers/night-service")));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_not_there_ends_the_run() {
    let server = realistic(Behaviour::default());
    let odin = connect(&server).await;
    let error = odin.fetch(&Plan::group("acme", "Harbour"), &mut |_| {}).await.unwrap_err();
    assert!(matches!(&error, OdinError::NoGroup { group, .. } if group == "Harbour"), "{error:?}");
    server.behave(
        Behaviour::default().with(Rule::always("/groups", Answer::Status { status: 403, retry_after: None })),
    );
    let error = odin.fetch(&plan(), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "OD3002");
}

#[tokio::test(start_paused = true)]
async fn going_on_asks_only_what_is_missing_or_failed() {
    let behaviour = Behaviour::default()
        .with(Rule::always("/groups/call-centers/agents", Answer::Status { status: 502, retry_after: None }))
        .with(Rule::always("/groups/events", Answer::Status { status: 500, retry_after: None }));
    let server = realistic(behaviour);
    let mut snapshot = fetch(&server).await;
    assert_eq!(failed(&snapshot).len(), 3);
    // As if the run had ended before it was asked.
    snapshot.replies.retain(|key, _| !key.starts_with("/groups/auto-attendants/submenus?"));

    server.behave(Behaviour::default());
    let odin = connect(&server).await;
    let mut last = None;
    let whole = odin.fetch(&plan().resuming(snapshot), &mut |progress| last = Some(progress)).await.unwrap();
    let paths: Vec<_> = server.counts().by_path.into_iter().collect();
    let expected = [
        ("/auth/token", 1),
        ("/groups/auto-attendants/submenus", 3),
        ("/groups/call-centers/agents", 1),
        ("/groups/events", 2),
    ];
    assert_eq!(paths, expected.map(|(path, count)| (path.to_owned(), count)));
    assert_eq!(failed(&whole), Vec::<&str>::new());
    let fresh = fetch(&realistic(Behaviour::default())).await;
    assert_eq!(whole.replies, fresh.replies);
    assert_eq!(whole.warnings, fresh.warnings);
    let last = last.unwrap();
    assert_eq!((last.done, last.failed, last.known), (whole.replies.len(), 0, whole.replies.len()));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_of_another_group_is_not_gone_on_from() {
    let server = realistic(Behaviour::default());
    let odin = connect(&server).await;
    let other = Snapshot { group: "other".to_owned(), ..Snapshot::default() };
    let error = odin.fetch(&plan().resuming(other), &mut |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "OD1001");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_out_of_time_gives_what_it_has_and_its_file_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("group.json.zst");
    let slow = Behaviour { latency: Duration::from_secs(2), ..Behaviour::default() };
    let server = realistic(slow);
    let settings = Settings { connections: 2, run_timeout: Duration::from_secs(15), ..settings() };
    let odin = connect_with(&server, settings).await.unwrap();
    let plan = plan().with_checkpoint(&path);
    let part = odin.fetch(&plan, &mut |_| {}).await.unwrap();
    assert!(part.warnings[0].starts_with("the time for the whole run is over"), "{:?}", part.warnings);
    assert_eq!(odin::file::load(&path).unwrap(), part);
    let had = part.replies.len();
    assert!(had > 5 && had < 30, "{had}");

    server.behave(Behaviour::default());
    let whole = odin.fetch(&plan.clone().resuming(part), &mut |_| {}).await.unwrap();
    assert_eq!(server.counts().requests as usize, whole.replies.len() - had);
    assert_eq!(odin::file::load(&path).unwrap(), whole);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_ends_the_run_early() {
    let server = realistic(Behaviour::default().with(Rule::always("*", Answer::Hang).after(12)));
    let began = Instant::now();
    let snapshot = fetch(&server).await;
    assert!(snapshot.replies.values().filter(|reply| reply.ok().is_some()).count() >= 6);
    assert!(snapshot.warnings[0].contains("missing"), "{:?}", snapshot.warnings);
    assert!(began.elapsed() <= settings().run_timeout, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_number_alone_finds_its_group() {
    let server = realistic(Behaviour::default());
    let odin = connect(&server).await;
    for number in ["+44 20 7946 0140", "020 7946 0140", "+44-2079460140"] {
        let found = odin.find(number, None).await.unwrap();
        assert_eq!(found.warnings, Vec::<String>::new());
        let holder = &found.holders[0];
        assert_eq!(found.holders.len(), 1);
        assert_eq!((holder.service_provider.as_str(), holder.group.as_deref()), ("acme", Some("harbour")));
        assert_eq!(holder.kind.as_deref(), Some("Hunt Group"));
    }
    assert_eq!(odin.find("+44 20 7946 0999", None).await.unwrap().holders, []);
    let short = odin.find("4000", None).await.unwrap();
    assert!(short.holders.is_empty() && short.warnings[0].contains("group must be known"));
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_forbidden_falls_back_to_narrower_ones() {
    let no = Answer::Status { status: 403, retry_after: None };
    let behaviour = Behaviour::default()
        .with(Rule::always("/system/dns/search", no.clone()))
        .with(Rule::always("/service-providers/dns/search", no.clone()));
    let server = realistic(behaviour.clone());
    let odin = connect(&server).await;
    let found = odin.find("2079460140", None).await.unwrap();
    assert_eq!(found.holders[0].group.as_deref(), Some("harbour"));
    assert_eq!(found.warnings.len(), 2, "{:?}", found.warnings);

    server.behave(
        behaviour.with(Rule::always("/groups/dns/search", no.clone())).with(Rule::always("/groups", no)),
    );
    let found = odin.find("2079460140", Some("acme")).await.unwrap();
    assert!(found.holders.is_empty() && found.warnings.len() == 2, "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn numbers_that_calls_leave_the_group_to_get_their_owners() {
    let mut worlds = World::realistic().groups().to_vec();
    let mut other = World::plain().groups()[0].clone();
    other["serviceProvider"]["serviceProviderId"] = "acme".into();
    other["group"]["groupId"] = "head office".into();
    other["users"][0]["phoneNumber"] = "+44-2079460999".into();
    worlds.push(other);
    let server = StandIn::new(World::of(worlds), Behaviour::default());
    let odin = connect(&server).await;
    let whole = odin.fetch(&plan(), &mut |_| {}).await.unwrap();
    let mut numbers = Group::read(&whole, &Options::default()).outside_numbers();
    assert!(numbers.contains("+442079460999"), "{numbers:?}");
    let asked = numbers.len() as u64;
    numbers.extend(["99", "desk@remote.example"].map(str::to_owned));
    let owner = |snapshot: &Snapshot| {
        let group = Group::read(snapshot, &Options::default());
        group.elsewhere.iter().map(|one| (one.group.clone(), one.identity.id.clone())).collect::<Vec<_>>()
    };
    let expected = [("head office".to_owned(), "user1@harbour.example.com".to_owned())];

    server.behave(Behaviour::default());
    let mut snapshot = whole.clone();
    odin.look_up(&mut snapshot, &numbers).await.unwrap();
    assert_eq!(owner(&snapshot), expected);
    assert_eq!(server.counts().requests, asked, "{:?}", server.counts().log);
    odin.look_up(&mut snapshot, &numbers).await.unwrap();
    assert_eq!(server.counts().requests, asked, "nothing is asked twice");
    assert_eq!(snapshot.warnings, whole.warnings);

    let no = Answer::Status { status: 403, retry_after: None };
    server.behave(Behaviour::default().with(Rule::always("/system/dns/search", no)));
    let mut snapshot = whole.clone();
    odin.look_up(&mut snapshot, &numbers).await.unwrap();
    assert_eq!(owner(&snapshot), expected);
    assert_eq!(snapshot.warnings.len(), whole.warnings.len() + 1);
}
