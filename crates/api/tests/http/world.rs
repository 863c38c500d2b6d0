//! A server without sockets: two root accounts that must not see each other, and one below the first.
//!
//! Not here: tests.

use std::sync::Arc;

use api::{AppState, Config, NoSwitchboard, Switchboard};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use store::{Author, NewAccount, NewDocument, Object, Store};
use tower::ServiceExt as _;

pub(crate) const HOME: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const BELOW: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub(crate) const FOREIGN: &str = "cccccccccccccccccccccccccccccccc";

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The envelope.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| {
            panic!("{error}: {} {:?}", self.status, String::from_utf8_lossy(&self.bytes))
        })
    }

    /// `data`, of an answer that must have this status.
    #[track_caller]
    pub(crate) fn data(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()["data"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

pub(crate) struct World {
    pub(crate) router: Router,
    pub(crate) store: Store,
    /// Token of `admin` in HOME.
    pub(crate) token: String,
    /// Token of `admin` in FOREIGN.
    pub(crate) stranger: String,
    _directory: tempfile::TempDir,
}

pub(crate) fn object(value: Value) -> Object {
    value.as_object().cloned().expect("an object")
}

/// The hash clients log in with.
pub(crate) fn md5(name: &str, password: &str) -> String {
    Md5::digest(format!("{name}:{password}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl World {
    pub(crate) async fn new() -> Self {
        World::with(Arc::new(NoSwitchboard), Config { rate_limit: None, ..Config::default() }).await
    }

    pub(crate) async fn with(switchboard: Arc<dyn Switchboard>, config: Config) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = open(directory.path());
        let author = Author::new("test");
        for (id, parent, name) in
            [(HOME, None, "Home Inc."), (BELOW, Some(HOME), "Below"), (FOREIGN, None, "Foreign")]
        {
            let body = object(json!({"name": name, "realm": format!("{}.test", &id[..4])}));
            let new = NewAccount { id: Some(id.to_owned()), parent: parent.map(str::to_owned), body };
            store.create_account(new, &author).expect("an account");
            let user = object(json!({"first_name": "Ada", "last_name": "Admin", "username": "admin",
                "password": "secret", "priv_level": "admin", "enabled": true}));
            let new = NewDocument {
                account: id.to_owned(),
                id: Some(format!("{}0000", &id[..28])),
                kind: "user".to_owned(),
                body: user,
                ..NewDocument::default()
            };
            store.create(new, &author).expect("a user");
        }
        let state = AppState::new(store.clone(), switchboard, config).expect("a state");
        let mut world = World {
            router: api::router(state),
            store,
            token: String::new(),
            stranger: String::new(),
            _directory: directory,
        };
        world.token = world.login("Home Inc.").await;
        world.stranger = world.login("foreign").await;
        world
    }

    /// Logs `admin` of an account in.
    pub(crate) async fn login(&self, account_name: &str) -> String {
        let credentials = md5("admin", "secret");
        let body = json!({"data": {"credentials": credentials, "account_name": account_name}});
        let answer = self.send("PUT", "/v2/user_auth", &[], body.to_string()).await;
        assert_eq!(answer.status, 201, "{:?}", answer.json());
        answer.json()["auth_token"].as_str().expect("a token").to_owned()
    }

    /// Sends anything.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.expect("a body").to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Sends `data` as HOME's admin to a path below HOME (or a whole path beginning with `/`).
    pub(crate) async fn ask(&self, method: &str, path: &str, data: Value) -> Answer {
        self.ask_with(method, path, data, &[]).await
    }

    /// The same with more headers.
    pub(crate) async fn ask_with(
        &self,
        method: &str,
        path: &str,
        data: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("/v2/accounts/{HOME}/{path}"),
        };
        let mut all = vec![("x-auth-token", self.token.as_str())];
        all.extend_from_slice(headers);
        let body = if data.is_null() { String::new() } else { json!({ "data": data }).to_string() };
        self.send(method, &path, &all, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Value::Null).await
    }

    /// Creates something below HOME and gives its id.
    #[track_caller]
    pub(crate) fn create(&self, path: &str, data: Value) -> impl Future<Output = String> + '_ {
        let path = path.to_owned();
        async move {
            let answer = self.ask("PUT", &path, data).await;
            answer.data(201)["id"].as_str().expect("an id").to_owned()
        }
    }
}

fn open(directory: &std::path::Path) -> Store {
    // Hashing passwords slowly is for attackers, not for tests.
    let options = store::Options { password_rounds: std::num::NonZeroU32::MIN, ..store::Options::default() };
    Store::open_with(directory, options).expect("a store")
}
