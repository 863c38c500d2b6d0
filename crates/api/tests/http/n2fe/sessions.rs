//! Logging in and out, the status object, and what protects a session.

use std::net::{IpAddr, SocketAddr};

use api::n2fe::{Hosts, Permission, Settings};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::site::{BASE, Site};
use crate::world::HOME;

#[tokio::test]
async fn the_status_tells_who_is_logged_in() {
    let site = Site::new().await;
    let path = |call: &str| format!("{BASE}/{call}");
    let nobody = site.world.send("GET", &path("__status"), &[], "").await;
    assert_eq!(nobody.status, 200);
    let status = nobody.json();
    assert_eq!(status["sid"].as_str().map(str::len), Some(32), "a session exists before anybody logs in");
    let wanted = json!({"sid": status["sid"], "sid_param": "N2FE_CGISESSID", "logged_in": 0, "username": "",
        "group_list": "", "error_string": "No username supplied."});
    assert_eq!(status, wanted);
    let invented = format!("N2FE_CGISESSID={}", status["sid"].as_str().expect("an id"));
    let su = site.operator().await;
    assert_ne!(su.cookie, invented);
    let status = su.get("/__status").await;
    assert_eq!((&status["logged_in"], &status["username"]), (&json!(1), &json!("su")));
    assert_eq!(status["group_list"], "ACS_BOSS,CCS Superuser");
    assert_eq!(status["user_info"]["user_type"], "SMS");
    assert_eq!(status["user_info"]["acs_customer_restriction_list"], Value::Null);
    let out = su.get("/__logout").await;
    assert_eq!(out["logged_in"], 0);
    let answer = su.ask("GET", "/api/customers", Value::Null).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error_string"], "No username supplied.");
    assert_eq!(
        site.world.send("GET", &path("api/customers"), &[("cookie", &invented)], "").await.status,
        401
    );
    assert_eq!(site.world.send("DELETE", &path("__login"), &[], "").await.status, 405);
}

#[tokio::test]
async fn wrong_words_and_locked_users_do_not_get_in() {
    let site = Site::new().await;
    site.user(HOME, json!({"username": "lou", "password": "password", "locked": true}));
    for (name, password, said) in [
        ("su", "wrong", "Invalid username or password."),
        ("nobody", "superuser", "Invalid username or password."),
        ("admin@nowhere.test", "secret", "Invalid username or password."),
        ("admin@aaaa.test", "wrong", "Invalid username or password."),
        ("lou", "wrong", "Invalid username or password."),
        ("lou", "password", "The user is locked."),
    ] {
        let form = format!("username={name}&password={password}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = site.world.send("POST", &format!("{BASE}/__login"), &headers, form).await;
        assert_eq!(answer.status, 401, "{name}");
        let status = answer.json();
        assert_eq!((&status["logged_in"], &status["error_string"]), (&json!(0), &json!(said)), "{name}");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn an_admin_of_the_kazoo_interface_is_a_user_of_its_account() {
    let site = Site::new().await;
    let admin = site.login("admin@aaaa.test", "secret").await;
    let status = admin.get("/__status").await;
    assert_eq!(status["group_list"], "AcsPermissionLevel7");
    assert_eq!(status["user_info"]["acs_customer_restriction_list"], json!([site.home.to_string()]));
    let seen = admin.get("/api/customers").await;
    assert_eq!(seen.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_session_ends_with_its_password_its_user_and_its_lock() {
    let site = Site::new().await;
    let store = &site.world.store;
    let author = store::Author::new("test");
    let object = |value: Value| value.as_object().cloned().expect("an object");
    let id = site.user(HOME, json!({"username": "lou", "password": "password", "permission_level": 7}));
    let lou = site.login("lou", "password").await;
    assert_eq!(lou.get("/__status").await["logged_in"], 1);
    let changed = object(json!({"username": "lou", "password": "new password"}));
    store.save_login(HOME, &id, changed, None, &author).expect("saved");
    assert_eq!(lou.get("/__status").await["logged_in"], 0);
    let lou = site.login("lou", "new%20password").await;
    let locked = object(json!({"username": "lou", "locked": true}));
    store.save_login(HOME, &id, locked, None, &author).expect("saved");
    assert_eq!(lou.get("/__status").await["error_string"], "The user is locked.");
    store.save_login(HOME, &id, object(json!({"username": "lou"})), None, &author).expect("saved");
    assert_eq!(lou.get("/__status").await["logged_in"], 1);
    store.delete(HOME, &id, None, &author).expect("deleted");
    assert_eq!(lou.get("/__status").await["logged_in"], 0);
}

#[tokio::test]
async fn pages_of_other_sites_cannot_use_a_session() {
    let site = Site::new().await;
    let su = site.operator().await;
    let path = format!("{BASE}/api/customer/{}/number", site.home);
    for (header, value, wanted) in [
        ("origin", "https://evil.test", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "http://pbx.test", 200),
    ] {
        let headers = [("cookie", su.cookie.as_str()), ("host", "pbx.test"), (header, value)];
        let body = json!({"sn": "0800"}).to_string();
        let answer = site.world.send("POST", &path, &headers, body).await;
        assert_eq!(answer.status, wanted, "{header}: {value}");
    }
}

#[tokio::test]
async fn settings_name_the_cookie_and_keep_users_to_hosts_and_groups() {
    let hosts = Hosts::parse("192.0.2.7").expect("hosts");
    let mut settings = Settings {
        cookie: "N2FE_id".to_owned(),
        customer_hosts: hosts,
        service_number_hosts: Hosts::parse("*").expect("hosts"),
        ..Settings::default()
    };
    settings.groups.insert(Permission::FlowWrite, vec!["AcsPermissionLevel2".to_owned()]);
    let site = Site::with(settings).await;
    assert!(site.operator().await.cookie.starts_with("N2FE_id="));
    site.user(HOME, json!({"username": "two", "password": "password", "permission_level": 2}));
    let from = |address: &'static str, path: String, cookie: String| {
        let router = site.world.router.clone();
        async move {
            let ip: IpAddr = address.parse().expect("an address");
            let mut request = Request::builder().uri(path).header("cookie", cookie);
            request.extensions_mut().expect("extensions").insert(ConnectInfo(SocketAddr::new(ip, 5)));
            let response =
                router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
            let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
            serde_json::from_slice::<Value>(&bytes).expect("JSON")
        }
    };
    let login = format!("{BASE}/__login?username=two&password=password");
    let outside = from("192.0.2.8", login.clone(), String::new()).await;
    assert_eq!(outside["error_string"], "The user may not log in from this host.");
    let inside = from("192.0.2.7", login, String::new()).await;
    assert_eq!(inside["logged_in"], 1);
    let cookie = format!("N2FE_id={}", inside["sid"].as_str().expect("an id"));
    assert_eq!(from("192.0.2.7", format!("{BASE}/__status"), cookie.clone()).await["logged_in"], 1);
    assert_eq!(
        from("192.0.2.8", format!("{BASE}/__status"), cookie).await["logged_in"],
        0,
        "a stolen cookie"
    );
}
