use serde_json::Value;

use super::*;
use crate::account::AccountIndex;
use crate::broadworks::group::Options;
use crate::broadworks::snapshot::Snapshot;
use crate::check::check_account;
use crate::folder;
use crate::schema::{self, Registry};

fn snapshot() -> Snapshot {
    serde_json::from_str(include_str!("../../tests/broadworks/group.json")).unwrap()
}

fn group() -> Group {
    Group::read(&snapshot(), &Options::default())
}

fn index(group: &Group) -> AccountIndex {
    let folder = to_kazoo(group).folder;
    AccountIndex::build(folder.account, folder.documents).0
}

/// Modules and what they name, from the entry of the callflow of a number, following other callflows.
fn outline(index: &AccountIndex, number: &str) -> Vec<String> {
    let entry = index.lookup(number).unwrap().callflow;
    let name = |id: &str| {
        let body = &index.document(id).unwrap().body;
        let text = |member: &str| body.get(member).and_then(Value::as_str);
        text("name").or_else(|| text("first_name")).unwrap_or(id).to_owned()
    };
    let mut lines = Vec::new();
    for node in &entry.flow.nodes {
        let id = ["id", "rule_set"].into_iter().find_map(|member| node.data.get(member)?.as_str());
        let what = id.map(name).or_else(|| node.data.get("to_did")?.as_str().map(str::to_owned));
        let exits: Vec<&str> = node.exits.keys().map(String::as_str).collect();
        lines.push(format!("{} {} [{}]", node.module, what.unwrap_or_default(), exits.join(" ")));
    }
    lines
}

#[test]
fn the_account_has_no_faults() {
    let group = group();
    let converted = to_kazoo(&group);
    let folder = converted.folder;
    let files = folder::write(&folder);
    let (read, issues) = folder::parse(files);
    assert_eq!(issues, []);
    for document in std::iter::once(&read.account).chain(&read.documents) {
        let mut body = document.body.clone();
        let id = if document.kind == "account" {
            "accounts".to_owned()
        } else {
            folder::folder_of(&document.kind)
        };
        let found = schema::validate(Registry::shipped(), &id, &mut body);
        assert!(found.is_empty(), "{} {found:?}", document.body);
    }
    let (index, issues) = AccountIndex::build(read.account, read.documents);
    assert_eq!(issues, [], "menus have no numbers, and others lead to them");
    assert_eq!(check_account(&index, "2024-01-14T12:00:00Z".parse().unwrap()), []);
}

#[test]
fn a_group_always_becomes_the_same_account() {
    let group = group();
    assert_eq!(to_kazoo(&group), to_kazoo(&group));
    let empty = to_kazoo(&Group::default());
    assert_eq!(empty.folder.documents, []);
    assert!(!empty.not_carried.is_empty());
}

#[test]
fn hunting_order_rings_and_what_comes_after_are_kept() {
    let index = index(&group());
    let sales = index.lookup("4000").unwrap().callflow;
    let ring = sales.flow.nodes.iter().find(|node| node.module == "ring_group").unwrap();
    let endpoints = ring.data["endpoints"].as_array().unwrap();
    let names: Vec<String> = endpoints
        .iter()
        .map(|endpoint| {
            index.document(endpoint["id"].as_str().unwrap()).unwrap().body["caller_id"]["internal"]["number"]
                .to_string()
        })
        .collect();
    assert_eq!(names, ["\"2003\"", "\"2001\"", "\"2002\""], "hunting order, not that of the users");
    assert_eq!((&ring.data["strategy"], &ring.data["timeout"]), (&json!("single"), &json!(30)));
    assert!(ring.exits.contains_key("USER_NOT_REGISTERED") && ring.exits.contains_key("_"));
}

#[test]
fn every_entity_answers_its_numbers() {
    let group = group();
    let index = index(&group);
    for entity in group.entities() {
        let identity = group.identity(entity);
        for number in identity.extension.iter().chain(identity.dn.iter()) {
            let dialled = group
                .numbers
                .canonical(number)
                .filter(|_| number.starts_with('+'))
                .unwrap_or_else(|| number.clone());
            let found = index.lookup(&index.normalise(&dialled)).unwrap();
            assert_eq!(found.callflow.name, identity.title(), "{number}");
        }
    }
    // National and international ways to dial one of them.
    for dialled in ["02079460101", "00442079460101", "+442079460101", "2079460101"] {
        let found = index.lookup(&index.normalise(dialled)).unwrap();
        assert_eq!(found.callflow.numbers[0], "2001", "{dialled}");
    }
}

#[test]
fn hours_and_holidays_decide_which_menu_is_played() {
    let index = index(&group());
    let lines = outline(&index, "3000");
    assert_eq!(lines.iter().filter(|line| line.starts_with("temporal_route")).count(), 2, "{lines:#?}");
    let flow = index.lookup("3000").unwrap().callflow.flow.clone();
    let menu_at = |moment: &str| {
        let moment: jiff::Zoned = format!("{moment}[Europe/London]").parse().unwrap();
        let found = crate::active::active(&flow, &index, moment.timestamp());
        let leaf = found
            .nodes
            .iter()
            .filter_map(|id| flow.node(*id))
            .find(|node| node.module == "callflow")
            .unwrap();
        index.document(leaf.data["id"].as_str().unwrap()).unwrap().body["name"].as_str().unwrap().to_owned()
    };
    assert!(menu_at("2024-07-01T10:00").ends_with(": Business hours"), "{}", menu_at("2024-07-01T10:00"));
    assert!(menu_at("2024-07-01T20:00").ends_with(": After hours"));
    assert!(menu_at("2024-12-25T10:00").ends_with(": Holiday"), "{}", menu_at("2024-12-25T10:00"));
}

/// The converted hours agree with the schedule's own, at every half hour of a year and around it.
#[test]
fn rules_are_on_when_the_schedule_is() {
    let group = group();
    let index = index(&group);
    let zone = jiff::tz::TimeZone::get("Europe/London").unwrap();
    for schedule in &group.schedules {
        let thing = format!("/{}/{}", if schedule.holiday { "holiday" } else { "time" }, schedule.name);
        let Some(set) = index.document(&document_id("temporal_rule_set", &thing)) else { continue };
        let rules: Vec<crate::time_rules::Rule> = set.body["temporal_rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| crate::time_rules::Rule::read(&index.document(id.as_str().unwrap()).unwrap().body).0)
            .collect();
        let mut moment: jiff::civil::DateTime = "2024-06-01T00:10".parse().unwrap();
        let end: jiff::civil::DateTime = "2025-06-01T00:00".parse().unwrap();
        while moment < end {
            let now = moment.to_zoned(zone.clone()).unwrap();
            // A day on which the clock is set forward has no 01:10.
            if now.datetime() == moment {
                let on = rules.iter().any(|rule| crate::time_rules::applies(rule, &now));
                assert_eq!(on, schedule.event_at(moment).is_some(), "{} at {moment}", schedule.name);
            }
            moment = moment.checked_add(jiff::Span::new().minutes(30)).unwrap();
        }
    }
}

#[test]
fn what_cannot_be_carried_is_told_with_whose_it_is() {
    let report = to_kazoo(&group()).report();
    for line in [
        "Group\n",
        "SIP passwords",
        "Call centre Support (5000)\n",
        "the queue",
        "the policy Circular",
        "bounced calls",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }
}
