//! Envelope, errors, bodies, headers, cross-origin (reference "Crossbar" 1).

use std::sync::Arc;

use api::{Config, NoSwitchboard, RateLimit};
use serde_json::{Value, json};

use crate::world::{HOME, World};

#[tokio::test]
async fn a_success_has_the_envelope_of_the_reference() {
    let world = World::new().await;
    let answer = world.ask_with("GET", "menus", Value::Null, &[("x-request-id", "mine")]).await;
    let envelope = answer.json();
    let names: Vec<&str> = envelope.as_object().expect("object").keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["data", "page_size", "status", "auth_token", "request_id", "node", "timestamp", "version"]
    );
    assert_eq!(envelope["status"], "success");
    assert_eq!(envelope["auth_token"], world.token);
    assert_eq!((&envelope["request_id"], answer.header("x-request-id")), (&json!("mine"), "mine"));
    assert_eq!(answer.header("content-type"), "application/json");
    let timestamp = envelope["timestamp"].as_str().expect("text");
    assert!(timestamp.len() == 20 && timestamp.ends_with('Z'), "{timestamp}");
}

#[tokio::test]
async fn errors_have_code_symbol_and_data() {
    let world = World::new().await;
    let ghost = "0".repeat(32);
    for (method, path, status, symbol, data) in [
        (
            "GET",
            format!("menus/{ghost}"),
            404,
            "bad_identifier",
            json!({"message": "bad identifier", "cause": ghost}),
        ),
        ("GET", "/v2/nonsense".to_owned(), 404, "not_found", json!({"message": "not found"})),
        ("POST", "menus".to_owned(), 405, "invalid_method", json!({"message": "method not allowed"})),
        (
            "GET",
            "/v2/accounts/xyz/menus".to_owned(),
            404,
            "bad identifier",
            json!({"message": "invalid account_id 'xyz'"}),
        ),
        (
            "GET",
            "/v2/accounts/menus".to_owned(),
            404,
            "bad identifier",
            json!({"message": "missing account_id"}),
        ),
        ("GET", "/v2/accounts".to_owned(), 405, "invalid_method", json!({"message": "method not allowed"})),
        (
            "GET",
            format!("/v2/accounts/{ghost}"),
            404,
            "bad_identifier",
            json!({"message": "bad identifier", "cause": ghost}),
        ),
        ("GET", "/v1/about".to_owned(), 410, "gone", json!({"message": "gone"})),
        ("GET", "menus/a/b/c".to_owned(), 404, "not_found", json!({"message": "not found"})),
        ("GET", "ledgers".to_owned(), 404, "not_found", json!({"message": "not found"})),
    ] {
        let answer = world.get_as(method, &path).await;
        let envelope = answer.json();
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        assert_eq!(
            (&envelope["error"], &envelope["status"], &envelope["message"], &envelope["data"]),
            (&json!(status.to_string()), &json!("error"), &json!(symbol), &data),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_unknown_endpoint_needs_a_token_to_be_not_found() {
    let world = World::new().await;
    assert_eq!(world.send("GET", "/v2/nonsense", &[], "").await.status, 401);
    let answer = world.send("GET", "/v2/about", &[("x-auth-token", "a.b.c")], "").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["message"], "invalid_credentials");
    assert_eq!(answer.json()["data"], json!({"message": "invalid credentials"}));
}

#[tokio::test]
async fn broken_bodies_are_told() {
    let world = World::new().await;
    let headers = [("x-auth-token", world.token.as_str())];
    let path = format!("/v2/accounts/{HOME}/menus");
    let answer = world.send("PUT", &path, &headers, "{\"data\": {").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["data"]["json"]["invalid"]["target"], "body");
    let answer = world.send("PUT", &path, &headers, r#"{"data": "text"}"#).await;
    assert!(answer.data(400)["data"]["type"].is_object());
    let deep = format!("{{\"data\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(world.send("PUT", &path, &headers, deep).await.status, 400);
    let answer = world.send("PUT", &path, &headers, vec![b' '; 8_000_001]).await;
    assert!(answer.data(400)["file"]["maxSize"].is_object());
    let audio = [("x-auth-token", world.token.as_str()), ("content-type", "audio/wav")];
    assert_eq!(world.send("PUT", &path, &audio, "RIFF").await.status, 415);
}

#[tokio::test]
async fn the_method_may_be_tunnelled() {
    let world = World::new().await;
    let answer = world.ask("POST", "menus?verb=PUT", json!({"name": "Tunnel"})).await;
    assert_eq!(answer.data(201)["name"], "Tunnel");
    let body = json!({"data": {"name": "Inside"}, "verb": "put"}).to_string();
    let path = format!("/v2/accounts/{HOME}/menus");
    let answer = world.send("POST", &path, &[("x-auth-token", &world.token)], body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(world.send("BREW", "/v2/about", &[], "").await.status, 405);
}

#[tokio::test]
async fn browsers_of_other_origins_may_ask() {
    let world = World::new().await;
    let answer = world.send("OPTIONS", "/v2/accounts", &[("origin", "http://ui")], "").await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (200, 0));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-max-age"), "86400");
    assert!(answer.header("access-control-allow-headers").contains("x-auth-token"));
    let answer = world.ask_with("GET", "menus", Value::Null, &[("origin", "http://ui")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-expose-headers").contains("etag"));
    let answer = world.send("GET", "/v2/about", &[], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*", "errors always have it");
}

#[tokio::test]
async fn json_may_be_pretty_or_wrapped() {
    let world = World::new().await;
    let answer = world.get("menus?pretty_print=true").await;
    assert!(String::from_utf8_lossy(&answer.bytes).starts_with("{\n  \"data\": []"));
    let answer = world.get("menus?jsonp=show").await;
    assert_eq!(answer.header("content-type"), "application/javascript");
    assert!(answer.bytes.starts_with(b"show({") && answer.bytes.ends_with(b");"));
    let answer = world.get("menus?jsonp=alert(1)//").await;
    assert_eq!(answer.header("content-type"), "application/json", "only names are taken");
}

#[tokio::test]
async fn an_empty_bucket_refuses() {
    let limit = RateLimit { burst: 71, per_second: 0 };
    let config = Config { rate_limit: Some(limit), ..Config::default() };
    let world = World::with(Arc::new(NoSwitchboard), config).await;
    // Both logins of the world came from the same unknown address and took 35 each.
    let first = world.send("GET", "/v2/schemas", &[], "").await;
    assert_eq!(first.json()["tokens"], json!({"consumed": 1, "remaining": 0}));
    let second = world.send("GET", "/v2/schemas", &[], "").await;
    assert_eq!(second.status, 429);
    assert_eq!(second.json()["message"], "too_many_requests");
    assert_eq!(second.header("retry-after"), "1");
}

impl World {
    async fn get_as(&self, method: &str, path: &str) -> crate::world::Answer {
        self.ask(method, path, Value::Null).await
    }
}
