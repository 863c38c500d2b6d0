//! The policy test: no route shows or changes anything of another account, or anything at all without a token.

use serde_json::{Value, json};

use crate::world::{FOREIGN, World};

const COLLECTIONS: &[&str] = &[
    "",
    "alerts",
    "api_key",
    "apps_store",
    "blacklists",
    "callflows",
    "cdrs",
    "channels",
    "children",
    "conferences",
    "descendants",
    "devices",
    "devices/status",
    "directories",
    "entitlements",
    "faxboxes",
    "functions",
    "groups",
    "hotdesks",
    "lists",
    "media",
    "menus",
    "metaflows",
    "parents",
    "phone_numbers",
    "phone_numbers/classifiers",
    "pivot/debug",
    "registrations",
    "resources",
    "search?t=callflow&q=name&v=a",
    "siblings",
    "temporal_rules",
    "temporal_rules_sets",
    "tree",
    "user_auth",
    "users",
    "vmboxes",
    "vmboxes/messages",
    "webhooks",
];

#[tokio::test]
async fn no_route_crosses_accounts() {
    let world = World::new().await;
    let user = format!("{}0000", &FOREIGN[..28]);
    for path in COLLECTIONS {
        let (path, query) =
            path.split_once('?').map_or((*path, String::new()), |(p, q)| (p, format!("?{q}")));
        for suffix in ["", "/0123456789abcdef0123456789abcdef", "/x/messages", "/x/messages/y/raw", "/x/raw"]
        {
            for around in [String::new(), format!("users/{user}/")] {
                let url = format!("/v2/accounts/{FOREIGN}/{around}{path}{suffix}{query}");
                for method in ["GET", "PUT", "POST", "PATCH", "DELETE"] {
                    let answer = world.ask(method, &url, json!({"name": "x"})).await;
                    assert_eq!(answer.status, 403, "{method} {url}");
                    let answer = world.send(method, &url, &[], "").await;
                    assert_eq!(answer.status, 401, "{method} {url} without a token");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_id_under_the_own_account_is_unknown() {
    let world = World::new().await;
    let user = format!("{}0000", &FOREIGN[..28]);
    for path in ["users", "devices", "callflows", "menus", "media", "vmboxes"] {
        assert_eq!(world.get(&format!("{path}/{user}")).await.status, 404, "{path}");
    }
    assert_eq!(world.get(&format!("users/{user}/devices")).await.status, 404);
}

#[tokio::test]
async fn odd_requests_are_answered_and_never_break_anything() {
    let world = World::new().await;
    let bodies = [
        "",
        "null",
        "[]",
        "{}",
        "{\"data\":null}",
        "{\"data\":[[]]}",
        "{\"data\":{\"name\":{}}}",
        "\u{0}",
        "{\"data\":{\"id\":7}}",
    ];
    for path in COLLECTIONS {
        let path = path.split('?').next().unwrap_or_default();
        for suffix in ["", "/%00", "/%F0%9F%92%A9", "/..", "/_design", "/a/b/c/d/e/f/g/h"] {
            let url = format!(
                "/v2/accounts/{}/{path}{suffix}?page_size=-1&start_key=%FF&filter_=&has_key=",
                crate::world::HOME
            );
            for method in ["GET", "PUT", "POST", "PATCH"] {
                for body in bodies {
                    let answer = world.send(method, &url, &[("x-auth-token", &world.token)], body).await;
                    let status = answer.status.as_u16();
                    assert!(status < 500 || status == 501, "{status} {method} {url} {body}");
                }
            }
        }
    }
    assert_eq!(world.get("").await.data(200)["name"], Value::from("Home Inc."));
}
