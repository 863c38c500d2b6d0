//! `A/callflows` (reference "Crossbar" 3).

use serde_json::{Value, json};

use crate::world::{World, object};

fn flow(numbers: &[&str]) -> Value {
    json!({"name": "Main", "numbers": numbers, "flow": {"module": "hangup", "data": {}, "children": {}}})
}

#[tokio::test]
async fn a_callflow_is_made_read_changed_patched_and_deleted() {
    let world = World::new().await;
    let answer = world.ask("PUT", "callflows", flow(&["1001"])).await;
    let data = answer.data(201);
    let id = data["id"].as_str().expect("an id").to_owned();
    assert_eq!((data["patterns"].clone(), data.get("metadata")), (json!([]), None), "defaults are in");
    assert!(answer.header("location").ends_with(&format!("/callflows/{id}")));
    let path = format!("callflows/{id}");

    let read = world.get(&path).await;
    assert_eq!(read.data(200)["metadata"], json!({}));
    assert_eq!(read.header("etag"), format!("\"{}\"", read.json()["revision"].as_str().expect("text")));

    let mut changed = read.data(200);
    changed["name"] = json!("Changed");
    changed["ui_metadata"] = json!({"origin": "callflows"});
    let answer = world.ask("POST", &path, changed).await;
    assert_eq!((&answer.data(200)["name"], answer.data(200).get("metadata")), (&json!("Changed"), None));

    let patch = json!({"ui_metadata": {"origin": null, "ui": "monster-ui"}, "numbers": ["1002", "1003"]});
    let data = world.ask("PATCH", &path, patch).await.data(200);
    assert_eq!(
        (&data["ui_metadata"], &data["numbers"]),
        (&json!({"ui": "monster-ui"}), &json!(["1002", "1003"]))
    );

    let answer = world.ask("DELETE", &path, json!({"ui_metadata": {"ui": "monster-ui"}})).await;
    assert_eq!(answer.data(200)["_read_only"], json!({"deleted": true}));
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        assert_eq!(world.ask(method, &path, flow(&["1"])).await.status, 404, "{method}");
    }
    assert_eq!(
        world.ask("PUT", "callflows", flow(&["1002"])).await.status,
        201,
        "the number is free at once"
    );
}

#[tokio::test]
async fn something_to_dial_is_required() {
    let world = World::new().await;
    let tree = json!({"numbers": {"required": {"message": "Callflows must be assigned at least one number or pattern"}}});
    for body in [json!({"flow": {}}), flow(&[]), json!({"numbers": null, "patterns": []})] {
        assert_eq!(world.ask("PUT", "callflows", body).await.data(400), tree);
    }
    let answer = world.ask("PUT", "callflows", json!({"numbers": "1001"})).await;
    assert_eq!(answer.data(400)["numbers"]["type"]["target"], "array");
    let pattern = json!({"patterns": ["^\\*97([0-9]*)$"], "flow": {"module": "hangup", "data": {}}});
    assert_eq!(world.ask("PUT", "callflows", pattern).await.status, 201);
}

#[tokio::test]
async fn numbers_are_normalised_and_unique() {
    let world = World::new().await;
    let first =
        world.ask("PUT", "callflows", flow(&["4155550100", "*97", "no_match", "1001"])).await.data(201);
    assert_eq!(first["numbers"], json!(["+14155550100", "*97", "no_match", "1001"]));
    let id = first["id"].as_str().expect("an id");
    let answer = world.ask("PUT", "callflows", flow(&["14155550100"])).await;
    assert_eq!(
        answer.data(400),
        json!({"numbers": {"unique": {
            "message": format!("Number +14155550100 exists in callflow {id} Main"), "cause": "+14155550100"}}})
    );
    assert!(
        world.ask("PUT", "callflows", flow(&["5", "5"])).await.data(400)["numbers"]["uniqueItems"]
            .is_object()
    );
    let same = world.ask("POST", &format!("callflows/{id}"), flow(&["1001"])).await;
    assert_eq!(same.status, 200, "its own numbers are not in its way");
}

#[tokio::test]
async fn a_number_of_another_account_is_not_ours() {
    let world = World::new().await;
    let foreign = store::NewDocument {
        account: crate::world::FOREIGN.to_owned(),
        kind: "callflow".to_owned(),
        body: object(flow(&["+14155550199"])),
        ..store::NewDocument::default()
    };
    world.store.create(foreign, &store::Author::new("test")).expect("a callflow");
    let answer = world.ask("PUT", "callflows", flow(&["4155550199"])).await;
    assert_eq!(answer.data(403), json!({"message": "unauthorized to use +14155550199"}));
}

#[tokio::test]
async fn node_data_is_checked_and_completed_by_module() {
    let world = World::new().await;
    let unknown = json!({"numbers": ["1"], "flow": {"module": "teleport", "data": {}}});
    let tree = world.ask("PUT", "callflows", unknown).await.data(400);
    assert!(
        tree["flow.module"]["error"]["message"].as_str().is_some_and(|text| text.contains("teleport")),
        "{tree}"
    );
    let empty = json!({"numbers": ["1"], "flow": {}});
    assert!(world.ask("PUT", "callflows", empty).await.data(400)["flow.module"]["required"].is_object());
    let deep = json!({"numbers": ["1"], "flow": {"module": "menu", "data": {}, "children": {
        "1": {"module": "tts", "data": {}}}}});
    let tree = world.ask("PUT", "callflows", deep).await.data(400);
    assert!(tree["flow.children.1.data.text"]["required"].is_object(), "{tree}");
    let texts = json!({"numbers": ["1"], "flow": {"module": "device", "data": {"id": "0123456789abcdef0123456789abcdef", "timeout": "30"}}});
    let made = world.ask("PUT", "callflows", texts).await.data(201);
    assert_eq!(made["flow"]["data"]["timeout"], 30, "texts are converted");
}

#[tokio::test]
async fn metadata_names_what_the_flow_refers_to() {
    let world = World::new().await;
    let user = world.create("users", json!({"first_name": "Ada", "last_name": "Byron"})).await;
    let menu = world.create("menus", json!({"name": "Day"})).await;
    let rule = world.create("temporal_rules", json!({"name": "Noon", "cycle": "daily"})).await;
    let body = json!({"numbers": ["1"], "flow": {"module": "menu", "data": {"id": menu}, "children": {
        rule.clone(): {"module": "user", "data": {"id": user}, "children": {}},
        "2": {"module": "device", "data": {"id": "0123456789abcdef0123456789abcdef"}}}}});
    let id = world.create("callflows", body).await;
    assert_eq!(
        world.get(&format!("callflows/{id}")).await.data(200)["metadata"],
        json!({
            menu: {"name": "Day", "pvt_type": "menu"},
            rule: {"name": "Noon", "pvt_type": "temporal_rule"},
            user: {"name": "Ada Byron", "pvt_type": "user"},
        })
    );
}

#[tokio::test]
async fn rows_show_modules_and_feature_codes() {
    let world = World::new().await;
    let body = json!({"numbers": ["*97"], "owner_id": "o", "featurecode": {"name": "vm", "number": "97"}, "flow": {
        "module": "menu", "data": {}, "children": {"_": {"module": "hangup", "data": {}}}}});
    let id = world.create("callflows", body).await;
    let rows = world.get("callflows?has_key=featurecode.name").await.data(200);
    assert_eq!(
        rows,
        json!([{"id": id, "numbers": ["*97"], "patterns": [], "owner_id": "o", "flags": [],
            "featurecode": {"name": "vm", "number": "97"}, "modules": ["menu", "hangup"]}])
    );
    let plain = world.create("callflows", flow(&["1"])).await;
    let rows = world.get("callflows?filter_flow.module=hangup").await.data(200);
    assert_eq!((&rows[0]["id"], &rows[0]["featurecode"]), (&json!(plain), &json!(false)));
    let found = world.get("search?t=callflow&q=name_and_number&v=mAi").await.data(200);
    assert_eq!(found, json!([{"id": plain, "name": "Main", "numbers": ["1"]}]));
    let numbers = world.get("phone_numbers").await.data(200);
    assert_eq!(numbers, json!({"numbers": {}, "cascade_quantity": 0}));
}

#[tokio::test]
async fn a_second_writer_is_told() {
    let world = World::new().await;
    let id = world.create("callflows", flow(&["1"])).await;
    let path = format!("callflows/{id}");
    let etag = world.get(&path).await.header("etag").to_owned();
    let not_changed = world.ask_with("GET", &path, Value::Null, &[("if-none-match", &etag)]).await;
    assert_eq!((not_changed.status.as_u16(), not_changed.bytes.len()), (304, 0));
    let first = world.ask_with("POST", &path, flow(&["2"]), &[("if-match", &etag)]).await;
    assert_eq!(first.status, 200);
    for method in ["POST", "PATCH", "DELETE"] {
        let late = world.ask_with(method, &path, flow(&["3"]), &[("if-match", &etag)]).await;
        assert_eq!((late.status.as_u16(), late.bytes.len()), (412, 0), "{method}");
    }
    assert_eq!(world.get(&path).await.data(200)["numbers"], json!(["2"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_at_once_one_gets_the_number() {
    let world = World::new().await;
    let asks = (0..8).map(|_| world.ask("PUT", "callflows", flow(&["4155550123"])));
    let mut created = 0;
    for answer in futures_util::future::join_all(asks).await {
        match answer.status.as_u16() {
            201 => created += 1,
            status => assert_eq!(status, 400),
        }
    }
    assert_eq!(created, 1);
}
