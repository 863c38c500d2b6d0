//! Logging in, tokens, who may see what (reference "Crossbar" 2).

use serde_json::{Value, json};

use crate::world::{BELOW, FOREIGN, HOME, World, md5};

async fn login(world: &World, data: Value) -> crate::world::Answer {
    world.send("PUT", "/v2/user_auth", &[], json!({ "data": data }).to_string()).await
}

#[tokio::test]
async fn a_login_tells_who_one_is() {
    let world = World::new().await;
    let answer =
        login(&world, json!({"credentials": md5("admin", "secret"), "account_name": "HOME, inc"})).await;
    let data = answer.data(201);
    assert_eq!(data["account_id"], HOME);
    assert_eq!(data["account_name"], "Home Inc.");
    assert_eq!(data["owner_id"], format!("{}0000", &HOME[..28]));
    assert_eq!(data["apps"][0]["name"], "callflows");
    let token = answer.json()["auth_token"].as_str().expect("a token").to_owned();
    assert_eq!(token.split('.').count(), 3, "the browser client splits it");
    for headers in [
        [("x-auth-token".to_owned(), token.clone())],
        [("authorization".to_owned(), format!("Bearer {token}"))],
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(world.send("GET", "/v2/about", &headers, "").await.status, 200);
    }
    let by_query = format!("/v2/about?auth_token={token}");
    assert_eq!(world.send("GET", &by_query, &[], "").await.status, 200);
}

#[tokio::test]
async fn realm_and_sha_are_taken_too() {
    let world = World::new().await;
    // printf 'admin:secret' | sha1sum
    let sha = "7efaf6701fdf8c6780897f20d5a1a1526dd92029";
    let answer = login(&world, json!({"credentials": md5("admin", "secret"), "realm": "AAAA.test"})).await;
    assert_eq!(answer.status, 201);
    let answer =
        login(&world, json!({"credentials": sha, "account_realm": "aaaa.test", "method": "sha"})).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn wrong_credentials_get_no_hint() {
    let world = World::new().await;
    for data in [
        json!({"credentials": md5("admin", "wrong"), "account_name": "homeinc"}),
        json!({"credentials": md5("nobody", "secret"), "account_name": "homeinc"}),
        json!({"credentials": md5("admin", "secret"), "account_name": "no such account"}),
        json!({"credentials": md5("admin", "secret")}),
    ] {
        let answer = login(&world, data).await;
        assert_eq!(answer.data(401), json!({"message": "invalid credentials"}));
    }
    assert!(
        login(&world, json!({"account_name": "x"})).await.data(400)["credentials"]["required"].is_object()
    );
}

#[tokio::test]
async fn a_token_ends_with_logout_password_and_user() {
    let world = World::new().await;
    assert_eq!(world.get("/v2/token_auth").await.data(200)["account_id"], HOME);
    assert_eq!(world.ask("DELETE", "/v2/token_auth", Value::Null).await.status, 200);
    assert_eq!(world.get("/v2/token_auth").await.status, 401);

    let mut world = World::new().await;
    let user = format!("users/{}0000", &HOME[..28]);
    let patch = json!({"password": "other", "username": "admin"});
    assert_eq!(world.ask("PATCH", &user, patch).await.status, 200);
    assert_eq!(world.get("menus").await.status, 401, "the password changed");
    let credentials = md5("admin", "other");
    let again = login(&world, json!({"credentials": credentials, "account_name": "homeinc"})).await;
    world.token = again.json()["auth_token"].as_str().expect("a token").to_owned();
    assert_eq!(world.ask("PATCH", &user, json!({"enabled": false})).await.status, 200);
    assert_eq!(world.get("menus").await.status, 401, "the user is switched off");
    assert_eq!(
        login(&world, json!({"credentials": credentials, "account_name": "homeinc"})).await.status,
        401
    );
}

#[tokio::test]
async fn an_api_key_is_a_login() {
    let world = World::new().await;
    let key = world.ask("PUT", "api_key", Value::Null).await.data(201)["api_key"].clone();
    assert_eq!(world.get("api_key").await.data(200)["api_key"], key);
    let answer = world.send("PUT", "/v2/api_auth", &[], json!({"data": {"api_key": key}}).to_string()).await;
    let data = answer.data(201);
    assert_eq!((&data["account_id"], data.get("owner_id")), (&json!(HOME), None));
    let token = answer.json()["auth_token"].as_str().expect("a token").to_owned();
    let path = format!("/v2/accounts/{HOME}/menus");
    assert_eq!(world.send("GET", &path, &[("x-auth-token", &token)], "").await.status, 200);
    world.ask("PUT", "api_key", Value::Null).await.data(201);
    assert_eq!(world.send("GET", &path, &[("x-auth-token", &token)], "").await.status, 401, "a new key");
    let unknown = "x".repeat(64);
    let body = json!({"data": {"api_key": unknown}}).to_string();
    let answer = world.send("PUT", "/v2/api_auth", &[], body).await;
    assert_eq!(answer.data(404), json!([unknown]));
}

#[tokio::test]
async fn token_info_is_for_whoever_has_the_token() {
    let world = World::new().await;
    let body = json!({"data": {"token": world.token}}).to_string();
    let answer = world.send("POST", "/v2/auth/tokeninfo", &[], body).await;
    assert_eq!(answer.data(200)["account_id"], HOME);
    assert_eq!(answer.json()["auth_token"], world.token);
    let path = format!("/v2/auth/tokeninfo?token={}", world.stranger);
    assert_eq!(world.send("GET", &path, &[], "").await.data(200)["account_id"], FOREIGN);
    assert_eq!(world.send("GET", "/v2/auth/tokeninfo?token=x", &[], "").await.status, 401);
    let own = format!("/v2/user_auth/{}", world.token);
    assert_eq!(world.get(&own).await.status, 200);
    let other = format!("/v2/user_auth/{}", world.stranger);
    assert_eq!(world.get(&other).await.status, 401);
}

#[tokio::test]
async fn an_account_sees_itself_and_what_is_below() {
    let world = World::new().await;
    assert_eq!(world.get(&format!("/v2/accounts/{BELOW}/users")).await.status, 200);
    let answer = world.get(&format!("/v2/accounts/{FOREIGN}/users")).await;
    assert_eq!(answer.data(403), json!({"message": "forbidden"}));
    let below = world.login("below").await;
    let path = format!("/v2/accounts/{HOME}/users");
    assert_eq!(world.send("GET", &path, &[("x-auth-token", &below)], "").await.status, 403);
    assert_eq!(world.get("/v2/account").await.data(200)["id"], HOME);
    assert_eq!(world.get("/v2/menus").await.status, 403, "no account named");
}
