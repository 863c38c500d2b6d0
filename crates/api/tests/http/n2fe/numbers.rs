//! Customers, service numbers and schedules.

use serde_json::{Value, json};

use super::site::Site;
use crate::world::HOME;

#[tokio::test]
async fn customers_are_found_made_changed_and_deleted() {
    let site = Site::new().await;
    let su = site.operator().await;
    let body = json!({"name": "Bob's Buildings", "reference": "CRM-1"});
    let id = su.make("/api/customer", body, "id").await;
    su.make(&format!("/api/customer/{id}/number"), json!({"sn": "0800677828"}), "id").await;
    su.make(&format!("/api/customer/{id}/number"), json!({"sn": "0800677829"}), "id").await;
    let wanted = json!([{"id": id, "name": "Bob's Buildings", "customer_sns": "0800677828, 0800677829",
        "reference": "CRM-1"}]);
    for path in ["/api/customers?name=bUILD", "/api/customer?name=677829"] {
        assert_eq!(su.get(path).await, wanted, "{path}");
    }
    assert_eq!(su.get("/api/customers?name=nobody").await, json!([]));
    assert!(su.get("/api/customers").await.as_array().expect("rows").len() >= 4);
    su.good("PUT", &format!("/api/customer/{id}"), json!({"name": "Bob", "customer_reference": "CRM-2"}))
        .await;
    let read = su.get(&format!("/api/customer/{id}")).await;
    assert_eq!((&read["name"], &read["customer_reference"]), (&json!("Bob"), &json!("CRM-2")));
    su.good("DELETE", &format!("/api/customer/{id}"), Value::Null).await;
    assert_eq!(su.ask("GET", &format!("/api/customer/{id}"), Value::Null).await.status, 404);
    // Its numbers may be somebody else's now.
    su.make(&format!("/api/customer/{}/number", site.home), json!({"sn": "0800677828"}), "id").await;
}

#[tokio::test]
async fn a_customer_that_is_there_is_not_made_again() {
    let site = Site::new().await;
    let su = site.operator().await;
    let bob = json!({"name": "Bob's Buildings", "realm": "bob.example"});
    let id = su.make("/api/customer", bob.clone(), "id").await;
    for (again, told) in [
        (bob, "The name Bob's Buildings is taken."),
        (json!({"name": " bob's BUILDINGS "}), "The name bob's BUILDINGS is taken."),
        (json!({"name": "Other", "realm": "Bob.example"}), "The realm bob.example is taken."),
    ] {
        let answer = su.ask("POST", "/api/customer", again).await;
        assert_eq!(answer.status, 409);
        let fault = answer.json();
        assert_eq!((&fault["success"], &fault["message"]), (&json!(0), &json!(told)));
    }
    assert_eq!(su.get("/api/customers?name=bob").await.as_array().map(Vec::len), Some(1));
    let other = su.make("/api/customer", json!({"name": "Other"}), "id").await;
    let rename = async |id: &str, name: &str| {
        su.ask("PUT", &format!("/api/customer/{id}"), json!({"name": name})).await.status.as_u16()
    };
    assert_eq!(rename(&other, "BOB'S buildings").await, 409);
    assert_eq!(rename(&id, "BOB'S buildings").await, 200, "its own name in other letters");
    su.good("DELETE", &format!("/api/customer/{id}"), Value::Null).await;
    assert_eq!(rename(&other, "Bob's Buildings").await, 200, "whoever is gone has no name");
}

#[tokio::test]
async fn numbers_come_in_pages_with_what_answers_them() {
    let site = Site::new().await;
    let su = site.operator().await;
    let base = format!("/api/customer/{}/number", site.home);
    for n in 1..=5 {
        su.make(&base, json!({"sn": format!("080{n}")}), "id").await;
    }
    assert_eq!(su.ask("POST", &base, json!({"sn": "0801"})).await.status, 409);
    assert_eq!(su.ask("POST", &base, json!({"sn": "letters"})).await.status, 400);
    let plan = su.flow(site.home, "day").await;
    su.make(&format!("{base}/0802/schedule"), json!({"call_plan_id": plan}), "schedule_id").await;
    let page = su
        .ask("GET", &format!("{base}?page_start=1&page_limit=2&sort_field=sn&sort_dir=DESC"), Value::Null)
        .await;
    assert_eq!(page.header("x-total-count"), "5");
    let sns: Vec<Value> = page.json().as_array().expect("rows").iter().map(|row| row["sn"].clone()).collect();
    assert_eq!(sns, [json!("0804"), json!("0803")]);
    let row = &su.get(&format!("{base}?sn=802&fields=profile_tags")).await[0];
    assert_eq!(
        (&row["call_plan_id"], &row["call_plan_name"], &row["call_plan_version"], &row["profile_tags"]),
        (&json!(plan), &json!("day"), &json!("1"), &json!({}))
    );
    assert_eq!((&row["customer_id"], &row["change_user"]), (&json!(site.home.to_string()), &json!("su")));
    let path = format!("{base}/0802");
    assert_eq!(
        su.good(
            "PUT",
            &format!("{path}/number_restriction"),
            json!({"customerId": site.home, "serviceNumberId": "0802", "restrictionList": {"6421555": 0}})
        )
        .await,
        json!(1)
    );
    for (tag, value) in [("pin", json!(1234)), ("pt_bar_payphone", json!("1"))] {
        let body = json!({"profile_tag": tag, "profile_value": value});
        assert_eq!(su.good("PUT", &format!("{path}/update_profile"), body).await, json!(1));
    }
    let read = su.get(&format!("{path}?fields=profile_tags")).await;
    assert_eq!(read["restrictionList"], json!({"6421555": 0}));
    assert_eq!(read["profile_tags"], json!({"pin": "1234", "pt_bar_payphone": "1"}));
    let by_id = su.get(&format!("{base}/{}", read["id"].as_str().expect("an id"))).await;
    assert_eq!(by_id["sn"], "0802");
    su.good("DELETE", &path, Value::Null).await;
    assert_eq!(su.ask("GET", &path, Value::Null).await.status, 404);
    assert_eq!(su.get(&format!("/api/flow/{plan}")).await["is_scheduled"], "0", "its schedules went with it");
}

#[tokio::test]
async fn schedules_are_made_switched_and_deleted_and_history_tells() {
    let site = Site::new().await;
    let su = site.operator().await;
    let base = format!("/api/customer/{}/number", site.home);
    let sn = su.make(&base, json!({"sn": "0800"}), "id").await;
    let path = format!("{base}/{sn}");
    let (one, two) = (su.flow(site.home, "day").await, su.flow(site.home, "day").await);
    let early =
        json!({"call_plan_id": one, "effective_date": "2020-01-01 12:00:00", "timezone": "Pacific/Auckland"});
    let early = su.make(&format!("{path}/schedule"), early, "schedule_id").await;
    let later = json!({"call_plan_id": two.parse::<i64>().expect("a number"), "effective_date": "2021-01-01T00:00:00Z",
        "is_schedule_activated": 0});
    let later = su.make(&format!("{path}/schedule"), later, "schedule_id").await;
    let history = su.get(&format!("{path}/history")).await;
    let wanted = json!([
        {"schedule_id": later, "id": sn, "sn": "0800", "customer_id": site.home.to_string(), "call_plan_id": two,
         "call_plan_name": "day", "call_plan_version": "2", "effective_date": "2021-01-01T00:00:00Z",
         "is_schedule_activated": "0", "change_user": "su", "change_date": history[0]["change_date"]},
        {"schedule_id": early, "id": sn, "sn": "0800", "customer_id": site.home.to_string(), "call_plan_id": one,
         "call_plan_name": "day", "call_plan_version": "1", "effective_date": "2019-12-31T23:00:00Z",
         "is_schedule_activated": "1", "change_user": "su", "change_date": history[1]["change_date"]},
    ]);
    assert_eq!(history, wanted);
    let answers = || async { su.get(&path).await["call_plan_version"].clone() };
    assert_eq!(answers().await, "1");
    let schedule = |id: &str| format!("{path}/schedule/{id}");
    su.good("PUT", &format!("{}/activate", schedule(&later)), Value::Null).await;
    assert_eq!(answers().await, "2");
    assert_eq!(su.get(&format!("/api/flow/{one}")).await["is_scheduled"], "1", "though it is superseded");
    su.good("PUT", &format!("{}/deactivate", schedule(&later)), Value::Null).await;
    assert_eq!(answers().await, "1");
    su.good("DELETE", &schedule(&early), Value::Null).await;
    assert_eq!(answers().await, Value::Null);
    assert_eq!(su.ask("DELETE", &schedule(&early), Value::Null).await.status, 404);
    for wrong in
        [json!({}), json!({"call_plan_id": "x"}), json!({"call_plan_id": one, "effective_date": "soon"})]
    {
        assert_eq!(su.ask("POST", &format!("{path}/schedule"), wrong.clone()).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_number_can_be_scheduled_to_a_kazoo_callflow() {
    let site = Site::new().await;
    let flow = json!({"name": "Kazoo", "numbers": ["700"],
        "flow": {"module": "hangup", "data": {}, "children": {}}});
    let callflow = site.world.create("callflows", flow).await;
    let su = site.operator().await;
    let base = format!("/api/customer/{}/number", site.home);
    su.make(&base, json!({"sn": "0800"}), "id").await;
    su.make(&format!("{base}/0800/schedule"), json!({"callflow_id": callflow}), "schedule_id").await;
    let row = su.get(&format!("{base}/0800")).await;
    assert_eq!((&row["call_plan_name"], &row["call_plan_version"]), (&json!("Kazoo"), &json!("1")));
    let id = row["call_plan_id"].as_str().expect("an id");
    assert_eq!(su.get(&format!("/api/flow/{id}")).await["name"], "Kazoo");
    let index = site.world.store.index(HOME).expect("an index");
    let found = index.service("0800", jiff::Timestamp::now(), "_alt").expect("a flow");
    assert_eq!((found.flow.id.clone(), found.flow.version), (callflow, 1));
}

#[tokio::test]
async fn the_profile_lets_alternative_flows_answer() {
    let site = Site::new().await;
    let su = site.operator().await;
    let customer = format!("/api/customer/{}", site.home);
    su.make(&format!("{customer}/number"), json!({"sn": "0800"}), "id").await;
    let plan = su.flow(site.home, "day").await;
    su.flow(site.home, "0800_alt").await;
    su.make(&format!("{customer}/number/0800/schedule"), json!({"call_plan_id": plan}), "schedule_id").await;
    let tag = |tag: &str, value: Value| json!({"profile_tag": tag, "profile_value": value});
    let switch = "pt_alternative_control_plan_activation";
    let path = format!("{customer}/update_profile");
    assert_eq!(su.good("PUT", &path, tag(switch, json!(1))).await, json!(1));
    let row = su.get(&format!("{customer}/number/0800")).await;
    assert_eq!(row["alternative_call_plan_name"], "0800_alt (alternative)");
    su.good("PUT", &path, tag(switch, json!("0"))).await;
    let row = su.get(&format!("{customer}/number/0800")).await;
    assert_eq!(row["alternative_call_plan_name"], Value::Null);
    let mapping = json!({"64": {"9": "6421555123"}});
    su.good("PUT", &path, tag("pt_termination_number_swap_mapping", json!(mapping.to_string()))).await;
    let read = su.get(&customer).await;
    assert_eq!(read["profile_tags"]["pt_termination_number_swap_mapping"], mapping);
    assert_eq!(su.ask("PUT", &path, tag("pt_other", json!(1))).await.status, 400);
}
