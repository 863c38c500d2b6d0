//! What is probably not as meant, and why a telephone rings.

use flow::broadworks::endpoints::{self, Request};
use flow::broadworks::{check, why};
use flow::issue::Issue;
use serde_json::{Value, json};

use super::*;

fn found(snapshot: &Snapshot, code: &str) -> Vec<Issue> {
    check(&read(snapshot)).into_iter().filter(|issue| issue.code == code).collect()
}

/// The message of the first issue of a code.
fn first(snapshot: &Snapshot, code: &str) -> String {
    match found(snapshot, code).first() {
        Some(issue) => issue.message.clone(),
        None => panic!("no {code}: {:#?}", check(&read(snapshot))),
    }
}

#[test]
fn the_group_itself_has_only_notes() {
    let all = check(&group());
    let messages: Vec<String> = all.iter().map(|issue| format!("{} {}", issue.code, issue.message)).collect();
    assert_eq!(
        messages,
        [
            "BW2005 key * of Main, Business hours sends calls outside, to +442079460999",
            "BW2005 key 2 of Main, After hours sends calls outside, to +447700900123",
            "BW2005 Sales (no agent can be reached) sends calls outside, to +447700900123",
            "BW2005 Hal <Night> Smith & Co|x (no answer, 5 rings) sends calls outside, to +447700900124",
            "BW2005 Hal <Night> Smith & Co|x (not reachable) sends calls outside, to desk@remote.example",
        ]
    );
}

#[test]
fn each_fault_is_found() {
    let hunt_group = of(endpoints::HUNT_GROUPS, "hg1");
    let attendant = of(endpoints::AUTO_ATTENDANTS, "aa1");
    let part = |path| of(path, "cc1");
    let edit = |request: &Request, pointer: &str, value: Value| {
        let mut snapshot = snapshot();
        *body(&mut snapshot, request).pointer_mut(pointer).unwrap() = value;
        snapshot
    };
    let table: [(&str, Snapshot, &str); 16] = [
        (
            "BW2001",
            edit(&hunt_group, "/forwardToPhoneNumber", json!("3401")),
            "Sales (no answer for 30 s) leads to 3401, which nobody in this group has",
        ),
        (
            "BW2001",
            edit(&attendant, "/businessHoursMenu/keys/2/submenuId", json!("Gone")),
            "key 3 of Main, Business hours leads to a submenu that does not exist",
        ),
        (
            "BW2002",
            edit(&of_group(endpoints::HUNT_GROUPS), "/0/isActive", json!(false)),
            "key 1 of Main, Business hours leads to Sales, which is switched off",
        ),
        (
            "BW2003",
            edit(&hunt_group, "/forwardToPhoneNumber", json!("*553401")),
            "Sales (no answer for 30 s) leads to the mailbox of 3401, which is not in this group",
        ),
        (
            "BW2004",
            edit(&of_group(endpoints::USERS).with("extended", "True"), "/0/extension", json!("2002")),
            "2002 is held by several: Ada Okafor, Ben Lindqvist; the first gets the calls",
        ),
        (
            "BW2201",
            edit(&attendant, "/businessHoursMenu/keys/0/phoneNumber", Value::Null),
            "key 1 of Main, Business hours (transfer) has no destination",
        ),
        (
            "BW2202",
            edit(&hunt_group, "/forwardAfterTimeout", json!(false)),
            "Sales: calls that nobody answers lead nowhere",
        ),
        ("BW2203", edit(&hunt_group, "/agents", json!([])), "Sales: it has no agents"),
        (
            "BW2204",
            edit(&part(endpoints::CALL_CENTER_AGENTS), "/agents", json!([{"userId": "u2@pbx.example"}])),
            "Support: all its agents do not want to be disturbed",
        ),
        (
            "BW2205",
            edit(&attendant, "/holidayMenu/keys", json!([])),
            "Main, Holiday offers nothing: no key, no dialling",
        ),
        (
            "BW2206",
            edit(&attendant, "/businessHoursMenu/keys/2/submenuId", json!("Warehouse")),
            "no key leads to Main, Depts",
        ),
        (
            "BW2301",
            edit(&attendant, "/afterHoursMenu", Value::Null),
            "Main: after hours calls go the way of business hours: no menu is set",
        ),
        (
            "BW2302",
            edit(&attendant, "/holidayMenu", Value::Null),
            "Main: on holidays calls go the way of business hours: no menu is set",
        ),
        (
            "BW2304",
            edit(&attendant, "/holidaySchedule", Value::Null),
            "Main: the menu for calls on holidays is never played: no schedule says when",
        ),
        (
            "BW2305",
            edit(&attendant, "/businessHours", json!("Nine to five")),
            "Main: its schedule `Nine to five` is not one of the group's",
        ),
        (
            "BW2402",
            edit(&hunt_group, "/enableGroupBusy", json!(true)),
            "Sales: group busy is on: nobody is rung",
        ),
    ];
    for (code, snapshot, message) in table {
        assert_eq!(first(&snapshot, code), message, "{code}");
    }
    let mut forced = snapshot();
    *body(&mut forced, &part(endpoints::CALL_CENTER_FORCED_FORWARDING)) =
        json!({"enabled": true, "forwardToPhoneNumber": "2001"});
    assert_eq!(first(&forced, "BW2401"), "Support: forced forwarding is on: agents are never rung");
    let night = edit(&part(endpoints::CALL_CENTER_NIGHT_SERVICE), "/forceNightService", json!(true));
    assert_eq!(first(&night, "BW2403"), "Support: night service is forced on, whatever the hour");
    let no_menu = edit(&attendant, "/businessHoursMenu", Value::Null);
    assert_eq!(first(&no_menu, "BW2303"), "Main: there is no menu for business hours");
    let settings = Request::of_user(endpoints::SERVICE_SETTINGS, "aa1@pbx.example");
    let mut always = snapshot();
    *body(&mut always, &settings) =
        json!({"Call Forwarding Always": {"isActive": true, "forwardToPhoneNumber": 2001}});
    assert_eq!(first(&always, "BW2404"), "Main: call forwarding always is on, so nothing else of it is used");
}

#[test]
fn circles_are_found_unless_a_key_is_pressed_on_the_way() {
    let mut snapshot = snapshot();
    let hunt_group = of(endpoints::HUNT_GROUPS, "hg1");
    body(&mut snapshot, &hunt_group)["forwardToPhoneNumber"] = json!("2001");
    assert_eq!(first(&snapshot, "BW2102"), "calls that nobody takes go round: Sales > Ada Okafor > Sales");
    assert_eq!(found(&snapshot, "BW2101"), []);
    let always = of_group("/users/call-forwarding-always/bulk");
    let forward = |id: &str, to: &str| json!({"user": {"userId": id}, "data": {"isActive": true, "forwardToPhoneNumber": to}});
    *body(&mut snapshot, &always) = json!([
        forward("u6@pbx.example", "2007"),
        forward("u7@pbx.example", "2006"),
        forward("u2@pbx.example", "2002")
    ]);
    let messages: Vec<String> = found(&snapshot, "BW2101").into_iter().map(|issue| issue.message).collect();
    assert_eq!(
        messages,
        [
            "calls go round at once: Ben Lindqvist > Ben Lindqvist",
            "calls go round at once: Gita Rao > Finn O'Shea > Gita Rao"
        ]
    );
}

#[test]
fn a_long_circle_is_told_shortly_without_a_deep_stack() {
    let group = read(&super::faults::chain(3_000));
    let small = std::thread::Builder::new().stack_size(128 * 1024);
    let (issues, ways) = small.spawn(move || (check(&group), why(&group, "10005"))).unwrap().join().unwrap();
    let circle = issues.iter().find(|issue| issue.code == "BW2101").unwrap();
    assert!(circle.message.ends_with("10007 > 2992 more > 10000"), "{}", circle.message);
    assert_eq!(ways.len(), 3_000);
    assert!(ways.iter().all(|way| way.steps.len() <= 40));
    assert!(ways[2_999].text().contains("2960 more steps"), "{}", ways[2_999].text());
}

#[test]
fn all_ways_to_a_telephone_are_told() {
    let ways = why(&group(), "2001");
    let texts: Vec<String> = ways.iter().map(|way| format!("{}: {}", way.numbers[0], way.text())).collect();
    assert_eq!(
        texts,
        [
            "+44-2079460101: Ada Okafor",
            "+44-2079460140: Sales > rings as agent 2 > Ada Okafor",
            "+44-2079460100: Main > Business hours > press 0 (operator) > Ada Okafor",
            "5000: Support > holidays or agent does not answer, 5 rings > Main > Business hours > press 0 (operator) > Ada Okafor",
        ]
    );
    assert_eq!(ways[1].steps[0].codes, ["member"]);
    assert_eq!(ways[0].numbers, ["+44-2079460101", "2001", "900@pbx.example"]);
}

#[test]
fn a_member_rings_and_forwards_nothing() {
    let group = group();
    // Gita is an agent of Support and rings for its overflow; what Eve, an agent too, forwards to does not ring by Support.
    let ways = why(&group, "2008");
    assert!(
        ways.iter()
            .all(|way| !way.steps.iter().any(|step| step.title == "Support") || way.text().contains("Main")),
        "{ways:#?}"
    );
    let outside = why(&group, "07700900123");
    let first: Vec<&str> = outside.iter().map(|way| way.steps[0].title.as_str()).collect();
    assert_eq!(first, ["Sales", "Ada Okafor", "Main", "Support"]);
    let mailbox = why(&group, "*55*2005");
    assert_eq!(mailbox[0].text(), "Support > outside business hours > the mailbox of Eve Ndiaye");
    assert_eq!(why(&group, "02079469999"), []);
    assert_eq!(why(&group, ""), []);
}
