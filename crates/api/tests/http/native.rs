//! `/api`: versions, drawings, calls.

use std::sync::Arc;

use api::{CallSummary, Config, Registration, Switchboard};
use serde_json::{Value, json};

use crate::world::{FOREIGN, HOME, World};

/// One call and one phone in HOME, nothing elsewhere.
pub(crate) struct OneCall;

impl Switchboard for OneCall {
    fn calls(&self, account: &str) -> Vec<CallSummary> {
        let call = CallSummary {
            id: "call-1".to_owned(),
            from: "1001".to_owned(),
            from_name: "<b>Bo".to_owned(),
            to: "1002".to_owned(),
            started: 63_900_000_000,
            ..CallSummary::default()
        };
        if account == HOME { vec![call] } else { Vec::new() }
    }

    fn hang_up(&self, account: &str, call_id: &str) -> bool {
        account == HOME && call_id == "call-1"
    }

    fn registrations(&self, account: &str) -> Vec<Registration> {
        let phone = Registration { device_id: "phone".to_owned(), ..Registration::default() };
        if account == HOME { vec![phone] } else { Vec::new() }
    }
}

pub(crate) async fn world() -> World {
    World::with(Arc::new(OneCall), Config { rate_limit: None, ..Config::default() }).await
}

fn flow(name: &str, number: &str) -> Value {
    json!({"name": name, "numbers": [number], "flow": {"module": "hangup", "data": {}, "children": {}}})
}

#[tokio::test]
async fn every_save_is_a_version_that_can_live_again() {
    let world = world().await;
    let id = world.create("callflows", flow("First", "1")).await;
    world.ask("POST", &format!("callflows/{id}?note=better"), flow("Second", "2")).await.data(200);
    let base = format!("/api/accounts/{HOME}/callflows/{id}");
    let listed = world.get(&format!("{base}/versions")).await.json();
    let rows = listed["versions"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["number"], &rows[0]["live"], &rows[0]["author"], &rows[0]["note"]),
        (&json!(2), &json!(true), &json!("admin"), &json!("better"))
    );
    assert_eq!(world.get(&format!("{base}/versions/1")).await.json()["document"]["name"], "First");
    for missing in ["9", "x", "-1", "99999999999"] {
        assert_eq!(world.get(&format!("{base}/versions/{missing}")).await.status, 404, "{missing}");
    }
    assert_eq!(world.ask("POST", &format!("{base}/versions/1/live"), Value::Null).await.status, 200);
    assert_eq!(world.get(&format!("callflows/{id}")).await.data(200)["name"], "First");
    world.create("callflows", flow("Taken", "2")).await;
    let refused = world.ask("POST", &format!("{base}/versions/2/live"), Value::Null).await;
    assert_eq!(refused.status, 400, "its number belongs to another callflow now");
    assert!(refused.json()["error"]["detail"]["numbers"]["unique"].is_object());
}

#[tokio::test]
async fn a_version_is_drawn() {
    let world = world().await;
    let id = world.create("callflows", flow("<Main> & more", "1")).await;
    let base = format!("/api/accounts/{HOME}/callflows/{id}");
    let svg = world.get(&format!("{base}/drawing.svg?theme=dark")).await;
    assert_eq!((svg.status.as_u16(), svg.header("content-type")), (200, "image/svg+xml"));
    let text = String::from_utf8(svg.bytes).expect("text");
    assert!(text.starts_with("<svg") && !text.contains("<Main>"));
    let mermaid = world.get(&format!("{base}/drawing.mmd")).await;
    assert!(String::from_utf8_lossy(&mermaid.bytes).contains("flowchart"));
    assert!(world.get(&format!("{base}/drawing.json?version=1")).await.json()["nodes"].is_array());
    assert_eq!(world.get(&format!("{base}/drawing.txt")).await.status, 200);
    for wrong in ["drawing.png", "drawing.svg?version=7", "other"] {
        assert_eq!(world.get(&format!("{base}/{wrong}")).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn a_control_plan_has_versions_and_pictures_too() {
    let world = world().await;
    let save = |address: &str| {
        let plan = json!({"1": {"id": 1, "type": "Start", "exits": [2]}, "2": {"id": 2, "exits": [],
            "type": "AttemptTerminate", "config": {"destinations": [{"address": address}]}}});
        let body = crate::world::object(json!({ "flow": plan }));
        world.store.save_plan(HOME, "Main", body, &store::Author::new("su")).expect("a plan").document.id
    };
    save("6421555001");
    let id = save("6421555002");
    let base = format!("/api/accounts/{HOME}/control-plans/{id}");
    let listed = world.get(&format!("{base}/versions")).await.json();
    assert_eq!(listed["versions"].as_array().map(Vec::len), Some(2));
    let svg = world.get(&format!("{base}/drawing.svg?version=1")).await;
    assert_eq!((svg.status.as_u16(), svg.header("content-type")), (200, "image/svg+xml"));
    assert!(String::from_utf8_lossy(&svg.bytes).contains("6421555001"));
    let words = world.get(&format!("{base}/drawing.txt")).await;
    assert!(String::from_utf8_lossy(&words.bytes).contains("6421555002"));
    for wrong in ["drawing.png", "drawing.svg?version=7"] {
        assert_eq!(world.get(&format!("{base}/{wrong}")).await.status, 404, "{wrong}");
    }
    // Each kind below its own name only.
    assert_eq!(world.get(&format!("/api/accounts/{HOME}/callflows/{id}/drawing.svg")).await.status, 404);
}

#[tokio::test]
async fn calls_are_seen_and_ended() {
    let world = world().await;
    let calls = world.get(&format!("/api/accounts/{HOME}/calls")).await.json();
    assert_eq!(calls["calls"][0]["id"], "call-1");
    let row = &world.get("channels").await.data(200)[0];
    assert_eq!(
        (&row["uuid"], &row["destination"], &row["answered"]),
        (&json!("call-1"), &json!("1002"), &json!(false))
    );
    assert_eq!(world.ask("POST", "channels/call-1", json!({"action": "hangup"})).await.status, 200);
    assert_eq!(world.ask("POST", "channels/call-1", json!({"action": "sing"})).await.status, 400);
    assert_eq!(world.ask("POST", "channels/call-2", json!({"action": "hangup"})).await.status, 404);
    assert_eq!(
        world.ask("DELETE", &format!("/api/accounts/{HOME}/calls/call-1"), Value::Null).await.status,
        200
    );
    assert_eq!(
        world.ask("DELETE", &format!("/api/accounts/{HOME}/calls/call-2"), Value::Null).await.status,
        404
    );
    assert_eq!(
        world.get("devices/status").await.data(200),
        json!([{"device_id": "phone", "registered": true}])
    );
    assert_eq!(world.get("registrations/count").await.data(200), json!({"count": 1}));
    let phones = world.get(&format!("/api/accounts/{HOME}/registrations")).await.json();
    assert_eq!(phones["registrations"][0]["device_id"], "phone");
}

#[tokio::test]
async fn the_native_routes_keep_accounts_apart() {
    let world = world().await;
    assert_eq!(world.send("GET", "/api/health", &[], "").await.json()["status"], "ok");
    for (method, path) in [
        ("GET", "callflows/x/versions"),
        ("GET", "callflows/x/versions/1"),
        ("POST", "callflows/x/versions/1/live"),
        ("GET", "callflows/x/drawing.svg"),
        ("POST", "control-plans/check"),
        ("GET", "control-plans/x/versions"),
        ("GET", "control-plans/x/versions/1"),
        ("GET", "control-plans/x/drawing.svg"),
        ("GET", "calls"),
        ("DELETE", "calls/call-1"),
        ("GET", "registrations"),
        ("GET", "call-records"),
        ("GET", "call-records/x"),
        ("GET", "call-records/x/journal"),
    ] {
        let foreign = format!("/api/accounts/{FOREIGN}/{path}");
        assert_eq!(world.ask(method, &foreign, Value::Null).await.status, 403, "{path}");
        assert_eq!(world.send(method, &foreign, &[], "").await.status, 401, "{path}");
        let odd = format!("/api/accounts/..%2F/{path}");
        assert_eq!(world.ask(method, &odd, Value::Null).await.status, 404, "{path}");
    }
    assert_eq!(world.get("/api/nothing").await.status, 404);
    assert_eq!(world.ask("PUT", &format!("/api/accounts/{HOME}/calls"), Value::Null).await.status, 405);
}

#[tokio::test]
async fn every_fault_of_a_control_plan_is_told() {
    let world = world().await;
    let path = format!("/api/accounts/{HOME}/control-plans/check");
    let headers = [("x-auth-token", world.token.as_str())];
    let plan = json!({"1": {"id": 1, "type": "AttemptTerminate", "exits": [9], "config": {"destinations": [{}]}},
        "2": {"id": 2, "type": "Start", "exits": [1]},
        "3": {"id": 3, "type": "PlayAnnouncement", "exits": [null],
              "config": {"announcement": {"set": "None", "entry": "a", "repetition": 1}}}});
    let told = world.send("POST", &path, &headers, plan.to_string()).await.json();
    assert_eq!(told["valid"], false);
    let messages: Vec<&str> = told["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|row| row["message"].as_str().expect("text"))
        .collect();
    assert!(messages.contains(&"[Node-1] No destination number defined at position 1."), "{messages:?}");
    assert!(messages.contains(&"[Node-3] There is no announcement set None."), "{messages:?}");
    assert!(messages.len() >= 3, "{messages:?}");
    assert_eq!(world.send("POST", &path, &headers, "{").await.status, 400);
    let body = json!({"flow": {}}).as_object().cloned().expect("an object");
    let saved = world.store.save_plan(HOME, "main", body, &store::Author::new("su")).expect("saved");
    let base = format!("/api/accounts/{HOME}/control-plans/{}", saved.document.id);
    assert_eq!(world.get(&format!("{base}/versions")).await.json()["versions"][0]["author"], "su");
    assert_eq!(world.get(&format!("{base}/versions/1")).await.json()["document"]["name"], "main");
    assert_eq!(world.get(&format!("{base}/versions/2")).await.status, 404);
}

#[tokio::test]
async fn feature_codes_are_made_once_and_conflicts_are_told() {
    let world = world().await;
    let own = world.create("callflows", flow("Own", "*73")).await;
    let path = format!("/api/accounts/{HOME}/feature-codes");
    let state_of = |answer: &Value, code: &str| {
        let rows = answer["feature_codes"].as_array().cloned().unwrap_or_default();
        rows.into_iter().find(|row| row["code"] == code).map(|row| row["state"].clone()).unwrap_or_default()
    };
    let send = |body: &'static str| {
        let (world, path) = (&world, path.clone());
        async move { world.send("POST", &path, &[("x-auth-token", &world.token)], body).await }
    };
    let answer = send(r#"{"only": ["72", "hotdesk-login"]}"#).await;
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    assert_eq!(answer.json()["feature_codes"].as_array().map(Vec::len), Some(2));
    assert_eq!(send(r#"{"only": ["*99"]}"#).await.status, 400);
    let answer = send("").await.json();
    let states = ["*72", "*11", "*97", "*73"].map(|code| state_of(&answer, code));
    assert_eq!(states, [json!("there"), json!("there"), json!("missing"), json!("taken")]);
    let listed = world.get(&path).await.json();
    assert_eq!([state_of(&listed, "*97"), state_of(&listed, "*73")], [json!("there"), json!("taken")]);
    let rows = listed["feature_codes"].as_array().expect("rows");
    let conflict = rows.iter().find(|row| row["code"] == "*73").expect("a row");
    assert_eq!((&conflict["callflow"], &conflict["number"]), (&json!(own), &json!("*73")));
    let code = world.get("callflows/feature-code-voicemail-check").await.data(200);
    assert_eq!(code["featurecode"], json!({"name": "voicemail[action=check]", "number": "97"}));
}
