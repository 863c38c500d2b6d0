//! The numbered faults of the tool this replaces (reference "Odin's Spear", section 2.4), each with a group that shows it.

use flow::broadworks::endpoints::{self, Request};
use flow::broadworks::group::{Entity, EntityKind, MenuKind};
use flow::broadworks::numbers::{Destination, NumberKind};
use flow::broadworks::snapshot::{Reply, Snapshot};
use serde_json::{Value, json};

use super::*;

#[test]
fn fault_1_no_answer_forwarding_is_a_way() {
    let flow = group().flow(Entity::User(7));
    assert_eq!(
        edges(&flow),
        [
            "/users/u8@pbx.example | CFNA | no answer, 5 rings | /external/+447700900124",
            "/users/u8@pbx.example | CFNR | not reachable | /external/desk@remote.example",
        ]
    );
    let flow = group().flow(Entity::User(0));
    assert_eq!(to(&flow, "/users/u1@pbx.example", "CFNA"), "/hunt-groups/hg1@pbx.example");
    assert_eq!(flow.nodes.len(), 4, "only what the call can reach: {:#?}", edges(&flow));
}

#[test]
fn faults_2_and_3_all_menus_and_submenus_are_there() {
    let group = group();
    let kinds: Vec<&str> = group.auto_attendants[0].menus.iter().map(|menu| menu.kind.title()).collect();
    assert_eq!(kinds, ["Business hours", "After hours", "Holiday", "Depts", "Warehouse"]);
    let flow = group.flow(MAIN);
    let main = "/auto-attendants/aa1@pbx.example";
    assert_eq!(to(&flow, &format!("{main}/after-hours"), "2"), "/external/+447700900123");
    assert_eq!(to(&flow, &format!("{main}/holiday"), "1"), "/users/u8@pbx.example");
    assert_eq!(to(&flow, &format!("{main}/submenus/Depts"), "3"), format!("{main}/submenus/Warehouse"));
    assert_eq!(to(&flow, &format!("{main}/submenus/Warehouse"), "9"), format!("{main}/submenus/Depts"));
}

#[test]
fn fault_4_a_mailbox_is_no_telephone() {
    let flow = group().flow(MAIN);
    let menu = "/auto-attendants/aa1@pbx.example/business-hours";
    assert_eq!(to(&flow, menu, "5"), "/users/u2@pbx.example/voicemail");
    assert_eq!(node(&flow, "/users/u2@pbx.example/voicemail").module, "bw.voicemail");
    assert!(flow.nodes.iter().all(|node| node.pointer != "/users/u2@pbx.example"));
}

#[test]
fn fault_5_own_numbers_are_never_external() {
    let mut snapshot = snapshot();
    let menu = of(endpoints::AUTO_ATTENDANTS, "aa1");
    for form in [
        "2079460105",
        "02079460105",
        "+442079460105",
        "+44-2079460105",
        "00442079460105",
        "sip:2005@pbx.example",
    ] {
        *body(&mut snapshot, &menu).pointer_mut("/businessHoursMenu/keys/8/phoneNumber").unwrap() =
            json!(form);
        let flow = read(&snapshot).flow(MAIN);
        assert_eq!(
            to(&flow, "/auto-attendants/aa1@pbx.example/business-hours", "9"),
            "/users/u5@pbx.example",
            "{form}"
        );
    }
}

#[test]
fn faults_6_and_14_members_stand_in_hunting_order_with_what_is_known_of_them() {
    let mut snapshot = snapshot();
    let request = of(endpoints::HUNT_GROUPS, "hg1");
    let hunt_group = body(&mut snapshot, &request);
    hunt_group["policy"] = json!("Weighted");
    hunt_group["agents"][0]["weight"] = json!("60");
    hunt_group["agents"].as_array_mut().unwrap().push(json!({"userId": "x9@pbx.example", "extension": null}));
    let flow = read(&snapshot).flow(SALES);
    assert_eq!(
        lines(&flow, "/hunt-groups/hg1@pbx.example"),
        [
            "By weight",
            "1. Cara Lowe 2003 (60 %)",
            "2. Ada Okafor 2001",
            "3. Ben Lindqvist 2002 (do not disturb)",
            "4. (no name) (not in this group)",
            "Next agent after 4 rings",
        ]
    );
}

#[test]
fn fault_7_members_are_matched_by_their_whole_id() {
    let mut snapshot = snapshot();
    let users = of_group(endpoints::USERS).with("extended", "True");
    body(&mut snapshot, &users)[0]["userId"] = json!("xu3@pbx.example");
    let group = read(&snapshot);
    let names: Vec<&str> = group.hunt_groups[0].agents.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["Cara Lowe", "Ada Okafor", "Ben Lindqvist"]);
    let places: Vec<Option<usize>> = group.hunt_groups[0].agents.iter().map(|agent| agent.user).collect();
    assert_eq!(places, [Some(2), None, Some(1)]);
}

#[test]
fn fault_8_numbers_are_found_whole() {
    let mut snapshot = snapshot();
    let users = of_group(endpoints::USERS).with("extended", "True");
    body(&mut snapshot, &users)[1]["extension"] = json!("13000");
    let group = read(&snapshot);
    assert_eq!(group.find("3000", None, None).only(), Some(MAIN));
    assert_eq!(group.find("0", None, None).only(), Some(MAIN));
    assert_eq!(group.find("0@pbx.example", Some(NumberKind::Alias), None).only(), Some(MAIN));
    assert_eq!(group.find("+442079460105", Some(NumberKind::Dn), None).only(), Some(Entity::User(4)));
    assert_eq!(group.find("020 7946 0105", None, Some(EntityKind::User)).only(), Some(Entity::User(4)));
    assert_eq!(group.find("5001", None, None).only(), Some(SUPPORT), "a further number");
    assert_eq!(group.find("help.desk", None, None).only(), Some(Entity::User(4)));
    assert_eq!(group.find("sip:2005@PBX.example", None, None).only(), Some(Entity::User(4)));
    let short = group.find("00", None, None);
    assert_eq!(short.exact, []);
    assert!(short.near.iter().any(|found| found.entity == Entity::User(0)), "{short:?}");
    let other = group.find("3000", None, Some(EntityKind::User));
    assert_eq!((other.exact.len(), other.near[0].entity), (0, MAIN));
    assert_eq!(group.find("okafor", None, None).near[0].entity, Entity::User(0));
    assert_eq!(group.find("nothing like it", None, None).near, []);
}

#[test]
fn a_number_held_twice_is_ambiguous() {
    let mut snapshot = snapshot();
    let users = of_group(endpoints::USERS).with("extended", "True");
    body(&mut snapshot, &users)[3]["extension"] = json!("4000");
    let group = read(&snapshot);
    let matches = group.find("4000", None, None);
    let found: Vec<Entity> = matches.exact.iter().map(|found| found.entity).collect();
    assert_eq!((found, matches.only()), (vec![SALES, Entity::User(3)], None));
    assert_eq!(group.numbers.resolve("4000"), Some(Destination::Entity(SALES)));
}

#[test]
fn fault_9_two_reports_are_independent() {
    let snapshot = snapshot();
    let first = read(&snapshot).flow(MAIN);
    let group = read(&snapshot);
    assert_eq!(group.flow(MAIN), first);
    assert_eq!(group.flow(Entity::User(7)).nodes.len(), 3);
    assert_eq!(group.flow(MAIN), first);
}

#[test]
fn fault_10_half_configured_data_is_read() {
    let mut snapshot = snapshot();
    let attendant = of(endpoints::AUTO_ATTENDANTS, "aa1");
    body(&mut snapshot, &attendant)["afterHoursMenu"] = Value::Null;
    body(&mut snapshot, &attendant).as_object_mut().unwrap().remove("holidayMenu");
    let always = of_group("/users/call-forwarding-always/bulk");
    body(&mut snapshot, &always)[0]["data"] = json!({"isActive": true});
    body(&mut snapshot, &always)[0]["service"]["assigned"] = json!(true);
    let group = read(&snapshot);
    assert!(codes(&group).contains(&"BW1007"), "{:?}", group.warnings);
    assert_eq!(group.find("reception", None, None).only(), Some(MAIN));
    let flow = group.flow(MAIN);
    let main = "/auto-attendants/aa1@pbx.example";
    assert_eq!(node(&flow, main).exits.keys().collect::<Vec<_>>(), ["business_hours"]);
    assert!(lines(&flow, main).contains(&"After hours: no menu set, as in business hours".to_owned()));
    assert_eq!(group.auto_attendants[0].menu_at(&MenuKind::AfterHours), None);
}

#[test]
fn a_forward_without_a_number_in_the_reply_for_all_is_asked_of_the_user() {
    let mut snapshot = snapshot();
    let always = of_group("/users/call-forwarding-always/bulk");
    body(&mut snapshot, &always)[0]["data"] = json!({"isActive": true});
    let wanted = endpoints::wanted(&snapshot);
    assert_eq!(wanted, [Request::of_user("/users/call-forwarding-always", "u1@pbx.example")]);
    body(&mut snapshot, &always)[0]["service"]["assigned"] = json!(true);
    let own = json!({"isActive": true, "forwardToPhoneNumber": 2004, "userId": "u1@pbx.example"});
    snapshot.replies.insert(wanted[0].key(), Reply::Ok(own));
    let flow = read(&snapshot).flow(Entity::User(0));
    assert_eq!(to(&flow, "/users/u1@pbx.example", "CFA"), "/users/u4@pbx.example");
}

/// Users who all forward to the next one, for ever.
pub(super) fn chain(length: usize) -> Snapshot {
    let mut snapshot =
        Snapshot { service_provider: "acme".to_owned(), group: "harbour".to_owned(), ..Snapshot::default() };
    let id = |at: usize| format!("u{at}@pbx.example");
    let users: Vec<Value> =
        (0..length).map(|at| json!({"userId": id(at), "extension": (10_000 + at).to_string()})).collect();
    let forward = |at: usize| json!({"isActive": true, "forwardToPhoneNumber": 10_000 + (at + 1) % length});
    let rows = (0..length).map(|at| json!({"user": {"userId": id(at)}, "data": forward(at)}));
    let always = of_group("/users/call-forwarding-always/bulk");
    snapshot.replies.insert(always.key(), Reply::Ok(Value::Array(rows.collect())));
    let request = of_group(endpoints::USERS).with("extended", "True");
    snapshot.replies.insert(request.key(), Reply::Ok(Value::Array(users)));
    snapshot
}

#[test]
fn fault_10_a_long_chain_needs_no_deep_stack() {
    let group = read(&chain(3_000));
    let small = std::thread::Builder::new().stack_size(128 * 1024);
    let walk = move || (group.flow(Entity::User(0)).nodes.len(), group);
    let (nodes, _) = small.spawn(walk).unwrap().join().unwrap();
    assert_eq!(nodes, 3_000);
}

#[test]
fn fault_11_numbers_may_be_integers() {
    let mut snapshot = snapshot();
    let hunt_group = of(endpoints::HUNT_GROUPS, "hg1");
    body(&mut snapshot, &hunt_group)["forwardToPhoneNumber"] = json!(5000);
    body(&mut snapshot, &hunt_group)["notReachableForwardToPhoneNumber"] = json!(2005.0);
    let users = of_group(endpoints::USERS).with("extended", "True");
    body(&mut snapshot, &users)[0]["extension"] = json!("0042");
    body(&mut snapshot, &users)[1]["extension"] = json!(42);
    let group = read(&snapshot);
    let flow = group.flow(SALES);
    let sales = "/hunt-groups/hg1@pbx.example";
    assert_eq!(
        (to(&flow, sales, "NACF"), to(&flow, sales, "CFNR")),
        ("/call-centers/cc1@pbx.example", "/users/u5@pbx.example")
    );
    assert_eq!(group.find("0042", None, None).only(), Some(Entity::User(0)));
    assert_eq!(group.find("42", None, None).only(), Some(Entity::User(1)));
}

#[test]
fn fault_13_a_failed_request_is_told_and_marked() {
    let mut snapshot = snapshot();
    let request = of(endpoints::CALL_CENTER_OVERFLOW, "cc1");
    let failed = Reply::Failed { status: Some(500), reason: "server error".to_owned() };
    snapshot.replies.insert(request.key(), failed);
    let group = read(&snapshot);
    let told = group.warnings.iter().find(|issue| issue.code == "BW1001").unwrap();
    assert_eq!(told.message, "overflow of call centre `Support` could not be read (500): server error");
    assert_eq!(told.place.pointer, "/call-centers/cc1@pbx.example");
    let flow = group.flow(SUPPORT);
    assert!(node(&flow, "/call-centers/cc1@pbx.example").words.as_ref().unwrap().faulty);
}

#[test]
fn fault_15_forced_forwarding_shows_that_agents_never_ring() {
    let mut snapshot = snapshot();
    let request = of(endpoints::CALL_CENTER_FORCED_FORWARDING, "cc1");
    *body(&mut snapshot, &request) = json!({"enabled": true, "forwardToPhoneNumber": "07700900123"});
    let flow = read(&snapshot).flow(SUPPORT);
    let support = "/call-centers/cc1@pbx.example";
    assert_eq!(to(&flow, support, "forced_forwarding"), "/external/+447700900123");
    assert_eq!(lines(&flow, support)[0], "Forced forwarding is ON: agents are never rung");
}

#[test]
fn fault_16_what_is_switched_off_says_so() {
    let mut snapshot = snapshot();
    body(&mut snapshot, &of_group(endpoints::HUNT_GROUPS))[0]["isActive"] = json!(false);
    let flow = read(&snapshot).flow(MAIN);
    let words = node(&flow, "/hunt-groups/hg1@pbx.example").words.as_ref().unwrap();
    assert!(words.disabled);
    assert_eq!(words.lines[0], "Switched off: takes no calls");
}

#[test]
fn fault_19_one_number_outside_is_one_node() {
    let flow = group().flow(MAIN);
    let outside = flow.nodes.iter().position(|node| node.pointer == "/external/+447700900123").unwrap();
    let leading =
        flow.nodes.iter().flat_map(|node| node.exits.values()).filter(|to| to.0 as usize == outside);
    assert_eq!(leading.count(), 2);
}

#[test]
fn fault_20_other_groups_are_named_when_a_search_found_them() {
    let mut snapshot = snapshot();
    let hunt_group = of(endpoints::HUNT_GROUPS, "hg1");
    body(&mut snapshot, &hunt_group)["forwardToPhoneNumber"] = json!("02079460999");
    body(&mut snapshot, &hunt_group)["notReachableForwardToPhoneNumber"] = json!("2099");
    snapshot.insert(
        endpoints::SYSTEM_DN_SEARCH,
        &[("dn", "2079460999")],
        Reply::Ok(json!([{"phoneNumbers": "+44-2079460999", "userId": "q1@pbx.example", "firstName": "Quay", "lastName": "Desk",
            "extension": "7001", "userType": "Hunt Group", "serviceProviderId": "acme", "groupId": "quay"}])),
    );
    let flow = read(&snapshot).flow(SALES);
    let sales = "/hunt-groups/hg1@pbx.example";
    let other = node(&flow, to(&flow, sales, "NACF")).words.as_ref().unwrap();
    assert_eq!(
        (other.kind.as_str(), other.caption.as_str(), other.title.as_str()),
        ("external", "Hunt Group", "Quay Desk")
    );
    assert_eq!(other.lines, ["Group quay"]);
    let unknown = node(&flow, to(&flow, sales, "CFNR")).words.as_ref().unwrap();
    assert_eq!((unknown.caption.as_str(), unknown.faulty), ("Unknown extension", true));
}

#[test]
fn services_of_virtual_users_are_ways_too() {
    let mut snapshot = snapshot();
    let settings = Request::of_user(endpoints::SERVICE_SETTINGS, "hg1@pbx.example");
    *body(&mut snapshot, &settings) = json!({"userId": "hg1@pbx.example", "Advice Of Charge": {"isActive": false},
        "CallForwardingSelective": {"isActive": true, "defaultForwardToPhoneNumber": "*55*4000", "criteria": [
            {"isActive": true, "criteriaName": "Closed", "timeSchedule": "Evenings", "callsFrom": ["All calls"], "forwardTo": null},
            {"isActive": true, "criteriaName": "Friends", "blacklisted": true, "forwardTo": "2001"}]},
        "Voice Messaging User": {"isActive": true}});
    let flow = read(&snapshot).flow(SALES);
    let sales = "/hunt-groups/hg1@pbx.example";
    let exits: Vec<&String> = node(&flow, sales).exits.keys().collect();
    assert_eq!(exits, ["CFS:Closed", "NACF", "CFNR", "voicemail"]);
    assert_eq!(to(&flow, sales, "CFS:Closed"), "/hunt-groups/hg1@pbx.example/voicemail");
    let words = node(&flow, sales).words.as_ref().unwrap();
    assert_eq!(
        (words.exits["CFS:Closed"].as_str(), words.exits["voicemail"].as_str()),
        ("Closed: in schedule Evenings", "busy")
    );
}

#[test]
fn ringing_elsewhere_and_voicemail_are_ways() {
    let mut snapshot = snapshot();
    let user = |data: Value| Reply::Ok(json!([{"user": {"userId": "u3@pbx.example"}, "data": data}]));
    let numbers = json!(["2001", {"phoneNumber": 7_700_900_125_u64}]);
    snapshot.replies.insert(
        of_group("/users/simultaneous-ring-personal/bulk").key(),
        user(json!({"isActive": true, "simultaneousRingNumbers": numbers})),
    );
    snapshot.replies.insert(
        of_group("/users/sequential-ring/bulk").key(),
        user(json!({"ringBaseLocationFirst": true, "baseLocationNumberOfRings": 2, "location01": {"phoneNumber": "2002", "numberOfRings": 3},
            "criteria": [{"isActive": true, "criteriaName": "All"}]})),
    );
    snapshot.replies.insert(
        of_group("/users/voice-messaging/bulk").key(),
        user(json!({"isActive": true, "noAnswerNumberOfRings": 6})),
    );
    let group = read(&snapshot);
    assert_eq!(codes(&group), Vec::<&str>::new());
    let flow = group.flow(Entity::User(2));
    let of_cara: Vec<String> =
        edges(&flow).into_iter().filter(|edge| edge.starts_with("/users/u3@pbx.example |")).collect();
    assert_eq!(
        of_cara,
        [
            "/users/u3@pbx.example | sim_ring | rings at the same time | /users/u1@pbx.example",
            "/users/u3@pbx.example | sim_ring:2 | rings at the same time | /external/+447700900125",
            "/users/u3@pbx.example | seq_ring | rings next, 3 rings | /users/u2@pbx.example",
            "/users/u3@pbx.example | voicemail | busy or no answer, 6 rings | /users/u3@pbx.example/voicemail",
        ]
    );
    assert_eq!(lines(&flow, "/users/u3@pbx.example"), ["Own telephone first, 2 rings"]);
}

#[test]
fn every_action_of_a_key_is_known() {
    let mut snapshot = snapshot();
    let request = of(endpoints::AUTO_ATTENDANTS, "aa1");
    let actions = [
        "Transfer With Prompt",
        "Transfer Without Prompt",
        "Transfer To Operator",
        "Name Dialing",
        "Extension Dialing",
        "Repeat Menu",
        "Exit",
        "Transfer To Mailbox",
        "Transfer To Submenu",
        "Return to Previous Menu",
        "Play Announcement",
        "Sing A Song",
    ];
    let keys = actions.iter().zip(["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"]);
    let keys = keys.map(
        |(action, key)| json!({"key": key, "action": action, "phoneNumber": "2001", "submenuId": "Depts"}),
    );
    body(&mut snapshot, &request)["businessHoursMenu"]["keys"] = keys.collect();
    let group = read(&snapshot);
    assert_eq!(group.warnings.iter().filter(|issue| issue.code == "BW1006").count(), 1);
    let flow = group.flow(MAIN);
    let menu = "/auto-attendants/aa1@pbx.example/business-hours";
    let kinds: Vec<String> = node(&flow, menu)
        .exits
        .iter()
        .map(|(key, id)| format!("{key} {}", flow.node(*id).unwrap().words.as_ref().unwrap().kind))
        .collect();
    assert_eq!(
        kinds,
        ["1 user", "2 user", "3 user", "7 end", "8 voicemail", "9 menu", "* announcement", "# user"]
    );
    assert_eq!(
        lines(&flow, menu)[1..],
        ["4 dial by name", "5 dial an extension", "6 hear the menu again", "0 back to the previous menu"]
    );
    let outside: Vec<String> = super::group().outside_numbers().into_iter().collect();
    assert_eq!(outside, ["+442079460999", "+447700900123", "+447700900124"]);
}

#[test]
fn an_empty_or_odd_reply_is_told_and_hours_are_not_guessed() {
    let mut snapshot = snapshot();
    let events = Request::of_schedule("acme", "harbour", "Office", "Time");
    *body(&mut snapshot, &events) = json!({"error": "none"});
    *body(&mut snapshot, &of(endpoints::HUNT_GROUPS, "hg1")) = Value::Null;
    let group = read(&snapshot);
    assert_eq!(codes(&group).iter().filter(|code| **code == "BW1004").count(), 2);
    let flow = group.flow(MAIN);
    assert!(node(&flow, "/hunt-groups/hg1@pbx.example").words.as_ref().unwrap().faulty);
    assert_eq!(lines(&flow, "/auto-attendants/aa1@pbx.example")[0], "Business hours: Office");
}

#[test]
fn everything_that_cannot_be_read_is_told_with_its_place() {
    let attendant = of(endpoints::AUTO_ATTENDANTS, "aa1");
    let users = of_group(endpoints::USERS).with("extended", "True");
    let events = Request::of_schedule("acme", "harbour", "Office", "Time");
    let hunt_groups = of_group(endpoints::HUNT_GROUPS);
    let night = of(endpoints::CALL_CENTER_NIGHT_SERVICE, "cc1");
    let table = [
        (&users, "/2/extension", json!(["2003"]), "BW1004", "/users/u3@pbx.example/extension"),
        (&users, "/2/userId", Value::Null, "BW1005", "/users/2"),
        (&users, "/2/userId", json!("u1@pbx.example"), "BW1005", "/users/u1@pbx.example"),
        (&hunt_groups, "/0", json!("x"), "BW1005", "/hunt-groups/0"),
        (
            &attendant,
            "/businessHoursMenu/keys/0/action",
            json!("Sing"),
            "BW1006",
            "/auto-attendants/aa1@pbx.example/businessHoursMenu/keys/0/action",
        ),
        (
            &attendant,
            "/businessHoursMenu/keys/1/key",
            json!("1"),
            "BW1005",
            "/auto-attendants/aa1@pbx.example/businessHoursMenu/keys/1",
        ),
        (
            &attendant,
            "/businessHoursMenu/keys",
            json!("x"),
            "BW1004",
            "/auto-attendants/aa1@pbx.example/businessHoursMenu/keys",
        ),
        (
            &attendant,
            "/serviceInstanceProfile/timeZone",
            json!("Mars/Base"),
            "BW1009",
            "/auto-attendants/aa1@pbx.example/serviceInstanceProfile/timeZone",
        ),
        (
            &night,
            "/transferPhoneNumber",
            Value::Null,
            "BW1007",
            "/call-centers/cc1@pbx.example/transferPhoneNumber",
        ),
        (&events, "/0/rrule", json!("RRULE:FREQ=HOURLY"), "BW1008", "/schedules/Office"),
        (&events, "/1/endTime", json!("soon"), "BW1008", "/schedules/Office"),
    ];
    for (request, pointer, value, code, place) in table {
        let mut snapshot = snapshot();
        *body(&mut snapshot, request).pointer_mut(pointer).unwrap() = value.clone();
        let group = read(&snapshot);
        let told: Vec<(&str, &str)> = group
            .warnings
            .iter()
            .filter(|issue| issue.code != "BW1002")
            .map(|issue| (issue.code.as_ref(), issue.place.pointer.as_str()))
            .collect();
        assert_eq!(told.first(), Some(&(code, place)), "{pointer} {value}: {:#?}", group.warnings);
    }
    let nothing = Group::read(&Snapshot::default(), &Options::default());
    assert!(codes(&nothing).iter().all(|code| *code == "BW1003") && codes(&nothing).len() > 10);
}

#[test]
fn a_queue_may_lead_to_night_service_and_be_left_by_a_digit() {
    let mut snapshot = snapshot();
    let part = |path| of(path, "cc1");
    body(&mut snapshot, &part(endpoints::CALL_CENTER_STRANDED))["action"] = json!("Night Service");
    *body(&mut snapshot, &part(endpoints::CALL_CENTER_OVERFLOW)) =
        json!({"action": "Perform Busy Treatment", "overflowAfterTimeout": false, "timeoutSeconds": 45});
    *body(&mut snapshot, &part(endpoints::CALL_CENTER_BOUNCED)) = json!({"isActive": true, "numberOfRingsBeforeBouncingCall": 5, "enableTransfer": false, "transferPhoneNumber": "3000"});
    let settings = Request::of_user(endpoints::SERVICE_SETTINGS, "cc1@pbx.example");
    *body(&mut snapshot, &settings) =
        json!({"Call Forwarding Busy": {"isActive": true, "forwardToPhoneNumber": "2006"}});
    let flow = read(&snapshot).flow(SUPPORT);
    let support = "/call-centers/cc1@pbx.example";
    let exits: Vec<&String> = node(&flow, support).exits.keys().collect();
    assert_eq!(exits, ["holiday_service", "night_service", "escape", "SCF", "CFB"]);
    assert_eq!(to(&flow, support, "SCF"), "/users/u5@pbx.example/voicemail");
    assert_eq!(to(&flow, support, "escape"), "/users/u6@pbx.example");
    let told = lines(&flow, support);
    assert!(told.contains(&"Queue full: busy tone".to_owned()), "{told:#?}");
    assert!(told.contains(&"Unanswered after 5 rings: back into the queue".to_owned()), "{told:#?}");
    assert!(told.contains(&"Also +44-2079460151, 5001 Spare parts".to_owned()), "{told:#?}");
}
