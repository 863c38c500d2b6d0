//! Callflows and the plans they become.

use super::*;
use crate::n2fe;

fn convert(documents: Value) -> Converted {
    let documents = documents
        .as_array()
        .unwrap()
        .iter()
        .map(|body| Document {
            id: body["id"].as_str().unwrap().to_owned(),
            kind: body["kind"].as_str().unwrap().to_owned(),
            version: 1,
            revision: String::new(),
            body: body.clone(),
        })
        .collect();
    let account = Document {
        id: "acme".into(),
        kind: "account".into(),
        body: json!({"id": "acme"}),
        ..Document::default()
    };
    to_n2fe(&Folder { account, documents, ..Folder::default() })
}

fn plan<'c>(converted: &'c Converted, name: &str) -> &'c Value {
    let found =
        converted.folder.documents.iter().find(|one| one.kind == service::PLAN && one.body["name"] == name);
    &found.unwrap().body["flow"]
}

#[test]
fn a_callflow_becomes_a_plan_on_its_numbers() {
    let converted = convert(json!([
        {"id": "a", "kind": "callflow", "name": "Alice", "numbers": ["101"],
         "flow": {"module": "user", "data": {"id": "u", "timeout": 15}, "children": {
            "_": {"module": "play", "data": {"id": "sorry"}, "children": {}}}}},
        {"id": "m", "kind": "callflow", "name": "Main", "numbers": ["+6480012345", "no_match"], "patterns": ["^9"],
         "flow": {"module": "answer", "data": {}, "children": {"_": {"module": "menu", "data": {"id": "menu"}, "children": {
            "1": {"module": "callflow", "data": {"id": "a"}, "children": {}},
            "2": {"module": "callflow", "data": {"id": "a"}, "children": {}},
            "_": {"module": "voicemail", "data": {}, "children": {}}}}}}},
        {"id": "menu", "kind": "menu", "media": {"greeting": "hello"}, "retries": 2}]));
    for one in converted.folder.documents.iter().filter(|one| one.kind == service::PLAN) {
        let faults: Vec<String> = n2fe::validate(&one.body["flow"]).iter().map(ToString::to_string).collect();
        assert_eq!(faults, Vec::<String>::new(), "{}", one.body);
    }
    let main = plan(&converted, "Main");
    assert_eq!(main["1"]["exits"], json!([2]));
    assert_eq!((&main["2"]["type"], &main["2"]["config"]["max_iterations"]), (&json!("Menu"), &json!(2)));
    assert_eq!(main["2"]["exits"][1], main["2"]["exits"][2], "what is entered twice is written once");
    let alice = main["2"]["exits"][1].to_string();
    assert_eq!(main[&alice]["config"]["destinations"], json!([{"address": "101", "timeout_seconds": 15}]));
    let numbers: Vec<&Value> = converted
        .folder
        .documents
        .iter()
        .filter(|one| one.kind == service::SERVICE_NUMBER)
        .map(|one| &one.body["number"])
        .collect();
    assert_eq!(numbers, ["101", "+6480012345"]);
    let told = converted.report();
    assert!(told.contains("the action voicemail: the call ends there"), "{told}");
    assert!(told.contains("patterns: only whole numbers"), "{told}");
    assert!(!converted.folder.documents.iter().any(|one| one.kind == "callflow"));
}

#[test]
fn hours_are_carried_and_circles_end() {
    let converted = convert(json!([
        {"id": "c", "kind": "callflow", "name": "C", "numbers": ["300"],
         "flow": {"module": "temporal_route", "data": {"rules": ["open", "xmas"], "timezone": "Europe/Berlin"}, "children": {
            "open": {"module": "callflow", "data": {"id": "c"}, "children": {}},
            "xmas": {"module": "hangup", "data": {}, "children": {}},
            "_": {"module": "response", "data": {"code": 486}, "children": {}}}}},
        {"id": "open", "kind": "temporal_rule", "cycle": "weekly", "wdays": ["monday", "wensday"],
         "time_window_start": 32400, "time_window_stop": 62999},
        {"id": "xmas", "kind": "temporal_rule", "name": "Christmas", "cycle": "yearly", "month": 12, "days": [25]}]));
    let made = plan(&converted, "C");
    assert_eq!(made["2"]["type"], "BusinessHours");
    assert_eq!(
        made["2"]["config"]["rules"][1],
        json!({"days": "dow", "start_day": 3, "end_day": 3,
        "start_time": "09:00", "end_time": "17:30", "exit_idx": 1})
    );
    assert_eq!(made["2"]["exits"], json!([3, 2]), "the circle leads back");
    assert_eq!(made["3"]["config"]["cause"], 17);
    assert!(converted.report().contains("the time rule Christmas"));
}
