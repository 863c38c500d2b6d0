//! One row per fault the checks know, and accounts that have none.

use serde_json::{Value, json};

use super::check_account;
use crate::account::{AccountIndex, Document};

/// The moment of all checks here.
const NOW: &str = "2026-01-14T12:00:00Z";

fn document(id: &str, kind: &str, mut body: Value) -> Document {
    body["id"] = json!(id);
    Document { id: id.into(), kind: kind.into(), version: 1, revision: String::new(), body }
}

/// Code, document, pointer of every issue of an account with these documents and a callflow `main` with this flow.
fn faults(flow: Value, mut documents: Vec<Document>) -> Vec<(String, String, String)> {
    documents.push(document("main", "callflow", json!({"numbers": ["1000"], "flow": flow})));
    told(documents)
}

fn told(documents: Vec<Document>) -> Vec<(String, String, String)> {
    let (index, issues) = AccountIndex::build(document("acc", "account", json!({})), documents);
    assert_eq!(issues, []);
    check_account(&index, NOW.parse().unwrap())
        .into_iter()
        .map(|issue| (issue.code.into_owned(), issue.place.document.unwrap(), issue.place.pointer))
        .collect()
}

fn fault(code: &str, document: &str, pointer: &str) -> (String, String, String) {
    (code.into(), document.into(), pointer.into())
}

#[test]
fn a_sound_account_has_no_issues() {
    let documents = vec![
        document("ann", "user", json!({"directories": {"dir": "main"}})),
        document("desk", "device", json!({"owner_id": "ann", "sip": {"username": "desk"}})),
        document("box", "vmbox", json!({"owner_id": "ann", "media": {"unavailable": "hello"}})),
        document("hello", "media", json!({})),
        document("dir", "directory", json!({})),
        document("menu", "menu", json!({"media": {"greeting": "hello", "exit_media": false}})),
        document("open", "temporal_rule", json!({"cycle": "daily", "time_window_stop": 43_200})),
        document("late", "temporal_rule", json!({"cycle": "daily", "time_window_start": 43_200})),
        document("days", "temporal_rule_set", json!({"temporal_rules": ["open", "late"]})),
        document("team", "group", json!({"endpoints": {"ann": {"type": "user"}}})),
    ];
    let flow = json!({"module": "temporal_route", "data": {"rules": ["open"], "rule_set": "days"}, "children": {
        "open": {"module": "menu", "data": {"id": "menu"}, "children": {
            "1": {"module": "ring_group", "data": {"endpoints": [
                {"id": "desk"}, {"id": "ann", "endpoint_type": "user"}, {"id": "team", "endpoint_type": "group"}]},
                "children": {
                    "USER_BUSY": {"module": "play", "data": {"id": "tone_stream://busy"}},
                    "sip:486": {"module": "play", "data": {"id": "hello"}},
                    "_": {"module": "voicemail", "data": {"id": "box"}}}},
            "*0": {"module": "directory", "data": {"id": "dir"}},
            "timeout": {"module": "hangup", "children": {"_": {}}}}},
        "rule_set": {"module": "vendor_thing", "children": {"anything": {"module": "hangup"}}},
        "_": {"module": "hangup"}}});
    assert_eq!(faults(flow, documents), []);
}

#[test]
fn ids_that_name_nothing_or_the_wrong_thing() {
    let ann = || document("ann", "user", json!({}));
    let table = [
        (json!({"module": "callflow", "data": {"id": "gone"}}), "CK1001", "/flow/data/id"),
        (json!({"module": "play", "data": {"id": "gone"}}), "CK1001", "/flow/data/id"),
        (
            json!({"module": "eavesdrop", "data": {"approved_user_id": "gone"}}),
            "CK1001",
            "/flow/data/approved_user_id",
        ),
        (
            json!({"module": "page_group", "data": {"endpoints": [{"id": "gone"}]}}),
            "CK1001",
            "/flow/data/endpoints/0/id",
        ),
        (json!({"module": "voicemail", "data": {"id": "ann"}}), "CK1002", "/flow/data/id"),
        (json!({"module": "temporal_route", "data": {"rules": ["gone"]}}), "CK1003", "/flow/data/rules/0"),
        (json!({"module": "temporal_route", "data": {"rule_set": "gone"}}), "CK1003", "/flow/data/rule_set"),
        (
            json!({"module": "temporal_route", "children": {"gone": {"module": "hangup"}}}),
            "CK1003",
            "/flow/children/gone",
        ),
    ];
    for (flow, code, pointer) in table {
        assert_eq!(faults(flow.clone(), vec![ann()]), [fault(code, "main", pointer)], "{flow}");
    }
    assert_eq!(faults(json!({"module": "play", "data": {"id": "gone", "skip_module": true}}), vec![]), []);
    assert_eq!(
        faults(
            json!({}),
            vec![
                document("d", "device", json!({"owner_id": "gone", "hotdesk": {"users": {"ghost": {}}}})),
                document("s", "temporal_rule_set", json!({"temporal_rules": ["gone"]})),
                document(
                    "u",
                    "user",
                    json!({"directories": {"none": "main"}, "music_on_hold": {"media_id": "gone"}})
                ),
            ]
        ),
        [
            fault("CK1001", "d", "/owner_id"),
            fault("CK1001", "d", "/hotdesk/users/ghost"),
            fault("CK1001", "s", "/temporal_rules/0"),
            fault("CK1001", "u", "/music_on_hold/media_id"),
            fault("CK1001", "u", "/directories/none"),
        ]
    );
}

#[test]
fn exits_that_are_never_taken() {
    let end = || json!({"module": "hangup"});
    let table = [
        ("menu", json!({"#": end(), "1": end()}), "/flow/children/#"),
        ("menu", json!({"one": end()}), "/flow/children/one"),
        ("menu", json!({"12345": end()}), "/flow/children/12345"),
        ("play", json!({"1": end(), "_": end()}), "/flow/children/1"),
        ("hangup", json!({"_": end()}), "/flow/children/_"),
        ("resources", json!({"_": end(), "NO_ROUTE": end()}), "/flow/children/_"),
        ("device", json!({"busy": end(), "_": end()}), "/flow/children/busy"),
        ("fax_detect", json!({"fax": end(), "ON_FAX": end(), "ON_VOICE": end()}), "/flow/children/fax"),
        ("nomorobo", json!({"ten": end()}), "/flow/children/ten"),
    ];
    for (module, children, pointer) in table {
        let flow = json!({"module": module, "children": children});
        assert_eq!(faults(flow.clone(), vec![]), [fault("CK1101", "main", pointer)], "{flow}");
    }
    let long = document("m", "menu", json!({"max_extension_length": 5}));
    let flow = json!({"module": "menu", "data": {"id": "m"}, "children": {"12345": end()}});
    assert_eq!(faults(flow, vec![long]), []);
}

#[test]
fn ringing_without_a_way_on() {
    for module in ["device", "user", "ring_group", "group"] {
        let flow = json!({"module": module, "children": {"_": {}}});
        assert_eq!(faults(flow, vec![]), [fault("CK1102", "main", "/flow")], "{module}");
    }
}

#[test]
fn callflows_that_go_round() {
    let to = |id: &str, flow: Value| document(id, "callflow", json!({"numbers": [id], "flow": flow}));
    let enter = |id: &str| json!({"module": "callflow", "data": {"id": id}});
    let through = |module: &str, next: Value| json!({"module": module, "children": {"_": next}});
    assert_eq!(told(vec![to("a", enter("a"))]), [fault("CK1201", "a", "/flow")]);
    assert_eq!(
        told(vec![to("a", enter("b")), to("b", through("answer", enter("c"))), to("c", enter("b"))]),
        [fault("CK1201", "c", "/flow")]
    );
    let asking = json!({"module": "menu", "children": {"1": enter("a")}});
    assert_eq!(told(vec![to("a", enter("b")), to("b", asking)]), []);
    assert_eq!(told(vec![to("a", through("callflow", enter("b"))), to("b", json!({}))]), []);
}

#[test]
fn numbers_and_patterns_claimed_twice_or_in_vain() {
    let of = |id: &str, numbers: Value, patterns: Value| {
        document(id, "callflow", json!({"numbers": numbers, "patterns": patterns, "flow": {}}))
    };
    assert_eq!(
        told(vec![
            of("a", json!(["1000", "*56"]), json!([])),
            of("b", json!(["1000"]), json!([r"^\*5(\d*)$", "^9$"])),
            of("c", json!([]), json!(["^9$", "^100(0)$", "^(1000|2000)$"])),
        ]),
        [
            fault("CK1301", "b", "/numbers/0"),
            fault("CK1303", "b", "/patterns/0"),
            fault("CK1302", "c", "/patterns/0"),
            fault("CK1304", "c", "/patterns/1"),
            fault("CK1303", "c", "/patterns/2"),
        ]
    );
}

#[test]
fn what_control_plans_refer_to_must_be_there() {
    let announcement = |entry: &str| json!({"announcement": {"set": "Default", "entry": entry}});
    let plan = json!({"name": "Plan", "flow": {
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": "PlayAnnouncement", "exits": [3], "config": announcement("Welcome")},
        "3": {"id": 3, "type": "PlayAnnouncement", "exits": [4], "config": announcement("Nowhere")},
        "4": {"id": 4, "type": "FirstCallers", "exits": [], "config": {"counter": "votes", "limit": 1}}}});
    let documents = vec![
        document("plan", "n2fe_flow", plan),
        document(
            "set",
            "n2fe_announcement_set",
            json!({"name": "Default", "entries": [{"name": "Welcome"}]}),
        ),
        document("sn", "n2fe_service_number", json!({"number": "0800", "control_plan": "plan"})),
        document(
            "sn2",
            "n2fe_service_number",
            json!({"number": "0801", "schedules": [{"control_plan": "gone"}]}),
        ),
    ];
    assert_eq!(
        told(documents),
        [
            fault("CK1001", "plan", "/3/config/announcement"),
            fault("CK1001", "plan", "/4/config/counter"),
            fault("CK1001", "sn2", ""),
        ]
    );
}
