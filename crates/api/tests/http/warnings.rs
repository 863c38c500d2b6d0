//! What saving answers beside the document: the findings of the checks, as `warnings` of the envelope.

use serde_json::{Value, json};

use crate::world::{HOME, World};

fn codes(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let warnings = answer["warnings"].as_array().cloned().unwrap_or_default();
    warnings.iter().map(|issue| (text(&issue["code"]), text(&issue["place"]["pointer"]))).collect()
}

fn found(code: &str, pointer: &str) -> (String, String) {
    (code.to_owned(), pointer.to_owned())
}

#[tokio::test]
async fn a_saved_callflow_is_answered_with_what_the_checks_find() {
    let world = World::new().await;
    let user = world.create("users", json!({"first_name": "Ann", "last_name": "Able"})).await;
    let unanswered = json!({"numbers": ["1001"], "flow": {"module": "user", "data": {"id": user}}});
    let answer = world.ask("PUT", "callflows", unanswered).await;
    assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (201, Some("success")));
    assert_eq!(codes(&answer.json()), [found("CK1102", "/flow")]);
    let id = answer.data(201)["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.json()["warnings"][0]["place"]["document"], id.as_str());

    let path = format!("callflows/{id}");
    let patch = json!({"flow": {"children": {"_": {"module": "hangup", "data": {}}}}});
    let answer = world.ask("PATCH", &path, patch).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json().get("warnings").is_none(), "a sound document is answered as ever");

    // The old version live again.
    let versions = format!("/api/accounts/{HOME}/callflows/{id}/versions/1/live");
    let answer = world.ask("POST", &versions, Value::Null).await;
    assert_eq!(answer.status, 200);
    assert_eq!(codes(&answer.json()), [found("CK1102", "/flow")]);
}

#[tokio::test]
async fn a_saved_rule_set_and_menu_are_judged_where_they_are_used() {
    let world = World::new().await;
    let rule =
        json!({"name": "Office", "cycle": "daily", "time_window_start": 28_800, "time_window_stop": 61_200});
    let rule = world.create("temporal_rules", rule).await;
    let set = json!({"name": "Hours", "temporal_rules": [rule]});
    let set = world.create("temporal_rules_sets", set).await;
    let menu = json!({"name": "Main", "hunt": false});
    let menu = world.create("menus", menu).await;
    let flow = json!({"numbers": ["1001"], "flow": {"module": "temporal_route", "data": {"rule_set": set}, "children": {
        "rule_set": {"module": "menu", "data": {"id": menu}, "children": {"12": {"module": "hangup", "data": {}}}}}}});
    let answer = world.ask("PUT", "callflows", flow).await;
    assert_eq!(codes(&answer.json()), [found("CK1403", "/flow")], "{:?}", answer.json());

    let shorter = json!({"max_extension_length": 1});
    let answer = world.ask("PATCH", &format!("menus/{menu}"), shorter).await;
    let at = "/flow/children/rule_set/children/12";
    assert_eq!(
        codes(&answer.json()),
        [found("CK1101", at)],
        "the callflow's other faults are not the menu's"
    );

    let all_day = json!({"time_window_start": 0, "time_window_stop": 86_400});
    let answer = world.ask("PATCH", &format!("temporal_rules/{rule}"), all_day).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json().get("warnings").is_none(), "{:?}", answer.json());
}
