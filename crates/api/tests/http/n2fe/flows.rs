//! Every request and reply of the public page about flows: members and their types as it has them, numbers and moments
//! as they are here.

use serde_json::{Value, json};

use super::site::{BASE, Site, plan};
use crate::world::{FOREIGN, HOME};

/// What the page has where ids and moments are ours.
fn with(mut example: Value, members: Value) -> Value {
    for (name, value) in members.as_object().expect("members") {
        assert!(example.get(name).is_some(), "the example has no {name}");
        example[name] = value.clone();
    }
    example
}

/// The content that the page's first example shows.
fn content() -> Value {
    json!({
      "1" : {"exits" : [null], "type" : "AttemptTerminate", "base_node" : "4",
             "config" : {"destinations" : [{"timeout_seconds" : 15, "address" : "6463581140"}]}, "id" : "1"},
      "2" : {"type" : "Start", "base_node" : "1", "id" : "2", "exits" : [1]}
    })
}

fn example() -> Value {
    json!({
       "version" : "1", "name" : "0800677828", "change_user" : "SMF", "is_scheduled" : "1",
       "customer_id" : "67009", "change_date" : "2016-05-05T05:04:50Z",
       "customer_name" : "N-Squared Software", "id" : "211262"
    })
}

fn is_moment(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T'
}

#[tokio::test]
async fn a_flow_is_read_as_the_page_shows_it() {
    let site = Site::new().await;
    let su = site.operator().await;
    let id = su.flow(site.home, "0800677828").await;
    let sn = format!("/api/customer/{}/number", site.home);
    su.make(&sn, json!({"sn": "0800677828"}), "id").await;
    let schedule = json!({"call_plan_id": id, "effective_date": "2016-05-05T05:04:50Z"});
    su.make(&format!("{sn}/0800677828/schedule"), schedule, "schedule_id").await;

    let ours = |got: &Value| {
        assert!(is_moment(&got["change_date"]), "{got}");
        json!({"id": id, "customer_id": site.home.to_string(), "customer_name": "Home Inc.",
               "change_user": "su", "change_date": got["change_date"]})
    };
    let got = su.get(&format!("/api/flow/{id}")).await;
    assert_eq!(got, with(example(), ours(&got)));
    let got = su.get(&format!("/api/flow/{id}?fields=content")).await;
    let mut wanted = with(example(), ours(&got));
    wanted["content"] = content();
    assert_eq!(got, wanted);
    // The same below the other prefix, and with the member of newer builds for those who name the customer.
    let path = format!("/n2fe{BASE}/api/flow/{id}?customerId={}", site.home);
    let answer = site.world.send("GET", &path, &[("cookie", &su.cookie)], "").await;
    assert_eq!(answer.json()["is_active"], "1");
    assert_eq!(answer.header("content-type"), "application/json;charset=utf-8");
    assert!(String::from_utf8_lossy(&answer.bytes).starts_with("{\n   \"version\" : \"1\",\n"));
    for wrong in ["/api/flow/999999", "/api/flow/x", "/api/flow/-1"] {
        assert_eq!(su.ask("GET", wrong, Value::Null).await.status, 404, "{wrong}");
    }
    assert_eq!(su.ask("GET", &format!("/api/flow/{id}?fields=all"), Value::Null).await.status, 400);
}

#[tokio::test]
async fn a_customer_s_flows_are_listed_as_the_page_shows_them() {
    let site = Site::new().await;
    let su = site.operator().await;
    su.flow(site.home, "08005551234").await;
    let second = su.flow(site.home, "08005551234").await;
    let other = su.flow(site.home, "08005551235").await;
    su.flow(site.foreign, "08005551236").await;
    let got = su.get(&format!("/api/customer/{}/flow", site.home)).await;
    let row = |id: &str, name: &str, version: &str, got: &Value| {
        json!({"change_date": got["change_date"], "id": id, "change_user": "su", "version": version,
               "name": name, "customer_id": site.home.to_string(), "customer_name": "Home Inc.",
               "is_scheduled": "0"})
    };
    let wanted =
        json!([row(&other, "08005551235", "1", &got[0]), row(&second, "08005551234", "2", &got[1]),]);
    assert_eq!(got, wanted, "the latest version of each name, the last saved first");
    let full = su.get(&format!("/api/customer/{}/flow?fields=content", site.home)).await;
    assert_eq!(full[0]["content"], content());
    let versions = su.get(&format!("/api/flow/{second}/version")).await;
    let numbers: Vec<&str> =
        versions.as_array().expect("rows").iter().map(|row| row["version"].as_str().expect("text")).collect();
    assert_eq!(numbers, ["2", "1"]);
}

/// `flow.json` of the page.
fn flow_json(customer: &str) -> Value {
    json!({
      "name":"0800NSQUARED", "customer_id": customer,
      "flowJson":{
        "1":{"exits":[], "id":"1", "base_node":"4", "type":"AttemptTerminate",
          "config":{"destinations":[{"address":"6421555555", "timeout_seconds":60}]},
          "exitNames":[{"name":"Busy/No Answer"}]},
        "2":{"id":"2", "base_node":"1", "type":"Start", "exits":[1], "exitNames":[{"name":""}]}
      }
    })
}

#[tokio::test]
async fn saving_answers_as_the_page_shows() {
    let site = Site::new().await;
    let su = site.operator().await;
    let customer = site.home.to_string();
    let first = su.good("POST", "/api/flow", flow_json(&customer)).await;
    let example = json!({
       "returning" : [{"plan_id" : "222603", "structure_id" : "217576"}],
       "logged_in" : "1", "group_list" : "ACS_BOSS,CCS Superuser", "username" : "su",
       "error_string" : "", "modified" : 1, "success" : 1
    });
    assert_eq!(first, with(example, json!({"returning": first["returning"]})));
    let ids = &first["returning"][0];
    assert_eq!(ids.as_object().expect("ids").len(), 2);
    assert!(ids["plan_id"].is_string() && ids["structure_id"].is_string());
    // curl -T is a PUT; the number in the path is the flow being edited, and does not matter.
    let plan_id = ids["plan_id"].as_str().expect("an id");
    let mut with_number = flow_json(&customer);
    with_number["customer_id"] = json!(site.home);
    let second = su.good("PUT", &format!("/api/flow/{plan_id}"), with_number).await;
    let second = second["returning"][0]["plan_id"].as_str().expect("an id").to_owned();
    assert_ne!(second, plan_id);
    assert_eq!(su.get(&format!("/api/flow/{second}")).await["version"], "2");
    let stored = su.get(&format!("/api/flow/{plan_id}?fields=content")).await;
    assert_eq!(stored["version"], "1", "a version never changes");
    assert_eq!(stored["content"]["1"]["exits"], json!([null]), "as the page's stored flow has it");
}

#[tokio::test]
async fn a_flow_that_cannot_be_saved_is_answered_500_in_both_shapes() {
    let site = Site::new().await;
    let su = site.operator().await;
    let mut body = flow_json(&site.home.to_string());
    body["flowJson"]["1"]["config"]["destinations"][0]["address"] = json!("");
    let answer = su.ask("POST", "/api/flow", body.clone()).await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        String::from_utf8_lossy(&answer.bytes),
        "[Node-1] No destination number defined at position 1."
    );
    let all = su.good("POST", "/api/flow/check", body).await;
    assert_eq!(all["faults"][0]["pointer"], "/1/config/destinations/0/address");
    assert!(all["faults"][0]["code"].as_str().expect("a code").starts_with("NF"));

    let mut nameless = flow_json(&site.home.to_string());
    nameless.as_object_mut().expect("members").remove("name");
    let answer = su.ask("PUT", "/api/flow/1", nameless).await;
    // The path names a flow that is not there.
    assert_eq!(answer.status, 404);
    let mut nameless = flow_json(&site.home.to_string());
    nameless["name"] = Value::Null;
    let answer = su.ask("POST", "/api/flow", nameless).await;
    assert_eq!(answer.status, 500);
    let example = json!({"username" : "su", "logged_in" : "1", "group_list" : "ACS_BOSS,CCS Superuser",
        "message" : "ORA-01400", "success" : 0, "error_string" : ""});
    let got = answer.json();
    assert_eq!(got, with(example, json!({"message": "A flow cannot be saved without a name."})));
    assert_eq!(su.get(&format!("/api/customer/{}/flow", site.home)).await, json!([]));
}

#[tokio::test]
async fn what_a_flow_refers_to_must_be_there() {
    let site = Site::new().await;
    let su = site.operator().await;
    let body = json!({"name": "a", "customer_id": site.home, "flowJson": {
        "1": {"id": 1, "type": "Start", "exits": [2]},
        "2": {"id": 2, "type": "PlayAnnouncement", "exits": [null],
              "config": {"announcement": {"set": "Common", "entry": "Welcome", "repetition": 1}}}}});
    let answer = su.ask("POST", "/api/flow", body.clone()).await;
    assert_eq!(String::from_utf8_lossy(&answer.bytes), "[Node-2] There is no announcement set Common.");
    let announcement = json!({"set": "Common", "entry": "Welcome", "media": "welcome"});
    su.make(&format!("/api/customer/{}/announcement", site.foreign), announcement.clone(), "id").await;
    assert_eq!(su.ask("POST", "/api/flow", body.clone()).await.status, 500, "that is another customer's");
    su.make(&format!("/api/customer/{}/announcement", site.home), announcement, "id").await;
    su.make("/api/flow", body, "plan_id").await;
}

#[tokio::test]
async fn a_version_is_drawn_for_whoever_may_read_it() {
    let site = Site::new().await;
    let su = site.operator().await;
    let first = su.flow(site.home, "<Main>").await;
    let body = json!({"name": "<Main>", "customer_id": site.home, "flowJson": plan("6421555123")});
    let second = su.make("/api/flow", body, "plan_id").await;
    let base = format!("/api/customer/{}/number", site.home);
    su.make(&base, json!({"sn": "0800677828"}), "id").await;
    su.make(&format!("{base}/0800677828/schedule"), json!({"call_plan_id": first}), "schedule_id").await;
    let draw = async |flow: &str, file: &str| {
        let answer = su.ask("GET", &format!("/api/flow/{flow}/drawing.{file}"), Value::Null).await;
        assert_eq!(answer.status, 200, "{file}");
        let media_type = answer.header("content-type").to_owned();
        (media_type, String::from_utf8(answer.bytes).expect("text"))
    };
    let (media_type, svg) = draw(&first, "svg?theme=dark").await;
    assert!(media_type == "image/svg+xml" && svg.starts_with("<svg") && !svg.contains("<Main>"));
    assert!(svg.contains("6463581140") && svg.contains("0800677828"), "the version, and what it answers");
    let (_, words) = draw(&second, "txt").await;
    assert!(words.contains("6421555123") && !words.contains("6463581140"), "{words}");
    assert!(!words.contains("0800677828"), "the number is scheduled to the other version");
    assert!(draw(&first, "mmd").await.1.contains("flowchart"));
    let json: Value = serde_json::from_str(&draw(&first, "json").await.1).expect("JSON");
    assert!(json["nodes"].is_array());
    let missing = su.ask("GET", &format!("/api/flow/{first}/drawing.png"), Value::Null).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn privileged_members_need_their_permission() {
    let site = Site::new().await;
    let level = site.level(HOME, 7).await;
    let wrapped = json!({"always_present_calling": 1, "operations": plan("6463581140")});
    let body = json!({"name": "a", "customer_id": site.home, "flowJson": wrapped});
    let answer = level.ask("POST", "/api/flow", body.clone()).await;
    assert_eq!(answer.status, 500);
    assert!(String::from_utf8_lossy(&answer.bytes).contains("always present the calling number"));
    let su = site.operator().await;
    let id = su.make("/api/flow", body, "plan_id").await;
    let got = su.get(&format!("/api/flow/{id}?fields=content")).await;
    assert_eq!(got["content"], content(), "the bare hash comes back");
}

#[tokio::test]
async fn a_thousand_saves_at_once_lose_no_version() {
    let site = Site::new().await;
    let su = site.operator().await;
    for _ in 0..10 {
        let saves = futures_util::future::join_all((0..20).map(|_| su.flow(site.home, "busy"))).await;
        assert_eq!(saves.len(), 20);
    }
    let last = &su.get(&format!("/api/customer/{}/flow", site.home)).await[0];
    assert_eq!(last["version"], "200");
    assert!(site.world.store.index(FOREIGN).expect("an index").of_type("n2fe_flow").next().is_none());
}
