//! What flows asked web servers, for those who debug them.

use serde_json::json;

use crate::world::{FOREIGN, HOME, World, object};

#[tokio::test]
async fn attempts_are_listed_by_call_and_told_in_order() {
    let world = World::new().await;
    let entries = [
        ("c1", json!({"iteration": 1, "uri": "http://a/1", "method": "get", "req_body": ""})),
        ("c1", json!({"iteration": 1, "resp_status_code": 200, "resp_body": "<Response/>"})),
        ("c2", json!({"iteration": 1, "uri": "http://a/2", "method": "post", "req_body": "Digits=1"})),
        ("c2", json!({"iteration": 1, "resp_status_code": 500, "resp_body": "oh"})),
        ("c2", json!({"iteration": 1, "errors": ["HTTP status 500"]})),
    ];
    for (call, entry) in entries {
        world.store.keep_attempt(HOME, call, &object(entry)).expect("queued").wait().expect("written");
    }
    let foreign = object(json!({"iteration": 1}));
    world.store.keep_attempt(FOREIGN, "c3", &foreign).expect("queued").wait().expect("written");

    let rows = world.get("pivot/debug?ascending=true").await.data(200);
    let rows = rows.as_array().expect("rows");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let of = |call: &str| rows.iter().find(|row| row["call_id"] == call).expect("a row");
    let (first, second) = (of("c1"), of("c2"));
    assert_eq!((&first["uri"], &first["status_code"]), (&json!("http://a/1"), &json!(200)));
    assert_eq!((&second["status_code"], &second["errors"]), (&json!(500), &json!(1)));
    assert!(first["resp_body"].is_null() && first["created"].is_u64() && first["node"].is_string());

    let told = world.get("pivot/debug/c2").await.data(200);
    assert_eq!(told.as_array().map(Vec::len), Some(3));
    assert_eq!((&told[0]["req_body"], &told[1]["resp_body"]), (&json!("Digits=1"), &json!("oh")));
    assert_eq!(told[2]["errors"], json!(["HTTP status 500"]));
    for path in ["pivot/debug/c3", "pivot/debug/ghost", "pivot", "pivot/debug/c1/more"] {
        assert_eq!(world.get(path).await.status, 404, "{path}");
    }
    assert_eq!(world.ask("PUT", "pivot/debug", json!({})).await.status, 405);
}
