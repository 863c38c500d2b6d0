//! The account made from a group: it is sound, and calls in it ring whom the model says.

use std::collections::BTreeSet;
use std::time::Duration;

use flow::broadworks::group::{Entity, Group, Options};
use flow::broadworks::routes::Spot;
use odin_standin::World;
use simulator::scenario::{CallSpec, setup};
use simulator::world::party::{Behaviour as Does, Ends, Step, Trunk};
use simulator::{Account, Session};

use super::*;

#[test]
fn the_account_is_sound_and_tells_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    for (name, world) in
        [("real", World::realistic()), ("plain", World::plain()), ("half", World::half_configured())]
    {
        let file = snapshot(folder.path(), &format!("{name}.json.zst"), world);
        let account = path(folder.path(), name);
        let output = strowger(&["convert", "odin", &file, "--to", "kazoo", &account]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let checked = strowger(&["check", &account]);
        assert_eq!(
            (text(&checked.stdout).as_str(), checked.status.code()),
            ("no faults\n", Some(0)),
            "{name}"
        );
        let told = std::fs::read_to_string(format!("{account}/README.md")).unwrap();
        assert!(told.contains("## Not carried") && told.contains("SIP passwords"), "{told}");
    }
}

#[test]
fn a_snapshot_is_simulated_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    let output = strowger(&[
        "simulate",
        &file,
        "--to",
        "0",
        "--at",
        "2026-11-24T10:00",
        "--press",
        "1",
        "--hang-up-after",
        "60",
    ]);
    let trace = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(trace.contains("callflow Sales") && trace.contains("answers"), "{trace}");
}

/// A call that nobody takes passes everything that rings; who did, and where it ended.
fn rung(group: &Group, to: &str, keys: &[&str], at: &str, phones: &str) -> Vec<String> {
    let folder = flow::convert::to_kazoo(group).folder;
    let (account, _) = Account::from_folder(&folder);
    let devices: Vec<String> = account.index().of_type("device").map(|device| device.id.clone()).collect();
    let at: jiff::Zoned = format!("{at}[Europe/London]").parse().unwrap();
    let mut world = simulator::World::new(account, at.timestamp());
    let does = Does::from_word(phones).unwrap();
    world.phones.extend(devices.into_iter().map(|device| (device, does.clone().into())));
    world.trunks =
        vec![Trunk { to: "*".to_owned(), does: Does::new(Ends::Answers(Duration::from_secs(1))).into() }];
    let spec = CallSpec { to: to.to_owned(), from: Some("+15550001111".to_owned()), ..CallSpec::default() };
    let setup = setup(&world, &spec, 1).unwrap_or_else(|failure| panic!("{to}: {}", failure.got));
    let mut steps = Vec::new();
    for key in keys {
        steps.extend([Step::Answered, Step::Wait(Duration::from_secs(3)), Step::press(*key)]);
    }
    let mut session = Session::begin(world, setup, steps);
    session.run(Duration::from_secs(400));
    session
        .lines()
        .iter()
        .map(|line| line.text.clone())
        .filter(|text| text.contains(" is called") || text.starts_with("callflow "))
        .collect()
}

/// Users and outside numbers that a trace says were called, by the words of the device's id.
fn called(trace: &[String]) -> Vec<String> {
    let lines = trace.iter().filter_map(|line| line.strip_suffix(" is called"));
    lines
        .map(|who| {
            who.strip_prefix("users-").and_then(|rest| rest.split('-').next()).unwrap_or(who).to_owned()
        })
        .collect()
}

fn realistic() -> Group {
    let folder = tempfile::tempdir().unwrap();
    let file = snapshot(folder.path(), "a.json.zst", World::realistic());
    Group::read(&odin::file::load(file.as_ref()).unwrap(), &Options::default())
}

#[test]
fn calls_ring_whom_the_model_says() {
    let group = realistic();
    let monday = "2026-11-23T10:00";
    // Sales hunts in its own order, Ben does not want to be disturbed; the others do not answer.
    assert_eq!(called(&rung(&group, "4000", &[], monday, "ring"))[..2], ["u3", "u1"]);
    assert_eq!(called(&rung(&group, "0", &["1"], monday, "ring"))[..2], ["u3", "u1"]);
    // Support rings its agents, best first.
    assert_eq!(called(&rung(&group, "5000", &[], monday, "ring"))[..2], ["u5", "u7"]);
    // Ada does not answer: the hunt group is next, as for a call to it.
    assert_eq!(called(&rung(&group, "2001", &[], monday, "ring"))[..3], ["u1", "u3", "u1"]);
    // Eve is busy: Hal, who is busy as well.
    assert_eq!(called(&rung(&group, "2005", &[], monday, "busy")), ["u5", "u8"]);
    // Hal cannot be reached: his other telephone, which is an address.
    assert_eq!(called(&rung(&group, "2008", &[], monday, "unregistered")), ["sip:desk@remote.example"]);
    // By hours: emergencies go outside at night, the duty desk rings on holidays.
    let night = called(&rung(&group, "0", &["2"], "2026-11-23T23:00", "ring"));
    assert_eq!(night, ["sip:+447700900123@carrier.invalid"]);
    assert_eq!(called(&rung(&group, "0", &["1"], "2026-12-25T10:00", "ring"))[..1], ["u8"]);
    // Through two submenus.
    assert_eq!(called(&rung(&group, "0", &["3", "3", "1"], monday, "ring"))[..1], ["u7"]);
}

/// For every key of every menu: the callflow behind it is the one of the place that the model names.
#[test]
fn every_key_leads_where_the_model_says() {
    let group = realistic();
    let folder = flow::convert::to_kazoo(&group).folder;
    let index = flow::account::AccountIndex::build(folder.account, folder.documents).0;
    let mut keys = BTreeSet::new();
    for (attendant, one) in group.auto_attendants.iter().enumerate() {
        for at in 0..one.menus.len() {
            let spot = Spot::Menu(attendant, at);
            let title = format!("{}: {}", one.identity.title(), one.menus[at].kind.title());
            let callflow = index.callflows().find(|callflow| callflow.name == title).unwrap();
            let entry = callflow.flow.entry_node().unwrap();
            for route in group.routes(&spot).iter().filter(|route| route.code != "#") {
                let behind = callflow.flow.node(entry.exit(&route.code).unwrap()).unwrap();
                let id = behind.data.get("id").and_then(Value::as_str).unwrap_or_default();
                let name = index.callflow(id).map(|callflow| callflow.name.clone());
                match &route.to {
                    Spot::Entity(entity) => assert_eq!(name.unwrap(), group.identity(*entity).title()),
                    Spot::Menu(_, menu) => assert!(name.unwrap().ends_with(one.menus[*menu].kind.title())),
                    Spot::Mailbox(_) => assert_eq!(behind.module, "voicemail"),
                    Spot::External(number) => assert_eq!(behind.data["to_did"], **number),
                    Spot::Announcement(..) => assert_eq!(behind.module, "play"),
                    Spot::HangUp(..) => assert_eq!(behind.module, "hangup"),
                    other => panic!("{other:?}"),
                }
                keys.insert((title.clone(), route.code.clone()));
            }
        }
    }
    assert!(keys.len() > 15, "{keys:?}");
    assert_eq!(group.entities().filter(|entity| matches!(entity, Entity::User(_))).count(), 8);
}
