//! The kinds of documents without rules of their own, and the endpoints that only show something (reference
//! "Crossbar" 4).

use serde_json::{Value, json};

use crate::world::{HOME, World};

#[tokio::test]
async fn every_kind_is_made_listed_changed_and_deleted() {
    let world = World::new().await;
    for (path, body, default, value) in [
        ("menus", json!({"name": "M"}), "retries", json!(3)),
        (
            "temporal_rules",
            json!({"name": "T", "cycle": "weekly", "interval": "1"}),
            "start_date",
            json!(62_586_115_200_u64),
        ),
        ("temporal_rules_sets", json!({"name": "S", "temporal_rules": []}), "name", json!("S")),
        ("groups", json!({"name": "G", "endpoints": {}}), "name", json!("G")),
        ("directories", json!({"name": "D", "min_dtmf": "4"}), "min_dtmf", json!(4)),
        (
            "resources",
            json!({"name": "R", "gateways": [{"server": "sip.carrier.test"}]}),
            "weight_cost",
            json!(50),
        ),
        ("lists", json!({"name": "L"}), "name", json!("L")),
        ("queues", json!({"name": "Q"}), "strategy", json!("round_robin")),
        ("conferences", json!({"name": "C"}), "conference_numbers", json!([])),
        ("blacklists", json!({"name": "B", "numbers": {}}), "name", json!("B")),
        ("faxboxes", json!({"name": "F"}), "retries", json!(1)),
        ("functions", json!({"name": "F", "function_js": "() => 1"}), "language_pack", json!("javascript")),
        ("vmboxes", json!({"name": "V", "mailbox": "100"}), "mailbox", json!("100")),
        ("devices", json!({"name": "Phone"}), "enabled", json!(true)),
    ] {
        let made = world.ask("PUT", path, body.clone()).await;
        let data = made.data(201);
        assert_eq!(data[default], value, "{path}: {data}");
        let id = data["id"].as_str().expect("an id").to_owned();
        let rows = world.get(path).await.data(200);
        assert_eq!((&rows[0]["id"], &rows[0]["name"]), (&json!(id), &data["name"]), "{path}");
        let item = format!("{path}/{id}");
        let mut whole = world.get(&item).await.data(200);
        whole["extra"] = json!({"kept": [1, 2]});
        assert_eq!(
            world.ask("POST", &item, whole).await.data(200)["extra"],
            json!({"kept": [1, 2]}),
            "{path}"
        );
        let patched = world.ask("PATCH", &item, json!({"extra": null})).await.data(200);
        assert!(patched.get("extra").is_none(), "{path}");
        assert_eq!(world.ask("DELETE", &item, Value::Null).await.status, 200, "{path}");
        assert_eq!(world.get(&item).await.status, 404, "{path}");
        assert_eq!(world.get(path).await.data(200), json!([]), "{path}");
        let tree = world.ask("PUT", path, json!({})).await;
        assert!(
            tree.status == 400 || ["blacklists", "conferences"].contains(&path),
            "{path}: {:?}",
            tree.json()
        );
    }
}

#[tokio::test]
async fn schemas_are_public_and_try_documents() {
    let world = World::new().await;
    let ids = world.send("GET", "/v2/schemas", &[], "").await.data(200);
    assert!(ids.as_array().expect("ids").contains(&json!("callflows.branch_variable")));
    let schema = world.send("GET", "/v2/schemas/callflows.branch_variable", &[], "").await.data(200);
    assert!(schema["properties"]["scope"]["enum"].is_array());
    assert_eq!(schema["id"], "callflows.branch_variable");
    assert_eq!(world.send("GET", "/v2/schemas/nothing", &[], "").await.status, 404);
    let tried = world.ask("PUT", "/v2/schemas/menus/validation", json!({"name": "x"})).await.data(201);
    assert_eq!(tried["retries"], 3);
    assert_eq!(world.ask("PUT", "/v2/schemas/menus/validation", json!({})).await.status, 400);
    assert_eq!(world.send("PUT", "/v2/schemas/menus/validation", &[], "").await.status, 401);
}

#[tokio::test]
async fn conference_numbers_and_mailboxes_are_unique() {
    let world = World::new().await;
    world.create("conferences", json!({"name": "A", "conference_numbers": ["700"]})).await;
    let twin = json!({"name": "B", "member": {"numbers": ["700"]}});
    assert_eq!(world.ask("PUT", "conferences", twin).await.data(400)["numbers"]["unique"]["cause"], "700");
    world.create("vmboxes", json!({"name": "A", "mailbox": "0100"})).await;
    let tree = world.ask("PUT", "vmboxes", json!({"name": "B", "mailbox": "100"})).await.data(400);
    assert!(tree["mailbox"]["unique"].is_object(), "{tree}");
}

#[tokio::test]
async fn members_of_a_directory_are_computed_from_its_users() {
    let world = World::new().await;
    let directory = world.create("directories", json!({"name": "D"})).await;
    let user = json!({"first_name": "A", "last_name": "B", "directories": {directory.clone(): "flow1"}});
    let user = world.create("users", user).await;
    let shown = world.get(&format!("directories/{directory}")).await.data(200);
    assert_eq!(shown["users"], json!([{"user_id": user, "callflow_id": "flow1"}]));
}

#[tokio::test]
async fn the_browser_client_can_start() {
    let world = World::new().await;
    assert_eq!(
        world.send("GET", "/v2/whitelabel/ui.test", &[("x-auth-token", "undefined")], "").await.status,
        404
    );
    assert_eq!(world.get("external_numbers").await.status, 404);
    let apps = world.get("apps_store").await.data(200);
    assert_eq!((&apps[0]["name"], &apps[0]["allowed_users"]), (&json!("callflows"), &json!("all")));
    let user = format!("users/{}0000", &HOME[..28]);
    let list = json!({"appList": [apps[0]["id"]], "ui_metadata": {"ui": "monster-ui"}});
    assert_eq!(world.ask("PATCH", &user, list).await.data(200)["appList"][0], apps[0]["id"]);
    assert_eq!(world.get("alerts").await.data(200), json!([]));
    for path in ["ledgers/total", "braintree/customer"] {
        let answer = world.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (404, "application/json"),
            "{path}"
        );
    }
    assert_eq!(world.get("entitlements").await.data(200), json!({"enrollments": {}}));
    assert!(world.get("phone_numbers/classifiers").await.data(200)["did_us"]["friendly_name"].is_string());
    assert!(world.get("/v2/about").await.data(200)["version"].is_string());
}

#[tokio::test]
async fn spare_numbers_are_kept_and_used_ones_known() {
    let world = World::new().await;
    assert_eq!(world.ask("PUT", "phone_numbers/%2B14155550111", json!({})).await.status, 201);
    world.create("callflows", json!({"numbers": ["4155550100"]})).await;
    let numbers =
        world.get("phone_numbers?filter_state=%5B%22in_service%22,%22port_in%22%5D").await.data(200);
    assert!(numbers["numbers"]["+14155550111"].get("used_by").is_none());
    assert_eq!(numbers["numbers"]["+14155550100"]["used_by"], "callflow");
    assert_eq!(numbers["cascade_quantity"], 2);
    assert_eq!(world.ask("DELETE", "phone_numbers/+14155550111", Value::Null).await.status, 200);
    assert_eq!(world.get("phone_numbers/+14155550111").await.status, 404);
    assert_eq!(world.ask("PUT", "phone_numbers/12", json!({})).await.status, 400);
}
