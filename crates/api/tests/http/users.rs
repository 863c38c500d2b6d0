//! `A/users` and `A/devices` (reference "Crossbar" 4.1).

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_password_is_never_stored_or_shown() {
    let world = World::new().await;
    let user = json!({"first_name": "Bo", "last_name": "Li", "username": "BoLi", "password": "hush-hush"});
    let answer = world.ask("PUT", "users", user).await;
    let data = answer.data(201);
    assert_eq!(data["username"], "boli");
    assert_eq!((&data["enabled"], &data["priv_level"]), (&json!(true), &json!("user")));
    let id = data["id"].as_str().expect("an id");
    for path in
        [format!("users/{id}"), "users?paginate=false".to_owned(), "users?filter_username=boli".to_owned()]
    {
        let text = String::from_utf8(world.get(&path).await.bytes).expect("text");
        assert!(text.contains("boli") && !text.contains("hush") && !text.contains("pvt_"), "{text}");
    }
    let text = String::from_utf8(answer.bytes).expect("text");
    assert!(!text.contains("hush") && !text.contains("pvt_"), "{text}");
    let sent_back = world.get(&format!("users/{id}")).await.data(200);
    assert_eq!(world.ask("POST", &format!("users/{id}"), sent_back).await.status, 200, "no password needed");
}

#[tokio::test]
async fn names_are_unique_and_need_a_password() {
    let world = World::new().await;
    let user = |name: &str| json!({"first_name": "B", "last_name": "L", "username": name, "password": "p"});
    assert!(world.ask("PUT", "users", user("ADMIN")).await.data(400)["username"]["unique"].is_object());
    let id = world.create("users", user("bo")).await;
    let answer = world.ask("PATCH", &format!("users/{id}"), json!({"username": "bob"})).await;
    assert!(answer.data(400)["password"]["required"].is_object());
    let answer = world.ask("PUT", "users", json!({"username": "x", "password": "p"})).await;
    let names: Vec<String> = answer.data(400).as_object().expect("tree").keys().cloned().collect();
    assert_eq!(names, ["first_name", "last_name"], "all errors at once");
    let nameless = json!({"first_name": "B", "last_name": "L", "password": "p"});
    let made = world.ask("PUT", "users", nameless).await.data(201);
    assert!(made["username"].as_str().is_some_and(|name| name.starts_with("user_")));
}

#[tokio::test]
async fn a_list_is_ordered_by_last_name_and_has_features() {
    let world = World::new().await;
    for (first, last) in [("Zoe", "Abel"), ("Al", "Zorn")] {
        let user = json!({"first_name": first, "last_name": last, "call_forward": {"enabled": true}});
        world.create("users", user).await;
    }
    let rows = world.get("users?ascending=true").await.data(200);
    let last: Vec<&str> =
        rows.as_array().expect("rows").iter().filter_map(|row| row["last_name"].as_str()).collect();
    assert_eq!(last, ["Abel", "Admin", "Zorn"]);
    assert_eq!(rows[0]["features"], json!(["call_forward", "vm_to_email"]));
}

#[tokio::test]
async fn sip_names_and_addresses_of_devices_are_unique() {
    let world = World::new().await;
    let device = json!({"name": "Desk", "mac_address": "00:1A:2b:33-44 55",
        "sip": {"username": "desk", "password": "secret-1", "realm": "aaaa.TEST"}});
    let made = world.ask("PUT", "devices", device).await.data(201);
    assert_eq!(made["mac_address"], "001a2b334455");
    assert!(made["sip"].get("realm").is_none(), "the account's own realm is dropped");
    let twin = json!({"name": "Twin", "mac_address": "001a2b334455", "sip": {"username": "desk"}});
    let tree = world.ask("PUT", "devices", twin).await.data(400);
    assert_eq!(tree["sip.username"]["unique"]["cause"], "desk");
    assert!(tree["mac_address"]["unique"].is_object());
    let tree = world.ask("PUT", "devices", json!({"name": "IP", "sip": {"ip": "300.1.1.1"}})).await.data(400);
    assert!(tree["sip.ip"].is_object(), "{tree}");
    let row = &world.get("devices").await.data(200)[0];
    assert_eq!((&row["username"], &row["device_type"]), (&json!("desk"), &json!("sip_device")));
    assert!(row.get("sip").is_none());
    assert_eq!(world.get("devices/status").await.data(200), json!([]));
}

#[tokio::test]
async fn devices_are_listed_below_their_user() {
    let world = World::new().await;
    let user = world.create("users", json!({"first_name": "A", "last_name": "B"})).await;
    let device = world.ask("PUT", &format!("users/{user}/devices"), json!({"name": "Mine"})).await.data(201);
    assert_eq!(device["owner_id"], user);
    world.create("devices", json!({"name": "Other"})).await;
    let rows = world.get(&format!("users/{user}/devices")).await.data(200);
    assert_eq!((rows.as_array().map(Vec::len), &rows[0]["name"]), (Some(1), &json!("Mine")));
    assert_eq!(world.get(&format!("users/{user}/hotdesks")).await.data(200), json!([]));
    assert_eq!(world.get(&format!("users/{user}/metaflows")).await.data(200), json!({}));
    let metaflows = json!({"numbers": {"2": {"module": "hold", "data": {}}}});
    let stored = world.ask("POST", &format!("users/{user}/metaflows"), metaflows).await.data(200);
    assert_eq!(stored["numbers"]["2"]["module"], "hold");
    assert_eq!(
        world.get(&format!("users/{user}")).await.data(200)["metaflows"]["numbers"]["2"]["module"],
        "hold"
    );
    assert_eq!(
        world.ask("DELETE", &format!("users/{user}/metaflows"), Value::Null).await.data(200),
        json!({})
    );
}
