//! Announcements, sets, counters and feature nodes.

use api::n2fe::Settings;
use serde_json::{Value, json};

use super::site::Site;

#[tokio::test]
async fn announcements_have_one_letter_members_in_lists() {
    let site = Site::new().await;
    let su = site.operator().await;
    let base = format!("/api/customer/{}/announcement", site.home);
    let one = su.make(&base, json!({"set": "Common", "entry": "Welcome", "media": "m1"}), "id").await;
    let two = json!({"set": "Common", "entry": "Bye", "description": "End of day"});
    let two = su.make(&base, two, "id").await;
    assert_eq!(su.ask("POST", &base, json!({"set": "Common", "entry": "Bye"})).await.status, 409);
    assert_eq!(
        su.get(&base).await,
        json!([{"i": one, "s": "Common", "e": "Welcome"}, {"i": two, "s": "Common", "e": "Bye", "d": "End of day"}])
    );
    let found = su.get(&format!("{base}?query=END")).await;
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    su.good("PUT", &format!("{base}/{two}"), json!({"entry": "Goodbye"})).await;
    assert_eq!(
        su.get(&format!("{base}/{two}")).await,
        json!({"id": two, "set": "Common", "entry": "Goodbye", "description": "End of day"})
    );
    su.good("DELETE", &format!("{base}/{one}"), Value::Null).await;
    assert_eq!(su.ask("GET", &format!("{base}/{one}"), Value::Null).await.status, 404);
}

#[tokio::test]
async fn sets_are_kept_whole_and_holiday_sets_list_their_entries() {
    let site = Site::new().await;
    let su = site.operator().await;
    let base = format!("/api/customer/{}", site.home);
    let entries = json!([{"name": "Christmas", "date": "12-25"}, {"name": "New Year", "date": "01-01"}]);
    let path = format!("{base}/holiday_set");
    let id = su.make(&path, json!({"name": "NZ", "entries": entries}), "id").await;
    let listed = su.get(&path).await;
    assert_eq!((&listed[0]["id"], &listed[0]["name"]), (&json!(id), &json!("NZ")));
    let names: Vec<&Value> =
        listed[0]["entries"].as_array().expect("entries").iter().map(|entry| &entry["name"]).collect();
    assert_eq!(names, ["Christmas", "New Year"]);
    assert!(listed[0]["entries"][0].get("date").is_none(), "dates are not told in lists");
    assert_eq!(su.get(&format!("{path}/{id}")).await["entries"], entries);
    assert_eq!(su.ask("POST", &path, json!({"name": "NZ"})).await.status, 409);
    for noun in ["geography_set", "lookup_dataset", "suburb_set"] {
        let path = format!("{base}/{noun}");
        let id = su
            .make(&path, json!({"name": "NZ", "entries": [{"name": "Auckland", "prefixes": ["649"]}]}), "id")
            .await;
        assert_eq!(su.get(&path).await, json!([{"id": id, "name": "NZ"}]), "{noun}");
        su.good("PUT", &format!("{path}/{id}"), json!({"entries": []})).await;
        assert_eq!(su.get(&format!("{path}/{id}")).await, json!({"name": "NZ", "entries": [], "id": id}));
        assert_eq!(su.ask("PUT", &format!("{path}/{id}"), json!({"entries": "x"})).await.status, 400);
        su.good("DELETE", &format!("{path}/{id}"), Value::Null).await;
        assert_eq!(su.get(&path).await, json!([]));
    }
}

#[tokio::test]
async fn counters_are_made_set_and_deleted() {
    let site = Site::new().await;
    let su = site.operator().await;
    let path = format!("/api/customer/{}/event_counter", site.home);
    let id = su.make(&path, json!({"name": "votes", "value": "5"}), "id").await;
    assert_eq!(site.world.store.count_event(crate::world::HOME, "votes", 1), Ok(6));
    assert_eq!(su.get(&path).await, json!([{"id": id, "name": "votes", "value": "6"}]));
    su.good("PUT", &format!("{path}/{id}"), json!({"value": 0})).await;
    assert_eq!(su.get(&path).await[0]["value"], "0");
    assert_eq!(su.ask("POST", &path, json!({"name": "votes"})).await.status, 409);
    su.good("DELETE", &format!("{path}/{id}"), Value::Null).await;
    assert_eq!(su.get(&path).await, json!([]));
}

#[tokio::test]
async fn what_the_operator_suppresses_is_not_offered() {
    let settings = Settings { suppressed_nodes: vec!["BreakoutDialing".to_owned()], ..Settings::default() };
    let site = Site::with(settings).await;
    let su = site.operator().await;
    let path = format!("/api/customer/{}/available-customer-feature-nodes", site.home);
    let offered = su.get(&path).await;
    let types: Vec<&str> =
        offered.as_array().expect("rows").iter().map(|row| row["type"].as_str().expect("a type")).collect();
    assert!(types.contains(&"AttemptTerminate") && !types.contains(&"BreakoutDialing"));
}
