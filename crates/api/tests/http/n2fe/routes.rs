//! The policy test: the table of routes is walked with every kind of user. A new route is walked without anybody
//! thinking of it; one that a test cannot reach fails.

use api::n2fe::routes;
use serde_json::{Value, json};

use super::site::{Client, Site};
use crate::world::{FOREIGN, HOME};

/// The path of a route with things that are there.
struct Things {
    customer: i64,
    flow: String,
    number: String,
    schedule: String,
    announcement: String,
    holidays: String,
    geography: String,
    table: String,
    suburbs: String,
    counter: String,
    user: String,
}

impl Things {
    /// Makes one of each in a customer.
    async fn make(su: &Client<'_>, customer: i64, sn: &str) -> Things {
        let base = format!("/api/customer/{customer}");
        let flow = su.flow(customer, "walked").await;
        let number = su.make(&format!("{base}/number"), json!({ "sn": sn }), "id").await;
        let schedule = json!({"call_plan_id": flow, "effective_date": "2020-01-01T00:00:00Z"});
        let schedule = su.make(&format!("{base}/number/{number}/schedule"), schedule, "schedule_id").await;
        let announcement = json!({"set": "s", "entry": "e", "media": "m"});
        let set = |noun: &'static str| {
            let path = format!("{base}/{noun}");
            async move { su.make(&path, json!({"name": "set", "entries": []}), "id").await }
        };
        let user = json!({"username": format!("walked{sn}"), "password": "password", "permission_level": 1});
        Things {
            customer,
            announcement: su.make(&format!("{base}/announcement"), announcement, "id").await,
            holidays: set("holiday_set").await,
            geography: set("geography_set").await,
            table: set("lookup_dataset").await,
            suburbs: set("suburb_set").await,
            counter: su.make(&format!("{base}/event_counter"), json!({"name": "c"}), "id").await,
            user: su.make(&format!("{base}/user"), user, "id").await,
            flow,
            number,
            schedule,
        }
    }

    fn path(&self, route: &str) -> String {
        let set = match route {
            route if route.contains("/holiday_set/") => &self.holidays,
            route if route.contains("/geography_set/") => &self.geography,
            route if route.contains("/lookup_dataset/") => &self.table,
            _ => &self.suburbs,
        };
        let path = route
            .replace(":customer", &self.customer.to_string())
            .replace(":flow", &self.flow)
            .replace(":number", &self.number)
            .replace(":schedule", &self.schedule)
            .replace(":announcement", &self.announcement)
            .replace(":set", set)
            .replace(":counter", &self.counter)
            .replace(":user", &self.user);
        assert!(!path.contains(':'), "{route} names something this test does not make");
        path
    }
}

/// No route reads or changes anything with this body: it is refused before it matters.
fn harmless() -> Value {
    json!({})
}

#[tokio::test]
async fn nobody_gets_through_without_a_session() {
    let site = Site::new().await;
    let su = site.operator().await;
    let things = Things::make(&su, site.home, "0800").await;
    for route in routes() {
        let path = format!("{}{}", super::site::BASE, things.path(route.path));
        let answer = site.world.send(route.method, &path, &[], "{}").await;
        assert_eq!(answer.status, 401, "{route:?}");
    }
}

#[tokio::test]
async fn every_route_asks_for_its_permission() {
    let site = Site::new().await;
    let su = site.operator().await;
    let things = Things::make(&su, site.home, "0800").await;
    site.user(
        HOME,
        json!({"username": "sn", "password": "password", "user_type": "SN", "service_number": "0800"}),
    );
    let mut clients = vec![("sn".to_owned(), vec!["SnUser".to_owned()], site.login("sn", "password").await)];
    for level in 1..=7_u8 {
        let groups = vec![format!("AcsPermissionLevel{level}")];
        clients.push((format!("level {level}"), groups, site.level(HOME, level).await));
    }
    for group in ["ACS_BOSS", "ACS_BOSS_READ", "ACS_BOSS_WRITE", "ACS_READ", "ACS_WRITE"] {
        let name = group.to_lowercase();
        // Restricted to the customer, so that those without the right to see all see this one.
        let user = json!({"username": name, "password": "password", "user_type": "SMS", "groups": [group],
            "customers": [HOME]});
        site.user(HOME, user);
        clients.push((name.clone(), vec![group.to_owned()], site.login(&name, "password").await));
    }
    for route in routes().iter().filter(|route| route.method != "DELETE") {
        for (who, groups, client) in &clients {
            let answer = client.ask(route.method, &things.path(route.path), harmless()).await;
            let allowed = is_allowed(route, groups) && (who != "sn" || route.service_number_users);
            if allowed {
                assert_ne!(answer.status, 403, "{who} {route:?}");
                assert_ne!(answer.status, 404, "{who} {route:?}: {}", String::from_utf8_lossy(&answer.bytes));
            } else {
                assert_eq!(answer.status, 403, "{who} {route:?}");
            }
        }
    }
    // Deleting ends the thing, so only those who may not do it are let loose on it.
    for route in routes().iter().filter(|route| route.method == "DELETE") {
        for (who, groups, client) in &clients {
            if !is_allowed(route, groups) || who == "sn" {
                let answer = client.ask(route.method, &things.path(route.path), harmless()).await;
                assert_eq!(answer.status, 403, "{who} {route:?}");
            }
        }
    }
}

/// The defaults, written down a second time: who may do what.
fn is_allowed(route: &api::n2fe::Route, groups: &[String]) -> bool {
    let (level, operators): (u8, &[&str]) = match route.permission.setting() {
        "login_groups" => {
            (1, &["ACS_BOSS", "ACS_BOSS_READ", "ACS_BOSS_WRITE", "ACS_READ", "ACS_WRITE", "SnUser"])
        }
        "admin_read_groups" => (6, &["ACS_BOSS", "ACS_BOSS_READ", "ACS_BOSS_WRITE"]),
        "service_number_write_groups" => (2, &["ACS_BOSS", "ACS_BOSS_WRITE", "ACS_WRITE", "SnUser"]),
        "schedule_write_groups" => (3, &["ACS_BOSS", "ACS_BOSS_WRITE", "ACS_WRITE"]),
        "flow_write_groups" => (4, &["ACS_BOSS", "ACS_BOSS_WRITE", "ACS_WRITE"]),
        "announcement_write_groups" => (5, &["ACS_BOSS", "ACS_BOSS_WRITE", "ACS_WRITE"]),
        "alternative_flow_groups" => (5, &["ACS_BOSS", "ACS_BOSS_WRITE"]),
        "admin_write_groups" | "service_number_create_groups" | "data_write_groups" => {
            (6, &["ACS_BOSS", "ACS_BOSS_WRITE"])
        }
        "user_write_groups" => (7, &["ACS_BOSS", "ACS_BOSS_WRITE"]),
        "customer_write_groups" => (8, &["ACS_BOSS", "ACS_BOSS_WRITE"]),
        other => panic!("{other} is not in this test"),
    };
    groups.iter().any(|group| {
        operators.contains(&group.as_str())
            || group
                .strip_prefix("AcsPermissionLevel")
                .is_some_and(|has| has.parse::<u8>().expect("a level") >= level)
    })
}

#[tokio::test]
async fn no_route_crosses_customers() {
    let site = Site::new().await;
    let su = site.operator().await;
    let foreign = Things::make(&su, site.foreign, "0900").await;
    let own = Things::make(&su, site.home, "0800").await;
    let restricted = json!({"username": "restricted", "password": "password", "user_type": "SMS",
        "groups": ["ACS_BOSS"], "customers": [HOME]});
    site.user(HOME, restricted);
    let clients = [
        ("level 7", site.level(HOME, 7).await),
        ("restricted operator", site.login("restricted", "password").await),
        ("kazoo admin", site.login("admin@aaaa.test", "secret").await),
    ];
    let before = site.world.store.export(FOREIGN).expect("an export");
    for (who, client) in &clients {
        for route in routes() {
            if !route.path.contains(':') {
                continue;
            }
            // Everything of the other customer; and its things under the own customer.
            let mut paths = vec![foreign.path(route.path)];
            if route.path.contains(":customer/") {
                let mixed = Things { customer: site.home, ..Things { ..clone(&foreign) } };
                let path = mixed.path(route.path);
                if route.path.matches(':').count() > 1 {
                    paths.push(path);
                }
            }
            for path in paths {
                let answer = client.ask(route.method, &path, json!({"customer_id": site.foreign})).await;
                let status = answer.status.as_u16();
                let refused = status == 404 || status == 403;
                assert!(refused, "{who} {route:?} {path}: {status}");
            }
        }
        let body = json!({"name": "x", "customer_id": site.foreign, "flowJson": super::site::plan("1")});
        assert_eq!(client.ask("POST", "/api/flow", body.clone()).await.status, 404, "{who}");
        assert_eq!(client.ask("POST", "/api/flow/check", body.clone()).await.status, 404, "{who}");
        assert_eq!(client.ask("PUT", &format!("/api/flow/{}", own.flow), body).await.status, 404, "{who}");
        let schedule = json!({"call_plan_id": foreign.flow});
        let path = own.path("/api/customer/:customer/number/:number/schedule");
        assert_eq!(client.ask("POST", &path, schedule).await.status, 404, "{who}");
        for row in client.get("/api/customers?name=").await.as_array().expect("rows") {
            assert_eq!(row["id"], site.home.to_string(), "{who}");
        }
    }
    assert_eq!(site.world.store.export(FOREIGN).expect("an export"), before, "and nothing has changed");
}

fn clone(things: &Things) -> Things {
    Things {
        customer: things.customer,
        flow: things.flow.clone(),
        number: things.number.clone(),
        schedule: things.schedule.clone(),
        announcement: things.announcement.clone(),
        holidays: things.holidays.clone(),
        geography: things.geography.clone(),
        table: things.table.clone(),
        suburbs: things.suburbs.clone(),
        counter: things.counter.clone(),
        user: things.user.clone(),
    }
}

#[tokio::test]
async fn odd_requests_break_nothing() {
    let site = Site::new().await;
    let su = site.operator().await;
    let things = Things::make(&su, site.home, "0800").await;
    let bodies = [
        "",
        "null",
        "[]",
        "7",
        "{\"a\":",
        "\u{0}",
        "{\"name\":{}}",
        "{\"customer_id\":[]}",
        "{\"customer_id\":1,\"name\":\"x\",\"flowJson\":[[]]}",
        "{\"profile_tag\":{},\"profile_value\":[]}",
    ];
    for route in routes().iter().filter(|route| route.method != "DELETE") {
        for body in bodies {
            for path in [
                things.path(route.path),
                route.path.replace(":customer", "99999999999999999999").replace(':', "%F0%9F%92%A9"),
                format!("{}?fields=%FF&page_start=-1&sort_field=x", things.path(route.path)),
            ] {
                let headers = [("cookie", su.cookie.as_str())];
                let path = format!("{}{path}", super::site::BASE);
                let answer = site.world.send(route.method, &path, &headers, body).await;
                // Saving a flow is answered 500 whatever is wrong with it.
                let may_be_500 = route.path.starts_with("/api/flow") && route.method != "GET";
                assert!(answer.status.as_u16() < 500 || may_be_500, "{} {route:?} {body}", answer.status);
            }
        }
    }
    assert_eq!(su.ask("GET", "/api/nothing", Value::Null).await.status, 404);
    let wrong = su.ask("PATCH", &things.path("/api/flow/:flow"), Value::Null).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "GET, PUT"));
}
