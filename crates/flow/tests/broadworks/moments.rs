//! What calls can reach at a moment.

use flow::broadworks::endpoints::{self, Request};
use flow::broadworks::group::Entity;
use flow::broadworks::{Active, at};
use flow::graph::Flow;
use jiff::Zoned;
use serde_json::{Value, json};

use super::*;

fn moment(text: &str) -> Zoned {
    text.parse().unwrap()
}

fn open(flow: &Flow, active: &Active, pointer: &str) -> Vec<String> {
    let id = node(flow, pointer).id;
    active.exits.get(&id).into_iter().flatten().cloned().collect()
}

fn menus(group: &Group, text: &str) -> Vec<String> {
    let flow = group.flow(MAIN);
    open(&flow, &at(group, &flow, &moment(text)), "/auto-attendants/aa1@pbx.example")
}

#[test]
fn schedules_choose_the_menu_in_the_time_zone_of_the_attendant() {
    let group = group();
    for (text, menu) in [
        ("2024-05-02T09:00[Europe/London]", "business_hours"),
        ("2024-05-02T17:30[Europe/London]", "after_hours"),
        ("2024-05-04T10:30[Europe/London]", "business_hours"),
        ("2024-05-05T12:00[Europe/London]", "after_hours"),
        ("2024-12-25T12:00[Europe/London]", "holiday"),
        ("2026-12-26T23:59[Europe/London]", "holiday"),
        ("2024-06-03T12:00[Europe/London]", "holiday"),
        ("2025-06-03T12:00[Europe/London]", "business_hours"),
        // The clock goes forward on 31 March: the same hour in UTC is another one on the wall.
        ("2024-03-25T08:30[UTC]", "after_hours"),
        ("2024-04-01T08:30[UTC]", "business_hours"),
        // New York is four hours behind in these weeks, not five.
        ("2024-03-29T13:29[America/New_York]", "business_hours"),
        ("2024-03-29T13:30[America/New_York]", "after_hours"),
    ] {
        assert_eq!(menus(&group, text), [menu], "{text}");
    }
}

#[test]
fn only_what_follows_is_active() {
    let group = group();
    let flow = group.flow(MAIN);
    let active = at(&group, &flow, &moment("2024-05-02T20:00[Europe/London]"));
    let mut reached: Vec<&str> =
        active.nodes.iter().map(|id| flow.node(*id).unwrap().pointer.as_str()).collect();
    reached.sort_unstable();
    assert_eq!(
        reached,
        [
            "/auto-attendants/aa1@pbx.example",
            "/auto-attendants/aa1@pbx.example/after-hours",
            "/external/+447700900123",
            "/users/u1@pbx.example/voicemail",
        ]
    );
    assert_eq!(active.said, ["Main: after hours (outside Office)"]);
    assert!(active.is_open(node(&flow, "/auto-attendants/aa1@pbx.example/after-hours").id, "2"));
    assert_eq!(active.inactive_nodes(&flow).count() + active.nodes.len(), flow.nodes.len());
}

#[test]
fn a_call_centre_goes_by_holiday_then_night_then_the_switch_then_the_queue() {
    let mut snapshot = snapshot();
    let support = "/call-centers/cc1@pbx.example";
    let exits = |snapshot: &Snapshot, text: &str| {
        let group = read(snapshot);
        let flow = group.flow(SUPPORT);
        let active = at(&group, &flow, &moment(text));
        (open(&flow, &active, support), active.said.first().cloned().unwrap_or_default())
    };
    let noon = "2024-05-02T12:00[Europe/London]";
    let night = "2024-05-02T20:00[Europe/London]";
    let holiday = "2024-12-25T12:00[Europe/London]";
    assert_eq!(exits(&snapshot, noon).0, ["BCT", "OF", "SCF"]);
    let (ways, said) = exits(&snapshot, night);
    assert_eq!(
        (ways, said.as_str()),
        (vec!["night_service".to_owned()], "Support: night service (outside Office): transfer")
    );
    let (ways, said) = exits(&snapshot, holiday);
    assert_eq!(ways, ["holiday_service"]);
    assert_eq!(said, "Support: holiday service (Public holidays, Christmas): transfer");
    let forced = of(endpoints::CALL_CENTER_FORCED_FORWARDING, "cc1");
    *body(&mut snapshot, &forced) = json!({"enabled": true, "forwardToPhoneNumber": "2001"});
    assert_eq!(exits(&snapshot, noon).0, ["forced_forwarding"]);
    assert_eq!(exits(&snapshot, night).0, ["night_service"]);
    let service = of(endpoints::CALL_CENTER_NIGHT_SERVICE, "cc1");
    body(&mut snapshot, &service)["action"] = json!("Busy");
    let (ways, said) = exits(&snapshot, night);
    assert_eq!((ways.len(), said.as_str()), (0, "Support: night service (outside Office): busy tone"));
    body(&mut snapshot, &service)["businessHours"] = json!({"name": "Elsewhere"});
    assert_eq!(
        exits(&snapshot, noon).0,
        ["forced_forwarding"],
        "a schedule that is not known leaves both open"
    );
    body(&mut snapshot, &service)["forceNightService"] = json!(true);
    assert_eq!(exits(&snapshot, noon).1, "Support: night service (forced on): busy tone");
}

#[test]
fn selective_forwarding_with_a_schedule_takes_all_calls_then() {
    let mut snapshot = snapshot();
    let settings = Request::of_user(endpoints::SERVICE_SETTINGS, "hg1@pbx.example");
    let criterion = |name: &str, more: Value| {
        let mut criterion =
            json!({"isActive": true, "criteriaName": name, "timeSchedule": "Office", "forwardTo": "2001"});
        criterion.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        criterion
    };
    let mut exits = |criteria: Value, text: &str| {
        *body(&mut snapshot, &settings) =
            json!({"Call Forwarding Selective": {"isActive": true, "criteria": criteria}});
        let group = read(&snapshot);
        let flow = group.flow(SALES);
        open(&flow, &at(&group, &flow, &moment(text)), "/hunt-groups/hg1@pbx.example")
    };
    let (noon, night) = ("2024-05-02T12:00[Europe/London]", "2024-05-02T20:00[Europe/London]");
    let all = json!([criterion("Day", json!({"callsFrom": ["All calls"]}))]);
    assert_eq!(exits(all.clone(), noon), ["CFS:Day"]);
    assert_eq!(exits(all, night), ["CFNR", "NACF"]);
    let some = json!([criterion("VIP", json!({"callsFrom": ["+442079460777"]}))]);
    assert_eq!(exits(some, noon), ["CFNR", "CFS:VIP", "NACF"]);
    let kept = json!([
        criterion("Day", json!({})),
        criterion("Never", json!({"blacklisted": true, "timeSchedule": "Every Day All Day"}))
    ]);
    assert_eq!(exits(kept, noon), ["CFNR", "NACF"]);
}

#[test]
fn an_attendant_without_menus_or_schedules_says_so() {
    let mut snapshot = snapshot();
    let attendant = of(endpoints::AUTO_ATTENDANTS, "aa1");
    body(&mut snapshot, &attendant)["afterHoursMenu"] = Value::Null;
    let group = read(&snapshot);
    let flow = group.flow(MAIN);
    let active = at(&group, &flow, &moment("2024-05-02T20:00[Europe/London]"));
    assert_eq!(
        active.said[0],
        "Main: after hours (outside Office); no menu set, that of business hours is played"
    );
    assert_eq!(menus(&group, "2024-05-02T20:00[Europe/London]"), ["business_hours"]);
    let mut snapshot = super::snapshot();
    body(&mut snapshot, &attendant).as_object_mut().unwrap().remove("businessHours");
    let group = read(&snapshot);
    assert_eq!(menus(&group, "2024-05-02T20:00[Europe/London]"), ["after_hours", "business_hours"]);
}

#[test]
fn what_is_switched_off_or_busy_stops_calls() {
    let mut snapshot = snapshot();
    let noon = moment("2024-05-02T12:00[Europe/London]");
    let hunt_group = of(endpoints::HUNT_GROUPS, "hg1");
    body(&mut snapshot, &hunt_group)["enableGroupBusy"] = json!(true);
    let group = read(&snapshot);
    let flow = group.flow(SALES);
    let active = at(&group, &flow, &noon);
    assert_eq!((active.nodes.len(), active.said), (1, vec!["Sales: group busy is on".to_owned()]));
    body(&mut snapshot, &of_group(endpoints::HUNT_GROUPS))[0]["isActive"] = json!(false);
    let group = read(&snapshot);
    let active = at(&group, &flow, &noon);
    assert_eq!((active.nodes.len(), active.said), (1, vec!["Sales: switched off".to_owned()]));
    assert_eq!(at(&group, &Flow::default(), &noon), Active::default());
    assert_eq!(group.zone_of(Entity::User(0)), Some("Europe/London"), "that of most of the group's services");
}
