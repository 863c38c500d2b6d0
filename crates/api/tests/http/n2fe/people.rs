//! Users: made, locked, never given more rights than those who make them have.

use serde_json::{Value, json};

use super::site::Site;
use crate::world::HOME;

#[tokio::test]
async fn a_customer_s_administrator_makes_users_up_to_its_own_level() {
    let site = Site::new().await;
    let seven = site.level(HOME, 7).await;
    let path = format!("/api/customer/{}/user", site.home);
    let body = json!({"username": "four", "password": "password", "permission_level": "4"});
    let id = seven.make(&path, body.clone(), "id").await;
    assert_eq!(seven.ask("POST", &path, body).await.status, 409);
    let four = site.login("four", "password").await;
    assert_eq!(four.get("/__status").await["group_list"], "AcsPermissionLevel4");
    let listed = seven.get(&path).await;
    let row = listed.as_array().expect("rows").iter().find(|row| row["username"] == "four").expect("four");
    assert_eq!(row, &json!({"id": id, "username": "four", "permission_level": 4}), "no hash is shown");
    seven.good("PUT", &format!("{path}/{id}"), json!({"locked": 1})).await;
    assert_eq!(four.get("/__status").await["logged_in"], 0);
    for wrong in [
        json!({"username": "x", "password": "short"}),
        json!({"username": "x"}),
        json!({"username": "x", "password": "password", "permission_level": 8}),
        json!({"username": "x", "password": "password", "user_type": "GOD"}),
    ] {
        assert_eq!(seven.ask("POST", &path, wrong.clone()).await.status, 400, "{wrong}");
    }
    let operator =
        json!({"username": "x", "password": "password", "user_type": "SMS", "groups": ["ACS_BOSS"]});
    assert_eq!(seven.ask("POST", &path, operator.clone()).await.status, 403);
    let su = site.operator().await;
    let elsewhere = format!("/api/customer/{}/user", site.foreign);
    assert_eq!(
        su.ask("POST", &elsewhere, operator.clone()).await.status,
        403,
        "operators are in their account"
    );
    let boss = su.make(&path, operator, "id").await;
    assert_eq!(seven.ask("DELETE", &format!("{path}/{boss}"), Value::Null).await.status, 403);
    assert_eq!(
        seven.ask("PUT", &format!("{path}/{boss}"), json!({"password": "taken over"})).await.status,
        403
    );
    seven.good("DELETE", &format!("{path}/{id}"), Value::Null).await;
}

#[tokio::test]
async fn a_user_of_a_service_number_sees_that_number_only() {
    let site = Site::new().await;
    let su = site.operator().await;
    let base = format!("/api/customer/{}", site.home);
    let (one, two) = (su.flow(site.home, "one").await, su.flow(site.home, "two").await);
    for (sn, plan) in [("0801", &one), ("0802", &two)] {
        su.make(&format!("{base}/number"), json!({ "sn": sn }), "id").await;
        su.make(&format!("{base}/number/{sn}/schedule"), json!({"call_plan_id": plan}), "schedule_id").await;
    }
    let user = json!({"username": "shop", "password": "password", "service_number": "0801"});
    su.make(&format!("{base}/user"), user, "id").await;
    let shop = site.login("shop", "password").await;
    assert_eq!(shop.get("/__status").await["user_info"]["user_type"], "SN");
    let listed = shop.get(&format!("{base}/number")).await;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["sn"], "0801");
    shop.get(&format!("{base}/number/0801/history")).await;
    shop.get(&format!("/api/flow/{one}?fields=content")).await;
    shop.good(
        "PUT",
        &format!("{base}/number/0801/update_profile"),
        json!({"profile_tag": "pin", "profile_value": "7"}),
    )
    .await;
    for (method, path) in [
        ("GET", format!("{base}/number/0802")),
        ("GET", format!("{base}/number/0802/history")),
        ("PUT", format!("{base}/number/0802/update_profile")),
        ("GET", format!("/api/flow/{two}")),
        ("GET", format!("/api/customer/{}/number", site.foreign)),
    ] {
        let body = json!({"profile_tag": "pin", "profile_value": "7"});
        assert_eq!(shop.ask(method, &path, body).await.status, 404, "{path}");
    }
    assert_eq!(shop.ask("GET", &format!("{base}/flow"), Value::Null).await.status, 403);
    assert_eq!(shop.get(&base).await["customer_sns"], "");
    // When the number is gone, so is its user.
    su.good("DELETE", &format!("{base}/number/0801"), Value::Null).await;
    assert_eq!(shop.get("/__status").await["logged_in"], 0);
}
