//! Plans and the callflows they become.

use super::*;

fn folder(documents: Vec<(&str, Value)>) -> Folder {
    let documents = documents
        .into_iter()
        .map(|(kind, body)| Document {
            id: body["id"].as_str().unwrap().to_owned(),
            kind: kind.to_owned(),
            version: 1,
            revision: String::new(),
            body,
        })
        .collect();
    let account = Document {
        id: "acme".into(),
        kind: "account".into(),
        body: json!({"id": "acme"}),
        ..Document::default()
    };
    Folder { account, documents, ..Folder::default() }
}

fn convert(plan: Value) -> (Value, Converted) {
    let folder = folder(vec![
        (service::PLAN, json!({"id": "p", "name": "main", "flow": plan})),
        (service::SERVICE_NUMBER, json!({"id": "n", "number": "0800123", "control_plan": "p"})),
        (
            service::ANNOUNCEMENT_SET,
            json!({"id": "s", "name": "S", "entries": [
            {"name": "hello", "media": "m1"}, {"name": "said", "text": "Hello"}]}),
        ),
        (
            "callflow",
            json!({"id": "c", "numbers": ["101"], "flow": {"module": "user", "data": {"id": "u"}, "children": {}}}),
        ),
    ]);
    let converted = to_kazoo(&folder, "2026-01-01T00:00:00Z".parse().unwrap());
    let made = converted.folder.documents.iter().find(|one| one.id == "p").unwrap().body.clone();
    (made, converted)
}

#[test]
fn a_plan_becomes_a_callflow_with_its_service_numbers() {
    let (made, converted) = convert(json!({
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": "PlayAnnouncement", "exits": [3],
              "config": {"announcement": {"set": "S", "entry": "hello", "repetition": 1}}},
        "3": {"id": 3, "type": "AttemptTerminate", "exits": [4], "config": {"destinations": [
            {"address": "101", "timeout_seconds": 15}, {"address": "6493581140"}]}},
        "4": {"id": 4, "type": "ReleaseCall", "exits": [], "config": {"cause": 17}}}));
    assert_eq!(made["numbers"], json!(["0800123"]));
    let play = &made["flow"];
    assert_eq!((&play["module"], &play["data"]["id"]), (&json!("play"), &json!("m1")));
    let user = &play["children"]["_"];
    assert_eq!((&user["module"], &user["data"]), (&json!("user"), &json!({"id": "u", "timeout": 15})));
    let flow_of = |id: &Value| {
        let found = converted.folder.documents.iter().find(|one| Some(one.id.as_str()) == id.as_str());
        found.unwrap().body["flow"].clone()
    };
    let carrier = flow_of(&user["children"]["USER_BUSY"]["data"]["id"]);
    assert_eq!(
        (&carrier["module"], &carrier["data"]["to_did"]),
        (&json!("resources"), &json!("+6493581140"))
    );
    let part = flow_of(&carrier["children"]["NO_ANSWER"]["data"]["id"]);
    assert_eq!(part["data"]["code"], 486);
    assert_eq!(converted.not_carried, []);
    assert!(converted.folder.documents.iter().any(|one| one.id == "c"), "everything else stays");
    assert!(!converted.folder.documents.iter().any(|one| one.kind.starts_with("n2fe_")));
}

#[test]
fn loops_end_and_checks_refuse() {
    let (made, converted) = convert(json!({
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": "LoopLimit", "exits": [2, 3], "config": {"loop_limit": 3}},
        "3": {"id": 3, "type": "PinAuthorisation", "exits": [null, null], "config": {}}}));
    assert_eq!(made["flow"]["module"], "callflow");
    let told = converted.report();
    assert!(told.contains("(LoopLimit 2): calls take its first exit"), "{told}");
    assert!(converted.folder.documents.len() > 2);
    let (made, converted) = convert(json!({
        "1": {"id": 1, "type": "Start", "exits": [3]},
        "3": {"id": 3, "type": "PinAuthorisation", "exits": [null, null], "config": {}}}));
    assert_eq!(made["flow"]["data"]["code"], 603);
    assert_eq!(converted.not_carried.len(), 1);
}

#[test]
fn long_plans_become_callflows_that_can_be_read() {
    let play = |number: usize| {
        let config = json!({"announcement": {"set": "S", "entry": "hello", "repetition": 3}});
        json!({"id": number, "type": "PlayAnnouncement", "exits": [number + 1], "config": config})
    };
    let destinations: Vec<Value> = (0..100).map(|at| json!({"address": format!("64935{at:04}")})).collect();
    let mut plan: Object = (2..500).map(|number| (number.to_string(), play(number))).collect();
    plan.insert("1".to_owned(), json!({"id": 1, "type": "Start", "exits": [2]}));
    plan.insert(
        "500".to_owned(),
        json!({"id": 500, "type": "AttemptTerminate", "exits": [2],
        "config": {"destinations": destinations}}),
    );
    let (_, converted) = convert(Value::Object(plan));
    for document in converted.folder.documents.iter().filter(|one| one.kind == "callflow") {
        let text = document.body.to_string();
        let read: Value = serde_json::from_str(&text).unwrap();
        let (_, issues) = crate::kazoo::read(&read);
        assert!(issues.iter().all(|issue| issue.level != crate::issue::Level::Error), "{issues:?}");
    }
    assert!(converted.folder.documents.len() > 150);
}

#[test]
fn menus_callers_and_hours_branch() {
    let menu = json!({"set": "S", "entry": "hello", "repetition": 1});
    let (made, converted) = convert(json!({
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": "BusinessHours", "exits": [3, 5], "config": {"default_exit_idx": 1, "rules": [
            {"days": "dow", "start_day": 1, "end_day": 5, "start_time": "09:00", "end_time": "17:30", "exit_idx": 0}]}},
        "3": {"id": 3, "type": "Menu", "exits": [4, null], "config": {"main_announcement": menu,
            "timeout_announcement": menu, "bad_digit_announcement": menu}},
        "4": {"id": 4, "type": "ReleaseCall", "exits": [], "config": {"cause": 16}},
        "5": {"id": 5, "type": "CallingParty", "exits": [6, 7], "config": {"rules": [{"prefix": "64", "exit_idx": 1}]}},
        "6": {"id": 6, "type": "ReleaseCall", "exits": [], "config": {"cause": 21}},
        "7": {"id": 7, "type": "ReleaseCall", "exits": [], "config": {"cause": 1}}}));
    let route = &made["flow"];
    let rule = route["data"]["rules"][0].as_str().unwrap();
    let document = converted.folder.documents.iter().find(|one| one.id == rule).unwrap();
    assert_eq!(document.body["wdays"], json!(["monday", "tuesday", "wednesday", "thursday", "friday"]));
    assert_eq!(
        (&document.body["time_window_start"], &document.body["time_window_stop"]),
        (&json!(32_400), &json!(62_999))
    );
    let menu = &route["children"][rule];
    assert_eq!((&menu["module"], &menu["children"]["0"]["module"]), (&json!("menu"), &json!("hangup")));
    let caller = &route["children"]["_"];
    assert_eq!(caller["data"]["regex"], "^\\+?64");
    assert_eq!(caller["children"]["match"]["data"]["code"], 404);
    assert_eq!(caller["children"]["nomatch"]["data"]["code"], 603);
    assert_eq!(converted.not_carried, []);
}
