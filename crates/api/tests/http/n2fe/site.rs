//! An operator, two customers with users of each kind, and clients with a session. Not here: tests.

use std::sync::Arc;

use api::n2fe::Settings;
use api::{Config, NoSwitchboard};
use serde_json::{Value, json};
use store::{Author, Part};

use crate::world::{Answer, FOREIGN, HOME, World, object};

pub(super) const BASE: &str = "/jarvis-agent/n2fe";

/// The world with N2FE users: operator `su` in HOME, and customers BELOW ... are accounts HOME and FOREIGN.
pub(super) struct Site {
    pub(super) world: World,
    /// Number of customer HOME.
    pub(super) home: i64,
    /// Number of customer FOREIGN.
    pub(super) foreign: i64,
}

/// Somebody logged in.
pub(super) struct Client<'a> {
    world: &'a World,
    pub(super) cookie: String,
}

impl Site {
    pub(super) async fn new() -> Site {
        Site::with(Settings::default()).await
    }

    pub(super) async fn with(n2fe: Settings) -> Site {
        let config = Config { rate_limit: None, n2fe, ..Config::default() };
        let world = World::with(Arc::new(NoSwitchboard), config).await;
        let number = |account: &str| world.store.number(account, account, Part::Whole).expect("a number");
        let (home, foreign) = (number(HOME), number(FOREIGN));
        let site = Site { world, home, foreign };
        let operator = json!({"username": "su", "password": "superuser", "user_type": "SMS",
            "groups": ["ACS_BOSS", "CCS Superuser"]});
        site.user(HOME, operator);
        site
    }

    /// Makes an N2FE user; gives its document's id.
    pub(super) fn user(&self, account: &str, body: Value) -> String {
        let author = Author::new("test");
        self.world.store.create_login(account, object(body), &author).expect("a user").id
    }

    /// Makes a user of a level and logs it in.
    pub(super) async fn level(&self, account: &str, level: u8) -> Client<'_> {
        let name = format!("level{level}-{}", &account[..4]);
        self.user(account, json!({"username": name, "password": "password", "permission_level": level}));
        self.login(&name, "password").await
    }

    pub(super) async fn login(&self, username: &str, password: &str) -> Client<'_> {
        let path = format!("{BASE}/__login?username={username}&password={password}");
        let answer = self.world.send("GET", &path, &[], "").await;
        let status = answer.json();
        assert_eq!(status["logged_in"], 1, "{status}");
        let cookie = format!(
            "{}={}",
            status["sid_param"].as_str().expect("a name"),
            status["sid"].as_str().expect("an id")
        );
        assert!(answer.header("set-cookie").starts_with(&cookie));
        Client { world: &self.world, cookie }
    }

    pub(super) async fn operator(&self) -> Client<'_> {
        self.login("su", "superuser").await
    }
}

impl Client<'_> {
    /// Sends JSON (nothing for null) to a path behind the prefix.
    pub(super) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("cookie", self.cookie.as_str()), ("content-type", "application/json;charset=utf-8")];
        self.world.send(method, &format!("{BASE}{path}"), &headers, body).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.good("GET", path, Value::Null).await
    }

    /// Asks for what must be answered 200.
    pub(super) async fn good(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", String::from_utf8_lossy(&answer.bytes));
        answer.json()
    }

    /// Makes something and gives the number that `returning` names.
    pub(super) async fn make(&self, path: &str, body: Value, member: &str) -> String {
        let answer = self.good("POST", path, body).await;
        answer["returning"][0][member].as_str().expect("a number").to_owned()
    }

    /// Saves a small flow; gives its plan id.
    pub(super) async fn flow(&self, customer: i64, name: &str) -> String {
        let body = json!({"name": name, "customer_id": customer, "flowJson": plan("6463581140")});
        self.make("/api/flow", body, "plan_id").await
    }
}

/// The plan of the public example.
pub(super) fn plan(address: &str) -> Value {
    json!({
        "1": {"exits": [null], "type": "AttemptTerminate", "base_node": "4", "id": "1",
              "config": {"destinations": [{"timeout_seconds": 15, "address": address}]}},
        "2": {"type": "Start", "base_node": "1", "id": "2", "exits": [1]}
    })
}
