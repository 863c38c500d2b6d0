//! `/accounts` (reference "Crossbar" 4.1).

use serde_json::{Value, json};

use crate::world::{BELOW, HOME, World};

#[tokio::test]
async fn an_account_is_shown_with_the_facts_clients_expect() {
    let world = World::new().await;
    let data = world.get("").await.data(200);
    assert_eq!(
        (&data["id"], &data["name"], &data["realm"]),
        (&json!(HOME), &json!("Home Inc."), &json!("aaaa.test"))
    );
    for name in ["superduper_admin", "wnm_allow_additions", "is_reseller", "enabled"] {
        assert!(data[name].is_boolean(), "{name}");
    }
    assert_eq!(data["reseller_id"], HOME);
}

#[tokio::test]
async fn children_are_made_changed_and_deleted() {
    let world = World::new().await;
    let answer = world.ask("PUT", "/v2/accounts", json!({"name": "Child", "realm": "child.test"})).await;
    let child = answer.data(201)["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.header("location"), format!("/v2/accounts/{child}"));
    let url = format!("/v2/accounts/{child}");
    assert_eq!(world.get(&url).await.data(200)["reseller_id"], HOME);

    let rows = world.get("children?paginate=false").await.data(200);
    let ids: Vec<&str> = rows.as_array().expect("rows").iter().filter_map(|row| row["id"].as_str()).collect();
    assert!(ids.contains(&child.as_str()) && ids.contains(&BELOW), "{ids:?}");

    let whole = world.get(&url).await.data(200);
    let answer = world.ask("POST", &url, whole).await;
    assert_eq!(answer.data(200)["realm"], "child.test", "a document may be sent back as it came");
    let answer =
        world.ask("PATCH", &url, json!({"timezone": "Europe/Berlin", "superduper_admin": true})).await;
    assert_eq!(
        (&answer.data(200)["timezone"], &answer.data(200)["superduper_admin"]),
        (&json!("Europe/Berlin"), &json!(false))
    );

    let answer = world.ask("DELETE", &url, Value::Null).await;
    assert_eq!(answer.data(200)["_read_only"]["deleted"], true);
    assert_eq!(world.get(&url).await.status, 404);
}

#[tokio::test]
async fn realms_are_unique_and_made_when_absent() {
    let world = World::new().await;
    let answer = world.ask("PUT", "/v2/accounts", json!({"name": "Twin", "realm": "AAAA.test"})).await;
    assert_eq!(
        answer.data(400),
        json!({"realm": {"unique": {"message": "Realm is not unique for this system", "cause": "AAAA.test"}}})
    );
    let answer = world.ask("PATCH", &format!("/v2/accounts/{BELOW}"), json!({"realm": "aaaa.test"})).await;
    assert!(answer.data(400)["realm"]["unique"].is_object());
    let answer = world.ask("PUT", "/v2/accounts", json!({"name": "No realm"})).await;
    assert!(answer.data(201)["realm"].as_str().is_some_and(|realm| !realm.is_empty()));
    assert!(world.ask("PUT", "/v2/accounts", json!({})).await.data(400)["name"]["required"].is_object());
}

#[tokio::test]
async fn the_own_account_and_accounts_with_children_stay() {
    let world = World::new().await;
    assert_eq!(world.ask("DELETE", "", Value::Null).await.status, 403);
    let below = world.get(&format!("/v2/accounts/{BELOW}/parents")).await.data(200);
    assert_eq!(below, json!([{"id": HOME, "name": "Home Inc."}]));
    assert_eq!(world.get("parents").await.data(200), json!([]));
    let found = world.get("search?t=account&q=name&v=bel").await.data(200);
    assert_eq!(found[0]["id"], BELOW);
}

#[tokio::test]
async fn limits_are_changed_by_those_above() {
    let world = World::new().await;
    let below = format!("/v2/accounts/{BELOW}/limits");
    assert_eq!(world.get(&below).await.data(200), json!({}));
    let data = world.ask("POST", &below, json!({"calls": 3, "twoway_trunks": 1})).await.data(200);
    assert_eq!((&data["calls"], &data["twoway_trunks"]), (&json!(3), &json!(1)));
    assert_eq!(world.ask("POST", &below, json!({"calls": -3})).await.status, 400);
    let own = world.login("Below").await;
    let send = |method: &'static str, body: &'static str| {
        let (world, below, own) = (&world, below.clone(), own.clone());
        async move { world.send(method, &below, &[("x-auth-token", &own)], body).await }
    };
    assert_eq!(send("GET", "").await.data(200)["calls"], 3);
    assert_eq!(send("POST", r#"{"data": {"calls": 99}}"#).await.status, 403);
    assert_eq!(send("DELETE", "").await.status, 405);
    let index = world.store.index(BELOW).expect("an index");
    assert_eq!(index.document("limits").map(|limits| limits.body["calls"].clone()), Some(json!(3)));
    // An account with nobody above it keeps its own.
    assert_eq!(world.ask("POST", "limits", json!({"calls": 5})).await.status, 200);
}
