//! Redacted snapshots: nothing of the original is left, and what belonged together still does.

use std::collections::{BTreeMap, BTreeSet};

use flow::broadworks::endpoints::wanted;
use flow::broadworks::group::{Group, Options};
use flow::broadworks::snapshot::{Reply, Snapshot};
use odin::Plan;
use odin::redact::{redact, redact_with};
use odin_standin::{Behaviour, StandIn, World};
use serde_json::Value;

use crate::connect;

async fn snapshot(world: World, provider: &str, group: &str) -> Snapshot {
    let server = StandIn::new(world, Behaviour::default());
    connect(&server).await.fetch(&Plan::group(provider, group), &mut |_| {}).await.unwrap()
}

/// Members whose values are words of the API, times or languages.
const PUBLIC: [&str; 18] = [
    "action",
    "announcementSelection",
    "countryCode",
    "endTime",
    "endpointType",
    "extensionDialingScope",
    "key",
    "language",
    "level",
    "nationalPrefix",
    "nameDialingEntries",
    "nameDialingScope",
    "policy",
    "processing",
    "routingType",
    "rrule",
    "serviceName",
    "startTime",
];

/// Every text and long integer, with the parts of addresses.
fn originals(member: &str, value: &Value, found: &mut BTreeSet<String>) {
    let usual = [
        "None",
        "All calls",
        "Every Day All Day",
        "Standard",
        "Basic",
        "Premium",
        "Time",
        "Holiday",
        "Group",
    ];
    match value {
        Value::String(text)
            if PUBLIC.contains(&member) || member == "timeZone" || usual.contains(&text.as_str()) => {}
        Value::String(text) => {
            found.insert(text.clone());
            found.extend(text.trim_start_matches("sip:").split('@').map(str::to_owned));
        }
        Value::Number(number) => {
            found.insert(number.to_string());
        }
        Value::Array(all) => all.iter().for_each(|one| originals(member, one, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| originals(name, value, found)),
        _ => {}
    }
}

fn assert_nothing_left(original: &Snapshot, redacted: &Snapshot) {
    let mut found =
        BTreeSet::from([original.service_provider.clone(), original.group.clone(), original.source.clone()]);
    for reply in original.replies.values().filter_map(Reply::ok) {
        originals("", reply, &mut found);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redacted.json");
    odin::file::save(&path, redacted).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    // Whole values and parts of addresses; longer texts anywhere, and numbers anywhere when they cannot be there by chance.
    let mut left = BTreeSet::new();
    for reply in redacted.replies.values().filter_map(Reply::ok) {
        originals("", reply, &mut left);
    }
    for one in found.iter().filter(|one| one.len() >= 3) {
        let shortest = if one.bytes().all(|byte| byte.is_ascii_digit()) { 8 } else { 5 };
        let is_left = left.contains(one) || (one.len() >= shortest && text.contains(one.as_str()));
        assert!(!is_left || is_short_count(one), "{one:?} is left");
    }
}

/// Seconds and rings, which stay.
fn is_short_count(text: &str) -> bool {
    text.len() <= 3 && text.parse::<u32>().is_ok_and(|count| count <= 300)
}

#[tokio::test(start_paused = true)]
async fn no_original_text_or_number_is_left() {
    for (world, provider, group) in [
        (World::realistic(), "acme", "harbour"),
        (World::half_configured(), "cedar-sp", "cedar & sons"),
        (World::large(60), "acme", "harbour"),
    ] {
        let original = snapshot(world, provider, group).await;
        for seed in 0..2 {
            assert_nothing_left(&original, &redact_with(&original, [seed; 32]));
        }
        assert_nothing_left(&original, &redact(&original));
    }
}

/// The shape of a value: everything but texts and numbers, and which of those are equal.
fn shape(value: &Value, names: &mut BTreeMap<String, usize>) -> Value {
    match value {
        Value::Array(all) => all.iter().map(|one| shape(one, names)).collect(),
        Value::Object(members) => {
            let shaped = |(name, value): (&String, &Value)| match name.as_str() {
                // Everybody is called Person.
                "firstName" => (name.clone(), Value::Null),
                _ => (name.clone(), shape(value, names)),
            };
            members.iter().map(shaped).collect()
        }
        Value::String(text) if !text.is_empty() && !text.contains('@') => {
            let count = names.len();
            Value::from(*names.entry(text.clone()).or_insert(count))
        }
        Value::Number(_) | Value::String(_) => Value::from("some"),
        other => other.clone(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_requests_are_answered_and_equal_texts_stay_equal() {
    let original = snapshot(World::realistic(), "acme", "harbour").await;
    let redacted = redact_with(&original, [9; 32]);
    assert_eq!(wanted(&redacted), [], "what a reply names is there under its new name");
    assert_eq!(redacted.replies.len(), original.replies.len());
    assert_eq!(redacted.taken_at, original.taken_at);
    let by_path = |snapshot: &Snapshot| {
        let mut paths = BTreeMap::<String, usize>::new();
        for key in snapshot.replies.keys() {
            *paths.entry(key.split('?').next().unwrap().to_owned()).or_default() += 1;
        }
        paths
    };
    assert_eq!(by_path(&original), by_path(&redacted));

    let detail = |snapshot: &Snapshot, path: &str| {
        let found = snapshot
            .replies
            .iter()
            .find(|(key, _)| key.starts_with(&format!("{path}?serviceUserId=")))
            .unwrap();
        found.1.ok().unwrap().clone()
    };
    for path in ["/groups/auto-attendants", "/groups/hunt-groups", "/groups/call-centers/night-service"] {
        let shape = |snapshot| shape(&detail(snapshot, path), &mut BTreeMap::new());
        assert_eq!(shape(&original), shape(&redacted), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_lead_where_they_led() {
    let original = snapshot(World::realistic(), "acme", "harbour").await;
    let redacted = redact_with(&original, [4; 32]);
    let users = |snapshot: &Snapshot| -> Vec<Value> {
        let found = snapshot.replies.iter().find(|(key, _)| key.starts_with("/users?")).unwrap();
        found.1.ok().unwrap().as_array().unwrap().clone()
    };
    let attendant = |snapshot: &Snapshot| {
        let found = snapshot
            .replies
            .iter()
            .find(|(key, _)| key.starts_with("/groups/auto-attendants?serviceUserId="));
        found.unwrap().1.ok().unwrap().clone()
    };
    // Key 9 leads to the fifth user's number in its national form, key 0 to the first user's extension.
    let number = |snapshot: &Snapshot, key: &str| {
        let attendant = attendant(snapshot);
        let keys = attendant["businessHoursMenu"]["keys"].as_array().unwrap();
        keys.iter().find(|one| one["key"] == key).unwrap()["phoneNumber"].as_str().unwrap().to_owned()
    };
    let by = |snapshot: &Snapshot, index: usize, member: &str| {
        users(snapshot)[index][member].as_str().unwrap().to_owned()
    };
    for snapshot in [&original, &redacted] {
        assert_eq!(number(snapshot, "0"), by(snapshot, 0, "extension"));
        assert_eq!(format!("+44-{}", number(snapshot, "9")), by(snapshot, 4, "phoneNumber"));
    }
    let first = &users(&redacted)[0];
    assert_eq!((first["firstName"].as_str(), first["lastName"].is_string()), (Some("Person"), true));
    assert_eq!(first["extension"].as_str().unwrap().len(), 4);
}

/// A module, and its ways: code and module.
type Place = (String, Vec<(String, String)>);

/// The picture without its words: for each place its module, and for each way its code and where it leads.
fn picture(group: &Group) -> Vec<Vec<Place>> {
    let of_flow = |flow: flow::graph::Flow| {
        let module = |id| flow.node(id).unwrap().module.to_string();
        let nodes = flow.nodes.iter().map(|node| {
            // A way by a rule has the rule's name in its code.
            let code = |code: &str| code.split(':').next().unwrap().to_owned();
            let exits = node.exits.iter().map(|(exit, to)| (code(exit), module(*to)));
            (node.module.to_string(), exits.collect())
        });
        nodes.collect()
    };
    group.entities().map(|entity| of_flow(group.flow(entity))).collect()
}

#[tokio::test(start_paused = true)]
async fn a_report_of_it_has_the_same_picture() {
    for (world, provider, name) in [
        (World::realistic(), "acme", "harbour"),
        (World::plain(), "harbour-ent", "harbour"),
        (World::half_configured(), "cedar-sp", "cedar & sons"),
    ] {
        let original = snapshot(world, provider, name).await;
        let before = Group::read(&original, &Options::default());
        assert!(picture(&before).iter().any(|flow| flow.len() > 3), "{name}");
        for seed in 0..5 {
            let after = Group::read(&redact_with(&original, [seed; 32]), &Options::default());
            assert_eq!(picture(&before), picture(&after), "{name}");
            let codes =
                |group: &Group| group.warnings.iter().map(|one| one.code.to_string()).collect::<Vec<_>>();
            assert_eq!(codes(&before), codes(&after), "{name}");
        }
    }
}
